"""What may stand in ``config/simulation``: the models of its declarations, which every function is handed."""
