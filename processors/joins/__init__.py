"""Processors that combine several resources."""
