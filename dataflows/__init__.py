"""Stream typed rows and their schema through chains of processors."""
