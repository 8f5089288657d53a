"""Processors that change fields, values and rows."""
