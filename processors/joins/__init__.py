"""Processors that bring the rows of several resources together."""
