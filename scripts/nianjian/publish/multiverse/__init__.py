"""The table and figure of a study's multiverse."""
