"""Loaders: read tables into a flow."""
