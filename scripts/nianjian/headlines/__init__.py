"""Headline findings of papers: claims with a condition over a study's estimates and measures, and whether it holds.

``conditions`` is the language, ``names`` checks a condition against a study, ``deciding`` answers it with the numbers that it
was decided on.
"""
