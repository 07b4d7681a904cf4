"""What all kinds share: the base of their parameters, and the marks by which a key names something of the study.

A key of ``Params`` that names a column, a specification, a weight matrix, … has one of the types below instead of ``str``.
From these marks follow, without a line in the kind: the check that the name exists, with a suggestion; the columns of the
sample that are read; the files that are needed; what a variant may drop; and what a trace walks to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
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
    for name in _marked_fields(type(params)):
        value = getattr(params, name)
        if value is not None:
            field = type(params).model_fields[name]
            at = f"{path}.{name}" if path else name
            found.update(dict.fromkeys(_found(field.annotation, tuple(field.metadata), value, at)))
    return list(found)


@cache
def _marked_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys whose types hold a mark anywhere: all others need not be looked into."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if _is_marked(field.annotation, tuple(field.metadata), frozenset({model}))
    )


def _is_marked(annotation: Any, metadata: tuple[Any, ...], seen: frozenset[Any]) -> bool:
    if any(isinstance(each, Names) for each in metadata):
        return True
    if get_origin(annotation) is Annotated:
        base, *own = get_args(annotation)
        return _is_marked(base, tuple(own), seen)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return False
        fields = annotation.model_fields.values()
        return any(_is_marked(each.annotation, tuple(each.metadata), seen | {annotation}) for each in fields)
    return any(_is_marked(each, (), seen) for each in get_args(annotation))


def _found(annotation: Any, metadata: tuple[Any, ...], value: Any, path: str) -> Iterator[Reference]:
    """References within one value; a union's other branches do not fit it and yield nothing."""
    if value is None:
        return
    mark = next((each for each in metadata if isinstance(each, Names)), None)
    if mark is not None and isinstance(value, str):
        yield Reference(path, mark.what, value, mark.complete)
    elif get_origin(annotation) is Annotated:
        base, *own = get_args(annotation)
        yield from _found(base, (*metadata, *own), value, path)
    elif isinstance(value, BaseModel) and isinstance(annotation, type) and isinstance(value, annotation):
        yield from references(value, path)
    else:
        for part, each, at in _parts(annotation, value, path):
            yield from _found(part, (), each, at)


def _parts(annotation: Any, value: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """What a union, list or mapping is made of: ``(annotation, value, path)`` of each part."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        yield from ((branch, value, path) for branch in inner)
    elif origin is list and isinstance(value, list | tuple):
        yield from ((inner[0], each, f"{path}[{position}]") for position, each in enumerate(value))
    elif origin is dict and isinstance(value, Mapping):
        yield from ((inner[1], each, f"{path}.{key}") for key, each in value.items())


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
