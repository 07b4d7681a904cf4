"""Formats of tables and figures."""

TABLE_FORMATS = ("csv", "tex", "html", "docx", "xlsx")
FIGURE_FORMATS = ("pdf", "svg", "png")
