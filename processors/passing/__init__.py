"""What processors do with batches on their way: look at them, stack them, refuse rows."""
