"""What a key may hold, in words, from the annotation of its field."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from nianjian.declarations.models.base import Text, listed, short
from nianjian.kinds.base import Names

PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Any: "anything",
    type(None): "null",
    Text: "words",
}
PLURALS = {
    **{
        each: f"{each}s"
        for each in ("column", "variable", "spec", "cluster", "item", "text", "number", "whole number")
    },
    "matrix": "matrices",
    "index": "indices",
}
BOUNDS = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))
MARKS = {"condition": "condition, a formula", "groups": "attribute in words"}
"""What a marked name is called where its mark alone would not say it."""


def of_field(field: FieldInfo) -> str:
    """What a key may hold: ``list of columns``, ``omit, bin``, ``number ≥ 0``, ``words or null``."""
    return of(field.annotation, tuple(field.metadata))


def of(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """What an annotation allows."""
    while get_origin(annotation) is Annotated:
        annotation, *own = get_args(annotation)
        metadata = (*metadata, *own)
    mark = next((each for each in metadata if isinstance(each, Names)), None)
    if mark is not None:
        return MARKS.get(mark.what, mark.what)
    text = _bare(annotation) + _bounds(metadata)
    if any(isinstance(each, BeforeValidator) and each.func is listed for each in metadata):
        text += ", or one of them alone"
    if any(isinstance(each, short) for each in metadata):
        text += ", or text alone"
    return text


def _bare(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in PLAIN:
        return PLAIN[annotation]
    if annotation == dict[str, Any]:
        return "mapping"
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        # null stands last: what may be left out says so behind all else.
        ordered = sorted(arguments, key=lambda each: each is type(None))
        return " or ".join(dict.fromkeys(of(each) for each in ordered))
    if origin is list:
        return f"list of {_several(of(*arguments))}"
    if origin is dict:
        return f"mapping of name to {of(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return str(getattr(annotation, "__name__", annotation))


def _several(one: str) -> str:
    return PLURALS.get(one, one)


def _bounds(metadata: tuple[Any, ...]) -> str:
    found = [
        f" {sign} {getattr(each, key):g}"
        for each in metadata
        for kind, key, sign in BOUNDS
        if isinstance(each, kind)
    ]
    least = next((each.min_length for each in metadata if isinstance(each, MinLen)), None)
    most = next((each.max_length for each in metadata if isinstance(each, MaxLen)), None)
    if least is not None and least == most:
        found.append(f", exactly {least}")
    elif most is not None:
        found.append(f", at most {most}")
    elif least is not None and least > 1:
        found.append(f", at least {least}")
    return "".join(found)


def nested(annotation: Any) -> list[type[BaseModel]]:
    """Models that a value of this type may hold, words apart, outermost first."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not Text:
        return [annotation]
    return list(dict.fromkeys(each for argument in get_args(annotation) for each in nested(argument)))


def default_of(field: FieldInfo) -> str:
    """What holds where a key is left out; empty for a key that must be there."""
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    return shown(value)


def shown(value: Any) -> str:
    """A default as YAML writes it."""
    if isinstance(value, BaseModel):
        return "`{}`"
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_yaml(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_yaml(own)}' for key, own in value.items())}}}"
    return f"{value:g}" if isinstance(value, float) else str(value) or '""'


def nested_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Models that a model's keys hold, and those that these hold, each once."""
    found: list[type[BaseModel]] = []
    queue = [model]
    while queue:
        for field in queue.pop(0).model_fields.values():
            for each in nested(field.annotation):
                if each not in found and each is not model:
                    found.append(each)
                    queue.append(each)
    return found
