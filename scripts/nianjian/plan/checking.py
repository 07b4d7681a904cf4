"""What can be checked only across studies and reference files, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable

from nianjian.declarations.study import Study
from nianjian.sample.checks import check_values
from nianjian.sample.declared import known_values


def check_studies(studies: Iterable[Study]) -> None:
    """Values that formulas and conditions compare with must occur.

    Raises
    ------
    DeclarationError
        If one does not; the message names file and key and what is near.
    """
    for study in studies:
        values = known_values(study)
        for formula, context in study.conditions():
            check_values(formula, values, context)
