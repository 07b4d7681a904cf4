"""Names that a declaration uses, found by the marks of its keys."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from nianjian.declarations.models.base import short
from nianjian.kinds.base import (
    Cluster,
    Column,
    Condition,
    FixedEffects,
    Groups,
    Index,
    Matrix,
    Params,
    Reference,
    Spec,
    SplitColumn,
    Variable,
    names,
    references,
)
from nianjian.kinds.registry import FAMILIES, kinds


class Inner(Params):
    """One level below."""

    values: Column = Field(description="a column")
    by: Groups | None = Field(None, description="an attribute")


class Model(Params):
    """Marks wherever they may stand."""

    outcome: Column = Field(description="plain")
    treatment: Column | None = Field(None, description="in a union with nothing")
    controls: list[Column] = Field([], description="in a list")
    mediator: SplitColumn | None = Field(None, description="a column with gaps")
    cluster: Cluster | list[Cluster] | None = Field(None, description="in both branches of a union")
    bounded: Annotated[list[Matrix], Field(max_length=2)] | None = Field(
        None, description="in an annotated list"
    )
    weights: dict[str, Variable] = Field({}, description="in a mapping")
    panels: list[Annotated[Inner, short("values")]] = Field([], description="in models in a list")
    nested: dict[str, Inner] = Field({}, description="in models in a mapping")
    either: Inner | Spec | None = Field(None, description="a model or a name")
    period: Literal["all"] | Index | None = Field(None, description="a word or a name")
    absorb: list[FixedEffects] = Field(["city"], description="fixed effects")
    where: Condition | None = Field(None, description="a condition")
    words: str = Field("no name", description="no mark")
    others: list[str] = Field(["no name"], description="a list without a mark")


def read(**own) -> list[Reference]:
    return (
        references(Model.model_validate({"outcome": "y", **own}))[1:-1]
        if own
        else references(Model.model_validate({"outcome": "y"}))
    )


def test_a_plain_key_and_a_default_are_names():
    assert read() == [Reference("outcome", "column", "y"), Reference("absorb[0]", "fixed effects", "city")]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"treatment": "t"}, [("treatment", "column", "t")]),
        ({"controls": ["a", "b"]}, [("controls[0]", "column", "a"), ("controls[1]", "column", "b")]),
        ({"cluster": "c"}, [("cluster", "cluster", "c")]),
        ({"cluster": ["c", "d#e"]}, [("cluster[0]", "cluster", "c"), ("cluster[1]", "cluster", "d#e")]),
        ({"bounded": ["m"]}, [("bounded[0]", "matrix", "m")]),
        ({"weights": {"x": "v"}}, [("weights.x", "variable", "v")]),
        ({"panels": ["p"]}, [("panels[0].values", "column", "p")]),
        ({"panels": [{"values": "p", "by": "g"}]}, [("panels[0].values", "column", "p"), ("panels[0].by", "groups", "g")]),
        ({"nested": {"n": {"values": "p"}}}, [("nested.n.values", "column", "p")]),
        ({"either": "s"}, [("either", "spec", "s")]),
        ({"either": {"values": "p"}}, [("either.values", "column", "p")]),
        ({"words": "y", "others": ["y"]}, []),
    ],
)  # fmt: skip
def test_marks_are_found_in_unions_lists_mappings_and_models(own, expected):
    assert [(each.path, each.what, each.name) for each in read(**own)] == expected


def test_gaps_are_allowed_in_split_columns_groups_and_conditions():
    found = read(mediator="m", panels=[{"values": "p", "by": "g"}], where="x > 1")
    whole = references(
        Model.model_validate(
            {"outcome": "y", "mediator": "m", "panels": [{"values": "p", "by": "g"}], "where": "x > 1"}
        )
    )
    assert {each.name: each.complete for each in found} == {"m": False, "p": True, "g": False, "city": True}
    assert whole[-1] == Reference("where", "condition", "x > 1", complete=False)


@pytest.mark.parametrize(
    ("what", "name", "columns"),
    [
        ("column", "x", ["x"]),
        ("variable", "x", ["x"]),
        ("groups", "region", ["region"]),
        ("fixed effects", "province#year", ["province", "year"]),
        ("fixed effects", "city[year]", ["city", "year"]),
        ("cluster", "province#year", ["province", "year"]),
        ("spec", "baseline", []),
        ("matrix", "queen", []),
        ("condition", "x > 1", []),
        ("index", "uer", []),
    ],
)
def test_a_name_stands_for_columns(what, name, columns):
    assert Reference("key", what, name).columns == columns


def test_a_name_twice_at_one_place_is_there_once_and_at_two_places_twice():
    found = references(Model.model_validate({"outcome": "y", "controls": ["y", "y"]}))
    assert [each.path for each in found if each.name == "y"] == ["outcome", "controls[0]", "controls[1]"]


def test_one_name_or_none_is_a_list():
    assert (names(None), names("a"), names(["a", "b"])) == ([], ["a"], ["a", "b"])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_key_of_every_kind_has_a_description(family):
    found = kinds().family(family)
    assert found

    def models(model, seen):
        if model in seen:
            return
        seen.add(model)
        for name, field in model.model_fields.items():
            assert field.description, f"{family}: {model.__module__}.{model.__name__}.{name}"
            todo = [field.annotation]
            while todo:
                each = todo.pop()
                todo += getattr(each, "__args__", ())
                if isinstance(each, type) and issubclass(each, Params):
                    models(each, seen)

    for kind in found.values():
        assert kind.summary.endswith("."), kind.name
        models(kind.params, set())
