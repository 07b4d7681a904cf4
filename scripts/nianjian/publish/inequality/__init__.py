"""The forms in which a table shows an inequality: by group, by component, by both, all measures, a summary of the years."""
