"""Which style a table has, and what notes may refer to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nianjian.declarations import references
from nianjian.declarations.references import Reference
from nianjian.declarations.registry import Registry
from small_studies import put

Load = Callable[..., Registry]
NOTE = {"en": "See {table:1}.", "zh": "见{table:1}。"}


@pytest.fixture
def styled(tmp_path: Any) -> None:
    """Two styles of the workspace that ``load`` writes."""
    folder = tmp_path / "config" / "styles"
    folder.mkdir(parents=True)
    (folder / "plain.yaml").write_text(
        "coefficients: {stars: none, decimals: 2, described: 1}", encoding="utf8"
    )
    (folder / "loud.yaml").write_text("coefficients: {stars: {0.1: '!'}, brackets: t}", encoding="utf8")


@pytest.mark.usefixtures("styled")
def test_a_table_s_style_comes_before_the_study_s_and_that_before_the_run_s(load: Load) -> None:
    study = load(style="plain").study("uer")
    own = study.tables["3"].params
    assert (own.stars, own.decimals, own.brackets) == ({}, 2, "std_error")
    # Tables without stars have decimals of their own.
    assert study.tables["2"].params.decimals == 1
    of_study = load(put("style", value="loud"), style="plain").study("uer").tables["3"].params
    assert (of_study.stars, of_study.decimals, of_study.brackets) == ({"0.1": "!"}, 4, "t")
    of_table = load(put("tables", "3", "style", value="plain"), style="loud").study("uer").tables["3"].params
    assert (of_table.stars, of_table.brackets) == ({}, "std_error")


@pytest.mark.usefixtures("styled")
def test_what_a_table_says_itself_comes_first(load: Load) -> None:
    change = put("tables", "3", "stars", value={"0.05": "+"})
    assert load(change, style="plain").study("uer").tables["3"].params.stars == {"0.05": "+"}


@pytest.mark.usefixtures("styled")
@pytest.mark.parametrize(
    ("path", "config", "where"),
    [
        (("tables", "3", "style"), {}, "config/studies/uer.yaml, tables.3.style"),
        (("style",), {}, "config/studies/uer.yaml, style"),
        ((), {"style": "lou"}, "config/config.yaml, style"),
    ],
)
def test_a_style_that_is_not_there_is_named(
    message: Callable[..., str], path: tuple[str, ...], config: dict[str, Any], where: str
) -> None:
    change = put(*path, value="lou") if path else None
    assert f"{where}: no style 'lou'; did you mean 'loud'?" in message(change, **config)


def test_no_estimate_knows_of_a_style(load: Load) -> None:
    before, after = load().study("uer"), load(put("tables", "3", "stars", value={"0.05": "+"})).study("uer")
    assert {name: own.plain() for name, own in before.specs.items()} == {
        name: own.plain() for name, own in after.specs.items()
    }
    assert before.facts() == after.facts()


# -- references ------------------------------------------------------------------------------------


def test_a_note_refers_to_a_table(load: Load) -> None:
    own = load(put("tables", "3", "notes", value=NOTE)).study("uer").tables["3"].params.own_notes
    assert own[0]["zh"] == "见{table:1}。"
    assert references.split(own[0]["en"]) == ["See ", Reference("table", "1"), "."]
    assert references.plain(own[0]["en"], "en") == "See Table\N{NO-BREAK SPACE}1."


@pytest.mark.parametrize(
    ("note", "what"),
    [
        ("See {table:11}.", "'{table:11}': no table '11'; did you mean '1'?"),
        ("See {figure:2}.", "'{figure:2}': no figure '2'; the study has none"),
        ("See {tabel:1}.", "'{tabel:1}' refers to nothing; did you mean 'table'?"),
        ("The set {1, 2}.", "'{1, 2}' refers to nothing"),
    ],
)
def test_a_reference_to_nothing_is_named(message: Callable[..., str], note: str, what: str) -> None:
    said = message(put("tables", "3", "notes", value=note))
    assert f"config/studies/uer.yaml, tables.3.notes: {what}" in said


def test_what_a_variant_does_not_print_is_called_in_words(load: Load) -> None:
    def change(study: dict[str, Any]) -> None:
        study["tables"]["3"]["notes"] = NOTE
        study["variants"]["short"] = {"label": "short", "only": {"tables": ["3"]}}

    study = load(change, studies=["uer-short"]).study("uer-short")
    (own,) = study.tables["3"].params.own_notes
    assert (own["en"], own["zh"]) == ("See Table\N{NO-BREAK SPACE}1.", "见表1。")
