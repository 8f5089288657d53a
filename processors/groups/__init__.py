"""Keys, groups and aggregates: what processors that gather rows have in common."""
