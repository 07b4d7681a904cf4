"""A study's estimates, as a dataset to export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nianjian import estimates
from nianjian.export import names
from nianjian.export.dataset import Dataset, Variable
from nianjian.export.sample import origin_note, origin_title
from nianjian.text import Text, word

ADDRESS = "address"
"""Column that names a term as tables and traces do: ``event[-4]``, ``W*did``."""


def dataset(paths: Sequence[str | Path], *, title: Text, origin: str) -> Dataset:
    """Estimates of all specifications: a row a coefficient, effect, test, draw and fit statistic."""
    frame = estimates.read(sorted(paths)).sort_values(list(estimates.ESTIMATE_KEY), ignore_index=True)
    frame.insert(4, ADDRESS, [estimates.address(row) for row in frame.to_dict("records")])
    exported = names.table(frame)
    key = [name for name in estimates.ESTIMATE_KEY if frame[name].notna().any()]
    variables = [
        Variable(column, exported[column], word(f"export.of_{column}"), facts={"role": "estimate"})
        for column in frame
    ]
    return Dataset(
        "estimates",
        frame.rename(columns=exported),
        variables,
        [exported[name] for name in key],
        origin_title(word("export.estimates", title=title), origin),
        (origin_note(origin),),
    )
