"""Attempts from what is declared: formulas, YAML, paths, names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pandas as pd

from nianjian import formulas, units
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.config import Config
from nianjian.declarations.reading import read_yaml, validate
from nianjian.plan.quoting import quoted
from small_studies import put, read, write
from unit.security.attempts import harmless, refused

FORMULAS, YAML, PATHS, SHELL = "Formulas and units", "YAML", "Paths and names in declarations", "Shell"
PLACE = "config/studies/uer.yaml, variables.x"
COLUMNS = pd.DataFrame({"city": [1, 1], "year": [2000, 2001], "gdp": [1.0, 2.0]})


def formula(what: str, text: str, says: str) -> None:
    """A formula that is refused where it is read, or where it is computed."""

    def make(folder: Path) -> object:
        parsed = formulas.parse(text, PLACE, known=list(COLUMNS))
        parsed.unit({"gdp": "10^4 yuan", "city": "1", "year": "1"})
        return parsed.evaluate(COLUMNS, {"gdp": "10^4 yuan"})

    refused(FORMULAS, what, says, make)


formula("`gdp.__class__`", "gdp.__class__", "a dot between names is not available")
formula(
    "`__import__('os').system('id')`",
    "__import__('os').system('id')",
    "a dot or a call before brackets is not available",
)
formula("`open('x')`, `print(gdp)`", "open('x')", "unknown function 'open'")
formula("`print`, a name of Python's", "print", "unknown name 'print'")
formula("`(lambda: 1)()`", "(lambda: 1)()", "not available")
formula("`[x for x in gdp]`", "[x for x in gdp]", "a comprehension is not available")
formula("`f'{gdp}'`", "f'{gdp}'", "an f-string is not available")
formula("`gdp[0]`", "gdp[0]", "square brackets behind a name is not available")
formula("`gdp; import os`", "gdp; import os", "is no formula")
formula("`9**9**9`", "9**9**9", "a number overflows")
formula("`gdp**999`", "gdp**999", "exponent 999 is beyond 64")
formula("`'x' * 10**10`", "'x' * 10**10", "needs numbers")
formula("`lag(gdp, 1e300)`", "lag(gdp, 1e300)", "lag needs a whole number of years, at most 9999")
formula(
    "brackets within brackets, 10,000 deep", "(" * 10_000 + "gdp" + ")" * 10_000, "at most 4000 can be read"
)
formula("signs in front of each other, 3,000 of them", "-" * 3000 + "gdp", "the formula is nested too deeply")
formula("a sum of a thousand terms", "gdp" + "+1" * 1000, "more than 60 operations inside each other")
formula("a name in letters that look alike (Cyrillic р)", "gd\u0440", "unknown name 'gd\u0440'")
formula("a mark that reverses the direction of text", "gdp\u202e", r"\u202e")
formula("`to(gdp, '9^9^9')`: powers of powers in a unit", "to(gdp, '9^9^9')", "'9^9^9' is no unit")
refused(FORMULAS, "a unit of `10^(99999999) m`", "is no unit", lambda f: units.parse_unit("10^(99999999) m"))
refused(FORMULAS, "a unit of `1e999 m`", "is no unit", lambda f: units.parse_unit("1e999 m"))


def yaml(what: str, text: str | bytes, says: str) -> None:
    """A study's file that is refused."""

    def make(folder: Path) -> object:
        path = folder / "uer.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml(path, "config/studies/uer.yaml")

    refused(YAML, what, says, make)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200))
yaml(
    "`!!python/object/apply:os.system`",
    "title: !!python/object/apply:os.system ['true']",
    "line 1, column 8: the tag !!python/object/apply:os.system is not read",
)
yaml("`!!timestamp`, `!!set`, `!!binary`, `!mine`", "title: !!set {a: 1}", "the tag !!set is not read")
yaml("aliases of aliases (a billion laughs)", LAUGHS, "aliases (*) written out")
yaml(
    "a chain of 200 aliases, each a level deeper", CHAIN, "more than 64 lists and mappings inside each other"
)
yaml("a list that holds itself", "a: &a [*a]", "*a stands within itself")
yaml("a mapping that merges itself", "a: &a {<<: *a, b: 1}", "*a stands within itself")
yaml(
    "lists within lists, 100,000 deep",
    "[" * 100_000 + "]" * 100_000,
    "more than 64 lists and mappings inside each other",
)
yaml("the same by dashes", "- " * 50_000 + "x", "more than 64 lists and mappings inside each other")
yaml("a key that stands twice", "title: a\ntitle: b", "duplicate key 'title'")
yaml("a key that is a list", "{[a]: 1}", "a key must be text")
yaml("a NUL byte", b"title: \0", "not YAML")
yaml("controls of the terminal, escaped", r'title: "\e[31m"', r"the text holds the control character \x1b")
yaml(
    "a mark that reverses the direction of text",
    "title: a\u202eb",
    r"the text holds the control character \u202e",
)
yaml("a whole number of 5,000 digits", "a: " + "9" * 5000, "a whole number of 5000 digits")
yaml("`1e999999`", "a: 1e999999", "the number is too large")
yaml("a file in GBK", "title: 中国".encode("gbk"), "is not UTF-8; save it again with that encoding")
yaml("two documents in one file", "a: 1\n---\nb: 2", "another document")
yaml("a file of 9 MB", b"#" * (9 * 2**20), "is it the right file?")


