"""The logging handler that stands in the place of Snakemake's own: it hears every event and says little.

What it has no words for it hands on, so that nothing unforeseen is lost.
"""

from __future__ import annotations

import copy
import logging
import os
import re
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nianjian.errors import full_disk
from nianjian.plan.remembered import RESULTS
from nianjian.running import lines
from nianjian.running.logs import told
from nianjian.running.run import Run
from nianjian.running.works import works

if TYPE_CHECKING:
    from nianjian.plan.remembered import RunPlan

TICK, SILENCE = 1.0, 60.0
"""Seconds between two looks at the clock, and after which a run that is no terminal's says how far it is."""
LONGEST = 400
"""Characters of a line of Snakemake's that has no end: names of files or rules."""
UNSAID = ("workflow_started", "resources_info", "job_started", "progress", "group_info", "group_error")
"""Events of which nothing is said, or which others say."""
HIDDEN = tuple(
    line.strip()
    for line in """
    Assuming unrestricted shared filesystem
    Building DAG of jobs
    Complete log(s):
    Conda environments: ignored
    Elapsed time:
    Exiting because a job execution failed
    Group jobs: inactive
    Reasons:
    Removing output files of failed job
    Restored previous version of
    Rules with provenance triggered jobs
    Select jobs to execute
    Shutting down, this might take some time
    Singularity containers: ignored
    Some jobs were triggered by provenance
    This was a dry-run
    Using shell:
    """.strip().splitlines()
)
"""How messages of Snakemake begin that its log file alone keeps."""
STOPPING = ("Terminating processes on user request", "Will exit after finishing currently running jobs")
NOTHING = "Nothing to be done"
LAST_WORD = "At least one job did not complete successfully"
OF_A_JOB = "CalledProcessError"
SIGNAL = re.compile(r"died with <Signals\.SIG([A-Z0-9]+)|non-zero exit status (\d+)")
BY_STATUS = {130: "INT", 137: "KILL", 143: "TERM"}


