"""JSON schemas of the declarations, which editors read: an entry of a kind shows that kind's own keys.

They follow from the models and from the kinds that there are, so that nobody writes them: a new kind is in them once they
are written anew. They follow draft 7, which every editor with a YAML extension knows; what stands beside a ``$ref`` is
there for its readers only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from nianjian.declarations import companions
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.corrections import CorrectionFile
from nianjian.declarations.models.headlines import HeadlineFile
from nianjian.declarations.models.ignored import Ignore
from nianjian.declarations.models.items import Checks, Items
from nianjian.declarations.models.reading import Reading
from nianjian.declarations.models.resources import Resources
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.models.style import Style
from nianjian.declarations.models.topics import Topics
from nianjian.declarations.reading import adapter
from nianjian.declarations.specs import ADD, Stepwise
from nianjian.declarations.study import COMPOSITE
from nianjian.kinds.registry import Kind, Kinds

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
MODELS: Mapping[str, Any] = {
    "checks": Checks,
    "config": Config,
    "corrections": CorrectionFile,
    "headlines": HeadlineFile,
    "ignored": Ignore,
    "items": Items,
    "reading": Reading,
    "resources": Resources,
    "style": Style,
    "topics": Topics,
}
"""Files without entries of kinds."""
SECTIONS = {"indices": "indices", "spatial_weights": "matrices", "tables": "tables", "figures": "figures"}
"""Sections of a study whose entries name their kind by ``kind``, with the family of the kinds."""
WORDS = "Text"
"""Model of words in several languages."""
FILLED_IN = ("treatment",)
"""Keys that an estimator must have and that the study fills in."""


def texts(known: Kinds) -> Iterator[tuple[str, str]]:
    """(file name, text) of every schema."""
    # The simulated world has a schema of its own, which nothing of the pipeline loads.
    from nianjian.simulate.declared.layouts import Tables
    from nianjian.simulate.declared.process import Process

    for name, model in {**MODELS, "simulation_process": Process, "simulation_tables": Tables}.items():
        yield f"{name}.json", text_of(adapter(model).json_schema(by_alias=True))
    yield "source.json", text_of(source(known))
    yield "study.json", text_of(study(known))


def write(folder: str | Path, known: Kinds) -> list[Path]:
    """Write the schemas; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts(known):
        (folder / name).write_text(text, encoding="utf8")
        written.append(folder / name)
    return written


def text_of(schema: Schema) -> str:
    """A schema as it is written: sorted keys, no titles that only repeat a key."""
    plain = {"$schema": DRAFT, **_untitled(schema)}
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untitled(own) for key, own in value.items() if key != "title" or isinstance(own, dict)}
    return [_untitled(each) for each in value] if isinstance(value, list) else value


def source(known: Kinds) -> Schema:
    """A source: its keys by ``type``."""
    kinds = known.family("sources")
    defs = definitions(kinds.values(), [])
    for name, kind in kinds.items():
        defs[_key(kind)] = _with_kind(defs[_key(kind)], "type", name)
    return {**_choice(kinds, "type"), "$defs": defs}


def study(known: Kinds) -> Schema:
    """A study: entries of each section by their kind, specifications by their estimator."""
    estimators = known.family("estimators")
    families = {family: known.family(family) for family in SECTIONS.values()}
    every = [kind for kinds in families.values() for kind in kinds.values()]
    defs = definitions([*every, *estimators.values()], [StudyFile, Stepwise])
    schema = defs.pop(StudyFile.__name__)
    for section, family in SECTIONS.items():
        default = COMPOSITE if section == "indices" else None
        for name, kind in families[family].items():
            defs[_key(kind)] = _with_kind(defs[_key(kind)], "kind", name, required=name != default)
        defs[section] = _choice(families[family], "kind", default)
        schema["properties"][section]["additionalProperties"] = _ref(section)
    defs |= specifications(estimators, defs)
    schema["properties"]["specs"]["additionalProperties"] = _ref("specs")
    return {**schema, "$defs": defs}


def definitions(kinds: Any, models: list[type[BaseModel]]) -> dict[str, Schema]:
    """Schemas of the parameters of kinds, of models, and of all that they hold, by name."""
    kinds = list(kinds)
    asked = [*models, *(kind.params for kind in kinds)]
    refs, schema = models_json_schema(
        [(model, "validation") for model in asked], by_alias=True, ref_template="#/$defs/{model}"
    )
    found: dict[str, Schema] = schema["$defs"]
    named = {refs[kind.params, "validation"]["$ref"].rpartition("/")[2]: _key(kind) for kind in kinds}
    # Pydantic tells models of one name apart by their modules; what is left of that reads better.
    named |= {
        name: name.removeprefix("nianjian__kinds__").replace("__", ".")
        for name in found
        if name not in named and name.startswith("nianjian__kinds__")
    }
    for kind in kinds:
        own = found[refs[kind.params, "validation"]["$ref"].rpartition("/")[2]]
        own["description"] = kind.summary
    return {named.get(name, name): _renamed(own, named) for name, own in found.items()}


def _renamed(value: Any, named: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _ref(named.get(own.rpartition("/")[2], own.rpartition("/")[2]))["$ref"]
            if key == "$ref" and isinstance(own, str)
            else _renamed(own, named)
            for key, own in value.items()
        }
    return [_renamed(each, named) for each in value] if isinstance(value, list) else value


