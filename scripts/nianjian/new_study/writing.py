"""The files of a new workspace, from the templates beside this module."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.loading import read_items
from nianjian.errors import DeclarationError
from nianjian.files import replacing
from nianjian.new_study.wishes import Wishes

TEMPLATES = Path(__file__).parent / "templates"
CONTROLS = {
    "lngdp": ("ln(gdp_pc)", "GDP per head (ln)", "人均GDP（对数）"),
    "lnpop": ("ln(pop_hukou)", "Population (ln)", "人口（对数）"),
    "government": ("fisc_exp / gdp", "Government spending", "政府支出规模"),
}
"""Controls of a study of items where none are named: formula and labels."""
LOGGED = ("flow", "stock", "price", "count")
"""Kinds of items of which a study takes logarithms."""
NOTES = {
    "en": {
        "coded": "The list {policy} counts the rows where {coding} is true; it also has {others}.",
        "all": "All rows of the list {policy} count; `coding:` chooses among them{others}.",
    },
    "zh": {
        "coded": "政策名单 {policy} 中 {coding} 为 true 的行有效；另有 {others}。",
        "all": "政策名单 {policy} 的所有行都有效；可用 coding: 选择其中一部分{others}。",
    },
}
CONFIG_TEXT = {
    "en": "# Switches of the run that differ from the project's: {docs}/docs/reference/files.md#config.\nlanguages: [{languages}]\n",
    "zh": "# 与项目默认值不同的运行开关，见 {docs}/docs/reference/files.md#config\nlanguages: [{languages}]\n",
}


@dataclass(frozen=True)
class Written:
    """A new study.

    Attributes
    ----------
    made : files, relative to the workspace
    kept : files that were there already and are as they were
    """

    made: list[str]
    kept: list[str]


def scalar(value: str) -> str:
    """A text as YAML: plain where that is safe, else in quotes."""
    safe = re.fullmatch(r"[^\W\d_][\w .()/%×–-]*", value) and value == value.strip()
    words = {"true", "false", "null", "yes", "no", "on", "off"}
    return value if safe and value.lower() not in words else json.dumps(value, ensure_ascii=False)


def write(wishes: Wishes, run: str) -> Written:
    """Write the workspace; nothing that is there is touched.

    Parameters
    ----------
    run : the command that runs it

    Raises
    ------
    DeclarationError
        If the study is there already.
    """
    folder = wishes.folder.resolve()
    study = f"config/studies/{wishes.name}.yaml"
    if (folder / study).exists():
        raise DeclarationError(f"{folder / study} is there already; choose another --name or folder")
    told = _told(wishes, folder, run)
    texts = {
        study: _render("file" if wishes.data else "books", f"{wishes.language}.yaml", told),
        "config/config.yaml": CONFIG_TEXT[wishes.language].format(
            docs=told["docs"], languages=", ".join(("zh", "en") if wishes.language == "zh" else ("en", "zh"))
        ),
        "README.md": _render("README", f"{wishes.language}.md", told),
    }
    texts[study] = _schema_line(folder, study) + texts[study]
    copies = {}
    if wishes.data is not None:
        copies[_data_file(wishes)] = wishes.data.resolve()
    if wishes.policy_file is not None:
        copies[f"config/policies/{wishes.policy}.csv"] = wishes.policy_file.resolve()
    return _put(folder, texts, copies, wishes.link)


def _put(folder: Path, texts: Mapping[str, str], copies: Mapping[str, Path], link: bool) -> Written:
    made, kept = [], []
    for name, source in copies.items():
        target = folder / name
        if target.exists():
            if target.resolve() != source and target.read_bytes() != source.read_bytes():
                raise DeclarationError(
                    f"{target} is there already and differs from {source}; rename one of them"
                )
            kept.append(name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if link and name.startswith("data/"):
            target.symlink_to(source)
        else:
            shutil.copyfile(source, target)
        made.append(name)
    for name, text in texts.items():
        target = folder / name
        if target.exists():
            kept.append(name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as part:
            part.write_text(text, encoding="utf8")
        made.append(name)
    return Written(sorted(made), sorted(kept))


def _data_file(wishes: Wishes) -> str:
    assert wishes.data is not None
    return f"data/{wishes.data.name}"


def _schema_line(folder: Path, study: str) -> str:
    """What an editor shows the keys by; nothing where no relative path leads to the project."""
    try:
        schema = os.path.relpath(CONFIG / "schemas" / "study.json", (folder / study).parent)
    except ValueError:
        return ""
    return f"# yaml-language-server: $schema={Path(schema).as_posix()}\n"


def _render(stem: str, ending: str, told: Mapping[str, Any]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf8"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(f"{stem}.{ending}.j2").render(told)


def _told(wishes: Wishes, folder: Path, run: str) -> dict[str, Any]:
    """What the templates are filled in with."""
    own = _of_file(wishes) if wishes.data else _of_books(wishes)
    others = [each for each in wishes.codings if each != wishes.coding]
    note = ""
    if wishes.policy:
        words = NOTES[wishes.language]["coded" if wishes.coding else "all"]
        listed = ", ".join(others)
        note = words.format(
            policy=wishes.policy,
            coding=wishes.coding,
            others=(listed or "-") if wishes.coding else f": {listed}" if listed else "",
        )
    return {
        "name": wishes.name,
        "docs": CONFIG.parent.as_posix(),
        "run": run,
        "first": wishes.years[0],
        "last": wishes.years[1],
        "policy": wishes.policy,
        "coding": wishes.coding,
        "policy_note": note,
        "file": scalar(_data_file(wishes)) if wishes.data else "",
        "books": "simulated",
        "window": _window(*wishes.years),
        **own,
    }


def _window(first: int, last: int) -> tuple[int, int]:
    """First and last event time that a panel of these years may well have."""
    width = max(1, min(4, (last - first - 1) // 2))
    return -width - 1, width


def _of_books(wishes: Wishes) -> dict[str, Any]:
    items = read_items(Layers())
    variables, controls = [], []
    if wishes.outcome in items:
        item = items[wishes.outcome]
        logged = item.kind in LOGGED
        column = wishes.outcome if "city" in item.scopes else f"{wishes.outcome}__districts"
        name = f"ln{wishes.outcome}" if logged else f"y_{wishes.outcome}"
        mark = (
            {"en": f"{item.en} (ln)", "zh": f"{item.zh}（对数）"}
            if logged
            else {"en": item.en, "zh": item.zh}
        )
        variables.append(
            _variable(name, f"ln({column})" if logged else column, mark["en"], mark["zh"], zeros=logged)
        )
        titles = {"en": item.en, "zh": item.zh}
    else:
        name, titles = "outcome", {"en": "outcome", "zh": "被解释变量"}
        variables.append(_variable(name, wishes.outcome, wishes.outcome, wishes.outcome, zeros=True))
    if wishes.controls:
        for each in wishes.controls:
            item = items[each]
            column = each if "city" in item.scopes else f"{each}__districts"
            logged = item.kind in LOGGED
            own = f"{'ln' if logged else 'x_'}{each}"
            expr = f"ln({column})" if logged else column
            variables.append(_variable(own, expr, item.en, item.zh, zeros=logged))
            controls.append(own)
    else:
        held = set(re.findall(r"\w+", wishes.outcome))
        for own, (expr, en, zh) in CONTROLS.items():
            if not held & set(re.findall(r"\w+", expr)) and own != name:
                variables.append(_variable(own, expr, en, zh))
                controls.append(own)
    return {
        "variables": variables,
        "outcome": name,
        "controls": controls,
        "title": {
            "en": scalar(f"{wishes.policy} and {titles['en']}"),
            "zh": scalar(f"{wishes.policy} 与{titles['zh']}"),
        },
    }


def _variable(name: str, expr: str, en: str, zh: str, *, zeros: bool = False) -> dict[str, Any]:
    return {"name": name, "expr": scalar(expr), "en": scalar(en), "zh": scalar(zh), "zeros": zeros}


def _of_file(wishes: Wishes) -> dict[str, Any]:
    assert wishes.peeked is not None
    named: dict[str, str] = {}
    variables = []
    for number, column in enumerate(dict.fromkeys([wishes.outcome, *wishes.controls]), start=1):
        usable = re.fullmatch(r"[^\W\d_]\w*", column) is not None
        named[column] = column if usable else f"x{number}"
        label = wishes.peeked.column(column, "--outcome").label or column
        variables.append(
            {
                "name": named[column],
                "column": "" if usable else scalar(column),
                "en": scalar(label),
                "zh": scalar(label),
            }
        )
    usable = re.fullmatch(r"[^\W\d_]\w*", wishes.treatment) is not None
    did = (wishes.treatment if usable else "did") if wishes.treatment else "did"
    title = f"{named[wishes.outcome]}: {wishes.treatment or wishes.policy}"
    return {
        "variables": variables,
        "outcome": named[wishes.outcome],
        "controls": [named[each] for each in wishes.controls],
        "identifier": wishes.identifier[0],
        "identifier_column": scalar(wishes.identifier[1]),
        "year": scalar(wishes.year),
        "treatment": did if wishes.treatment else "",
        "treatment_column": scalar(wishes.treatment),
        "did": did,
        "title": {"en": scalar(title), "zh": scalar(title)},
    }
