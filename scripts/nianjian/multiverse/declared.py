"""From a study's ``multiverse:`` to what its jobs are told: each point of the curve as a declared variant of the study.

A point is the study with the changes of its options, read and checked as a variant is. What points share is read once: a
sample is made of the options that touch anything but indices and the specification, the indices of those that touch
``indices``, the specification of those that touch it; an option that touches several counts in each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nianjian.declarations.models.multiverse import Multiverse, Option
from nianjian.declarations.reading import merged
from nianjian.declarations.registry import VARIANT, Registry
from nianjian.declarations.store import digest_of
from nianjian.declarations.study import Study
from nianjian.errors import DeclarationError
from nianjian.kinds.base import Reference
from nianjian.kinds.entries import Entry
from nianjian.multiverse.plain import Digested, Raw, factored, items_of, joined, ordered, paths, unlabelled
from nianjian.multiverse.points import Choices, Place, points, size
from nianjian.sample import declared as samples

SECTION = "multiverse"
UNREAD = ("title", "paper", "citation", "note", "tables", "figures", "variants", SECTION, "spatial_weights")
"""Keys of a study of which no point depends on anything."""
PARTS = ("sample", "indices", "spec")
"""What a point is made of."""


@dataclass(frozen=True)
class LeftOut:
    """Choices that make no point, and why.

    Attributes
    ----------
    choices : option by dimension, those that matter
    """

    choices: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Declared:
    """What the jobs of a study's multiverse are told.

    Attributes
    ----------
    content : plain values, see :mod:`nianjian.multiverse.content`
    samples : how many different samples the points are estimated on
    needs_cities : whether some point needs the seats of the cities
    items : columns of the panel that some sample reads
    names : dimensions with their options that are left, by name
    """

    content: dict[str, Any]
    samples: int
    needs_cities: bool
    items: tuple[str, ...]
    names: Mapping[str, Sequence[str]]


def declared(registry: Registry, name: str) -> Declared | None:
    """What the jobs of a study's multiverse are told; None where it declares none.

    Raises
    ------
    DeclarationError
        If the section is wrong: an unknown specification or key, two dimensions that set the same key, an option of the study
        itself that is wrong or changes nothing. In a variant of the study such an option is left out, with the reason.
    """
    study = registry.study(name)
    if study.model.multiverse is None:
        return None
    return _Reader(registry, study, study.model.multiverse).read()


def check(registry: Registry, name: str) -> None:
    """Whether a study's multiverse can be read, each option by itself: which combinations are drawn is no matter of the declaration.

    Of a variant, in which an option that does not fit is left out, only the section itself.

    Raises
    ------
    DeclarationError
        As :func:`declared`.
    """
    study = registry.study(name)
    if study.model.multiverse is not None:
        _Reader(registry, study, study.model.multiverse).check()


@dataclass
class _Reader:
    """Reads one study's multiverse; what points share is kept."""

    registry: Registry
    study: Study
    model: Multiverse
    left_out: list[LeftOut] = field(default_factory=list)
    _conflicts: list[LeftOut] = field(default_factory=list)
    _studies: dict[Any, Study] = field(default_factory=dict)
    _parts: dict[Any, Any] = field(default_factory=dict)

    def read(self) -> Declared:
        self._check()
        dimensions = self._dimensions()
        own = tuple(self.model.dimensions[name].own for name in dimensions)
        self.names = tuple(dimensions)
        seed = f"{self.registry.config.seed} {self.model.seed} {self.study.name}"
        places = points(dimensions, own, self.model.draws, seed, lambda each: not self._problem(each))
        return self._told(dimensions, places)

    def check(self) -> None:
        self._check()
        if not self.is_variant:
            self._dimensions()

    # -- the section itself

    def fail(self, key: str, what: str) -> DeclarationError:
        """The error for a key of the section."""
        return self.study.fail(f"{SECTION}.{key}" if key else SECTION, what)

    @cached_property
    def is_variant(self) -> bool:
        """Whether options of the study need not fit."""
        return VARIANT in self.study.name

    def overlay(self, dimension: str, option: str) -> dict[str, Any]:
        """Keys of the study that an option replaces."""
        own: Option = self.model.dimensions[dimension].options[option]
        spec = {"specs": {self.model.spec: own.spec}} if own.spec else {}
        return joined(own.set, spec)

    def _check(self) -> None:
        """The specification is there, options touch what points are made of, and no two dimensions the same key."""
        self.study.check_known(f"{SECTION}.spec", self.model.spec, self.study.model.specs, "spec")
        if "stepwise" in self.study.model.specs[self.model.spec]:
            raise self.fail("spec", f"'{self.model.spec}' is stepwise; name its base")
        held: dict[tuple[str, ...], str] = {}
        for dimension, declared in self.model.dimensions.items():
            touched = set()
            for option in declared.options:
                overlay = self.overlay(dimension, option)
                self._check_keys(f"dimensions.{dimension}.options.{option}", overlay)
                touched |= set(paths(overlay))
            for path in sorted(touched):
                for other, owner in held.items():
                    if path[: len(other)] == other or other[: len(path)] == path:
                        raise self.fail(
                            f"dimensions.{dimension}",
                            f"it sets {'.'.join(path)}, as dimension '{owner}' does; put these options into one dimension",
                        )
            held |= dict.fromkeys(touched, dimension)

    def _check_keys(self, key: str, overlay: Raw) -> None:
        known = [*type(self.study.model).model_fields]
        for name in overlay:
            self.study.check_known(f"{SECTION}.{key}.set", name, known, "key of a study")
            if name in UNREAD:
                raise self.fail(f"{key}.set", f"no point depends on '{name}'; take it out")
        others = [each for each in overlay.get("specs") or {} if each != self.model.spec]
        if others:
            raise self.fail(
                f"{key}.set.specs",
                f"the points are of '{self.model.spec}', not of '{others[0]}'; take that out",
            )

    def _dimensions(self) -> dict[str, list[str]]:
        """Options that can be read and change something, by dimension; a dimension without choice is left out."""
        self.names = tuple(self.model.dimensions)
        own = tuple(each.own for each in self.model.dimensions.values())
        base = self._content(own)
        found: dict[str, list[str]] = {}
        for place, (dimension, declared) in enumerate(self.model.dimensions.items()):
            kept = [declared.own]
            for option in declared.options:
                if option == declared.own:
                    continue
                choices = (*own[:place], option, *own[place + 1 :])
                reason = self._read_alone(dimension, option, choices, base)
                if reason is None:
                    kept.append(option)
                else:
                    self.left_out.append(LeftOut({dimension: option}, reason))
            if len(kept) > 1:
                found[dimension] = [option for option in declared.options if option in kept]
        if not found:
            raise self.fail(
                "dimensions", "no dimension has two options that differ here; declare others, or none"
            )
        return found

    def _read_alone(self, dimension: str, option: str, choices: Choices, base: Any) -> str | None:
        """Why an option is left out; None if it is not."""
        key = f"dimensions.{dimension}.options.{option}"
        try:
            if self._content(choices) != base:
                return None
            reason = "it changes nothing: the study says the same"
        except DeclarationError as error:
            if self._goes_with_another(dimension, choices):
                return None
            reason = str(error)
        if self.is_variant:
            return reason
        raise self.fail(key, reason)

    def _goes_with_another(self, dimension: str, choices: Choices) -> bool:
        """Whether an option that cannot stand by itself can beside another one, as z-scores beside equal weights."""
        for place, (other, declared) in enumerate(self.model.dimensions.items()):
            if other != dimension and self._touched[other] & self._touched[dimension]:
                for option in declared.options:
                    if not self._failure((*choices[:place], option, *choices[place + 1 :])):
                        return True
        return False

    # -- what a point is made of

    def _touches(self, dimension: str) -> frozenset[str]:
        """Parts of a point that a dimension's options touch."""
        found = set()
        for option in self.model.dimensions[dimension].options:
            for name in self.overlay(dimension, option):
                found.add({"indices": "indices", "specs": "spec"}.get(name, "sample"))
        if "sample" not in found and self.study.own is not None and self._names_columns(dimension):
            found.add("sample")
        return frozenset(found)

    def _names_columns(self, dimension: str) -> bool:
        """Whether a dimension of a study on an own file decides which columns are read: those that the study names."""
        held = set()
        for option in self.model.dimensions[dimension].options:
            own = option == self.model.dimensions[dimension].own
            try:
                study = self._study(() if own else ((dimension, option),))
                held.add(digest_of(samples.declared(study).plain()))
            except DeclarationError:
                continue  # what it needs beside it is another dimension's
        return len(held) > 1

    def _key(self, part: str, choices: Choices) -> tuple[tuple[str, str], ...]:
        """Choices that a part depends on, beside the study's own."""
        return tuple(
            (dimension, option)
            for dimension, option in zip(self.names, choices, strict=True)
            if option != self._chosen[dimension] and part in self._touched[dimension]
        )

    @cached_property
    def _chosen(self) -> dict[str, str]:
        """The study's own choices."""
        return {dimension: declared.own for dimension, declared in self.model.dimensions.items()}

    @cached_property
    def _touched(self) -> dict[str, frozenset[str]]:
        return {dimension: self._touches(dimension) for dimension in self.model.dimensions}

    def _study(self, key: tuple[tuple[str, str], ...]) -> Study:
        """The study with some choices made, without what no point depends on."""
        if key not in self._studies:

            def change(raw: Raw) -> dict[str, Any]:
                changed = dict(raw)
                for dimension, option in key:
                    changed = merged(changed, self.overlay(dimension, option))
                changed = {name: own for name, own in changed.items() if name not in UNREAD}
                return {**changed, "title": self.study.model.title.plain(), "specs": self._chain(changed)}

            self._studies[key] = self.registry.altered(self.study.name, change)
        return self._studies[key]

    def _chain(self, raw: Raw) -> dict[str, Any]:
        """The specification and those that it extends, without companions."""
        held, found, name = raw.get("specs") or {}, {}, self.model.spec
        while name in held and name not in found:
            found[name] = {key: own for key, own in held[name].items() if key != "companions"}
            name = held[name].get("extends", "")
        return found

    def _spec_study(self, choices: Choices) -> Study:
        """The study whose specification a combination has; options of specifications alone are laid over one that is read."""
        key = self._key("spec", choices)
        mixed = tuple(each for each in key if self._touched[each[0]] != {"spec"})
        study = self._study(mixed)
        written: dict[str, Any] = dict(study.model.specs)
        for dimension, option in key:
            if (dimension, option) not in mixed:
                written = merged(written, self.overlay(dimension, option)["specs"])
        return study if key == mixed else study.with_specs(written)

    def _part(self, part: str, choices: Choices) -> Any:
        """A part of a combination: the declaration of its sample, its indices or its specification.

        Raises
        ------
        DeclarationError
            If it cannot be read; the same again where it is asked for again.
        """
        key = (part, self._key(part, choices))
        if key not in self._parts:
            try:
                self._parts[key] = self._made(part, choices)
            except DeclarationError as error:
                self._parts[key] = error
        found = self._parts[key]
        if isinstance(found, DeclarationError):
            raise found
        return found

    def _made(self, part: str, choices: Choices) -> Any:
        if part == "sample":
            study = self._study(self._key("sample", choices))
            return study.columns, Digested(samples.declared(study).plain())
        if part == "indices":
            return self._study(self._key("indices", choices))
        study = self._spec_study(choices)
        entry = study.specs[self.model.spec]
        references = entry.kind.references(entry.params)
        self._check_spec(entry, references)
        columns = study.used_columns(references)
        plain = {key: own for key, own in entry.plain().items() if key != "label"}
        return entry, columns, study.indices_of(columns), Digested(plain)

    def _check_spec(self, entry: Entry, references: Sequence[Reference]) -> None:
        if any(each.what == "matrix" for each in references):
            raise self.fail("spec", f"estimator {entry.kind.name} needs a weight matrix, which no point has")
        if getattr(entry.params, "treatment", None) is None:
            raise self.fail("spec", f"'{self.model.spec}' has no treatment, whose effect a point would be")

    def _content(self, choices: Choices) -> dict[str, Digested]:
        """All that a combination is made of, as plain values."""
        columns, sample = self._part("sample", choices)
        _, used, needed, spec = self._part("spec", choices)
        study = self._part("indices", choices)
        key = (id(study), tuple(needed))
        if key not in self._parts:
            self._parts[key] = Digested(self._indices(study, needed))
        lost = [column for column in used if column not in columns]
        if lost:
            raise DeclarationError(f"the sample of these choices has no column {', '.join(lost)}")
        return {"sample": sample, "indices": self._parts[key], "spec": spec}

    def _indices(self, study: Study, needed: Sequence[str]) -> dict[str, Any]:
        """Indices by name, those that others are made of first."""
        found: dict[str, Any] = {}
        for name in needed:
            if name not in study.indices:
                raise DeclarationError(f"these choices have no index {name}")
            entry = study.indices[name]
            columns = study.used_columns(entry.kind.references(entry.params))
            found |= self._indices(study, study.indices_of(columns))
            found[name] = unlabelled(entry)
        return found

    def _problem(self, choices: Choices) -> str:
        """Why a combination cannot be read; empty if it can. What does not go together is noted, as few choices as tell it."""
        made = {*zip(self.names, choices, strict=True)}
        for known in self._conflicts:
            if known.choices.items() <= made:
                return known.reason
        reason = self._failure(choices)
        if reason:
            found = self._fewest(choices)
            self._conflicts.append(LeftOut(found, self._failure(self._among(found)) or reason))
        return reason

    def _failure(self, choices: Choices) -> str:
        try:
            self._content(choices)
        except DeclarationError as error:
            return str(error).removeprefix(f"{self.study.shown}, ")
        return ""

    def _fewest(self, choices: Choices) -> dict[str, str]:
        """Choices without any of which the others would go together, beside the study's own."""
        own = dict(zip(self.names, self._own, strict=True))
        kept = {name: option for name, option in zip(self.names, choices, strict=True) if option != own[name]}
        for name in list(kept):
            fewer = {other: option for other, option in kept.items() if other != name}
            if self._failure(self._among(fewer)):
                kept = fewer
        return {**kept, **{name: own[name] for name in self.names if self._would_mend(name, kept)}}

    def _would_mend(self, dimension: str, kept: Mapping[str, str]) -> bool:
        """Whether some choices go together if one that is the study's own is another, as equal weights let scores be z-scores."""
        touched = {part for name in kept for part in self._touched[name]}
        if dimension in kept or not touched & self._touched[dimension]:
            return False
        return any(
            not self._failure(self._among({**kept, dimension: option}))
            for option in self.model.dimensions[dimension].options
        )

    def _among(self, some: Mapping[str, str]) -> Choices:
        """Some choices with all others the study's own."""
        return tuple(some.get(name, own) for name, own in zip(self.names, self._own, strict=True))

    @property
    def _own(self) -> Choices:
        return tuple(self._chosen[name] for name in self.names)

    # -- what jobs are told

    def _told(self, dimensions: Mapping[str, Sequence[str]], places: Sequence[Place]) -> Declared:
        made = [self._content(place.choices) for place in places]
        tables: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
        for own in made:
            for part in PARTS:
                tables[part].setdefault(own[part].digest, own[part].plain)
        numbers = {part: {digest: at for at, digest in enumerate(held)} for part, held in tables.items()}
        rows = [
            {
                "name": str(number),
                "choices": dict(zip(dimensions, place.choices, strict=True)),
                "own": place.own,
                "alone": place.alone,
                "drawn": place.drawn,
                **{part: numbers[part][own[part].digest] for part in PARTS},
            }
            for number, (place, own) in enumerate(zip(places, made, strict=True))
        ]
        common, differing = factored(list(tables["sample"].values()))
        entries = [self._part("spec", place.choices)[0] for place in places]
        content = {
            "study": self.study.name,
            "folder": self.study.folder,
            "spec": self.model.spec,
            "permutations": self.model.permutations,
            "level": self.model.level,
            "scale": self._scale(made),
            "grid": size(dimensions),
            "common": common,
            "samples": differing,
            "indices": [ordered(each) for each in tables["indices"].values()],
            "specs": list(tables["spec"].values()),
            "points": rows,
            "options": self._options(dimensions),
            "left_out": [
                {"choices": dict(each.choices), "reason": each.reason}
                for each in (*self.left_out, *self._conflicts)
            ],
        }
        return Declared(
            content,
            len(differing),
            any(entry.kind.needs_cities(entry.params) for entry in entries),
            tuple(sorted({item for own in tables["sample"].values() for item in items_of(own)})),
            dimensions,
        )

    def _scale(self, made: Sequence[Mapping[str, Digested]]) -> str:
        """What is compared."""
        if self.model.scale is not None:
            return self.model.scale
        outcomes = {(own["indices"].digest, own["spec"].plain["params"].get("outcome")) for own in made}
        return "estimate" if len(outcomes) == 1 else "outcome_sd"

    def _options(self, dimensions: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        return [
            {
                "dimension": dimension,
                "choice": option,
                "own": option == self.model.dimensions[dimension].own,
                "set": json.dumps(self.overlay(dimension, option), ensure_ascii=False, sort_keys=True),
            }
            for dimension, options in dimensions.items()
            for option in options
        ]
