"""What a kind's ``build`` knows of the job beside its parameters and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nianjian.declarations.models.appearance import Appearance
from nianjian.errors import SampleError, study_file
from nianjian.kinds.entries import Facts
from nianjian.language import Text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from nianjian.declarations.models.style import Style
    from nianjian.estimates import Rows
    from nianjian.spatial.seats import Seats
    from nianjian.spatial.weights import SpatialWeights


@dataclass(frozen=True)
class Context:
    """The place of one entry.

    Attributes
    ----------
    study : the study's id, or that of a variant
    section : ``specs``, ``tables``, ``figures``, ``indices``, ``spatial_weights``
    name : of the entry
    seed : the run's; draws depend on seed, study, name and what is drawn
    """

    study: str
    section: str
    name: str
    seed: int = 0

    def __str__(self) -> str:
        """What messages open with."""
        return f"{self.study}, {self.section}.{self.name}"

    @property
    def shown(self) -> str:
        """File and key of the declaration."""
        return f"{study_file(self.study)}, {self.section}.{self.name}"

    def rng(self, *what: str | int) -> np.random.Generator:
        """Generator of what is drawn, the same whatever else the run holds."""
        from nianjian import seeds

        return seeds.generator(self.seed, self.study, self.name, *what)


@dataclass(frozen=True)
class EstimatorContext(Context):
    """Context of an estimator.

    Attributes
    ----------
    matrices : Parquets of the weight matrices that the specification names
    cities : table of all cities with the seats of governments, where the kind says ``needs_cities``
    """

    matrices: Mapping[str, Path] = field(default_factory=dict)
    cities: Path | None = None

    @classmethod
    def of(
        cls, study: str, name: str, inputs: Mapping[str, Sequence[str | Path]], seed: int = 0
    ) -> EstimatorContext:
        """Context of a specification with the files that it names."""
        matrices = {Path(path).stem: Path(path) for path in inputs.get("matrices", [])}
        cities = next((Path(path) for path in inputs.get("cities", [])), None)
        return cls(study, "specs", name, seed=seed, matrices=matrices, cities=cities)

    def rows(self) -> Rows:
        """A builder of rows of the schema ``ESTIMATES``."""
        from nianjian.estimates import Rows

        return Rows(self.study, self.name)

    def weights(self, matrix: str, frame: pd.DataFrame) -> SpatialWeights:
        """A weight matrix for the cities of the rows used, see :func:`nianjian.spatial.reading.weights_of`."""
        from nianjian.spatial.reading import weights_of

        return weights_of(matrix, self.matrices, frame)

    def seats(self, cities: pd.Series) -> Seats:
        """Seats of some cities, in the order of their codes, see :func:`nianjian.spatial.seats.seats`."""
        import pandas as pd

        from nianjian.spatial.seats import seats

        if self.cities is None:
            raise ValueError(f"{self}: the job gives no seats of cities; define needs_cities in the kind")
        return seats(pd.read_csv(self.cities), sorted(int(city) for city in cities.unique()))


@dataclass(frozen=True)
class PublishContext(Context):
    """Context of a table or figure.

    Attributes
    ----------
    facts : what the study declares
    origin : ``simulated`` or ``real: <books>``
    style : how a table is printed; None: in the project's own look
    appearance : how figures look
    """

    facts: Facts | None = None
    origin: str = "simulated"
    style: Style | None = None
    appearance: Appearance = field(default_factory=Appearance)

    @property
    def study_facts(self) -> Facts:
        """The facts, which a table or figure always has."""
        if self.facts is None:
            raise ValueError(f"{self}: the job gives no facts")
        return self.facts

    def label(self, name: str) -> Text:
        """What a column, index or matrix is called; without a label an error."""
        return self.study_facts.label(name, str(self))

    def unit(self, name: str) -> Text | None:
        """What a column is measured in; None where it has no unit."""
        return self.study_facts.unit(name)

    def values(self, name: str) -> Mapping[str, Text]:
        """What the values of an attribute are called, in their declared order; without labels an error."""
        return self.study_facts.values(name, str(self))

    def present(self, name: str, found: Iterable[str]) -> dict[str, Text]:
        """What those values of an attribute are called that occur, in their declared order.

        Raises
        ------
        SampleError
            If one has no label.
        """
        known, found = self.values(name), set(found)
        if odd := sorted(str(value) for value in found if value not in known):
            raise SampleError(
                f"{self}: {name} {', '.join(odd)} has no label; add it to the attribute's values"
            )
        return {value: text for value, text in known.items() if value in found}
