"""Read the YAML files of ``config/`` and say what is wrong with them.

Every message names file and key, what was expected and what stands there.
"""

from __future__ import annotations

import difflib
import math
import pickle
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from nianjian import fullwidth
from nianjian.declarations import slips, structure
from nianjian.errors import DeclarationError


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with the scalars of version 1.2: ``no`` and ``on`` are words, 1e-3 is a number, 1:30 is not.

    A key that stands twice is an error: YAML would silently keep the last.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            try:
                repeated = key in seen
            except TypeError:
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be text", key_node.start_mark
                ) from None
            if repeated:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key '{key}'", key_node.start_mark
                )
            if isinstance(key, str) and "：" in key:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' is no key with a value: '：' is a full-width colon, type ': ' (with a blank)",
                    key_node.start_mark,
                )  # fmt: skip
            seen.add(key)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^(?:<<)$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _number(kind: type[int] | type[float]) -> Any:
    """Constructor of a number that a column of numbers can hold."""

    def construct(loader: Any, node: yaml.ScalarNode) -> int | float:
        digits = len(node.value.lstrip("+-"))
        if kind is int and digits > structure.MAX_DIGITS:
            raise yaml.constructor.ConstructorError(
                None, None, f"a whole number of {digits} digits; at most {structure.MAX_DIGITS} can be read",
                node.start_mark,
            )  # fmt: skip
        value = kind(node.value)
        if math.isinf(value):
            raise yaml.constructor.ConstructorError(None, None, "the number is too large", node.start_mark)
        return value

    return construct


_Loader.add_constructor("tag:yaml.org,2002:int", _number(int))
_Loader.add_constructor("tag:yaml.org,2002:float", _number(float))


