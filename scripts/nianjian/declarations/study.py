"""A study with everything filled in and checked: what rules, jobs and kinds get of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from nianjian import fixed_effects, formulas
from nianjian.declarations import companions, labels, specs, store, variables
from nianjian.declarations.chain import chain
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.chain import Chain
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.names import StudyNames, matching
from nianjian.declarations.reading import read_text, sorted_keys, suggestion
from nianjian.kinds.base import Params, Reference
from nianjian.kinds.entries import Entry, PlainFacts
from nianjian.kinds.registry import Kind, Kinds
from nianjian.language import Text

COMPOSITE = "composite"
"""The kind of an index that does not say."""
FAMILY_OF = {"specs": "estimators", "spatial_weights": "matrices"}
"""Family of kinds of a section that is called otherwise."""


class Study(StudyNames):
    """A study with everything filled in and checked against items, kinds and itself.

    Attributes
    ----------
    name : the study's id, or that of a variant
    variant : what the variant is called; None for the study itself
    folder : of its results, relative to the workspace
    formulas : parsed formula of every variable and group
    matrices, indices, specs, tables, figures : entries by name, complete

    Raises
    ------
    DeclarationError
        If anything is wrong.
    """

    def __init__(
        self,
        name: str,
        model: StudyFile,
        shown: str,
        items: Mapping[str, Item],
        *,
        kinds: Kinds,
        layers: Layers,
        variant: Text | None = None,
        results: str = "results",
    ) -> None:
        super().__init__(model, shown, items)
        self.name, self.kinds, self.layers, self.variant = name, kinds, layers, variant
        self.results, self.folder = results, f"{results}/studies/{name}"
        self.matrices: dict[str, Entry] = {}
        self.specs: dict[str, Entry] = {}
        self.tables: dict[str, Entry] = {}
        self.figures: dict[str, Entry] = {}
        self._read_indices()
        self.check_names()
        self.formulas = variables.parse_formulas(self)
        variables.check_chains(self)
        self._complete_indices()
        self._read_matrices()
        self._read_specs()
        for section, family in (("tables", "tables"), ("figures", "figures")):
            for key, written in getattr(model, section).items():
                getattr(self, section)[key] = self._entry(section, family, key, written)

    # -- reading the entries of kinds

    def _read_indices(self) -> None:
        """Indices first: the columns that they add are names which all else may use."""
        for name, written in self.model.indices.items():
            own = dict(written)
            kind = self._kind("indices", name, own.pop("kind", COMPOSITE))
            params = kind.read(own, self.shown, f"indices.{name}")
            self.indices[name] = Entry(name, kind, params, label_of(params))

    def _complete_indices(self) -> None:
        for name, entry in list(self.indices.items()):
            self.indices[name] = self._completed("indices", entry)

    def _read_matrices(self) -> None:
        for name, written in self.model.spatial_weights.items():
            own = dict(written)
            kind = self._kind("spatial_weights", name, self._named("spatial_weights", name, own, "kind"))
            params = kind.read(own, self.shown, f"spatial_weights.{name}")
            self.matrices[name] = Entry(name, kind, params, label_of(params))
        for name, entry in list(self.matrices.items()):
            self.matrices[name] = self._completed("spatial_weights", entry)

    def _read_specs(self) -> None:
        unfolded = specs.unfold(self)
        for name, written in unfolded.items():
            own = dict(written)
            words = own.pop("label", None)
            own.pop("note", None)
            kind = self._kind("specs", name, self._named("specs", name, own, "estimator"))
            self._check_keys(name, kind, own)
            if "treatment" in kind.params.model_fields and self.treatment:
                own.setdefault("treatment", self.treatment)
            params = kind.read(own, self.shown, f"specs.{name}")
            label = Text.read(words, f"{self.shown}, specs.{name}.label") if words else None
            self.specs[name] = self._completed("specs", Entry(name, kind, params, label))

    def _check_keys(self, name: str, kind: Kind, own: Mapping[str, Any]) -> None:
        known = kind.params.model_fields
        for key in own:
            if key not in known and key not in kind.params.formerly:
                raise self.fail(
                    f"specs.{name}",
                    f"estimator {kind.name} has no key '{key}'{suggestion(key, known)}; "
                    "set it to null if it is inherited",
                )

    def _entry(self, section: str, family: str, name: str, written: Mapping[str, Any]) -> Entry:
        own = dict(written)
        chosen = self._named(section, name, own, "kind")
        kind = self.kinds.get(family, chosen, f"{self.shown}, {section}.{name}.kind")
        params = kind.read(own, self.shown, f"{section}.{name}")
        return self._completed(section, Entry(name, kind, params, label_of(params)))

    def _named(self, section: str, name: str, own: dict[str, Any], key: str) -> str:
        """Takes the key that names the kind out of an entry."""
        chosen = own.pop(key, None)
        if not isinstance(chosen, str):
            known = ", ".join(self.kinds.family(FAMILY_OF.get(section, section)))
            more = ", or extends" if section == "specs" else ""
            raise self.fail(f"{section}.{name}", f"key '{key}' is missing; write one of {known}{more}")
        return chosen

    def _kind(self, section: str, name: str, chosen: str) -> Kind:
        family = FAMILY_OF.get(section, section)
        key = "estimator" if section == "specs" else "kind"
        return self.kinds.get(family, chosen, f"{self.shown}, {section}.{name}.{key}")

    def _completed(self, section: str, entry: Entry) -> Entry:
        """An entry with what its kind takes from the study; all names that it uses must be there."""
        with self._at(section, entry.name):
            params = entry.kind.complete(entry.params, self)
        for reference in entry.kind.references(params):
            self._check_reference(f"{section}.{entry.name}.{reference.path}", reference)
        if section == "specs":
            self._check_regressors(f"specs.{entry.name}", entry.kind, params)
        return Entry(entry.name, entry.kind, params, entry.label)

    @contextmanager
    def _at(self, section: str, name: str) -> Iterator[None]:
        """``complete`` of a kind calls keys by their names in the entry; messages want the whole path."""
        whole = self.fail
        self.fail = lambda key, what: whole(f"{section}.{name}.{key}" if key else f"{section}.{name}", what)  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self.fail

    def _check_reference(self, key: str, reference: Reference) -> None:
        """What a key names must be declared."""
        known: dict[str, tuple[Iterable[str], str]] = {
            "column": (self.columns, "variable, index, attribute, group or policy"),
            "variable": (self.model.variables, "variable"),
            "matrix": (self.model.spatial_weights, "matrix of spatial_weights"),
            "index": (self.indices, "index"),
            "spec": (self.specs, "spec"),
            "item": (self.item_units, "item"),
        }
        if reference.what == "condition":
            formulas.parse(reference.name, f"{self.shown}, {key}", known=self.columns)
        elif reference.what == "groups":
            self.check_groups(key, reference.name)
        elif reference.what in ("fixed effects", "cluster"):
            for column in reference.columns:
                self.check_known(key, column, self.columns, "column")
            if reference.what == "fixed effects":
                slope = fixed_effects.parts(reference.name)[1]
                if slope in ("province", *self.model.groups):
                    raise self.fail(key, f"'{reference.name}': a slope needs a column of numbers")
        else:
            names, what = known[reference.what]
            self.check_known(key, reference.name, names, what)

    def _check_regressors(self, key: str, kind: Kind, params: Params) -> None:
        """The outcome stands on the left alone, and a regressor on the right once."""
        outcome = getattr(params, "outcome", None)
        regressors: list[str] = []
        for reference in kind.references(params):
            section = reference.path.partition("[")[0]
            if reference.what != "column" or section in ("outcome", "weights"):
                continue
            if reference.name == outcome:
                raise self.fail(f"{key}.{section}", f"'{reference.name}' is the outcome")
            if section in ("treatment", "controls"):
                if reference.name in regressors:
                    raise self.fail(f"{key}.controls", f"'{reference.name}' stands there twice")
                regressors.append(reference.name)
        if kind.option("NEEDS_TREATMENT", False) and (
            self.treatment is None or getattr(params, "treatment", None) != self.treatment
        ):
            own = getattr(params, "treatment", None)
            raise self.fail(
                f"{key}.treatment", f"estimator {kind.name} needs the study's treatment, not {own!r}"
            )

    # -- what kinds ask for

    def matching(self, key: str, patterns: Iterable[str]) -> list[str]:
        """Specifications that patterns such as ``step*`` name, in natural order."""
        names: list[str] = []
        for pattern in patterns:
            found = matching(self.specs, pattern)
            if not found:
                raise self.fail(key, f"'{pattern}' is no spec{suggestion(pattern, self.specs)}")
            names += found
        return names

    def companions(self, key: str, spec: str) -> list[str]:
        """The companions of a specification, which must have some.

        Raises
        ------
        DeclarationError
            If it has none.
        """
        found = companions.of(spec, self.kinds, self.specs)
        if not found:
            raise self.fail(
                key, f"'{spec}' has no companions; give it key '{companions.KEY}', or list columns"
            )
        return found

    @property
    def sample_file(self) -> str:
        """The sample."""
        return f"{self.folder}/sample.parquet"

    def part(self, index: str, part: str = "") -> str:
        """The file of an index, or one beside it: ``weights``, ``sensitivity``."""
        return f"{self.folder}/indices/{index}{f'.{part}' if part else ''}.parquet"

    def index_files(self, columns: Iterable[str]) -> list[str]:
        """Files of the indices that hold these columns."""
        return [self.part(index) for index in self.indices_of(columns)]

    def matrix_files(self, names: Iterable[str]) -> list[str]:
        """Files of weight matrices."""
        return [f"{self.folder}/spatial_weights/{name}.parquet" for name in names]

    def matrix_summaries(self, names: Iterable[str]) -> list[str]:
        """Files of what there is to say of weight matrices."""
        return [f"{self.folder}/spatial_weights/{name}.summary.parquet" for name in names]

    def estimates(self, names: Iterable[str]) -> list[str]:
        """Files of specifications' estimates."""
        return [f"{self.folder}/estimates/{name}.parquet" for name in names]

    def reference(self, name: str) -> str:
        """A table of config/reference as jobs read it: its name follows from its content."""
        text = read_text(
            self.layers.file(f"reference/{name}", self.shown), self.layers.shown(f"reference/{name}")
        )
        return store.keep_text(text, f"{self.results}/declared", name)

    def drawing(self, name: str) -> str:
        """A file that all figures share."""
        return f"{self.results}/drawing/{name}"

    def used_columns(self, references: Sequence[Reference]) -> list[str]:
        """Columns that names and conditions stand for."""
        used = [column for each in references for column in each.columns]
        for each in references:
            if each.what == "condition":
                used += sorted(formulas.parse(each.name, "", known=self.columns).names)
        return list(dict.fromkeys(used))

    def files(self, references: Sequence[Reference]) -> dict[str, list[str]]:
        """Files behind names: ``estimates``, ``sample`` with ``indices``, ``matrices``."""
        by_what = {
            what: list(dict.fromkeys(each.name for each in references if each.what == what))
            for what in ("spec", "matrix")
        }
        columns = self.used_columns(references)
        found = {
            "estimates": self.estimates(by_what["spec"]),
            "sample": [self.sample_file] if columns else [],
            "indices": self.index_files(columns),
            "matrices": self.matrix_files(by_what["matrix"]),
        }
        return {name: paths for name, paths in found.items() if paths}

    # -- what rules ask for

    def titled(self, title: Text) -> Text:
        """A title with the name of the variant behind it."""
        variant = self.variant
        if variant is None:
            return title
        return title.map(lambda words, language: f"{words} ({variant[language]})")

    @property
    def title(self) -> Text:
        """The study's title."""
        return self.titled(Text.of(**self.model.title.plain()))

    @cached_property
    def labels(self) -> dict[str, dict[str, Any]]:
        """Words for every column: see :func:`nianjian.declarations.labels.labels`."""
        return labels.labels(self)

    def facts(self) -> PlainFacts:
        """What builders of tables and figures know of the study, see :class:`nianjian.kinds.entries.Facts`."""
        found: PlainFacts = sorted_keys(
            {
                "study": self.name,
                "labels": self.labels,
                "treatment": self.treatment,
                "years": list(self.years),
                "specs": {name: entry.plain() for name, entry in self.specs.items()},
                "indices": {name: entry.plain() for name, entry in self.indices.items()},
                "matrices": {name: entry.plain() for name, entry in self.matrices.items()},
            }
        )
        return found

    def chain(self) -> Chain:
        """How its numbers hang together."""
        return chain(self)

    @property
    def published_file(self) -> str:
        """The paper's numbers, as jobs read them; empty if config/published has none."""
        paper = self.model.paper
        found = self.layers.find(f"published/{paper}.csv") if paper else None
        return (
            store.keep_text(
                read_text(found, self.layers.shown(f"published/{paper}.csv")),
                f"{self.results}/declared",
                found.name,
            )
            if found
            else ""
        )

    def titled_text(self, section: str, name: str) -> Text:
        """The title of a table or figure."""
        return Text.of(**getattr(self, section)[name].params.title.plain())

    def conditions(self) -> Iterator[tuple[str, str]]:
        """(formula, file and key) of all formulas whose compared values are to be checked."""
        for name, parsed in self.formulas.items():
            section = "groups" if name in self.model.groups else "variables"
            yield parsed.text, f"{self.shown}, {section}.{name}"
        for position, drop in enumerate(self.model.sample.cities.drop):
            if drop.where:
                yield drop.where, f"{self.shown}, sample.cities.drop[{position}].where"
        for section in ("specs", "tables", "figures", "indices"):
            for name, entry in getattr(self, section).items():
                for each in entry.kind.references(entry.params):
                    if each.what == "condition":
                        yield each.name, f"{self.shown}, {section}.{name}.{each.path}"


def label_of(params: Params) -> Text | None:
    """The label of an entry's declaration."""
    own = getattr(params, "label", None)
    return Text.of(**own.plain()) if own is not None else None
