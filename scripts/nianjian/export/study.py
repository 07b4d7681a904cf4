"""All that is exported of one study: sample, estimates, weight matrices, and a do-file and an R script for each table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.declarations.models.chain import Chain
from nianjian.errors import DeclarationError
from nianjian.estimators.city_years import complete, select
from nianjian.export import conditions, names, sample, tidy
from nianjian.export.commands import Spec
from nianjian.export.conditions import Columns, Untranslatable
from nianjian.export.dataset import Dataset, Variable
from nianjian.export.formats import write_all, write_text
from nianjian.export.own import OwnUnits
from nianjian.export.scripts import TableOfSpecs, do_file, r_script
from nianjian.export.stata_file import write_stata
from nianjian.files import replacing
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.registry import Kinds
from nianjian.products import TIMES, with_products
from nianjian.reference.english import names_of
from nianjian.sample.loading import load_sample
from nianjian.text import Text, word

MARKED = "in_{}"
"""Column that is 1 in the city-years of a specification whose condition no language says in a line."""


@dataclass(frozen=True)
class StudyFiles:
    """What a study's export is made from.

    Attributes
    ----------
    sample : ``sample.parquet``
    indices, estimates, matrices : Parquets
    cities : CSV of all cities with their names
    """

    sample: Path
    indices: Sequence[Path]
    estimates: Sequence[Path]
    matrices: Sequence[Path]
    cities: Path


def export_study(
    declared: Mapping[str, Any], files: StudyFiles, folder: str | Path, *, known: Kinds, origin: str
) -> list[Path]:
    """Write everything that is exported of a study into a folder.

    Parameters
    ----------
    declared : ``study``, ``title``, ``chain``, ``facts``, ``tables``, ``languages``, ``bom``, and of an own file ``of_places``; see
        :class:`nianjian.plan.exports.ExportsPlan`
    known : the kinds that there are
    origin : ``simulated`` or ``real: <books or file>``, see :class:`nianjian.publish.origin.Origin`

    Returns
    -------
    list of Path
        Files that were written.
    """
    folder = Path(folder)
    title = Text.of(**declared["title"])
    languages, bom = declared["languages"], declared["bom"]
    chain = Chain.model_validate(declared["chain"])
    own = OwnUnits.read(chain.own, of_places=declared["of_places"]) if chain.own else None
    data = sample.dataset(
        files.sample,
        files.indices,
        study=declared["study"],
        title=title,
        origin=origin,
        labels=declared["facts"]["labels"],
        chain=chain,
        places=places(files.cities),
        own=own,
    )
    facts = Facts.read(declared["facts"], known)
    frame = load_sample(files.sample, files.indices, declared["study"])
    data, frame = with_product_columns(data, frame, facts)
    data, columns = with_markers(data, frame, facts)
    written = write_all(data, folder, languages, bom=bom)
    estimated = tidy.dataset(files.estimates, title=title, origin=origin)
    written += write_all(estimated, folder, languages, bom=bom)
    for path in files.matrices:
        written += write_weights(path, data, folder, languages, title=title, origin=origin, bom=bom)
    specs = {name: _spec(facts.specs[name], columns, frame) for name in _used(declared["tables"])}
    for table in declared["tables"]:
        written += _scripts(table, facts, specs, data.notes, folder, known, declared["study"])
    return written


def places(cities: Path) -> dict[str, dict[str, Text]]:
    """Names of cities and provinces by code, as text; a name of several cities has its province behind it."""
    table = pd.read_csv(cities, dtype=str, keep_default_na=False)
    return {
        "city": {str(code): text for code, text in names_of(table).items()},
        "province": {
            row["province"]: Text.of(en=row["province_en"], zh=row["province_zh"])
            for _, row in table.iterrows()
        },
    }


def with_product_columns(data: Dataset, frame: pd.DataFrame, facts: Facts) -> tuple[Dataset, pd.DataFrame]:
    """The sample with a column for each product of columns that a specification has as regressor."""
    named = [
        each.name
        for entry in facts.specs.values()
        for each in entry.kind.references(entry.params)
        if each.what == "column" and TIMES in each.name
    ]
    if not named:
        return data, frame
    ordered = with_products(frame.sort_values(["city", "year"], ignore_index=True), named)
    made: dict[str, pd.Series] = {}
    variables: list[Variable] = []
    labels = {each.column: each.label for each in data.variables}
    for name in dict.fromkeys(named):
        own = names.exported(name)
        made[own] = ordered[name]
        parts = [labels.get(part.strip(), Text.same(part.strip())) for part in name.split(TIMES)]
        words = {language: " × ".join(part[language] for part in parts) for language in ("en", "zh")}
        variables.append(Variable(name, own, Text.of(**words), facts={"role": "product", "formula": name}))
    return replace(data, frame=data.frame.assign(**made), variables=[*data.variables, *variables]), ordered


def with_markers(data: Dataset, frame: pd.DataFrame, facts: Facts) -> tuple[Dataset, Columns]:
    """The sample with a column for each condition that no language says, and what scripts know of its columns."""
    codes = {
        each.column: sample.codes_of(facts.labels[each.column])
        for each in data.variables
        if each.values and each.column in facts.labels and facts.labels[each.column].values
    }
    exported = {each.column: each.name for each in data.variables}
    gaps = {each.column for each in data.variables if data.frame[each.name].isna().any()}
    columns = Columns(exported, codes, gaps)
    marks: dict[str, pd.Series] = {}
    variables: list[Variable] = []
    ordered = frame.sort_values(["city", "year"], ignore_index=True)
    for name, entry in facts.specs.items():
        where = getattr(entry.params, "where", None)
        if not where or _is_said(where, columns):
            continue
        own = names.exported(MARKED.format(name))
        inside = ordered.index.isin(select(ordered, where, name).index)
        marks[own] = pd.Series(inside.astype("int32"), index=data.frame.index)
        variables.append(Variable(own, own, Text.same(name), facts={"role": "marker", "formula": where}))
    whole = data.frame.assign(**marks) if marks else data.frame
    return replace(data, frame=whole, variables=[*data.variables, *variables]), columns


def _is_said(where: str, columns: Columns) -> bool:
    try:
        conditions.r(where, columns)
    except Untranslatable:
        return False
    return True


def _used(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(spec for table in tables for spec in table["specs"]))


def _spec(entry: Entry, columns: Columns, frame: pd.DataFrame) -> Spec:
    params = entry.params
    chosen = select(frame, getattr(params, "where", None), entry.name)
    chosen, _ = complete(chosen, entry.kind.columns(params), getattr(params, "missing", "error"), entry.name)
    return Spec(entry.name, params, columns, chosen, names.exported(MARKED.format(entry.name)))


def _scripts(
    table: Mapping[str, Any],
    facts: Facts,
    specs: Mapping[str, Spec],
    notes: Sequence[Text],
    folder: Path,
    known: Kinds,
    study: str,
) -> Iterator[Path]:
    """The do-file and the R script of a table."""
    shown = [(facts.specs[name].kind.name, specs[name], facts.specs[name].label) for name in table["specs"]]
    own = TableOfSpecs(table["name"], Text.of(**table["title"]), study, notes[:1], shown, table["decimals"])
    for ending, write in (("do", do_file), ("R", r_script)):
        path = folder / f"{own.stem}.{ending}"
        with replacing(path) as part:
            part.write_text(write(own, known), encoding="utf8", newline="\n")
        yield path


def write_weights(
    path: Path, data: Dataset, folder: Path, languages: Sequence[str], *, title: Text, origin: str, bom: bool
) -> list[Path]:
    """A weight matrix as a table of n rows and n columns in the order of the cities' codes, for Stata and as text.

    Raises
    ------
    DeclarationError
        If the file holds no weight matrix.
    """
    pairs = storage.read_table(path)
    if not {"city", "neighbour", "weight"} <= set(pairs):
        raise DeclarationError(
            f"{path}: expected the columns city, neighbour, weight; it has {', '.join(pairs)}"
        )
    matrix = path.name.partition(".")[0]
    cities = sorted(set(data.frame["city"].tolist()))
    wide = pairs.pivot(index="city", columns="neighbour", values="weight")
    wide = wide.reindex(index=cities, columns=cities).fillna(0.0)
    frame = pd.DataFrame({"city": pd.Series(cities, dtype="int32")})
    wide.columns = [f"w_{city}" for city in cities]
    frame = pd.concat([frame, wide.reset_index(drop=True)], axis=1)
    city = data.named("city")
    own = Dataset(
        f"weights_{matrix}",
        frame,
        [city, *(Variable(name, name, Text.same(name), facts={"role": "weight"}) for name in wide.columns)],
        ["city"],
        sample.origin_title(word("export.weights", matrix=matrix, title=title), origin),
        data.notes[:1],
    )
    stata, text = folder / f"{own.name}.dta", folder / f"{own.name}.csv"
    write_stata(own, stata, languages)
    write_text(frame, text, bom=bom)
    return [stata, text]