def read_yaml(path: str | Path, shown: str | None = None) -> Any:
    """Read a YAML file; ``shown`` is how messages call it.

    Raises
    ------
    DeclarationError
        If the file is missing, empty, not UTF-8, not YAML, repeats a key, or is not made as declarations are.
    """
    shown = shown or str(path)
    text = read_text(path, shown)
    try:
        data = pickle.loads(_parsed(text, shown))
    except yaml.MarkedYAMLError as error:
        raise DeclarationError(slips.explained(error, text, shown)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeclarationError(f"{shown}: not YAML ({error})") from None
    if data is None:
        raise DeclarationError(f"{shown} is empty; write its keys, or delete the file")
    return data


@lru_cache(maxsize=256)
def _parsed(text: str, shown: str) -> bytes:
    """The content of a YAML text, pickled: who reads it again gets a copy of its own, at a tenth of the time."""
    structure.check(text, _Loader, shown)
    return pickle.dumps(yaml.load(text, Loader=_Loader))


def read_text(path: str | Path, shown: str) -> str:
    """The text of a declaration.

    Raises
    ------
    DeclarationError
        If the file is missing, too large or not UTF-8.
    """
    try:
        size = Path(path).stat().st_size
        if size > structure.MAX_BYTES:
            raise DeclarationError(
                f"{shown} has {size:,} bytes, more than the {structure.MAX_BYTES:,} that a declaration may have; "
                "is it the right file?"
            )
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DeclarationError(
            f"{shown} does not exist; write it or take it out of the configuration"
        ) from None
    except UnicodeDecodeError:
        raise DeclarationError(
            f"{shown} is not UTF-8; save it again with that encoding (it may be GBK, as some Chinese programs save)"
        ) from None
    except OSError as error:
        raise DeclarationError(f"{shown} cannot be read ({error.strerror})") from None


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'cluster'?``, or what to type for a full-width character; nothing if no known word is near."""
    if typed := fullwidth.hint(str(word)):
        return typed
    near = difflib.get_close_matches(str(word), [str(each) for each in known], n=3)
    # Two letters changed about (gpd) are a likelier slip than another letter.
    turned = [each for each in near if sorted(each) == sorted(str(word))]
    return f"; did you mean '{(turned or near)[0]}'?" if near else ""


_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}
_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "none_required": "nothing",
}


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def validate(kind: Any, data: Any, shown: str, prefix: str = "") -> Any:
    """Check data against a model; every problem found stands on its own line of the message.

    Parameters
    ----------
    kind : model or annotated type
    shown : how messages call the file
    prefix : key path of ``data`` within the file

    Raises
    ------
    DeclarationError
        Naming file and key, what was expected and what stands there.
    """
    try:
        return adapter(kind).validate_python(data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    found: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    for problem in problems:
        place, value = _place(data, problem["loc"], problem["type"] == "missing")
        at = _joined([prefix, *place]) if prefix else _joined(place)
        text, weight = _message(problem, place, value, shown, at)
        text += slips.of_value(value) if problem["type"] not in ("missing", "unknown_keys") else ""
        found.setdefault(place[:-1] if problem["type"] == "missing" else place, []).append((weight, text))
    messages: list[str] = []
    for place, candidates in found.items():
        # A union reports every branch; the branch that fits best is the one that failed deepest.
        if any(len(other) > len(place) and other[: len(place)] == place for other in found) and all(
            w == 0 for w, _ in candidates
        ):
            continue
        best = max(weight for weight, _ in candidates)
        messages += dict.fromkeys(text for weight, text in candidates if weight == best)
    raise DeclarationError("\n".join(messages))


def _place(data: Any, loc: tuple[Any, ...], missing: bool) -> tuple[tuple[Any, ...], Any]:
    """Path of an error within the data as written, and what stands there.

    Pydantic's own path also names the branches of unions and marks keys; those are left out.
    """
    place: list[Any] = []
    for position, part in enumerate(loc):
        if missing and position == len(loc) - 1:
            place.append(part)
        elif isinstance(data, Mapping) and part in data:
            place.append(part)
            data = data[part]
        elif isinstance(data, Mapping) and isinstance(part, str) and part.isdigit() and int(part) in data:
            place.append(part)
            data = data[int(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            place.append(part)
            data = data[part]
    return tuple(place), data


def _joined(parts: Iterable[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _message(
    problem: ErrorDetails, place: tuple[Any, ...], value: Any, shown: str, at: str
) -> tuple[str, int]:
    """The sentence for one problem, and how telling it is: of several for one place the best is kept."""
    where = f"{shown}, {at}" if at else shown
    context, kind = problem.get("ctx") or {}, problem["type"]
    if kind == "unknown_keys":
        return "\n".join(
            f"unknown key '{key}' in {where}"
            f"{suggestion(key, context['known']) or _cut(str(key)) or _listed(context['known'])}"
            for key in context["unknown"]
        ), 2
    if kind == "missing":
        above, _, key = at.rpartition(".")
        return f"{f'{shown}, {above}' if above else shown}: key '{key}' is missing", 2
    if kind == "union_tag_not_found":
        return f"{where}: key '{context['discriminator'].strip(chr(39))}' is missing", 2
    if kind == "union_tag_invalid":
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        tag, key = context["tag"], context["discriminator"].strip("'")
        return f"{where}.{key}: expected {_either(known)}, got '{tag}'{suggestion(tag, known)}", 2
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        hint = suggestion(value, known) if isinstance(value, str) else ""
        return f"{where}: expected {_either(known)}, got {_shown(value)}{hint}", 1
    if kind == "pattern":
        got = "" if isinstance(value, Mapping) else f", got {_shown(value)}"
        return f"{where}: expected {context['what']}{got}", 1
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{where}: expected {words} {context[key]:g}, got {_shown(value)}", 1
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        size = f"at least {least}" if least is not None else f"at most {most}"
        noun = "entry" if (least or most) == 1 else "entries"
        return f"{where}: expected {size} {noun}, got {context['actual_length']}", 1
    expected = _EXPECTED.get(kind)
    if expected is None:
        return f"{where}: {problem['msg']}, got {_shown(value)}", 1
    return f"{where}: expected {expected}, got {_shown(value)}{_remedy(kind, value)}", 0


def _remedy(kind: str, value: Any) -> str:
    """What to do about a value of another type, where that is plain."""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if kind == "list_type" and not isinstance(value, Mapping):
        return "; write [..., ...]"
    if kind in ("int_type", "int_from_float", "float_type") and isinstance(value, str):
        plain = re.fullmatch(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*([年%]?)\s*", value)
        if plain:
            return f"; write {plain[1]}, {'a number alone' if plain[2] else 'without quotes'}"
    return "; write true or false" if kind == "bool_type" else ""


SHORT = 3
"""Entries of a list that a message shows."""


def _listed(known: Iterable[str]) -> str:
    names = list(known)
    return f"; it takes {', '.join(names)}" if len(names) <= MANY else "; take it out"


MANY = 12
"""Known keys that a message lists."""


def _cut(key: str) -> str:
    """Within {braces} a comma ends a value, so that the rest of a formula stands there as a key."""
    whole = key.count("(") == key.count(")") and key.count("[") == key.count("]")
    return "" if whole else "; a formula with a comma stands in quotes within { }"


def _either(known: list[str]) -> str:
    return f"'{known[0]}'" if len(known) == 1 else f"one of {', '.join(known)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        plain = len(value) <= SHORT and all(isinstance(each, str | int | float | None) for each in value)
        return (
            f"[{', '.join('null' if each is None else str(each) for each in value)}]"
            if plain
            else f"a list of {len(value)}"
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def sorted_keys(value: Any) -> Any:
    """Plain values with the keys of every mapping sorted: key order must not count as a change."""
    if isinstance(value, Mapping):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(each) for each in value] if isinstance(value, list | tuple) else value


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``: mappings are merged, anything else replaced, null takes a key away."""
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
