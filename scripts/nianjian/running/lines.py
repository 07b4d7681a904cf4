"""The words of a run: plain functions from its state to lines."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nianjian.running.logs import Told
from nianjian.running.reasons import reason_of, some, together
from nianjian.running.run import Run
from nianjian.running.seconds import said, took
from nianjian.running.works import Work

AT_WORK = 3
"""How many of the jobs at work a line names."""
NAMED = 3
"""How many jobs of one kind a dry run names."""
LEFT_OUT = 6
"""How many studies or panels that are left out for one reason are named."""
REPORT = "snakemake --report report.zip writes all of it as pages to look through"
AGAIN = "run the same command again: only what is missing runs"


@dataclass(frozen=True)
class Ended:
    """What the summary says beside the state of the run.

    Attributes
    ----------
    folder : of the results of the set of books
    left_out : study or source to why
    warnings : log of a job to how many warnings it holds
    sources : first line of ``sources.txt``, if this run wrote it
    whole_log : Snakemake's own
    """

    folder: str
    left_out: Mapping[str, str]
    warnings: Mapping[str, int]
    sources: str = ""
    whole_log: str = ""


def jobs(count: int) -> str:
    """A number of jobs."""
    return counted(count, "job")


def counted(count: int, word: str, many: str = "") -> str:
    """A number of things."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def cut(text: str, width: int) -> str:
    """A text that takes at most so many columns of a terminal; Chinese characters take two."""
    shown, used = "", 0
    for each in text:
        used += 2 if unicodedata.east_asian_width(each) in "WF" else 1
        if used > width - 1:
            return shown + "…"
        shown += each
    return shown


def planned(run: Run, cores: str) -> str:
    """How many jobs there are, and about how long they take."""
    known = {0: "typical times", len(run.todo): "earlier runs"}.get(
        run.known, "earlier runs and typical times"
    )
    return f"{jobs(len(run.todo))}, {said(run.left(run.start))} on {cores}, by {known}"


def head(run: Run, now: float) -> str:
    """Share done, between brackets."""
    return f"[{100 * run.share(now):3.0f} %]"


def progress(run: Run, now: float, *, named: bool = True) -> str:
    """How far a run is, how long it still takes and, if ``named``, what is at work."""
    parts = [f"{head(run, now)} {len(run.done)} of {jobs(len(run.todo))}"]
    left = run.left(now)
    if run.failed:
        parts.append(f"{len(run.failed)} failed")
    if run.stopped:
        parts.append("stopping")
    elif left:
        parts.append(f"{said(left)} left")
    shown = [run.messages.get(rule) or run.todo[rule].name for rule in run.began] if named else []
    more = len(shown) - AT_WORK
    if shown:
        parts.append(f"running: {', '.join(shown[:AT_WORK])}" + (f" and {more} more" if more > 0 else ""))
    return " · ".join(parts)


def failure(
    name: str, message: str, logs: Sequence[str], told: Told, signal: str = "", full: str | None = None
) -> list[str]:
    """What is said of a job that failed: once, with its own words and its log.

    Parameters
    ----------
    name, message : of the job
    logs : its log files
    told : what it said in its log
    signal : that ended it, if one did
    full : what to say of the disk, where it is full: the reason of a job that said nothing
    """
    if told.fault:
        why = f"a fault of the program, whose traceback stands in the log: {told.fault}"
    elif told.errors:
        why = told.errors[-1]
    elif signal == "KILL":
        why = "it was killed from outside; perhaps memory ran out (fewer jobs at once: a smaller --cores)"
    elif signal:
        why = f"it was ended from outside (signal {signal})"
    elif full:
        why = full
    else:
        why = "it said nothing in its log; what it said stands above"
    log = f"log: {', '.join(logs)}" if logs else "it has no log"
    title = f"failed: {name}" + (f" ({message})" if message else "")
    return [title, *(f"  {line}" for line in [*why.splitlines(), log])]


