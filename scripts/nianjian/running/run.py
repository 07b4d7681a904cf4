"""A run as far as it is: what is planned, at work, done, failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nianjian.running import seconds
from nianjian.running.works import Work, needs

IDLE = ("all", "trace")
"""Rules that make nothing: the target, and the answer that a trace prints."""


@dataclass
class Run:
    """State of a run, changed by what happens.

    Attributes
    ----------
    works : all jobs of the plan by rule
    typical : seconds of a job by stem
    workers : jobs at once
    todo : the jobs of this run by rule
    expected : seconds of each, as thought before
    known : of how many of them the own benchmark says so
    rules : rule by the number of the job
    began : when jobs started that are at work, by rule, in seconds since 1970
    done : seconds of those that are done
    failed : rules
    messages, reasons : Snakemake's, by rule
    start : of the run
    stopped : whether the user ends it
    """

    works: Mapping[str, Work]
    typical: Mapping[str, float] = field(default_factory=dict)
    workers: int = 1
    todo: dict[str, Work] = field(default_factory=dict)
    expected: dict[str, float] = field(default_factory=dict)
    known: int = 0
    rules: dict[int, str] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    failed: dict[str, None] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    start: float = 0.0
    stopped: bool = False
    _needs: dict[str, set[str]] = field(default_factory=dict)

    def plan(self, rules: Iterable[str], workers: int, now: float) -> None:
        """Note which jobs this run has."""
        wanted = {rule for rule in rules if rule not in IDLE}
        known = {rule: work for rule, work in self.works.items() if rule in wanted}
        self.todo = known | {rule: Work(rule, rule) for rule in sorted(wanted - known.keys())}
        self.workers, self.start = workers, now
        self.expected, self.known = seconds.expected(self.works.values(), self.todo.values(), self.typical)
        self._needs = needs(self.todo)

    def begin(self, job: int, rule: str, now: float) -> None:
        """A job starts, or is started anew."""
        self.rules[job] = rule
        if rule in self.todo:
            self.began[rule] = now
            self.failed.pop(rule, None)

    def finish(self, job: int, now: float) -> str | None:
        """A job is done; returns its rule if it is one of ours."""
        rule = self.rules.get(job, "")
        if rule not in self.todo:
            return None
        self.done[rule] = max(now - self.began.pop(rule, now), 0.0)
        return rule

    def fail(self, rule: str) -> float:
        """A job has failed; returns when it began."""
        began = self.began.pop(rule, self.start)
        self.failed[rule] = None
        return began

    @property
    def is_done(self) -> bool:
        """Whether every job is."""
        return len(self.done) == len(self.todo)

    def _speed(self) -> float:
        return seconds.speed(sum(self.done.values()), sum(self.expected[rule] for rule in self.done))

    def left(self, now: float) -> float:
        """Seconds that the rest takes, by what was expected and how this run goes.

        ASSUME: a job that takes longer than expected needs another tenth of what it took.
        """
        factor = self._speed()
        rest = {}
        lost = self._lost()
        # Those at work come first: they have their worker.
        for rule, began in self.began.items():
            gone = now - began
            rest[rule] = max(factor * self.expected[rule] - gone, 0.1 * gone)
        for rule in self.todo:
            if rule not in rest and rule not in self.done and rule not in lost:
                rest[rule] = factor * self.expected[rule]
        return seconds.until_done(rest, self._needs, self.workers)

    def share(self, now: float) -> float:
        """Share of the work that is done, by time; from 0 to 1."""
        whole = sum(self.expected.values())
        if not whole or self.is_done:
            return 1.0
        factor = self._speed()
        gone = sum(self.expected[rule] for rule in self.done)
        gone += sum(
            min((now - began) / factor, 0.9 * self.expected[rule]) for rule, began in self.began.items()
        )
        return min(gone / whole, 0.99)

    def _lost(self) -> set[str]:
        """Jobs that failed, and those that cannot run since they need them."""
        found = set(self.failed)
        grows = bool(found)
        while grows:
            more = {rule for rule, before in self._needs.items() if before & found} - found
            found |= more
            grows = bool(more)
        return found

    @property
    def waiting(self) -> list[str]:
        """Jobs that neither ran nor failed."""
        return [rule for rule in self.todo if rule not in self.done and rule not in self.failed]
