"""Everything that ``config/`` declares: models, loading, ``extends``, resolving.

The Snakefile imports this package, so it imports neither pandas nor pint. What leaves it are plain values
(dicts with sorted keys, lists, strings, numbers): they become params of rules, and Snakemake reruns a job
when its params change.

``reading`` reads YAML and words the errors, ``models`` says what may stand in a file, ``variants`` changes a
study, ``resolved`` fills in and checks one, ``registry`` hands out plain values. ``python -m
nianjian.declarations`` writes the JSON schemas that editors use to ``config/schemas``.
"""

from nianjian.declarations.reading import read_yaml, validate
from nianjian.declarations.registry import (
    CONFIG,
    Registry,
    load_checks,
    load_corrections,
    load_ignored,
    load_items,
    load_sources,
)
from nianjian.declarations.resolved.names import DISTRICTS, FIRST
from nianjian.declarations.resolved.study import ResolvedStudy

__all__ = [
    "CONFIG",
    "DISTRICTS",
    "FIRST",
    "Registry",
    "ResolvedStudy",
    "load_checks",
    "load_corrections",
    "load_ignored",
    "load_items",
    "load_sources",
    "read_yaml",
    "validate",
]
