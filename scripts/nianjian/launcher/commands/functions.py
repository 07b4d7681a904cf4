"""The language of formulas: every function with an example, or those that fit a word."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError


def arguments(parser: argparse.ArgumentParser) -> None:
    """A word."""
    parser.add_argument("word", nargs="?", help="a function, or a word of its description")


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print them."""
    from nianjian.formulas import catalogue

    word = (given.word or "").lower()
    chosen = [own for own in catalogue() if word in f"{own.signature} {own.description}".lower()]
    if not chosen:
        known = [own.name for own in catalogue()]
        hint = suggestion(word, known) or f"; there are {', '.join(known)}"
        raise DeclarationError(f"no function is called or does '{word}'{hint}")
    for own in chosen:
        sys.stdout.write(
            f"{own.signature}\n    {own.description} Gives {own.unit}.\n    e.g. {own.example}\n"
        )
    if not word:
        sys.stdout.write(
            "\nOperators: + - * / **, < <= > >= == !=, in, not in, and, or, not. See docs/reference/formulas.md.\n"
        )
    return 0