def dry(run: Run, cores: str, folders: Sequence[str]) -> list[str]:
    """What a dry run says: how many jobs of each kind, about how long, and why."""
    if not run.todo:
        return ["No job would make anything."]
    makers = {path: work.stem for work in run.works.values() for path in work.outputs}
    of_stem: dict[str, list[Work]] = defaultdict(list)
    for work in run.todo.values():
        of_stem[work.stem].append(work)
    whole: dict[str, int] = defaultdict(int)
    for work in run.works.values():
        whole[work.stem] += 1
    rows = []
    for stem, own in of_stem.items():
        lasts = took(sum(run.expected[work.rule] for work in own))
        reasons = [
            reason_of(run.reasons[work.rule], work, makers) for work in own if work.rule in run.reasons
        ]
        why = together(reasons) if reasons else ""
        some_only = len(own) < whole[stem] and len(own) <= NAMED
        which = f": {', '.join(work.short for work in own)}" if some_only and own[0].short else ""
        rows.append((str(len(own)), stem, lasts, f"{why}{which}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = [
        f"  {count:>{widths[0]}}  {stem:<{widths[1]}}  {lasts:>{widths[2]}}  {why}".rstrip()
        for count, stem, lasts, why in rows
    ]
    return [
        f"{planned(run, cores)}; results in {_below(folders)}",
        *table,
        "This was a dry run: nothing ran. Every job with its files: add --verbose.",
    ]


def stopping(at_work: int, gently: bool) -> str:
    """The user ends the run, at once (Ctrl-C) or by a signal that lets jobs finish."""
    return f"Stopping; {jobs(at_work)} at work {'will be waited for' if gently else 'end now'}"


def nothing(folders: Sequence[str]) -> str:
    """There is nothing to do."""
    return f"Nothing to be done: all that was asked for is up to date, in {_below(folders)}"


def _below(folders: Sequence[str]) -> str:
    return " and ".join(f"{folder}/" for folder in folders)


def summary(run: Run, now: float, ended: Ended) -> list[str]:
    """The end of a run: what was made, where it lies, what was left out and why, how to go on."""
    lasted = took(now - run.start)
    done, all_of = len(run.done), jobs(len(run.todo))
    if run.is_done:
        first = f"Done in {lasted}: {all_of}"
    elif run.stopped:
        first = f"Stopped after {lasted}: {done} of {all_of} are done, and what they made stays"
    elif run.failed:
        waits, them = len(run.waiting), "it" if len(run.failed) == 1 else "them"
        need = "needs" if waits == 1 else "need"
        others = f", and {waits} that {need} {them} did not run" if waits else ""
        first = (
            f"{jobs(len(run.failed))} failed (see above): {some(run.todo[rule].name for rule in run.failed)}"
            f"{others}; {done} of {all_of} are done, after {lasted}"
        )
    else:
        first = f"Ended after {lasted} with {done} of {all_of} done"
    rows = list(_rows(run, ended))
    width = max((len(label) for label, _ in rows), default=0)
    return [first, *(f"  {label:<{width}}  {text}" for label, text in rows)]


def _rows(run: Run, ended: Ended) -> Iterable[tuple[str, str]]:
    finished = [run.todo[rule] for rule in run.done]
    made = made_by(finished)
    if made:
        yield "made", made
    if finished:
        yield "where", ", ".join(places(finished, ended.folder))
    if any(work.stem == "build_catalog" for work in finished):
        yield "report", REPORT
    if ended.sources:
        yield "sources", ended.sources
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, why in ended.left_out.items():
        by_reason[why].append(name)
    for why, names in by_reason.items():
        yield "left out", f"{some(names, LEFT_OUT)}: {why}"
    if ended.warnings:
        total, most = sum(ended.warnings.values()), max(ended.warnings, key=lambda log: ended.warnings[log])
        among = f" of {jobs(len(ended.warnings))}, most in {most}" if len(ended.warnings) > 1 else f" {most}"
        yield "warnings", f"{total:,} in the log{'s' if len(ended.warnings) > 1 else ''}{among}"
    if not run.is_done:
        if ended.whole_log:
            yield "whole log", ended.whole_log
        mended = "mend what failed, then " if run.failed and not run.stopped else ""
        yield "go on", mended + AGAIN


def made_by(finished: Iterable[Work]) -> str:
    """What jobs made, in numbers that readers count in."""
    of_stem: dict[str, list[Work]] = defaultdict(list)
    for work in finished:
        of_stem[work.stem].append(work)
    names = {stem: sum(len(work.names) for work in own) for stem, own in of_stem.items()}
    drawn = [
        counted(names[stem], word)
        for stem, word in (("make_tables", "table"), ("make_figures", "figure"))
        if names.get(stem)
    ]
    studies = {work.study for stem in ("make_tables", "make_figures") for work in of_stem.get(stem, ())}
    parts = [f"{' and '.join(drawn)} of {counted(len(studies), 'study', 'studies')}"] if drawn else []
    for stem, word, many in (
        ("estimate_specs", "specification", ""),
        ("compute_index", "index", "indices"),
        ("build_weights", "weight matrix", "weight matrices"),
    ):
        if names.get(stem):
            parts.append(counted(names[stem], word, many))
    for stem, word, many in (
        ("build_sample", "sample", ""),
        ("build_own_sample", "sample of an own file", "samples of own files"),
        ("make_scorecard", "scorecard", ""),
        ("report_paper", "paper's page", "papers' pages"),
        ("extract_source", "extract", ""),
    ):
        if stem in of_stem:
            parts.append(counted(len(of_stem[stem]), word, many))
    parts += [
        word
        for stem, word in (("build_panel", "the panel"), ("build_catalog", "the catalogue"))
        if stem in of_stem
    ]
    return ", ".join(parts)


def places(finished: Sequence[Work], folder: str) -> list[str]:
    """Where what was made lies: the entries that readers open, or the folders of the rest."""
    stems = {work.stem for work in finished}
    found = []
    for stem, section in (("make_tables", "tables"), ("make_figures", "figures")):
        if stem in stems:
            made = [
                PurePosixPath(path) for work in finished if work.stem == stem for path in work.outputs[:1]
            ]
            for place in dict.fromkeys(path.parents[2] for path in made):
                inside = sorted({path.parents[1].name for path in made if path.parents[2] == place})
                found.append(f"{place}/{inside[0] if len(inside) == 1 else '<study>'}/{section}/")
    covered = [path for work in finished if work.stem == "report_coverage" for path in work.outputs]
    if stems & {"build_panel", "report_coverage"}:
        found.append(min(covered, default=f"{folder}/panel/"))
    if "build_catalog" in stems:
        found.append(f"{folder}/nianjian.duckdb")
    if not found:
        folders = {f"{PurePosixPath(work.outputs[0]).parent}/": None for work in finished if work.outputs}
        found.append(some(folders) if folders else f"{folder}/")
    return found
