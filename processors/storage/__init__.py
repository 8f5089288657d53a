"""Where bytes and tables live besides files of this machine: addresses by their scheme."""
