"""Dumpers: what writes the tables of a flow."""
