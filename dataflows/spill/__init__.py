"""Bounded memory: sorting, grouping and waiting on disk; the one place that talks to DuckDB."""
