"""What is computed of the values of a row: expressions, functions, operations."""
