"""Processors that control how a flow runs."""
