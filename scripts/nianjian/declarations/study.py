"""A study with everything filled in and checked: what rules, jobs and kinds get of it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nianjian import fixed_effects, formulas, products
from nianjian.declarations import assignment, companions, labels, specs, store, styles, variables
from nianjian.declarations.chain import chain
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.models.chain import Chain
from nianjian.declarations.models.items import Item
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.models.style import DEFAULT, Style
from nianjian.declarations.names import matching
from nianjian.declarations.reading import read_text, sorted_keys, suggestion
from nianjian.declarations.references import checked as refer
from nianjian.declarations.study_files import StudyFiles
from nianjian.errors import Mistakes
from nianjian.kinds.base import Params, Reference
from nianjian.kinds.entries import Entry, PlainFacts
from nianjian.kinds.registry import Kind, Kinds
from nianjian.language import Text

if TYPE_CHECKING:
    from nianjian.own.facts import Own

COMPOSITE = "composite"
"""The kind of an index that does not say."""
OWN_RESULTS = "results/own"
"""Where results lie that are made from own files."""
REGRESSORS = ("treatment", "controls", "endogenous", "instruments")
"""Keys of specifications in which a column may stand once, and in no other of them; the treatment may be endogenous."""
FAMILY_OF = {"specs": "estimators", "spatial_weights": "matrices"}
"""Family of kinds of a section that is called otherwise."""


class Study(StudyFiles):
    """A study with everything filled in and checked against items, kinds and itself.

    Attributes
    ----------
    name : the study's id, or that of a variant
    variant : what the variant is called; None for the study itself
    results, folder : of results of its kind, and of its own, relative to the workspace
    shared : folder of what all studies of a run share
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
        own: Own | None = None,
        style: str = DEFAULT,
        outputs: Mapping[str, Any] | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        super().__init__(model, shown, items, own)
        # Notes of a variant may name what only the study prints.
        self.outputs = outputs or {section: getattr(model, section) for section in ("tables", "figures")}
        self.run_style, self.styles = style, dict[str, Style]()
        self.name, self.kinds, self.layers, self.variant = name, kinds, layers, variant
        self.shared = results
        # What is made from an own file is of no set of books.
        self.results = OWN_RESULTS if own else results
        self.folder = f"{self.results}/studies/{name}"
        self.appearance = model.appearance.over(appearance or Appearance())
        self.matrices: dict[str, Entry] = {}
        self.specs: dict[str, Entry] = {}
        self._unfolded: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, Entry] = {}
        self.figures: dict[str, Entry] = {}
        mistakes = Mistakes()
        for file in self.appearance_files:
            if not (layers.workspace / file).is_file():
                raise self.fail("appearance", layers.lacks(file))
        self._read_indices()
        self.check_names()
        self.formulas = variables.parse_formulas(self, mistakes)
        with mistakes.caught():
            variables.check_chains(self)
        if model.treatment and model.treatment.assigned_by:
            with mistakes.caught():
                self.check_known("treatment.assigned_by", model.treatment.assigned_by, self.columns, "column")
        self._complete_indices(mistakes)
        self._read_matrices(mistakes)
        failed = self._read_specs(mistakes)
        for section in ("tables", "figures"):
            for key, written in getattr(model, section).items():
                # What shows a specification that failed would only repeat that it is not there.
                if not failed or not any(matching(failed, text) for text in texts(written)):
                    with mistakes.caught():
                        getattr(self, section)[key] = self._entry(section, section, key, written)
        mistakes.tell()

    # -- reading the entries of kinds

    def _read_indices(self) -> None:
        """Indices first: the columns that they add are names which all else may use."""
        mistakes = Mistakes()
        for name, written in self.model.indices.items():
            with mistakes.caught():
                own = dict(written)
                kind = self._kind("indices", name, own.pop("kind", COMPOSITE))
                params = kind.read(own, self.shown, f"indices.{name}")
                self.indices[name] = Entry(name, kind, params, label_of(params))
        mistakes.tell()

    def _complete_indices(self, mistakes: Mistakes) -> None:
        for name, entry in list(self.indices.items()):
            with mistakes.caught():
                self.indices[name] = self._completed("indices", entry)

    def _read_matrices(self, mistakes: Mistakes) -> None:
        for name, written in self.model.spatial_weights.items():
            with mistakes.caught():
                own = dict(written)
                kind = self._kind("spatial_weights", name, self._named("spatial_weights", name, own, "kind"))
                params = kind.read(own, self.shown, f"spatial_weights.{name}")
                self.matrices[name] = Entry(name, kind, params, label_of(params))
        for name, entry in list(self.matrices.items()):
            with mistakes.caught():
                self.matrices[name] = self._completed("spatial_weights", entry)

    def _read_specs(self, mistakes: Mistakes, before: Mapping[str, Entry] | None = None) -> list[str]:
        """Specifications; returns the names of those with a mistake.

        Parameters
        ----------
        before : those that were read and checked with the same columns; what says the same is not read again
        """
        unfolded, said = specs.unfold(self, mistakes), dict[str, list[str]]()
        same = {name for name in before or () if unfolded.get(name) == self._unfolded.get(name)}
        self._unfolded = unfolded
        for name, written in unfolded.items():
            own = Mistakes()
            with own.caught():
                if before is not None and name in same:
                    self.specs[name] = before[name]
                    continue
                self.specs[name] = self._spec(name, dict(written))
            # What is inherited is said where it stands, not of all that inherit it.
            bare = {line: specs.unnamed(line, name, written.get("estimator")) for line in own.found}
            above = {each for parent in specs.parents(self, name) for each in said.get(parent, ())}
            mistakes.found += [line for line in own.found if bare[line] not in above]
            said[name] = [*bare.values()]
        made = {
            name for name, own in self.model.specs.items() if "stepwise" in own and f"{name}1" in unfolded
        }
        return [
            name for name in {**unfolded, **self.model.specs} if name not in self.specs and name not in made
        ]

    def with_specs(self, written: Mapping[str, Any]) -> Study:
        """The same study with other specifications alone, read and checked; its tables and figures are not looked at.

        Raises
        ------
        DeclarationError
            If one is wrong.
        """
        before = self._alone
        other = copy.copy(self)
        del other._alone
        other.model = self.model.model_copy(update={"specs": dict(written)})
        other.specs, mistakes = {}, Mistakes()
        other._read_specs(mistakes, before)
        mistakes.tell()
        return other

    @cached_property
    def _alone(self) -> dict[str, Entry]:
        """Specifications that name no other: what they take from it could be other than it was."""
        return {
            name: entry
            for name, entry in self.specs.items()
            if all(each.what != "spec" for each in entry.kind.references(entry.params))
        }

    def _spec(self, name: str, own: dict[str, Any]) -> Entry:
        words = own.pop("label", None)
        own.pop("note", None)
        kind = self._kind("specs", name, self._named("specs", name, own, "estimator"))
        self._check_keys(name, kind, own)
        if "treatment" in kind.params.model_fields and self.treatment:
            own.setdefault("treatment", self.treatment)
        own = assignment.resolved(self, name, own)
        params = interacted(kind.read(own, self.shown, f"specs.{name}"))
        label = Text.read(words, f"{self.shown}, specs.{name}.label") if words else None
        return self._completed("specs", Entry(name, kind, params, label))

    def _check_keys(self, name: str, kind: Kind, own: Mapping[str, Any]) -> None:
        known, mistakes = kind.params.model_fields, Mistakes()
        for key in own:
            if key not in known and key not in kind.params.formerly:
                with mistakes.caught():
                    raise self.fail(
                        f"specs.{name}",
                        f"estimator {kind.name} has no key '{key}'{suggestion(key, known)}; "
                        "set it to null if it is inherited",
                    )
        mistakes.tell()

    def _entry(self, section: str, family: str, name: str, written: Mapping[str, Any]) -> Entry:
        own = dict(written)
        chosen = self._named(section, name, own, "kind")
        kind = self.kinds.get(family, chosen, f"{self.shown}, {section}.{name}.kind")
        if "notes" in own:
            held = {each: getattr(self.model, each) for each in self.outputs}
            own["notes"] = refer(
                own["notes"], held, self.outputs, lambda what: self.fail(f"{section}.{name}.notes", what)
            )
        params = kind.read(own, self.shown, f"{section}.{name}")
        if section == "tables":
            params = styles.applied(
                params, self.style_of(getattr(params, "style", None), f"{section}.{name}")
            )
        return self._completed(section, Entry(name, kind, params, label_of(params)))

    def style_of(self, asked: str | None, key: str) -> Style:
        """The style that a table asks for, or the study's, or the run's."""
        return styles.chosen(self, asked, key)

    def style(self, table: str) -> Style:
        """How a table is printed."""
        return self.style_of(getattr(self.tables[table].params, "style", None), f"tables.{table}")

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
            names, what = self._known(reference.what)
            for name in reference.columns if reference.what == "column" else [reference.name]:
                self.check_known(key, name, names, what)

    def _known(self, what: str) -> tuple[Iterable[str], str]:
        """Names that a reference may be one of, and what messages call them."""
        if what == "column":
            return self.columns, "variable, index, attribute, group or policy"
        known: dict[str, tuple[Iterable[str], str]] = {
            "variable": (self.model.variables, "variable"),
            "matrix": (self.model.spatial_weights, "matrix of spatial_weights"),
            "index": (self.indices, "index"),
            "spec": (self.specs, "spec"),
            "item": (self.item_units, "item"),
        }
        return known[what]

    def _check_regressors(self, key: str, kind: Kind, params: Params) -> None:
        """The outcome stands on the left alone, and a regressor on the right once."""
        outcome = getattr(params, "outcome", None)
        held: dict[str, str] = {}
        for reference in kind.references(params):
            section, name = reference.path.partition("[")[0], reference.name
            if reference.what != "column" or section in ("outcome", "weights"):
                continue
            if name == outcome:
                raise self.fail(f"{key}.{section}", f"'{name}' is the outcome; take it out")
            if section not in REGRESSORS:
                continue
            if held.get(name) == section:
                raise self.fail(f"{key}.{section}", f"'{name}' stands there twice; take one out")
            if name in held and {held[name], section} != {"treatment", "endogenous"}:
                raise self.fail(
                    f"{key}.{section}", f"'{name}' stands under {held[name]} too; take it out of one"
                )
            held[name] = section
        if kind.option("NEEDS_TREATMENT", False) and (
            self.treatment is None or getattr(params, "treatment", None) != self.treatment
        ):
            own = getattr(params, "treatment", None)
            what = "declare one under treatment" if self.treatment is None else f"write {self.treatment}"
            raise self.fail(
                f"{key}.treatment",
                f"estimator {kind.name} needs the study's treatment, not {'nothing' if own is None else repr(own)}; {what}",
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
                "assigned_by": assignment.known_assignment(self),
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
                f"{self.shared}/declared",
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


def interacted(params: Params) -> Params:
    """A specification whose controls hold its interactions: the columns of each that are not there yet, then their product.

    Columns that are absorbed or the outcome are left out, as the effects hold them.
    """
    if not getattr(params, "interactions", None):
        return params
    own: Any = params
    there = {own.outcome, own.treatment, *own.absorb}
    added = [
        column
        for name in own.interactions
        for column in (
            *(part for part in products.factors(name) if part not in there),
            products.spelled(name),
        )
    ]
    done: Params = own.model_copy(update={"controls": list(dict.fromkeys([*own.controls, *added]))})
    return done


def texts(written: Any) -> Iterator[str]:
    """Every text of an entry as it is written."""
    if isinstance(written, str):
        yield written
    elif isinstance(written, Mapping):
        for each in written.values():
            yield from texts(each)
    elif isinstance(written, list):
        for each in written:
            yield from texts(each)


def label_of(params: Params) -> Text | None:
    """The label of an entry's declaration."""
    own = getattr(params, "label", None)
    return Text.of(**own.plain()) if own is not None else None
