"""Processors that decide how a flow runs, not what its rows hold."""
