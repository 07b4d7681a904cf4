"""Figures for publication.

``canvas`` holds page sizes, fonts, colours, the mark of simulated data, and saving; ``drawing`` what a kind of figure
returns: every drawn point with its sources, and the page drawn from them; ``making`` writes both. The other modules build
the drawings of the kinds in :mod:`nianjian.kinds.figures`; they compute means and densities at most, and never refit.
"""
