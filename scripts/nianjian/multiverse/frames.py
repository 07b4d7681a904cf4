"""Samples and indices of a multiverse in memory, as the jobs of a study make them on disk."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nianjian import schemas, storage
from nianjian.kinds.context import Context
from nianjian.kinds.data import Data
from nianjian.kinds.entries import Entry
from nianjian.sample import builder
from nianjian.sample.declaration import SampleDeclaration
from nianjian.sample.loading import KEY
from nianjian.sample.wide import of_panels


class FrameData(Data):
    """A sample in memory as the input of an index."""

    def __init__(self, frame: pd.DataFrame, context: str) -> None:
        super().__init__({}, "", context)
        self._frame = frame

    def sample(self, needed: Sequence[str] = ()) -> pd.DataFrame:
        """The sample's rows."""
        return self._frame


@dataclass
class Frames:
    """Samples from a panel, or from the user's own file.

    Attributes
    ----------
    panels, suspects : Parquet files as :func:`nianjian.sample.wide.of_panels` reads them; none where the study has its own file
    items : columns of the panel that some sample needs
    """

    panels: Sequence[str | Path]
    suspects: Sequence[str | Path]
    items: Sequence[str]
    _wide: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = field(default_factory=dict)

    def wide(self, declared: SampleDeclaration) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The panel's wide table and its suspects; read once."""
        source = "" if declared.own is None else json.dumps(declared.own.plain(), sort_keys=True)
        if source not in self._wide:
            if declared.own is None:
                self._wide[source] = of_panels(self.panels, self.suspects, self.items)
            else:
                from nianjian.own import panel

                empty = pd.DataFrame(columns=list(schemas.SUSPECTS))
                self._wide[source] = panel.wide(declared.own, "."), empty
        return self._wide[source]

    def sample(self, declared: SampleDeclaration) -> pd.DataFrame:
        """One sample, sorted by city and year.

        Raises
        ------
        SampleError
            If it cannot be built.
        """
        with quiet():
            return builder.build(*self.wide(declared), declared).frame

    def cities(self, declared: SampleDeclaration) -> list[int]:
        """All cities that a sample may hold, sorted."""
        return sorted(int(city) for city in self.wide(declared)[0]["city"].unique())


def with_indices(frame: pd.DataFrame, entries: Sequence[Entry], study: str, seed: int) -> pd.DataFrame:
    """A sample with the columns of its indices.

    Parameters
    ----------
    entries : in the order in which they are computed

    Raises
    ------
    SampleError
        If one cannot be computed on this sample.
    """
    for entry in entries:
        context = Context(study, "indices", entry.name, seed=seed)
        data = FrameData(frame, str(context))
        with quiet():
            alone = entry.kind.option("scores_alone", None)
            if alone is not None:
                table = alone(entry.params, data, context)
            else:
                table = entry.kind.build(entry.params, data, context)[""].frame
        frame = frame.merge(table, on=KEY, how="left", validate="one_to_one")
    return frame


@contextmanager
def quiet() -> Iterator[None]:
    """Without what a single sample or regression would say in the log: there are hundreds."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def about(number: int, frame: pd.DataFrame) -> dict[str, int]:
    """A row of the schema ``SAMPLES``."""
    return {
        "sample": number,
        "first_year": int(frame["year"].min()),
        "last_year": int(frame["year"].max()),
        "cities": int(frame["city"].nunique()),
        "nobs": len(frame),
    }


def write(tables: Mapping[str, pd.DataFrame], paths: Mapping[str, str | Path]) -> None:
    """Write the tables of a multiverse."""
    from nianjian.multiverse.schemas import TABLES

    for name, path in paths.items():
        schema, key = TABLES[name]
        storage.write_table(storage.typed(tables[name], schema), path, schema, key)
