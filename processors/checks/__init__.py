"""Processors that look at the rows and tell what they found."""
