"""Cost by size: the same work at once, three and ten times the cells."""
