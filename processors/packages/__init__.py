"""Processors that change the description of the package and its resources."""
