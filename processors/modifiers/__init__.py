"""Processors that change fields and values."""
