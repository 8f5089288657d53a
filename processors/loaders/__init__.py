"""Loaders: what brings tables into a flow."""
