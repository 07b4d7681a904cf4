"""Headline findings of papers: the language of their conditions.

``conditions`` reads it, ``names`` checks a condition against a study; :mod:`nianjian.publish.deciding` answers it with the
numbers that it was decided on.
"""
