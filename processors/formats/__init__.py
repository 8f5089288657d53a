"""Formats: reader and writer of one kind of file, side by side."""
