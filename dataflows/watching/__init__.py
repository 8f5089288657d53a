"""What can be seen of a run while it goes: the time of its steps, its progress, its log."""
