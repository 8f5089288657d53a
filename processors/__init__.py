"""The ready-made processors: one file, one function each; imported as ``dataflows.processors``."""

if __name__ != "dataflows.processors":
    message = "import dataflows.processors: this folder is installed under that name"
    raise ImportError(message)
