"""What can be checked only across studies and reference files, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable

from nianjian.declarations.study import Study
from nianjian.sample.declared import declared


def check_studies(studies: Iterable[Study]) -> None:
    """Policies, codings, attributes, cities and values that studies name must be there.

    Raises
    ------
    DeclarationError
        If one is not; the message names file and key and what is near.
    """
    for study in studies:
        declared(study)
