"""The README of a replication package, in the order of the template of the social science data editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nianjian.codes import COUNTED
from nianjian.declarations.labels import labels
from nianjian.declarations.layers import DATA
from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.package.citations import Reference, gbt7714
from nianjian.plan.planning import Plan
from nianjian.publish.formats import FIGURE_FORMATS
from nianjian.publish.origin import Origin
from nianjian.running.works import works
from nianjian.sample.declared import used_names
from nianjian.text import Text

READS = ("templates/README.md.j2",)
YEARBOOK = "city_yearbook"


class Measured(NamedTuple):
    """Jobs of one rule in the run that is packaged: number, seconds of all, largest memory in MB."""

    rule: str
    jobs: int
    seconds: float
    memory: float


class OwnFile(NamedTuple):
    """A file of the author's own: where it lies, what it is, its digest, whether it is in the package."""

    path: str
    what: str
    digest: str
    provided: bool


class Source(NamedTuple):
    """A source as the README describes it."""

    id: str
    title: str
    units: list[str]
    used: bool
    reference: str
    licence: str
    access: str
    confidence: str
    notes: str


def text(planned: Plan, study: Study, manifest: Mapping[str, Any]) -> str:
    """The README as Markdown.

    Parameters
    ----------
    manifest : what the package holds, see :func:`nianjian.package.making.package_study`
    """
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["cell"] = lambda words: " ".join(str(words).replace("|", "\\|").split())
    measured = list(_measured(planned, study))
    rendered: str = environment.get_template("README.md.j2").render(
        study=study,
        title=study.title,
        manifest=manifest,
        simulated=Origin.parse(manifest["origin"]).simulated,
        books=study.own is None,
        data_folder=DATA if manifest["workspace"] == "." else f"{manifest['workspace']}/{DATA}",
        own_files=list(_own_files(study, manifest)),
        books_read=len(manifest["inputs"]) - len(manifest["own"]),
        inside=manifest["workspace"] != ".",
        editions=sorted(planned.books.editions),
        sources=list(_sources(planned, study)),
        variables=list(_variables(study)),
        tables=list(_outputs(study, "tables", planned.studies.config.table_formats, planned)),
        figures=list(_outputs(study, "figures", FIGURE_FORMATS, planned)),
        measured=measured,
        seconds=sum(each.seconds for each in measured),
        memory=max((each.memory for each in measured), default=0.0),
        kept_back=len(manifest["outputs"]) - len(manifest["copied"]),
        counted=sorted(set(COUNTED.values()) & set(manifest["versions"])),
    )
    return rendered


def references(planned: Plan, study: Study) -> list[Reference]:
    """References of the sources that a study uses, the yearbook's first."""
    wanted = [name for name, _ in _at_hand(planned, study) if _uses(planned, study, name)]
    return [_reference(planned.reading.sources[name]) for name in wanted]


def _reference(entry: Entry) -> Reference:
    params = entry.params
    fallback = getattr(params, "source", None) or ""
    if not fallback and getattr(params, "citation", None):
        fallback = params.citation.plain().get("zh", "")
    return Reference(entry.name, Text.of(**params.title.plain()), getattr(params, "cite", None), fallback)


def _own_files(study: Study, manifest: Mapping[str, Any]) -> Iterator[OwnFile]:
    """Files of the author's own, the study's first."""
    first = "" if study.own is None else study.own.source.file
    for path in sorted(manifest["own"], key=lambda own: (own != first, own)):
        what = (
            "the data of the study, one row a unit and year"
            if path == first
            else "policies, attributes, groups, weights or columns that the declarations name"
        )
        yield OwnFile(path, what, manifest["inputs"][path], manifest["own"][path])


def _at_hand(planned: Plan, study: Study) -> list[tuple[str, list[str]]]:
    """Sources of the run with the names of their units: editions, panels; the yearbook first. None where an own file is all."""
    found: dict[str, list[str]] = {}
    if study.own is not None:
        return []
    for name, unit in planned.reading.units:
        found.setdefault(name, []).append(unit)
    return sorted(found.items(), key=lambda own: (own[0] != YEARBOOK, own[0]))


def _items(study: Study) -> set[str]:
    """Items of the dictionary that a study's variables are made of."""
    used = used_names(study) & set(study.item_units)
    return {name.partition("__")[0] for name in used}


def _uses(planned: Plan, study: Study, name: str) -> bool:
    """Whether a source prints an item that the study uses; the yearbook may print any."""
    if name not in planned.reading.panels:
        return True
    return bool({value.item for value in planned.reading.panels[name].values()} & _items(study))


def _sources(planned: Plan, study: Study) -> Iterator[Source]:
    for name, units in _at_hand(planned, study):
        entry = planned.reading.sources[name]
        cite = getattr(entry.params, "cite", None)
        said = {
            key: Text.of(**own.plain())["en"] if cite and (own := getattr(cite, key)) else ""
            for key in ("licence", "access")
        }
        yield Source(
            name,
            entry.params.title.plain()["en"],
            units,
            _uses(planned, study, name),
            gbt7714(_reference(entry)),
            said["licence"],
            said["access"],
            cite.confidence if cite else "no citation declared",
            getattr(entry.params, "notes", None) or "",
        )


def _variables(study: Study) -> Iterator[dict[str, str]]:
    """The codebook: every column that the study declares."""
    words = labels(study)
    chain = study.chain()
    for name in [*study.model.variables, *study.policies, *study.model.groups, *study.model.attributes]:
        unit = words[name].get("unit", "")
        formula = chain.formula(name)
        policy, attribute = chain.policies.get(name), chain.attributes.get(name)
        made = formula.expr if formula else ""
        if policy:
            made = f"{policy.file}, coding {policy.coding}, starts {policy.starts}"
        elif attribute:
            made = f"{attribute.file}, column {attribute.column}"
        unit = unit["en"] if isinstance(unit, dict) else unit
        yield {"name": name, "en": words[name]["en"], "zh": words[name]["zh"], "unit": unit, "made": made}
    for name, entry in study.indices.items():
        yield {"name": name, "en": words[name]["en"], "zh": words[name]["zh"], "unit": "", "made": f"index, {entry.kind.name}"}  # fmt: skip


def _outputs(study: Study, section: str, formats: Any, planned: Plan) -> Iterator[dict[str, Any]]:
    for name, entry in getattr(study, section).items():
        specs = [each.name for each in entry.kind.references(entry.params) if each.what == "spec"]
        languages = "{" + ",".join(planned.studies.config.languages) + "}"
        yield {
            "id": name,
            "title": study.titled_text(section, name)["en"],
            "kind": entry.kind.name,
            "specs": list(dict.fromkeys(specs)),
            "estimators": sorted({study.specs[spec].kind.name for spec in specs}),
            "files": f"{study.folder}/{section}/{name}.{languages}.{{{','.join(formats)}}}",
        }


def _measured(planned: Plan, study: Study) -> Iterator[Measured]:
    """What the jobs before and of the study needed in the run that is packaged."""
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for work in works(planned.for_rules()).values():
        path = Path(work.benchmark)
        if work.study in ("", study.name) and path.is_file():
            last = path.read_text(encoding="utf8").splitlines()[-1]
            by_rule.setdefault(work.stem, []).append(json.loads(last))
    for rule, own in by_rule.items():
        memory = [float(each["max_rss"]) for each in own if isinstance(each["max_rss"], float)]
        yield Measured(rule, len(own), sum(float(each["s"]) for each in own), max(memory, default=0.0))
