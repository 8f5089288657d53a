"""Processors that change which rows there are, or their order."""
