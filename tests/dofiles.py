"""A small parser of do-files: are commands known, do variables exist in the exported data, does a command have its options?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from nianjian.extract.stata import read_stata

OPTIONS: Mapping[str, set[str]] = {
    "version": set(),
    "set": set(),
    "use": {"clear"},
    "save": {"replace"},
    "append": set(),
    "tempfile": set(),
    "preserve": set(),
    "restore": {"preserve"},
    "keep": set(),
    "drop": set(),
    "sort": set(),
    "xtset": set(),
    "summarize": set(),
    "generate": set(),
    "replace": set(),
    "bysort": set(),
    "collapse": {"by"},
    "merge": {"nogenerate"},
    "mkmat": {"matrix"},
    "matrix": set(),
    "scalar": set(),
    "display": set(),
    "lincom": set(),
    "test": set(),
    "estimates": set(),
    "reghdfe": {"absorb", "noabsorb", "vce"},
    "ivreghdfe": {"absorb", "cluster", "robust", "first"},
    "psmatch2": {
        *(
            "logit",
            "kernel",
            "kerneltype",
            "bwidth",
            "neighbor",
            "caliper",
            "noreplacement",
            "ties",
            "index",
            "common",
            "pscore",
        ),
    },
    "ebalance": {"targets", "generate"},
    "logit": set(),
    "predict": {"pr", "xb"},
    "rename": set(),
    "levelsof": {"local"},
    "foreach": set(),
    "}": set(),
    "eventstudyinteract": {"cohort", "control_cohort", "covariates", "absorb", "noabsorb", "vce"},
    "xsmle": {"model", "type", "fe", "re", "wmat", "emat", "durbin", "effects", "nolog", "vce"},
    "csdid": {"ivar", "time", "gvar", "method", "notyet", "long2", "cluster"},
    "estat": {"window"},
    "did_imputation": {
        *("fe", "controls", "cluster", "shift", "autosample", "minn", "horizons", "pretrends"),
    },
    "did2s": {"first_stage", "second_stage", "treatment", "cluster"},
    "jwdid": {"ivar", "tvar", "gvar", "cluster", "never", "group", "method", "exogvar", "anti"},
    "did_multiplegt_dyn": {
        *("effects", "placebo", "controls", "cluster", "weight", "normalized", "same_switchers"),
        *("trends_lin", "graph_off"),
    },
    "bacondecomp": {"ddetail", "nograph"},
    "honestdid": {"pre", "post", "mvec", "l_vec", "method", "delta"},
    "sdid": {"vce", "reps", "seed", "method"},
    "boottest": {"reps", "weighttype", "cluster", "nonull", "jackknife", "seed", "nograph"},
    "summclust": {"yvar", "xvar", "fevar", "cluster"},
    "esttab": {"b", "se", "star", "stats", "mtitles", "replace"},
}
"""Commands that the scripts use, with the options that each of them has in its help."""
FUNCTIONS = {"missing", "cond", "inrange", "min", "max", "r", "e", "mean", "total"}
WORDS = {
    "if",
    "using",
    "in",
    "byte",
    "double",
    "float",
    "cluster",
    "c",
    "i",
    "ibn",
    "aw",
    "_b",
    "robust",
    "m",
    "ind",
    "time",
    "both",
}
MADE = {"psmatch2": ("_weight", "_support", "_pscore")}
"""Variables that a command makes."""
_NAME = re.compile(r"[A-Za-z_]\w*")


class DoFile:
    """A do-file beside the data that it reads.

    Attributes
    ----------
    faults : what is wrong, with the line
    commands : that it uses, in order
    stored : names under which estimates are stored
    """

    def __init__(self, path: Path) -> None:
        self.folder, self.faults = path.parent, []
        self.commands: list[str] = []
        self.stored: list[str] = []
        self.variables: set[str] = set()
        self._kept: list[set[str]] = []
        self._files: dict[str, set[str]] = {}
        self._locals: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), start=1):
            if line.strip() and not line.startswith("*"):
                self._at = f"{path.name}:{number}: {line}"
                self._line(line.strip())
        if self._kept:
            self.faults.append(f"{path.name}: preserve without restore")

    def _fault(self, what: str) -> None:
        self.faults.append(f"{what} in {self._at}")

    def _line(self, line: str) -> None:
        if line.count("(") != line.count(")") or line.count('"') % 2:
            self._fault("brackets or quotes that do not close")
        body, options = _split(line)
        command, _, rest = body.partition(" ")
        self.commands.append(command)
        if command not in OPTIONS:
            return self._fault(f"unknown command {command}")
        for option, inside in options.items():
            if option not in OPTIONS[command]:
                self._fault(f"{command} has no option {option}")
            if option in (
                "absorb",
                "cluster",
                "vce",
                "by",
                "durbin",
                "cohort",
                "control_cohort",
                "covariates",
                *(
                    "ivar",
                    "time",
                    "tvar",
                    "gvar",
                    "fe",
                    "controls",
                    "first_stage",
                    "second_stage",
                    "treatment",
                ),
                *("yvar", "xvar", "fevar", "weight", "exogvar"),
            ) and not (command == "sdid" and option == "vce"):
                self._names(inside)
        handler = getattr(self, f"_{command}", None)
        if handler:
            handler(rest, options)
        elif command not in ("version", "set", "esttab", "display", "scalar", "lincom", "estat", "honestdid"):
            self._names(rest)
        if command in MADE:
            self.variables |= set(MADE[command])
        return None

    def _names(self, text: str) -> None:
        """Every name in an expression or list of variables must be a variable."""
        text = re.sub(r'"[^"]*"|`\w+\'', " ", text)
        for match in _NAME.finditer(text):
            name, after = match[0], text[match.end() :].lstrip()
            is_function = name in FUNCTIONS and after.startswith("(")
            if name in WORDS or is_function or name in self.variables:
                continue
            if re.search(r"[re]\($", text[: match.start()]):  # r(max)
                continue
            self._fault(f"no variable {name}")

    def _read(self, name: str) -> set[str]:
        if name.startswith("`"):
            return set(self._files.get(name, ()))
        path = self.folder / name.strip('"')
        if not path.is_file():
            self._fault(f"no file {name}")
            return set()
        return set(read_stata(path, path.read_bytes()).names)

    def _use(self, rest: str, options: Mapping[str, str]) -> None:
        self.variables = self._read(rest.strip())

    def _save(self, rest: str, options: Mapping[str, str]) -> None:
        self._files[rest.strip()] = set(self.variables)

    def _append(self, rest: str, options: Mapping[str, str]) -> None:
        self._read(rest.removeprefix("using").strip())

    def _tempfile(self, rest: str, options: Mapping[str, str]) -> None:
        self._files |= {f"`{name}'": set() for name in rest.split()}

    def _merge(self, rest: str, options: Mapping[str, str]) -> None:
        key, _, file = rest.partition(" using ")
        self._names(key.removeprefix("m:1"))
        self.variables |= self._read(file.strip())

    def _preserve(self, rest: str, options: Mapping[str, str]) -> None:
        self._kept.append(set(self.variables))

    def _restore(self, rest: str, options: Mapping[str, str]) -> None:
        if not self._kept:
            return self._fault("restore without preserve")
        self.variables = set(self._kept[-1])
        if "preserve" not in options:
            self._kept.pop()
        return None

    def _keep(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(rest.removeprefix("if"))
        if not rest.startswith("if"):
            self.variables = set(rest.split())

    def _drop(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(rest.removeprefix("if"))
        if not rest.startswith("if"):
            self.variables -= set(rest.split())

    def _generate(self, rest: str, options: Mapping[str, str]) -> None:
        left, _, right = rest.partition("=")
        self._names(right)
        self.variables.add(left.split()[-1])

    def _predict(self, rest: str, options: Mapping[str, str]) -> None:
        self.variables.add(rest.split()[-1])

    def _ebalance(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(rest)
        self.variables.add(options["generate"])

    def _rename(self, rest: str, options: Mapping[str, str]) -> None:
        old, new = rest.split()
        self._names(old)
        self.variables = self.variables - {old} | {new}

    def _levelsof(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(rest)
        self._locals.add(options["local"])

    def _foreach(self, rest: str, options: Mapping[str, str]) -> None:
        found = re.fullmatch(r"(\w+) of local (\w+) \{", rest)
        if found is None or found[2] not in self._locals:
            self._fault("unknown loop")

    def _bysort(self, rest: str, options: Mapping[str, str]) -> None:
        by, _, command = rest.partition(":")
        self._names(by)
        _, name, formula = re.match(r"\s*(egen)\s+(\w+)\s*=\s*(.*)", command).groups()
        self._names(formula)
        self.variables.add(name)

    def _collapse(self, rest: str, options: Mapping[str, str]) -> None:
        names = re.sub(r"\(\w+\)", " ", rest)
        self._names(names)
        self.variables = {*names.split(), *options["by"].split()}

    def _mkmat(self, rest: str, options: Mapping[str, str]) -> None:
        if not any(name.startswith(rest.rstrip("*")) for name in self.variables):
            self._fault(f"no variables {rest}")

    def _matrix(self, rest: str, options: Mapping[str, str]) -> None:
        if not re.fullmatch(r"list e\(\w+\)|\w+ = \([\d.e\\ -]+\)", rest):
            self._fault("unknown use of matrix")

    def _estimates(self, rest: str, options: Mapping[str, str]) -> None:
        what, name = rest.split()
        if what == "restore" and name not in self.stored:
            self._fault(f"no stored estimates {name}")
        self.stored.append(name)

    def _esttab(self, rest: str, options: Mapping[str, str]) -> None:
        for name in rest.partition(" using ")[0].split():
            if name not in self.stored:
                self._fault(f"no stored estimates {name}")

    def _test(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(re.sub(r"\d+\.", "", rest))

    def _lincom(self, rest: str, options: Mapping[str, str]) -> None:
        self._names(re.sub(r"\d+\.", "", rest))


def _split(line: str) -> tuple[str, dict[str, str]]:
    """The body of a command, and its options with what stands in their brackets."""
    depth, at = 0, None
    for position, letter in enumerate(line):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            at = position
            break
    if at is None:
        return line, {}
    found = re.findall(r"(\w+)(?:\(((?:[^()]|\([^()]*\))*)\))?", line[at + 1 :])
    return line[:at].strip(), dict(found)
