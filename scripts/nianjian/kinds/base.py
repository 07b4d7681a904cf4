"""What all kinds share: the base of their parameters, and the marks by which a key names something of the study.

A key of ``Params`` that names a column, a specification, a weight matrix, … has one of the types below instead of ``str``.
From these marks follow, without a line in the kind: the check that the name exists, with a suggestion; the columns of the
sample that are read; the files that are needed; what a variant may drop; and what a trace walks to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from pydantic import BaseModel, Field

from nianjian import fixed_effects, products
from nianjian.declarations.models.base import Declared, Words, listed

ROBUST = "robust"
"""In place of a column of clusters: errors that allow for heteroskedasticity alone, Stata's ``vce(robust)``."""


@dataclass(frozen=True)
class Names:
    """Marks a key that names something declared.

    Attributes
    ----------
    what : ``column`` (of the sample or an index), ``variable``, ``fixed effects``, ``cluster``, ``condition`` (a formula),
        ``spec``, ``matrix``, ``index``, ``groups`` (an attribute in words with labels), ``item``
    complete : for columns: whether a city-year with a gap in it cannot be used
    """

    what: str
    complete: bool = True


Column = Annotated[str, Names("column")]
"""A variable, index, dimension of an index, policy, attribute or group; or a product of them: ``did*fp``."""
SplitColumn = Annotated[str, Names("column", complete=False)]
"""A column in which gaps are allowed: it splits the sample, or is read in an equation of its own."""
FixedEffects = Annotated[str, Names("fixed effects")]
"""``city``, ``province#year``, ``city[year]``."""
Cluster = Annotated[str, Names("cluster")]
"""A column, or several joined by ``#``."""
Condition = Annotated[str, Field(min_length=1), Names("condition", complete=False)]
"""A formula that holds for the city-years to use."""
Variable = Annotated[str, Names("variable")]
"""A variable of the study."""
Spec = Annotated[str, Names("spec")]
"""A specification; tables may write ``step*`` for several."""
Matrix = Annotated[str, Names("matrix")]
"""One of the study's spatial_weights."""
Index = Annotated[str, Names("index")]
"""One of the study's indices."""
Groups = Annotated[str, Names("groups", complete=False)]
"""An attribute in words whose values have labels."""

# No plain value of the parameters holds it, so neither content, results nor a trace can depend on it.
Chunks = Annotated[
    int,
    Field(
        ge=1,
        exclude=True,
        description="jobs among which the work is split; results are the same for any number, and at most as many are made as "
        "there are blocks to work on",
    ),
]
"""The type of the key ``chunks`` of a kind that can be split over jobs, see :mod:`nianjian.kinds.splitting`."""


@dataclass(frozen=True)
class Reference:
    """A name that a declaration uses.

    Attributes
    ----------
    path : key below the declaration: ``controls[2]``
    what, complete : see :class:`Names`
    name : the name
    """

    path: str
    what: str
    name: str
    complete: bool = True

    @property
    def columns(self) -> list[str]:
        """Columns that the name stands for; empty for what is no column."""
        if self.what == "column":
            return products.factors(self.name)
        if self.what in ("variable", "groups"):
            return [self.name]
        if self.what == "fixed effects":
            return fixed_effects.columns(self.name)
        if self.what == "cluster":
            return [] if self.name == ROBUST else self.name.split("#")
        return []


def references(params: BaseModel, path: str = "") -> list[Reference]:
    """Every name that a declaration uses, in the order of its keys; a name that stands twice is there twice."""
    found: dict[Reference, None] = {}
    _collect(params, path, found)
    return list(found)


Finder = Callable[[Any, str, dict[Reference, None]], None]
"""Puts the references within one value, which stands at a path, to those that were found."""


def _collect(params: BaseModel, path: str, found: dict[Reference, None]) -> None:
    for name, find in _finders(type(params)):
        value = getattr(params, name)
        if value is not None:
            find(value, f"{path}.{name}" if path else name, found)


@cache
def _finders(model: type[BaseModel]) -> tuple[tuple[str, Finder], ...]:
    """Keys whose types hold a mark anywhere, each with what looks through its values; all others need not be looked into."""
    fields = model.model_fields.items()
    made = ((name, _finder(field.annotation, tuple(field.metadata))) for name, field in fields)
    return tuple((name, find) for name, find in made if find is not None)


def _finder(annotation: Any, metadata: tuple[Any, ...] = ()) -> Finder | None:
    """What looks through the values of a type, made once; None if they hold no names."""
    if get_origin(annotation) is Annotated:
        base, *own = get_args(annotation)
        return _finder(base, (*metadata, *own))
    within = _finder_within(annotation)
    mark = next((each for each in metadata if isinstance(each, Names)), None)
    if mark is None:
        return within
    what, complete = mark.what, mark.complete

    def find(value: Any, path: str, found: dict[Reference, None]) -> None:
        if isinstance(value, str):
            found[Reference(path, what, value, complete)] = None
        elif within is not None:
            within(value, path, found)

    return find


def _finder_within(annotation: Any) -> Finder | None:
    """What looks into a model, a union, a list or a mapping; a union's other branches do not fit a value and find nothing."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return partial(_find_in_model, annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        branches = tuple(find for each in inner if (find := _finder(each)) is not None)
        return partial(_find_in_union, branches) if branches else None
    if origin is list and (find := _finder(inner[0])) is not None:
        return partial(_find_in_list, find)
    if origin is dict and (find := _finder(inner[1])) is not None:
        return partial(_find_in_mapping, find)
    return None


def _find_in_model(model: type[BaseModel], value: Any, path: str, found: dict[Reference, None]) -> None:
    if isinstance(value, model):
        _collect(value, path, found)


def _find_in_union(branches: tuple[Finder, ...], value: Any, path: str, found: dict[Reference, None]) -> None:
    if value is not None:
        for find in branches:
            find(value, path, found)


def _find_in_list(find: Finder, value: Any, path: str, found: dict[Reference, None]) -> None:
    if isinstance(value, list | tuple):
        for position, each in enumerate(value):
            find(each, f"{path}[{position}]", found)


def _find_in_mapping(find: Finder, value: Any, path: str, found: dict[Reference, None]) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            find(each, f"{path}.{key}", found)


class Params(Declared):
    """What a declaration of a kind may say; every key has a description."""

    formerly: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier releases, with what to write instead."""
    gone: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier releases that stand nowhere now, with what to do."""
    refused: ClassVar[Mapping[str, str]] = {}
    """Keys of other kinds that this one cannot have, with the reason."""


class Labelled(Params):
    """What may have a label."""

    label: Words | None = Field(None, description="what tables and figures call it: {en: ..., zh: ...}")


def names(value: str | list[str] | None) -> list[str]:
    """A name, a list of names or nothing, as a list."""
    return listed(value) or []