def _key(kind: Kind) -> str:
    return f"{kind.family}.{kind.name}"


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _with_kind(params: Schema, key: str, name: str, *, required: bool = True) -> Schema:
    """Schema of an entry: its parameters, and the key that names its kind."""
    properties = {key: {"const": name, "description": params.get("description", "")}, **params["properties"]}
    needed = [*([key] if required else []), *params.get("required", [])]
    return {**params, "properties": properties, "required": needed}


def _named(kinds: Mapping[str, Kind], key: str) -> Schema:
    """The key that names a kind, with what each of them is."""
    return {
        key: {
            "enum": list(kinds),
            "enumDescriptions": [kind.summary for kind in kinds.values()],
            "description": "which kind it is; its keys follow from it",
        }
    }


def _case(key: str, name: str, then: Schema) -> Schema:
    return {"if": {"properties": {key: {"const": name}}, "required": [key]}, "then": then}


def _choice(kinds: Mapping[str, Kind], key: str, default: str | None = None) -> Schema:
    """An entry whose keys follow from one of them; without it, it is of the default's kind."""
    cases = [_case(key, name, _ref(_key(kind))) for name, kind in kinds.items()]
    if default is not None:
        cases.append({"if": {"not": {"required": [key]}}, "then": _ref(_key(kinds[default]))})
    return {
        "type": "object",
        "properties": _named(kinds, key),
        "required": [] if default else [key],
        "allOf": cases,
    }


def specifications(estimators: Mapping[str, Kind], defs: dict[str, Schema]) -> dict[str, Schema]:
    """Schemas of specifications: of an estimator's own, of those that extend another, and stepwise ones.

    Parameters
    ----------
    estimators : by name
    defs : with the schema of each estimator's parameters, which those of its specifications replace
    """
    found: dict[str, Schema] = {}
    cases: list[Schema] = []
    places: dict[str, list[tuple[Schema, str]]] = {}
    for name, kind in estimators.items():
        at, own = _key(kind), defs[_key(kind)]
        keys = {**_own_keys(estimators), **own["properties"], **_added(own["properties"])}
        if kind.option("COMPANIONS", False):
            keys[companions.KEY] = _companions(estimators)
        required = [key for key in own.get("required", []) if key not in FILLED_IN]
        found[at] = {**own, "properties": keys, "required": ["estimator", *required]}
        # What is inherited may be taken back, also where this estimator has no such key.
        taken_back = {"type": "null", "description": f"no key of {name}: null takes back what is inherited"}
        found[f"{at}.extending"] = {
            "type": "object",
            "description": own["description"],
            "properties": {key: _nullable(f"{at}/properties/{key}") for key in keys},
            "additionalProperties": taken_back,
            "required": ["estimator", "extends"],
        }
        choice = {"if": {"required": ["extends"]}, "then": _ref(f"{at}.extending"), "else": _ref(at)}
        cases.append(_case("estimator", name, choice))
        for key, value in keys.items():
            known = places.setdefault(key, [])
            if value not in [each for each, _ in known]:
                known.append((value, f"{at}/properties/{key}"))
    found["specs.extending"] = {
        "type": "object",
        "description": "A specification with what it changes of another.",
        "properties": {
            key: _nullable(*(place for _, place in own)) for key, own in places.items() if key != "estimator"
        },
        "additionalProperties": False,
        "required": ["extends"],
    }
    found["specs.stepwise"] = {
        "type": "object",
        "properties": {"stepwise": _ref(Stepwise.__name__)},
        "additionalProperties": False,
        "required": ["stepwise"],
    }
    other = {
        "if": {"required": ["stepwise"]},
        "then": _ref("specs.stepwise"),
        "else": _ref("specs.extending"),
    }
    found["specs"] = {
        "type": "object",
        "properties": {**_named(estimators, "estimator"), "stepwise": _ref(Stepwise.__name__)},
        "allOf": [*cases, {"if": {"not": {"required": ["estimator"]}}, "then": other}],
    }
    return found


def _own_keys(estimators: Mapping[str, Kind]) -> Schema:
    """Keys of every specification, whatever its estimator."""
    return {
        **_named(estimators, "estimator"),
        "extends": {
            "type": "string",
            "description": "the specification whose keys it takes where it says nothing",
        },
        "label": {
            "anyOf": [{"type": "string"}, _ref(WORDS)],
            "description": "what tables call it; not inherited",
        },
        "note": {"type": "string", "description": "for whoever reads the file; not inherited"},
    }


def _companions(estimators: Mapping[str, Kind]) -> Schema:
    """A list of companions, or a mapping from each to keys that it changes."""
    known = [name for name, kind in estimators.items() if kind.option("COMPANION", False)]
    changed = {"anyOf": [{"type": "object"}, {"type": "null"}]}
    return {
        "anyOf": [
            {"type": "array", "items": {"enum": known}},
            {"type": "object", "properties": dict.fromkeys(known, changed), "additionalProperties": False},
        ],
        "description": companions.DESCRIPTION,
    }


def _added(properties: Mapping[str, Schema]) -> Schema:
    """``add_controls`` and its like, one for each key that holds a list."""
    found = {}
    for key, value in properties.items():
        lists = [each for each in value.get("anyOf", [value]) if each.get("type") == "array"]
        if lists:
            # How long a list may be is said of the whole, not of what is added to it.
            items = deepcopy(lists[0].get("items", {}))
            found[f"{ADD}{key}"] = {
                "type": "array",
                "items": items,
                "description": f"entries behind the inherited ones of {key}",
            }
    return found


def _nullable(*places: str) -> Schema:
    """What stands at any of some places, or null, which takes back what is inherited."""
    return {"anyOf": [*(_ref(place) for place in places), {"type": "null"}]}
