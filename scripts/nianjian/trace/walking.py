"""The steps of a walk: from a source to what it was made from, down to printed cells, declared words and reference files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from nianjian.declarations.models.chain import Formula, PolicyFile
from nianjian.declarations.models.sample import missing_rules
from nianjian.estimates import NUMBERS, OF, address
from nianjian.multiverse.files import FOLDER
from nianjian.publish.sources import Source, plain
from nianjian.trace import multiverse, values
from nianjian.trace.books import Observation, PanelBooks
from nianjian.trace.steps import Step, TraceError
from nianjian.trace.study import SAMPLE, Selected, StudyResults

REFERENCE = {"city", "year", "province", "city_name", "first_treated_year"}
"""Columns of every sample that come from the lists of cities and policies."""


class Walker:
    """Walks from the sources of cells and points of one study to the books.

    Parameters
    ----------
    study : its files and chain
    books : the panel
    cells : whether each observation shows header and title of its printed cell, which takes a while
    """

    def __init__(self, study: StudyResults, books: PanelBooks, *, cells: bool = True) -> None:
        self.study, self.books, self.cells = study, books, cells
        self.chain = study.chain
        self._known: dict[tuple[Any, ...], Step] = {}
        self._shared: dict[int, tuple[str, str]] = {}

    def shared(self, step: Step) -> tuple[str, str] | None:
        """What and name of a step that is the same wherever it is used; None of any other."""
        return self._shared.get(id(step))

    # -- from a source

    def source(self, source: Source) -> Step:
        """The step that a source of a cell or point is."""
        file, field = source.file, source.field
        if source.how == "declared":
            return Step("declared", f"declared in {file}", {"key": field}, end=True)
        try:
            rows = self.study.rows(source)
        except TraceError as error:
            return Step("statistic", f"{field} of {file}", problem=str(error))
        if not len(rows):
            return Step("statistic", f"{field} of {file}", problem=f"no row has {dict(source.key)}")
        if field not in rows:
            return Step("statistic", f"{field} of {file}", problem="there is no such column")
        return self._of_file(file)(source, rows)

    def _of_file(self, file: str) -> Callable[[Source, Selected], Step]:
        if file.startswith("estimates/"):
            return self._estimate
        if file.startswith("spatial_weights/"):
            return self._weights
        if file.startswith("indices/"):
            return self._index_row
        if file.startswith(f"{FOLDER}/"):
            return lambda source, rows: multiverse.step(self, source, rows)
        if file.startswith("sample"):
            return self._sample
        return self._reference

    def _estimate(self, source: Source, rows: Selected) -> Step:
        row = rows.first()
        spec = str(row["spec"])
        if len(rows) > 1:
            facts = {name: own for name, own in source.key if name != "spec"}
            title = f"{source.how} of {source.field}, {len(rows):,} rows of {spec}"
            return Step("statistic", title, facts, [self.spec(spec)])
        term = address(row)
        facts = {"spec": spec, "kind": row["kind"], "term": term}
        facts |= {name: row[name] for name in OF if not pd.isna(row[name])}
        facts |= {name: float(row[name]) for name in NUMBERS if not pd.isna(row[name])}
        title = f"{source.field} of {term} in {spec}"
        return Step("estimate", title, facts, [self.spec(spec)])

    def _index_row(self, source: Source, rows: Selected) -> Step:
        name = source.file.removeprefix("indices/").split(".")[0]
        part = source.file.removeprefix(f"indices/{name}.").removesuffix("parquet").strip(".")
        city, year = source.get("city"), source.get("year")
        if not part and city is not None and year is not None:
            return self.city_year(int(city), int(year), source.field)
        facts = {"file": source.file, **dict(source.key)}
        if len(rows) == 1 and source.how == "value":
            facts["value"] = plain(rows[source.field][0])
        else:
            facts["rows"] = len(rows)
        what = f"{source.how} of {source.field}"
        return Step("statistic", f"{what} in {part or 'scores'} of {name}", facts, [self.index(name)])

    def _weights(self, source: Source, rows: Selected) -> Step:
        name = source.file.removeprefix("spatial_weights/").split(".")[0]
        facts = {**dict(source.key), "rows": len(rows), **self._cell(name, source)}
        return Step("statistic", f"{source.field} of weights {name}", facts, [self.matrix(name)])

    def _cell(self, name: str, source: Source) -> dict[str, str]:
        """Where a weight is written in a file of the user's own; nothing of one that follows from a rule."""
        city, neighbour = source.get("city"), source.get("neighbour")
        own = self.chain.matrices.get(name)
        if city is None or neighbour is None or own is None or own.kind != "file":
            return {}
        cells = self.study.frame(f"spatial_weights/{name}.cells.parquet")
        hit = cells[(cells["city"] == city) & (cells["neighbour"] == neighbour)]
        return {"file": own.params["file"], "cell": str(hit["cell"].iloc[0])} if len(hit) else {}

    def _sample(self, source: Source, rows: Selected) -> Step:
        column, city, year = source.field, source.get("city"), source.get("year")
        if city is not None and year is not None and source.file == SAMPLE:
            return self.city_year(int(city), int(year), column, title=source.how)
        facts = {**dict(source.key), "city-years": len(rows)}
        if "city" in rows:
            facts["cities"] = len(set(rows["city"]))
        filled = f"{column}__filled"
        if filled in rows:
            facts["filled"] = sum(rows[filled])
        return Step("statistic", f"{source.how} of {column} over the sample", facts, [self.column(column)])

    def _reference(self, source: Source, rows: Selected) -> Step:
        facts = {"file": source.file, **dict(source.key), "rows": len(rows)}
        return Step("attribute", f"{source.field} of {source.file}", facts, end=True)

    # -- what a study declares

    def once(self, what: str, name: str, make: Callable[[], Step]) -> Step:
        """Steps below a name are the same wherever it is used."""
        if (what, name) not in self._known:
            self._known[what, name] = Step(what, name, problem="it leads back to itself")
            self._known[what, name] = step = make()
            self._shared[id(step)] = (what, name)
        return self._known[what, name]

    def spec(self, name: str) -> Step:
        """A specification: estimator, condition, size and clusters of its own regression, its columns."""
        return self.once("specification", name, lambda: self._spec(name))

    def _spec(self, name: str) -> Step:
        own = self.chain.specs.get(name)
        if own is None:
            return Step("specification", name, problem="the study declares no such specification")
        facts: dict[str, Any] = {"estimator": own.kind}
        for key in ("outcome", "treatment", "controls", "absorb", "cluster", "where", "missing"):
            if own.params.get(key):
                facts[key] = own.params[key]
        rows = self.study.frame(f"estimates/{name}.parquet")
        fits = rows[
            (rows["kind"] == "fit") & rows[["variable", "group", "equation", "matrix"]].isna().all(axis=1)
        ]
        found = dict(zip(fits["term"], fits["estimate"], strict=True))
        for term in ("nobs", "units", "clusters", "singletons", "nobs_dropped_missing"):
            if term in found and not pd.isna(found[term]):
                facts[term] = int(found[term])
        steps = [self.column(column) for column in own.uses]
        steps += [self.matrix(matrix) for matrix in own.matrices]
        return Step("specification", f"specification {name}", facts, steps)

    def matrix(self, name: str) -> Step:
        """A weight matrix: how it is made, the variables or matrices behind it."""
        return self.once("weights", name, lambda: self._matrix(name))

    def _matrix(self, name: str) -> Step:
        own = self.chain.matrices.get(name)
        if own is None:
            return Step("weights", name, problem="the study declares no such matrix")
        facts = {key: value for key, value in own.params.items() if value is not None and key != "label"}
        steps = [self.column(column) for column in own.uses]
        steps += [self.matrix(matrix) for matrix in own.matrices]
        if own.kind == "file":
            end = Step("attribute", "a file of the workspace", {"file": own.params["file"]}, end=True)
        else:
            seats = {"file": "config/reference/cities.csv"}
            end = Step("attribute", "seats and boundaries of the cities", seats, end=True)
        steps.append(end)
        return Step("weights", f"weights {name} ({own.kind})", facts, steps)

    def index(self, name: str) -> Step:
        """An index: its kind and method, the columns that it is made from."""
        return self.once("index", name, lambda: self._index(name))

    def _index(self, name: str) -> Step:
        own = self.chain.indices.get(name)
        if own is None:
            return Step("index", name, problem="the study declares no such index")
        facts = {
            key: value
            for key, value in own.params.items()
            if value not in (None, [], {}, False) and key not in ("label", "dimensions", "sensitivity")
        }
        return Step("index", f"index {name} ({own.kind})", facts, [self.column(each) for each in own.uses])

    def column(self, name: str) -> Step:
        """A column of the sample: a variable with its formula, an index, a policy, an attribute, a group."""
        return self.once("column", name, lambda: self._column(name))

    def _column(self, name: str) -> Step:
        chain, index = self.chain, self.chain.index_of(name)
        if index is not None:
            return Step("index", f"{name}, of index {index}", {}, [self.index(index)])
        formula = chain.formula(name)
        if formula is not None:
            return self._formula(name, formula)
        if name in chain.policies:
            return self._policy(name, chain.policies[name])
        if name in chain.attributes:
            return Step("attribute", f"attribute {name}", chain.attributes[name].plain(), end=True)
        if name == "first_treated_year" and chain.treatment:
            return self._policy(name, chain.policies[chain.treatment])
        if chain.own is not None and (name in chain.own.heads() or name in REFERENCE):
            facts = {"file": chain.own.file, "column": chain.own.heads().get(name, chain.own.unit)}
            if name == "year":
                facts["column"] = str(chain.own.year)
            return Step("attribute", name, facts, end=True)
        if name in REFERENCE:
            return Step("attribute", name, {"file": "config/reference/cities.csv"}, end=True)
        return Step("variable", name, problem=f"{chain.file} declares no such column")

    def _policy(self, name: str, own: PolicyFile) -> Step:
        facts = {key: value for key, value in own.plain().items() if value}
        if name in self.study.sample:
            sample = self.study.sample
            facts["treated cities"] = int(sample.loc[sample[name] == 1, "city"].nunique())
        return Step("policy", f"policy {name}", facts, end=True)

    def _formula(self, name: str, own: Formula) -> Step:
        facts: dict[str, Any] = {"formula": own.expr}
        if own.unit:
            facts["unit"] = own.unit
        if own.note:
            facts["note"] = own.note
        filled = f"{name}__filled"
        if filled in self.study.sample:
            facts["filled"] = (
                f"{int(self.study.sample[filled].sum()):,} of {len(self.study.sample):,} city-years"
            )
            facts["gaps"] = values.rule(self.chain.missing)
        steps = [self.item(item) for item in own.items]
        steps += [self.column(column) for column in own.uses]
        return Step("variable", f"{name} = {own.expr}", facts, steps, end=not steps)

    def item(self, column: str) -> Step:
        """All observations of an item that the sample may use."""
        return self.once("item", column, lambda: self._item(column))

    def _item(self, column: str) -> Step:
        return self.books.item(column, set(self.study.sample["city"].tolist()))

    # -- one city and year

    def city_year(self, city: int, year: int, column: str, title: str = "") -> Step:
        """A column's value in one city and year, with what it was made from there."""
        index = self.chain.index_of(column)
        if index is not None:
            return self._score(city, year, column, index)
        row = self.study.city_year(city, year)
        if row is None:
            return Step("value", f"{column} of {city} in {year}", problem="the sample has no such city-year")
        if column not in row:
            return Step("value", f"{column} of {city} in {year}", problem="the sample has no such column")
        name = f"{title + ' ' if title else ''}{column}: {row['city_name']} {city}, {year}"
        facts: dict[str, Any] = {"value": plain(row[column])}
        own = self.chain.formula(column)
        if own is None:
            return Step("value", name, facts, [self.column(column)])
        facts["formula"] = own.expr
        was_filled = bool(row.get(f"{column}__filled", False))
        if was_filled:
            facts["filled"] = values.rule(self.chain.missing)
            if self.chain.missing.fill == "variables":
                return Step("filled", name, facts, self._neighbours(city, year, column))
        steps = [self._item_value(city, year, item) for item in own.items]
        steps += [self.city_year(city, year, each) if each in row else self.column(each) for each in own.uses]
        return Step("value", name, facts, steps, end=not steps)

    def _neighbours(self, city: int, year: int, column: str) -> list[Step]:
        """The nearest years on both sides in which a variable of a city was not filled."""
        own = self.study.sample[self.study.sample["city"] == city]
        years = own.loc[~own[f"{column}__filled"] & own[column].notna(), "year"]
        near = (years[years < year].max(), years[years > year].min())
        return [self.city_year(city, int(each), column) for each in near if not pd.isna(each)] or [
            self.column(column)
        ]

    def _score(self, city: int, year: int, column: str, index: str) -> Step:
        own = self.study.city_year(city, year, f"indices/{index}.parquet")
        title = f"{column}: {city}, {year}"
        if own is None:
            return Step("value", title, problem=f"index {index} has no such city-year")
        facts: dict[str, Any] = {"value": plain(own[column])}
        declared = self.chain.indices[index]
        facts |= {part: plain(own[part]) for part in declared.columns if part != column}
        steps = [self._part(city, year, index, each) for each in declared.uses]
        return Step("value", title, facts, steps)

    def _part(self, city: int, year: int, index: str, column: str) -> Step:
        """An indicator of an index in one city-year, with its weight where there is one."""
        if column not in self.study.columns(SAMPLE) and self.chain.index_of(column) is None:
            return self.column(column)
        step = self.city_year(city, year, column)
        own = self.study.weights(index).get(column)
        if own is not None:
            step.facts = {**step.facts, **own._asdict()}
        return step

    def _item_value(self, city: int, year: int, item: str) -> Step:
        merged = [each for each in self.chain.merged if each.into == city and year < each.year]
        if not merged:
            return self._printed_value(city, year, item)
        columns = [item, *([self.chain.parts[item]] if item in self.chain.parts else [])]
        cities = [city, *(each.city for each in merged)]
        facts = {"cities": cities, "until": max(each.year for each in merged) - 1, "from": columns}
        steps = [self._printed_value(own, year, column) for own in cities for column in columns]
        return Step("harmonised", f"{item}, {city}, {year}: of what later became one city", facts, steps)

    def _counts_as_missing(self, row: Observation) -> bool:
        """Whether the study does without a value that breaks a rule."""
        rules = missing_rules(self.chain.suspects)
        return bool(rules and self.books.rules(row) & rules)

    def _printed_value(self, city: int, year: int, item: str) -> Step:
        row = self.books.find(city, year, item)
        if row is not None and not self._counts_as_missing(row):
            return self.books.observation(row, cell=self.cells)
        return values.gap(self.books, self.chain.missing, city, year, item, cell=self.cells)
