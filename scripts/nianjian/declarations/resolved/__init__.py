"""A study with everything filled in and checked: against the dictionary, the reference files and itself."""
