"""What a run of Snakemake says on the screen: how far it is, what failed and why, what was made and where it lies.

``works`` are the jobs by the name of their rule, ``seconds`` how long they take and how long is left, ``run`` follows a run by
the events that Snakemake logs, ``reasons`` says in a word why a job runs, ``logs`` reads what jobs wrote, ``lines`` are the
words, ``screen`` the logging handler that prints them. Only the screen changes: Snakemake's own log file keeps everything,
and ``snakemake --verbose`` shows it.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from nianjian.jobs import TOLD_BY_LOG

if TYPE_CHECKING:
    from nianjian.plan.remembered import RunPlan

SCREEN = "DefaultStreamHandler"
"""Snakemake's name of its own handler of the screen."""


def listen(workflow: Any, plan: RunPlan) -> None:
    """Put our lines in the place of Snakemake's, unless the user asks for all of these or for none.

    Parameters
    ----------
    workflow : Snakemake's, while the Snakefile is read
    plan : of the run
    """
    from snakemake.logging import logger

    from nianjian.running.screen import Screen

    settings = workflow.output_settings
    quiet = {getattr(each, "name", str(each)).lower() for each in settings.quiet or ()}
    own = workflow.workflow_settings.exec_mode.name == "DEFAULT"
    silent = "all" in quiet and not settings.dryrun
    plain = next((each for each in logger.handlers if each.name == SCREEN), None)
    if plain is None or not own or silent or settings.verbose or settings.debug_dag:
        os.environ.pop(TOLD_BY_LOG, None)
        return
    os.environ[TOLD_BY_LOG] = "1"
    # Snakemake's own log cannot grow on a full disk: that is one line of ours, not a traceback for each of its.
    logging.raiseExceptions = False
    logger.removeHandler(plain)
    logger.addHandler(Screen(plain, workflow, plan, quiet))