class Screen(logging.Handler):
    """Says what happens.

    Parameters
    ----------
    plain : Snakemake's handler, which says what has no words here
    workflow : Snakemake's
    plan : of the run
    quiet : what ``--quiet`` names: ``progress``, ``rules``
    clock : seconds since 1970
    """

    def __init__(
        self,
        plain: logging.Handler,
        workflow: Any,
        plan: RunPlan,
        quiet: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.name = "Nianjian"
        self.plain, self.workflow, self.plan, self.quiet, self.clock = plain, workflow, plan, quiet, clock
        self.stream = getattr(plain, "stream", None)
        self.terminal = bool(
            self.stream is not None and self.stream.isatty() and os.environ.get("TERM") != "dumb"
        )
        self.run = Run({})
        self.dry = bool(workflow.output_settings.dryrun)
        self.folder, self.places = plan.folder, _places(workflow, plan)
        self.warnings: dict[str, int] = {}
        self.signal = ""
        self._drawn = False
        self._spoke, self._share = 0.0, 0
        self._over = threading.Event()

    # -- what happens

    def emit(self, record: logging.LogRecord) -> None:
        """Say what an event means, or hand it on."""
        try:
            event = getattr(record, "event", None)
            if event is None:
                self._text(record)
            elif event not in UNSAID:
                getattr(self, f"_{event}", self._hand_on)(record)
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Show a fault of the program; a screen that is gone, or a file that cannot grow, is none."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()

    def _hand_on(self, record: logging.LogRecord) -> None:
        self._clear()
        self.plain.handle(record)
        self._draw()

    def _text(self, record: logging.LogRecord) -> None:
        text = str(record.msg)
        if text.startswith(NOTHING):
            self._say([lines.nothing(self.places)])
        elif text.startswith(STOPPING):
            if not self.run.stopped:
                self.run.stopped = True
                gently = text.startswith(STOPPING[1])
                self._say([lines.stopping(len(self.run.began), gently)])
        elif not text.startswith(HIDDEN):
            self._hand_on(shortened(record) if record.levelno <= logging.INFO else record)

    def _run_info(self, record: logging.LogRecord) -> None:
        stats = getattr(record, "stats", None)
        if stats is None or self.run.todo:  # a dry run counts its jobs twice
            return
        self.run = Run(works(self.plan), self.plan.typical_seconds)
        self.run.plan([rule for rule in stats if rule != "total"], self._workers(), self.clock())
        if self.run.todo and not self.dry and "progress" not in self.quiet:
            self._say([lines.planned(self.run, self._cores())])
            threading.Thread(target=self._watch, daemon=True).start()

    def _job_info(self, record: logging.LogRecord) -> None:
        known = vars(record)
        rule, now = str(known["rule_name"]), self.clock()
        self.run.begin(int(known["jobid"]), rule, now)
        if rule not in self.run.todo:
            return
        message = str(known.get("rule_msg") or "")
        self.run.messages[rule] = message
        self.run.reasons[rule] = str(known.get("reason") or "")
        if self.dry:
            return
        if not self.terminal and "rules" not in self.quiet:
            self._say([f"{lines.head(self.run, now)} {message or self.run.todo[rule].name}"])
        self._draw()

    def _job_finished(self, record: logging.LogRecord) -> None:
        rule = self.run.finish(int(vars(record)["job_id"]), self.clock())
        if rule is None or self.dry:
            return
        self._heed(rule)
        if not self.terminal and "progress" not in self.quiet:
            share = int(10 * self.run.share(self.clock()))
            if share > self._share and self.run.left(self.clock()):
                self._share = share
                self._say([lines.progress(self.run, self.clock(), named=False)])
        self._draw()

    def _heed(self, rule: str) -> None:
        """Errors that did not end a job are said, warnings counted."""
        work = self.run.todo[rule]
        if not work.log:
            return
        found = told(work.log, self.run.start)
        if found.warnings:
            self.warnings[work.log] = found.warnings
        if found.errors:
            self._say([f"{work.name}: {message}" for message in found.errors])

    def _job_error(self, record: logging.LogRecord) -> None:
        known = vars(record)
        rule, logs = str(known["rule_name"]), [str(path) for path in known.get("log") or ()]
        began = self.run.fail(rule) if rule in self.run.todo else self.run.start
        found = told(logs[0], began) if logs else told("")
        signal, self.signal = self.signal, ""
        if self.run.stopped or signal in ("INT", "TERM") or found.fault.startswith("KeyboardInterrupt"):
            self.run.failed.pop(rule, None)
            return
        work = self.run.todo.get(rule)
        message = self.run.messages.get(rule, "")
        name = work.name if work else rule
        # Logs and Snakemake's own notes lie in the workspace: where its disk is full, a job can say nothing there.
        self._say(lines.failure(name, message, logs, found, signal, full_disk(Path.cwd())))
        self._draw()

    def _error(self, record: logging.LogRecord) -> None:
        text = str(record.msg)
        if OF_A_JOB in text:
            found = SIGNAL.search(text)
            self.signal = (found[1] or BY_STATUS.get(int(found[2]), "")) if found else ""
        elif LAST_WORD not in text:
            self._hand_on(record)

    # -- the end

    def close(self) -> None:
        """Snakemake closes its handlers at the end of every call: the time for the last words."""
        if self._over.is_set():
            return
        self._over.set()
        try:
            self._clear()
            if self.dry and self.run.start:
                self._say(lines.dry(self.run, self._cores(), self.places))
            elif self.run.todo:
                self._say(self._ending())
        except Exception as error:
            self._say([f"the end of the run could not be told: {error!r}"])
        self.plain.close()
        super().close()

    def _ending(self) -> Iterable[str]:
        run = self.run
        if "progress" in self.quiet and not (run.failed or run.stopped):
            # Snakemake does not tell then what is done.
            for job in [job for job, rule in run.rules.items() if rule in run.began]:
                run.finish(job, self.clock())
        if getattr(self.workflow, "touch", False):
            return [f"{lines.jobs(len(run.done))}: outputs marked as up to date, nothing was made"]
        logs = self.workflow.logger_manager.get_logfile()
        report = Path(self.folder) / "sources.txt"
        walked = "check_sources" in run.done and report.is_file()
        return lines.summary(
            run,
            self.clock(),
            lines.Ended(
                self.folder,
                self.plan.left_out,
                self.warnings,
                sources=report.read_text(encoding="utf8").partition("\n")[0] if walked else "",
                whole_log=os.path.relpath(logs[0]) if logs else "",
            ),
        )

    # -- the screen

    def _workers(self) -> int:
        settings = self.workflow.resource_settings
        return int(settings.nodes or settings.cores or 1)

    def _cores(self) -> str:
        settings = self.workflow.resource_settings
        if settings.nodes:
            return "the cluster"
        return lines.counted(self._workers(), "core")

    def _watch(self) -> None:
        while not self._over.wait(TICK):
            self.acquire()
            try:
                if not self._over.is_set():
                    self._tick()
            finally:
                self.release()

    def _tick(self) -> None:
        if self.terminal:
            self._draw()
        elif self.clock() - self._spoke >= SILENCE and self.run.began:
            self._say([lines.progress(self.run, self.clock())])

    def _draw(self) -> None:
        """The line of a terminal, with the cursor at its beginning, so that what others write replaces it."""
        if not self.terminal or self.dry or "progress" in self.quiet:
            return
        if not self.run.began or self._over.is_set():
            return
        width = shutil.get_terminal_size().columns
        self._write(f"\r{lines.cut(lines.progress(self.run, self.clock()), width)}\x1b[K\r")
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _say(self, said: Iterable[str]) -> None:
        self._clear()
        self._write("".join(f"{line}\n" for line in said))
        self._spoke = self.clock()

    def _write(self, text: str) -> None:
        if self.stream is None:
            return
        self.stream.write(text)
        self.stream.flush()


def shortened(record: logging.LogRecord) -> logging.LogRecord:
    """A message without the ends of lines that list hundreds of files."""
    text = str(record.msg)
    if all(len(line) <= LONGEST for line in text.splitlines()):
        return record
    short = copy.copy(record)
    short.msg = "\n".join(
        line if len(line) <= LONGEST else f"{line[:LONGEST]} …" for line in text.splitlines()
    )
    return short


def _places(workflow: Any, plan: RunPlan) -> list[str]:
    """Folders in which what is asked for lies: those of the targets, else of all studies."""
    targets = getattr(getattr(workflow, "dag_settings", None), "targets", None) or ()
    named = [str(target).split("/") for target in targets]
    below = {"/".join(parts[:2]) for parts in named if parts[0] == RESULTS and len(parts) > 2}
    return sorted(below) if below else plan.places or [plan.folder]