def study(what: str, says: str, *path: str | int, value: object, area: str = PATHS) -> None:
    """A study with one key that is refused."""

    def make(folder: Path) -> object:
        return read(write(folder / "config", put(*path, value=value)), str(folder / "results"))

    refused(area, what, says, make)


REGION = {"by": "province", "column": "region4"}
study(
    "`attributes.region.file: ../../../etc/passwd`",
    "a file below config/reference",
    "attributes",
    value={"region": {**REGION, "file": "../../../etc/passwd"}},
)
study(
    "`attributes.region.file: /etc/passwd`",
    "a file below config/reference",
    "attributes",
    value={"region": {**REGION, "file": "/etc/passwd"}},
)
study(
    r"`attributes.region.file: C:\secrets.csv`",
    "a file below config/reference",
    "attributes",
    value={"region": {**REGION, "file": "C:\\secrets.csv"}},
)
study("`paper: ../../secret`", "a file below config/published", "paper", value="../../secret")
study(
    "`treatment.policy: ../x`",
    "expected the name of a list, such as low_carbon, or a file of the workspace",
    "treatment",
    "policy",
    value="../x",
)
study(
    "a table called `../../x`",
    "a number or name such as 3 or A1",
    "tables",
    value={"../../x": {"kind": "descriptive"}},
)
study(
    "a specification called `a/b`",
    "a name of small letters, digits and single underscores",
    "specs",
    value={"a/b": {}},
)
study(
    "an index called `con`, which Windows keeps for a device",
    "another name than con",
    "indices",
    value={"con": {}},
)
study(
    "a variable with a name of 300 letters",
    "a name of at most 80 characters",
    "variables",
    value={"x" * 300: "gdp"},
)
refused(
    PATHS,
    "a study's file called `$(id).yaml`",
    "config/studies/$(id).yaml: rename the file",
    lambda f: _named(f, "$(id)"),
)
refused(
    PATHS,
    "a study's file called `{x}.yaml`",
    "config/studies/{x}.yaml: rename the file",
    lambda f: _named(f, "{x}"),
)
refused(
    PATHS,
    "a study's file called `nul.yaml`",
    "config/studies/nul.yaml: rename the file",
    lambda f: _named(f, "nul"),
)
refused(
    PATHS, "a source's `file: ../../*.xlsx`", "a file below panel_root", lambda f: _source("../../*.xlsx")
)
refused(PATHS, "a source's `file: /etc/*`", "a file below panel_root", lambda f: _source("/etc/*"))
refused(
    PATHS,
    "`books: ../../etc`",
    "a name of small letters, digits and _",
    lambda f: validate(Config, {"books": "../../etc"}, "config/config.yaml"),
)
refused(
    PATHS,
    "any other path that leads out of `config`",
    "is no file below config",
    lambda f: Layers.given(f).file("reference/../../x.csv"),
)


def _named(folder: Path, name: str) -> object:
    path = write(folder / "config")
    path = path if isinstance(path, Path) else folder / "config"
    (path / "studies" / f"{name}.yaml").write_text("title: x\n")
    return Layers.given(path).ids("studies")


def _source(file: str) -> object:
    from nianjian.kinds.registry import kinds

    declared = {
        "title": "x",
        "file": file,
        "city": "c",
        "year": "y",
        "values": {"v": {"item": "gdp", "unit": "yuan"}},
        "source": "s",
    }
    return kinds().get("sources", "panel").read(declared, "config/sources/x.yaml")


@harmless(
    SHELL,
    "the project in a folder called `a b;touch x $(id) 'c\"&|<>*`",
    "its name is quoted: nothing of it runs",
)
def _folder(folder: Path) -> None:
    for name in (
        "a b",
        "a;touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        'it\'s "so" & <that> | *?[a]',
        "年鉴",
        "{x}~!#\\",
    ):
        told = subprocess.run(
            ["bash", "-c", f"printf %s {quoted(name)}"], cwd=folder, capture_output=True, text=True
        )
        assert told.stdout == name and not told.stderr
    assert not (folder / "pwned").exists()
