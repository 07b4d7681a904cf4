"""What may stand in ``config/simulation``: models of its declarations, which jobs are told, and their checks."""
