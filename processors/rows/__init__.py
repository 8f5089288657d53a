"""Processors that choose, combine or reorder rows."""
