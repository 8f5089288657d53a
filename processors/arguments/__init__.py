"""How processors read what users give them: patterns of fields, values, folders."""
