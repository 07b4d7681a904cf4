"""What specifications regress on, as their declarations say it; light enough to be asked while declarations are read."""

from __future__ import annotations

from collections.abc import Iterable

from nianjian.kinds.base import names
from nianjian.kinds.entries import Entry

KEYS = ("treatment", "endogenous", "controls")
"""Keys of a specification that name its regressors, in the order in which tables print them."""
CONSTANT = "_cons"
"""Term of the constant, as estimates have it; told here once more, since that module loads numpy."""
REGRESSORS = ("coefficient", "regressors")
"""Stands for the coefficients of all regressors, as declared, among the rows of a table."""
ANY = "*"
"""Stands for every term of a kind."""
TABLE_ROWS = (REGRESSORS, ("coefficient", CONSTANT), ("coefficient", ANY))
"""Rows of a specification whose estimator says none."""


def under(entry: Entry, key: str) -> list[str]:
    """Names under a key of a specification; none where its estimator has no such key."""
    return names(getattr(entry.params, key, None))


def of_all(entries: Iterable[Entry]) -> list[str]:
    """Regressors of several specifications once each; the one with most controls names them in their order."""
    longest = sorted(entries, key=lambda entry: -len(under(entry, "controls")))
    return list(dict.fromkeys(name for key in KEYS for entry in longest for name in under(entry, key)))


def table_rows(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Rows that the tables of a specification show by default, as (kind, term) in printed order.

    The module of an estimator says them under ``TABLE_ROWS``, with :data:`REGRESSORS` and :data:`ANY` where it likes.
    """
    found: tuple[tuple[str, str], ...] = entry.kind.option("TABLE_ROWS", TABLE_ROWS)
    return found


def known_coefficients(entries: Iterable[Entry]) -> list[str]:
    """Names that rows of coefficients may have: regressors, the constant, and what the estimators report: ``rho``."""
    entries = list(entries)
    shown = [row for entry in entries for row in table_rows(entry) if row != REGRESSORS]
    others = [term for kind, term in shown if kind == "coefficient" and term != ANY]
    return list(dict.fromkeys([*of_all(entries), CONSTANT, *others]))
