"""What a study may use of its own file, read where the study is read: its columns by name, its units, its treatment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from nianjian import formulas
from nianjian.declarations.columns import RESERVED
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.own import OwnColumn, OwnSource
from nianjian.declarations.models.sample import Sample, Variable
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.own.table import OwnTable, Wanted, usable, words_of
from nianjian.own.treatment import Adoption, adoption
from nianjian.own.units import Units, check_keys, identifiers, places
from nianjian.reference import cities

WORDS = frozenset(("title", "label", "labels", "note", "notes", "reason", "citation", "description"))
"""Keys of a study whose text names no column."""
SECTIONS = ("specs", "indices", "tables", "figures", "spatial_weights")
"""Parts of a study whose entries name columns of the sample."""
PROVINCE = "province"


class Named(NamedTuple):
    """A column of the file that is no variable: one of words."""

    head: str
    label: str


@dataclass(frozen=True)
class Own:
    """A study's own file.

    Attributes
    ----------
    model : the study with a variable for each column that its entries name
    source : the file, for jobs
    items : columns of numbers, as items
    texts : columns of words by name
    units : codes and names
    members : (code, first treated year) of the treatment
    has_province : whether units have a column ``province``
    heads : of all columns of the file
    """

    model: StudyFile
    source: OwnSource
    items: Mapping[str, Item]
    texts: Mapping[str, Named]
    units: Units
    members: tuple[tuple[int, int], ...]
    has_province: bool
    heads: tuple[str, ...]

    def hint(self, name: str) -> str:
        """What to do about a name that is no column of the sample."""
        if name in self.heads:
            return (
                f"; no formula can hold the name of this column of {self.source.file}: give it another, variables: "
                f"{{another: {{column: '{name}'}}}}"
            )
        near = suggestion(name, [head for head in self.heads if head])
        return near or f"; {self.source.file} has no such column"


def read_own(model: StudyFile, written: Mapping[str, Any], shown: str, layers: Layers) -> Own:
    """Read a study's own file.

    Parameters
    ----------
    model, written : the study, checked and as it is written
    shown : how messages call its file
    layers : folders of declarations; the file lies beside the first of them

    Raises
    ------
    InputError, DeclarationError
        If the file, a column, a unit, a year or a key of its rows is wrong.
    """
    return _Reading(model, written, shown, layers).own()


@lru_cache(maxsize=8)
def _table(root: str, wanted: Wanted, stat: tuple[int, int]) -> OwnTable:
    """Variants of a study read one file."""
    return OwnTable(root, wanted)


def _texts(value: Any) -> Iterator[str]:
    """All texts that may name columns."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, own in value.items():
            if key not in WORDS:
                yield str(key)
                yield from _texts(own)
    elif isinstance(value, list):
        for own in value:
            yield from _texts(own)


