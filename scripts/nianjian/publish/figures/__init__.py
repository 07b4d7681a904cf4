"""Figures for publication.

``canvas`` holds page sizes, fonts, colours, the mark of simulated data, and saving; ``inputs`` what a figure
is drawn from; ``kinds`` names the builder of each kind. A builder takes a declaration, its inputs and a
language, and returns a matplotlib figure; it computes means and densities at most, and never refits.
"""
