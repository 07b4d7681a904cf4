"""Formats of tables and figures, and files that figures share."""

TABLE_FORMATS = ("csv", "tex", "html", "docx", "xlsx", "typ")
FIGURE_FORMATS = ("pdf", "svg", "png")
FONTS = ("han.ttf", "latin.ttf", "latin-bold.ttf")
"""Fonts of common characters, as ``prepare_drawing.py`` takes them."""
