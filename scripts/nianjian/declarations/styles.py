"""Journal styles, ``config/styles``: which one a table has, and what follows from it for its declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any

from nianjian.declarations.layers import Layers
from nianjian.declarations.models.base import Words
from nianjian.declarations.models.style import DEFAULT, Style
from nianjian.declarations.reading import merged, suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.kinds.base import Params
from nianjian.text import catalogue

if TYPE_CHECKING:
    from nianjian.declarations.study import Study

FOLDER = "styles"
RUN_STYLE = "config/config.yaml, style"
"""Where the run says which style its tables have."""
FORMS = {"form": ("id", "title"), "continued": ("id",)}
"""Placeholders that forms of captions must have."""
OF_ESTIMATES = ("stars", "brackets", "errors", "significant")
"""Keys of a style's coefficients that a table of estimates has under the same name."""


def read_style(layers: Layers, name: str, named_by: str) -> Style:
    """A style, completed by those that it extends.

    Parameters
    ----------
    named_by : file and key that name it, as messages call them

    Raises
    ------
    DeclarationError
        If there is no such style, it extends itself, or has an unknown key or word.
    """
    raw: dict[str, Any] = {}
    chain: list[str] = []
    above: str | None = name
    while above is not None:
        if above in chain:
            raise DeclarationError(f"{named_by}: '{above}' extends this style itself")
        chain.append(above)
        own = _raw(layers, above, named_by)
        raw = merged(own, raw)
        named_by = f"{_shown(layers, above)}, extends"
        above = own.get("extends")
    shown = _shown(layers, name)
    style: Style = validate(Style, {key: value for key, value in raw.items() if key != "extends"}, shown)
    for problem in _unfit(style, shown):
        raise DeclarationError(problem)
    return style


def chosen(study: Study, asked: str | None, key: str) -> Style:
    """The style that a table asks for, or the study's, or the run's.

    Parameters
    ----------
    key : of the table, as messages call it
    """
    named = ((asked, f"{key}.style"), (study.model.style, "style"))
    own = next(((each, f"{study.shown}, {at}") for each, at in named if each), None)
    name, at = own or (study.run_style, RUN_STYLE)
    if name not in study.styles:
        study.styles[name] = read_style(study.layers, name, at)
    return study.styles[name]


def _shown(layers: Layers, name: str) -> str:
    return layers.shown(f"{FOLDER}/{name}.yaml")


def _raw(layers: Layers, name: str, named_by: str) -> dict[str, Any]:
    """A style as it is written, each file checked by itself so that a message names the right one."""
    if name not in (known := layers.ids(FOLDER)):
        if name == DEFAULT:
            return {}  # the model's own values
        listed = f"; there is {', '.join(known)}" if known else ""
        raise DeclarationError(f"{named_by}: no style '{name}'{suggestion(name, known) or listed}")
    raw = layers.yaml(f"{FOLDER}/{name}.yaml")
    validate(Style, raw, _shown(layers, name))
    return dict(raw)


def _unfit(style: Style, shown: str) -> Iterator[str]:
    """What is wrong with words of a style: unknown ones, and placeholders that nothing fills in or that are missing."""
    known = catalogue()
    for key, words in style.words.items():
        if key not in known:
            yield f"{shown}, words: no '{key}'{suggestion(key, known)}; see scripts/nianjian/messages"
            continue
        offered = {name for text in known[key].plain().values() for name in placeholders(text)}
        for name in _named(words) - offered:
            there = f"; there is {', '.join(sorted(offered))}" if offered else "; there is none"
            yield f"{shown}, words.{key}: nothing fills in {{{name}}}{suggestion(name, offered) or there}"
    for part, wanted in FORMS.items():
        words = getattr(style.caption, part)
        if words is None:
            continue
        for text in words.plain().values():
            if {*placeholders(text)} != {*wanted}:
                named = " and ".join(f"{{{name}}}" for name in wanted)
                yield f"{shown}, caption.{part}: must hold {named} and no other braces, not '{text}'"


def _named(words: Words) -> set[str]:
    return {name for text in words.plain().values() for name in placeholders(text)}


def placeholders(text: str) -> list[str]:
    """Names in braces; of a text that is no format, the text itself."""
    try:
        return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return [text]


def applied(params: Params, style: Style) -> Params:
    """A table's declaration with what its style says, where it says nothing itself."""
    known, own = type(params).model_fields, style.coefficients
    said: dict[str, Any] = {key: getattr(own, key) for key in OF_ESTIMATES if key in known}
    if "decimals" in known:
        said["decimals"] = own.decimals if "stars" in known else own.described
    return params.model_copy(update=_missing(params, said))


def _missing(params: Params, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in said.items() if value is not None and key not in params.model_fields_set
    }
