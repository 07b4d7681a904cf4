"""What the rules read of a plan, remembered from one call of ``snakemake`` to the next.

To read and check all declarations takes longer than a second, each job of a cluster would wait for it, and nearly always
nothing has changed. So the plan is kept below ``.snakemake`` with the digest of all that it depends on: the bytes of every
declaration and of the code, the command line, the versions of packages, and which files the set of books holds. What differs
in any of these is planned anew; what was wrong is never remembered.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nianjian.codes import COUNTED, SCRIPTS, package_version
from nianjian.files import StorageError, replacing
from nianjian.garbage import uncollected
from nianjian.plan.jobs import Job
from nianjian.plan.resources import Request, requests

CONFIG = SCRIPTS.parent / "config"
ASKED = (
    *("city", "year", "item", "scope"),
    *("study", "table", "figure", "row", "column", "statistic", "panel", "point", "json"),
)
"""What ``snakemake trace --config city=济南 year=2011`` adds to the configuration; no job but that one depends on it."""
MEMORY = Path(".snakemake") / "nianjian" / "plans"
RESULTS = "results"


@dataclass(frozen=True)
class RunPlan:
    """A plan as plain values.

    Attributes
    ----------
    books : name of the set of books
    simulated : whether these are simulated ones
    folder : of their results
    seed : see ``config.yaml``
    jobs : by stage
    everything : all files that a plain ``snakemake`` makes
    reported : how outputs stand in Snakemake's report, by path; see :class:`nianjian.plan.report.Reported`
    needs : what jobs ask of a cluster, see ``resources.yaml``
    left_out : studies and compiled panels that the run leaves out, and why
    exported : all files that ``snakemake export`` makes
    places : folders in which the results of its studies lie
    welcome : file of the page on which the report opens
    asked : which number ``snakemake trace`` asks for; never remembered
    """

    books: str
    simulated: bool
    folder: str
    seed: int
    jobs: dict[str, list[Job]]
    everything: list[str]
    reported: Mapping[str, Any]
    needs: dict[str, Any]
    left_out: dict[str, str] = field(default_factory=dict)
    exported: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    welcome: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)

    def one(self, stage: str) -> Job:
        """The only job of a stage."""
        (job,) = self.jobs[stage]
        return job

    def resources(self, rule: str) -> dict[str, Request]:
        """Memory and time that the jobs of a rule ask for; see :func:`nianjian.plan.resources.requests`."""
        return requests(self.needs, rule, self.folder)

    def early_group(self, study: str) -> str | None:
        """Group in which a cluster gets the jobs before a study's estimates; None: each by itself.

        Parts of work that is split stand between them and the rest, and no group can wait for what waits for it.
        """
        return None if any(job.study == study for job in self.jobs["parts"]) else "study"

    @property
    def typical_seconds(self) -> dict[str, float]:
        """Mean seconds of a job, by verb and noun of its rule."""
        return {rule: need["typical_seconds"] for rule, need in self.needs["rules"].items()}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> RunPlan:
        """What :func:`dataclasses.asdict` and JSON made of one."""
        jobs = {
            stage: [Job(**{**own, "names": tuple(own["names"])}) for own in jobs]
            for stage, jobs in plain["jobs"].items()
        }
        return cls(**{**plain, "jobs": jobs})


def recall(config: Mapping[str, Any], workspace: str | Path = ".") -> RunPlan:
    """The plan of a run: remembered if all that it depends on is as it was, else made and remembered.

    Parameters
    ----------
    config : Snakemake's: what the command line says
    workspace : folder that holds ``results`` and perhaps ``config``

    Raises
    ------
    NianjianError
        If a declaration, a reference file or the folder of books is wrong.
    """
    asked = {key: str(config[key]) for key in ASKED if key in config}
    rest = {key: value for key, value in config.items() if key not in ASKED}
    return replace(_recalled(rest, Path(workspace)), asked=asked)


@uncollected()
def _recalled(config: Mapping[str, Any], workspace: Path) -> RunPlan:
    said = json.dumps(config, sort_keys=True, default=str)
    memory = workspace / MEMORY / f"{hashlib.sha256(said.encode()).hexdigest()[:16]}.json"
    known = _read(memory)
    depends_on = _digest(said, workspace)
    if known.get("depends_on") == depends_on and _still(known, workspace):
        return RunPlan.of(known["plan"])
    from nianjian.plan import load

    plan = load(config, workspace)
    # By way of JSON at once: Snakemake compares params as text, and a tuple would come back as a list.
    made = json.loads(json.dumps(asdict(plan.for_rules()), ensure_ascii=False))
    watched = plan.watched()
    if watched is not None:
        found = {
            "depends_on": depends_on,
            "watched": [[kind, path, state(kind, workspace / path)] for kind, path in watched],
            "kept": plan.kept(),
            "plan": made,
        }
        try:
            with replacing(memory) as part:
                part.write_text(json.dumps(found, ensure_ascii=False), encoding="utf8")
        except StorageError:
            pass  # a folder that cannot be written to is planned anew each time
    return RunPlan.of(made)


def _read(memory: Path) -> dict[str, Any]:
    try:
        found = json.loads(memory.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _still(known: Mapping[str, Any], workspace: Path) -> bool:
    """Whether the books are those of the remembered plan, and what its jobs are told is still there."""
    return all(state(kind, workspace / path) == before for kind, path, before in known["watched"]) and all(
        (workspace / path).is_file() for path in known["kept"]
    )


def _digest(said: str, workspace: Path) -> str:
    """Digest of all that a plan depends on but the books."""
    here = workspace.resolve()
    versions = [package_version(package) for package in sorted(COUNTED.values())]
    digest = hashlib.sha256(
        json.dumps([said, str(here), str(SCRIPTS), platform.python_version(), versions]).encode()
    )
    for root in dict.fromkeys([SCRIPTS, CONFIG, CONFIG.parent / "kinds", here / "config", here / "kinds"]):
        for path in _files(root):
            digest.update(f"{path}\n".encode())
            digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[str]:
    """Files below a folder in a stable order, without what Python compiles."""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (f"{place}/{name}" for name in sorted(names))


def state(kind: str, path: Path) -> str:
    """What is remembered of a place outside the declarations.

    Parameters
    ----------
    kind : ``sets``: where the links of all sets of books below a folder lead to; ``tree``: names, sizes and times of all
        files below a folder; ``file``: size and time of one
    """
    if kind == "sets":
        links = sorted(path.glob("*/*"))
        return _short(f"{link} {link.readlink()}" for link in links if link.is_symlink())
    if kind == "file":
        return _short([_stat(str(path))])
    found = [str(path.is_dir())]
    for place, folders, names in os.walk(path):
        folders.sort()
        found += [f"{place} {name} {_stat(f'{place}/{name}')}" for name in sorted(names)]
    return _short(found)


def _stat(path: str) -> str:
    try:
        own = Path(path).stat()
    except OSError:
        return ""
    return f"{own.st_size} {own.st_mtime_ns}"


def _short(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf8", "surrogateescape")).hexdigest()[:16]
