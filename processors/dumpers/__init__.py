"""Dumpers: write the tables of a flow."""
