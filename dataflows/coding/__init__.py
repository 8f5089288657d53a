"""Batches, columns and values in a form that leaves the process, and back, exactly."""
