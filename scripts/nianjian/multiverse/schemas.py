"""Columns of the tables of a study's multiverse, below ``multiverse/`` of its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nianjian.storage import Schema

POINTS: Schema = {
    "name": "string",  # number of the point, as text; 0 is the study's own
    "own": "bool",
    "alone": "bool",  # it differs from the study's own by one choice
    "drawn": "bool",  # the statistics of the curve are over these
    "spec": "string",
    "estimator": "string",
    "outcome": "string",
    "treatment": "string",
    "controls": "string",  # names with commas between
    "absorb": "string",
    "cluster": "string",
    "where": "string",
    "sample": "int32",
    "estimate": "float64",
    "std_error": "float64",
    "statistic": "float64",
    "p_value": "float64",
    "conf_low": "float64",
    "conf_high": "float64",
    "df": "float64",
    "nobs": "int32",
    "units": "int32",
    "dep_sd": "float64",  # standard deviation of the outcome in the rows used
    "shown": "float64",  # what the curve compares: the estimate, or in standard deviations of the outcome
    "shown_low": "float64",
    "shown_high": "float64",
    "permuted": "bool",  # whether it takes part in the joint test
}
"""One row a point that could be estimated. Key: name."""
CHOICES: Schema = {"name": "string", "dimension": "string", "choice": "string"}
"""Which option each point has. Key: name, dimension."""
OPTIONS: Schema = {
    "dimension": "string",
    "choice": "string",
    "own": "bool",
    "set": "string",  # keys of the study that it replaces, as JSON
    "points": "int32",
    "median": "float64",
    "mean": "float64",
    "minimum": "float64",
    "maximum": "float64",
    "share": "float64",  # significant with the sign of the whole curve's median
    "alone": "float64",  # the estimate where this choice alone differs from the study's
}
"""What each option makes of the drawn points. Key: dimension, choice."""
DIMENSIONS: Schema = {
    "dimension": "string",
    "explained": "float64",  # share of the variance of estimates between its options
    "spread": "float64",  # the largest less the smallest median of its options
}
"""How much each choice moves the estimate. Key: dimension."""
SUMMARY: Schema = {"property": "string", "value": "float64", "p_value": "float64"}
"""What the curve says as a whole; p-values of the joint permutation test. Key: property."""
DRAWS: Schema = {"draw": "int32", "median": "float64", "share": "float64", "stouffer": "float64"}
"""The same statistics under each permutation. Key: draw."""
SAMPLES: Schema = {
    "sample": "int32",
    "first_year": "int32",
    "last_year": "int32",
    "cities": "int32",
    "nobs": "int32",
}
"""Samples that points are estimated on. Key: sample."""
LEFT_OUT: Schema = {"choices": "string", "points": "int32", "reason": "string"}
"""Choices without an estimate; points is how many combinations among those drawn were lost, 0 where none was drawn. Key: choices,
reason."""
TABLES = {
    "points": (POINTS, ("name",)),
    "choices": (CHOICES, ("name", "dimension")),
    "options": (OPTIONS, ("dimension", "choice")),
    "dimensions": (DIMENSIONS, ("dimension",)),
    "summary": (SUMMARY, ("property",)),
    "draws": (DRAWS, ("draw",)),
    "samples": (SAMPLES, ("sample",)),
    "left_out": (LEFT_OUT, ("choices", "reason")),
}
"""Files with their schemas and keys."""
