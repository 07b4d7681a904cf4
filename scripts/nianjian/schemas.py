"""Columns and types of the tables that stand between the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # readers of headers need the separator below when the Snakefile starts: no pandas here
    from nianjian.storage import Schema

EXTRACT: Schema = {
    "source": "string",  # id of the declaration in config/sources/
    "edition": "int32",  # year on the book's cover; null for a compiled panel
    "table": "string",  # number as printed, hyphenated: 2-13
    "title": "string",
    "file": "string",  # relative to the source's root
    "sheet": "string",
    "block": "int32",  # counts the header rows of a table: continued pages repeat them
    "row": "int32",  # 1-based, as a spreadsheet shows it
    "col": "int32",
    "cell": "string",  # F12
    "label": "string",  # region as printed
    "period": "string",  # year as printed in a row of a compiled panel, else null
    "header": "string",  # header path, levels joined by HEADER_SEPARATOR
    "note": "string",  # unit or scope printed above the header (单位：万元)
    "raw": "string",  # the cell as printed
    "number": "float64",  # null where the cell holds digits but is no number
}
"""Every cell of a table's body that holds a digit. Key: file, sheet, row, col."""

HEADER_SEPARATOR = " › "

SHEETS: Schema = {
    "source": "string",
    "edition": "int32",
    "file": "string",
    "sheet": "string",
    "table": "string",
    "title": "string",
    "status": "string",  # extracted, skipped, failed
    "reason": "string",
    "numeric_cells": "int32",  # cells with a digit in the sheet's body, counted before any structure is read
    "extracted_cells": "int32",
    "labels": "int32",  # rows with a region label
}
"""What became of every file and sheet. Key: file, sheet."""

LEVELS = {"city": "city_year", "county_city": "county_city_year", "province": "province_year"}
"""Levels of regions, each with the name of its wide table: prefecture-level cities, county-level cities, provinces."""

BESIDE = (
    "suspects",
    "conflicts",
    "contested",
    "corrections",
    "corrected",
    "units",
    "unreadable",
    "checksums",
)
"""Tables of single values that the panel stage writes beside the observations."""

OBSERVATIONS: Schema = {
    "city": "int32",
    "city_name": "string",
    "level": "string",  # one of LEVELS
    "year": "int32",
    "item": "string",
    "scope": "string",
    "value": "float64",
    "unit": "string",
    "status": "string",
    "raw": "string",
    "edition": "int32",
    "file": "string",
    "sheet": "string",
    "cell": "string",
}
OBSERVATION_KEY = ("city", "year", "item", "scope")

_VALUE: Schema = {
    "city": "int32",
    "year": "int32",
    "item": "string",
    "scope": "string",
    "value": "float64",
    "unit": "string",
    "raw": "string",
}
_ADDRESS: Schema = {
    "edition": "int32",
    "file": "string",
    "sheet": "string",
    "cell": "string",
}  # edition: null for panels

SUSPECTS: Schema = {
    **_VALUE,
    "rule": "string",  # one of nianjian.declarations.models.sample.Rule
    "detail": "string",
    **_ADDRESS,
}
"""Values that break a rule, with their address. Key: observation key and rule."""

CONFLICTS: Schema = {**_VALUE, "kept": "bool", "source": "string", **_ADDRESS}
"""All cells that print one city, year, item and scope with different values, be it in one edition or in two sources."""

CONTESTED: Schema = {
    **_VALUE,  # value: what stands; raw: what the other source prints
    "other": "float64",  # what the other source prints, in the item's unit
    "relation": "string",  # agrees with what stands, contests it, differs from all
    "source": "string",  # the other source, with its address
    **_ADDRESS,
}
"""Values against which two sources agree with each other, one row an other source. Key: observation key, source, edition."""
CONTESTED_KEY = (*OBSERVATION_KEY, "source", "edition")

CORRECTIONS: Schema = {
    "correction": "string",
    "cells": "int32",
    "status": "string",
    "reason": "string",
    "reference": "string",
}
"""What each declared correction did."""

CORRECTED: Schema = {
    "city": "int32",
    "year": "int32",
    "item": "string",
    "scope": "string",
    "raw": "string",
    "before": "float64",  # in the item's unit; missing where the cell was no number
    "after": "float64",
    "action": "string",  # scale, set, add, or misprint
    "reason": "string",
    "reference": "string",
    **_ADDRESS,
}
"""Values that were corrected, each with its reason. Key: observation key."""

UNIT_DECISIONS: Schema = {
    "edition": "int32",
    "item": "string",
    "scope": "string",
    "file": "string",
    "sheet": "string",
    "first_row": "int32",  # of the page: rows of the sheet below one header
    "last_row": "int32",
    "decision": "string",
    "log10_ratio": "float64",  # median over regions against the years beside
    "reference": "int32",  # the nearest other edition
    "cells": "int32",
}
"""Pages whose printed units contradict each other or whose level jumps, and what was decided."""
UNIT_DECISIONS_KEY = ("edition", "item", "scope", "file", "sheet", "first_row")

UNREADABLE: Schema = {
    "item": "string",
    "scope": "string",
    "year": "int32",
    "city_name": "string",
    "raw": "string",
    **_ADDRESS,
}
"""City cells of mapped columns that hold digits but are no number, after the corrections."""

BOUNDARIES: Schema = {
    "city": "int32",
    "year": "int32",
    "column": "string",  # of the panel; empty for a break
    "what": "string",  # summed, recomputed, missing, break
    "detail": "string",
}
"""What a sample with harmonised boundaries puts together, and the changes of territory that stay."""
BOUNDARY_KEY = ("city", "year", "column", "what", "detail")

SENSITIVITY: Schema = {
    "choice": "string",  # leave_one_out, alternative, bootstrap, year
    "name": "string",  # the indicator left out, the weighting, the number of draws, the year
    "indicator": "string",  # empty for what is said of the ranking
    "statistic": "string",  # weight, rank_correlation, largest_move, std_error, conf_low, conf_high
    "value": "float64",
}
"""What an index's weights and ranking depend on."""
SENSITIVITY_KEY = ("choice", "name", "indicator", "statistic")

SLACKS: Schema = {
    "city": "int32",
    "year": "int32",
    "variable": "string",
    "role": "string",  # input, desirable, undesirable
    "value": "float64",
    "slack": "float64",  # in the variable's unit
    "share": "float64",  # of the value
}
"""What a city-year has too much or too little of, key (city, year, variable)."""

PEERS: Schema = {
    "city": "int32",
    "year": "int32",
    "peer_city": "int32",
    "peer_year": "int32",
    "intensity": "float64",
}
"""The city-years that another one is measured against, key (city, year, peer_city, peer_year)."""

INEQUALITY: Schema = {
    "year": "int32",  # null for what is said of all years
    "measure": "string",
    "group": "string",
    "other": "string",  # of a pair of groups; the group itself within it
    "component": "string",
    "estimate": "float64",
    "std_error": "float64",
    "conf_low": "float64",
    "conf_high": "float64",
    "p_value": "float64",
}
"""Measures of inequality; what does not apply to one is empty."""
INEQUALITY_KEY = ("year", "measure", "group", "other", "component")

WEIGHT_CELLS: Schema = {"city": "int32", "neighbour": "int32", "cell": "string"}
"""Where each weight of a matrix from a file is written, key (city, neighbour)."""

MATRIX_SUMMARY: Schema = {"matrix": "string", "property": "string", "value": "string"}
"""What there is to say of a spatial weight matrix, key (matrix, property)."""
