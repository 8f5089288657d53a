"""Processors that change what is known about the package and its resources."""
