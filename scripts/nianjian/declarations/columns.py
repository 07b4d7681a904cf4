"""Names of columns that every sample has."""

DISTRICTS = "__districts"
"""Suffix of an item's column for scope 市辖区."""
FIRST = "first_treated_year"
"""Column of the treatment's first year."""
RESERVED = ("city", "year", "city_name", "province", FIRST)
"""Columns that every sample has."""
