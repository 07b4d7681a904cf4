"""Formats of tables and figures, and files that figures share."""

TABLE_FORMATS = ("csv", "tex", "html", "docx", "xlsx", "typ")
PICTURES = ("pdf", "svg", "png")
CAPTION = "caption.md"
FIGURE_FORMATS = (*PICTURES, CAPTION)
"""Each figure as pictures, and the text beside them: title, note, what is seen."""
