"""What ``nianjian run table 3`` means: the files of a study's table, from the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.launcher import places

if TYPE_CHECKING:
    from nianjian.plan.remembered import RunPlan

NUMBERED = {"table": "tables", "figure": "figures"}
"""Words before a number, and the stage of the plan that makes it."""
STUDY = "study"
WHOLE = {"panel": ("panel", "coverage", "panel_check")}
"""Words that stand alone, and their stages."""
_RULE = re.compile(r"^rule (\w+):", re.MULTILINE)
STAGES = (
    *("samples", "own_samples", "sample_pages", "indices", "matrices"),
    *("estimates", "multiverses", "tables", "figures", "scorecards", "trace_pages"),
)
"""What belongs to a study."""


@dataclass
class Asked:
    """What is asked for.

    Attributes
    ----------
    numbered : ``(table, 3)``
    studies : each as a whole
    exports : studies whose exports are wanted
    others : files and rules, as they are typed
    """

    numbered: list[tuple[str, str]] = field(default_factory=list)
    studies: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read(words: Sequence[str]) -> Asked:
    """Read ``table 3 4 figure 2 study mine panel results/...``: a number stands behind what it is of.

    Raises
    ------
    DeclarationError
        If nothing stands behind a word that needs it.
    """
    asked, kind, used = Asked(), "", True
    for word in words:
        if word in (*NUMBERED, STUDY) and used:
            kind, used = word, False
        elif word in WHOLE or "/" in word or word.startswith("results"):
            asked.others.append(word)
            kind = ""
        elif kind == STUDY:
            asked.studies.append(word)
            used = True
        elif kind:
            asked.numbered.append((kind, word))
            used = True
        else:
            asked.others.append(_rule(word))
    if not used:
        such = (
            "its name: nianjian run study my_study" if kind == STUDY else f"its number: nianjian run {kind} 3"
        )
        raise DeclarationError(f"nianjian run {' '.join(words)}: behind '{kind}' stands {such}")
    return asked


def _rule(word: str) -> str:
    """A word that stands alone must be a rule of the project.

    Raises
    ------
    DeclarationError
        If it is none.
    """
    rules = [
        name
        for path in sorted((places.PROJECT / "rules").glob("*.smk"))
        for name in _RULE.findall(path.read_text("utf8"))
    ]
    if word in rules or "." in word:
        return word
    near = suggestion(word, [*NUMBERED, STUDY, *WHOLE, *rules])
    raise DeclarationError(
        f"nianjian run {word}: '{word}' is neither table, figure, study nor panel, no file below results/ and no rule"
        f"{near}{'' if near else '; write nianjian run table 3'}"
    )


def files(asked: Asked, plan: RunPlan, study: str | None = None) -> list[str]:
    """Files of what is asked for.

    Parameters
    ----------
    study : whose tables and figures; None where the run has one study that has such a number

    Raises
    ------
    DeclarationError
        If there is no such study, table or figure, or several studies have one.
    """
    found: list[str] = []
    for kind, number in asked.numbered:
        found += _numbered(kind, number, plan, study)
    for name in asked.studies:
        _known(name, plan)
        found += _of_study(name, plan)
    for name in asked.exports:
        _known(name, plan)
        found += [path for job in plan.jobs["exports"] if job.study == name for path in job.files]
    for word in asked.others:
        found += (
            [path for stage in WHOLE[word] for job in plan.jobs[stage] for path in job.files]
            if word in WHOLE
            else [word]
        )
    if study is not None and not found:
        _known(study, plan)
        found = _of_study(study, plan)
    return list(dict.fromkeys(found))


def studies(plan: RunPlan) -> list[str]:
    """Studies and variants of a run."""
    return [job.study for stage in ("samples", "own_samples") for job in plan.jobs[stage]]


def _known(study: str, plan: RunPlan) -> None:
    if study in studies(plan):
        return
    if study in plan.left_out:
        raise DeclarationError(f"study {study} is left out of this run: {plan.left_out[study]}")
    near = suggestion(study, studies(plan)) or f"; there is {', '.join(studies(plan)) or 'none'}"
    raise DeclarationError(f"no study '{study}' in this run{near}")


def _of_study(study: str, plan: RunPlan) -> list[str]:
    return [path for stage in STAGES for job in plan.jobs[stage] if job.study == study for path in job.files]


def _numbered(kind: str, number: str, plan: RunPlan, study: str | None) -> list[str]:
    if study is not None:
        _known(study, plan)
    jobs = [job for job in plan.jobs[NUMBERED[kind]] if study in (None, job.study)]
    holding = {job.study: job.outputs[number] for job in jobs if number in job.names}
    if not holding:
        there = list(dict.fromkeys(name for job in jobs for name in job.names))
        near = suggestion(number, there) or f"; there is {_named(kind, there)}"
        raise DeclarationError(f"no {kind} '{number}' in {study or 'any study of this run'}{near}")
    if len(holding) > 1 and (base := _base(holding)) is None:
        raise DeclarationError(
            f"{kind} {number} is in several studies: say which with --study {' or --study '.join(holding)}"
        )
    return holding[next(iter(holding)) if len(holding) == 1 else base or ""]


def _base(holding: Mapping[str, object]) -> str | None:
    """The study among its own variants; None where others are among them."""
    bases = {name.partition("-")[0] for name in holding}
    (base,) = bases if len(bases) == 1 else ("",)
    return base if base in holding else None


def _named(kind: str, numbers: Iterable[str]) -> str:
    listed = ", ".join(numbers)
    return f"{kind} {listed}" if listed else f"no {kind}"
