"""Errors whose message is written for the researcher who reads it.

Each names the place (file, sheet and cell, or YAML key), says what was expected, and what to do.
"""

from __future__ import annotations

from nianjian import printable


class NianjianError(Exception):
    """Base of every error that the workflow raises on purpose.

    What files, cells and keys bring into a message is shown, never obeyed: see :func:`nianjian.printable.message`.
    """

    def __str__(self) -> str:
        return printable.message(super().__str__())


class InputError(NianjianError):
    """A raw file, sheet or cell cannot be used."""


class DeclarationError(NianjianError):
    """Something in ``config/`` is wrong; the message names the file and the key."""


class FormulaError(DeclarationError):
    """A declared formula cannot be parsed, names an unknown item, or mixes units."""


class SampleError(NianjianError):
    """A study's sample cannot be built as declared."""


class EstimationError(NianjianError):
    """A specification cannot be estimated on this sample."""


def study_file(study: str) -> str:
    """Where a study or ``study-variant`` is declared, for messages."""
    base, _, variant = study.partition("-")
    return f"config/studies/{base}.yaml{f' (variant {variant})' if variant else ''}"