class _Reading:
    def __init__(self, model: StudyFile, written: Mapping[str, Any], shown: str, layers: Layers) -> None:
        self.model, self.shown, self.layers = model, shown, layers
        self.context = f"{shown}, sample"
        named = {**written, "sample": model.sample.where}  # its other keys say what stands where
        parts = {key: list(_texts(named[key])) for key in named if key not in WORDS}
        self.mentioned = words_of(list({text for key in SECTIONS for text in parts.get(key, ())}))
        self.known = words_of(list({text for texts in parts.values() for text in texts}))
        self.table = self._read()

    @property
    def sample(self) -> Sample:
        return self.model.sample

    def _read(self) -> OwnTable:
        sample = self.sample
        declared = [each.column for each in self.model.variables.values() if each.column]
        wanted = Wanted(
            file=str(sample.file),
            sheet=sample.sheet,
            unit=str(sample.city or sample.unit),
            year=sample.year if sample.year is not None else "",
            na=frozenset(sample.na),
            names=tuple(sorted({*self.known, *declared})),
            context=self.context,
        )
        root = self.layers.folders[0].parent
        try:
            stat = (root / wanted.file).stat()
        except OSError:
            return OwnTable(root, wanted)
        return _table(root.as_posix(), wanted, (stat.st_size, stat.st_mtime_ns))

    def own(self) -> Own:
        table, columns = self.table, self._columns()
        units = self._units()
        kinds = {name: table.kind(table.column(head, self._key(name))) for name, head in columns.items()}
        texts = {
            name: Named(head, self._label(head))
            for name, head in columns.items()
            if kinds[name] == "text" or name == PROVINCE
        }
        numbers = {name: head for name, head in columns.items() if name not in texts}
        for head in numbers.values():
            table.numbers(table.column(head))
        self._check_where(columns)
        members, told = self._adoption(columns, units)
        return Own(
            model=self._model(columns, texts),
            source=self._source(columns, kinds, units, told),
            items={name: self._item(name, head) for name, head in numbers.items()},
            texts=texts,
            units=units,
            members=members,
            has_province=self.sample.city is not None or PROVINCE in columns,
            heads=tuple(table.heads),
        )

    def _units(self) -> Units:
        """Units of the rows, each once a year."""
        sample = self.sample
        if sample.city is not None:
            units = places(self.table, cities.load(self.layers, sample.level))
        else:
            units = identifiers(self.table, sample.name)
        check_keys(self.table, units.codes)
        return units

    def _model(self, columns: Mapping[str, str], texts: Mapping[str, Named]) -> StudyFile:
        """The study with its years, and without variables that are words: these are columns of another sort."""
        variables, rows = self._variables(columns), self.table.rows
        for name in [each for each in variables if each in texts]:
            if variables[name].expr not in (None, name):
                what = f"column {columns[name]!r} holds words, which no formula computes"
                raise self._fail(f"variables.{name}", what)
            del variables[name]
        years = self.sample.years or [min(row.year for row in rows), max(row.year for row in rows)]
        sample = self.sample.model_copy(update={"years": list(years)})
        return self.model.model_copy(update={"variables": variables, "sample": sample})

    def _adoption(self, columns: Mapping[str, str], units: Units) -> Adoption:
        """First treated years, where the file says them."""
        treatment = self.model.treatment
        if treatment is None or treatment.policy is not None:
            return Adoption((), [])
        context, computed = f"{self.shown}, treatment", None
        if treatment.expr is not None:
            computed = self._computed(treatment.expr, columns, units, f"{context}.expr")
        return adoption(self.table, treatment, units.codes, context, computed)

    def _source(
        self, columns: Mapping[str, str], kinds: Mapping[str, str], units: Units, told: list[str]
    ) -> OwnSource:
        """The file as jobs read it."""
        table = self.table
        return OwnSource(
            file=table.wanted.file,
            sheet=table.wanted.sheet,
            page=table.page.name,
            typed=table.page.typed,
            unit=table.wanted.unit,
            year=table.wanted.year,
            na=sorted(table.wanted.na),
            # Of all names of the study those that are heads: another specification must not build the sample anew.
            names=sorted({head for head in table.heads if head in table.wanted.names}),
            context=self.context,
            where=self.sample.where,
            columns=[
                OwnColumn(name=name, head=head, at=table.column(head), text=kinds[name] == "text")
                for name, head in sorted(columns.items())
            ],
            codes=dict(units.codes),
            told=told,
        )

    def _fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"{self.shown}, {key}: {what}")

    def _columns(self) -> dict[str, str]:
        """Head of each column that the study may use, by the name that it has there."""
        found: dict[str, str] = {}
        for name, variable in self.model.variables.items():
            if variable.column is not None:
                found[name] = variable.column
            elif variable.expr is None and not self.table.has(name):
                heads = [head for head in self.table.heads if head]
                raise self._fail(
                    f"variables.{name}",
                    f"{self.table.called} has no column '{name}'{suggestion(name, heads)}; name it under `column`, or give it an expr",
                )
        taken = {*RESERVED, *self.model.policies, *self.model.groups, *self.model.attributes, *found}
        if self.model.treatment:
            taken.add(self.model.treatment.name)
        for name in sorted((self.known | set(self.model.variables)) - taken):
            if self.table.has(name) and usable(name):
                found[name] = name
        if self.sample.unit is not None and PROVINCE in self.known and self.table.has(PROVINCE):
            found[PROVINCE] = PROVINCE
        return found

    def _variables(self, columns: Mapping[str, str]) -> dict[str, Variable]:
        """Variables as declared, in front of them those columns that entries name without more."""
        plain = [
            name
            for name in columns
            if name in self.mentioned and name not in self.model.variables and name != PROVINCE
        ]
        return {**{name: Variable() for name in plain}, **self.model.variables}

    def _key(self, name: str) -> str:
        variable = self.model.variables.get(name)
        return f"variables.{name}.column" if variable is not None and variable.column else ""

    def _label(self, head: str) -> str:
        return self.table.label(self.table.column(head))

    def _item(self, name: str, head: str) -> Item:
        variable = self.model.variables.get(name)
        measured = variable is not None and variable.expr in (None, name) and variable.unit
        label = self._label(head)
        return Item(zh=label, en=label, unit=str(measured or "1"), scopes=["city"], kind="index")

    def _computed(self, expr: str, columns: Mapping[str, str], units: Units, context: str) -> list[float]:
        """Values of a formula on the file's rows."""
        import pandas as pd

        formula = formulas.parse(expr, context, known={"city", "year", *columns})
        rows = self.table.rows
        held: dict[str, Any] = {
            "city": [units.codes[row.label] for row in rows],
            "year": [row.year for row in rows],
        }
        for name in formula.names & columns.keys():
            at = self.table.column(columns[name])
            held[name] = self.table.numbers(at) if self.table.kind(at) == "number" else self.table.texts(at)
        found: list[float] = formula.evaluate(pd.DataFrame(held)).tolist()
        return found

    def _check_where(self, columns: Mapping[str, str]) -> None:
        if self.sample.where is not None:
            formulas.parse(self.sample.where, f"{self.context}.where", known={"city", "year", *columns})
