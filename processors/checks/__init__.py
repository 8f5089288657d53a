"""Processors that check and describe the rows."""
