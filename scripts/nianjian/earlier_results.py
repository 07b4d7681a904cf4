"""What a failed job had made before stands again as it was, and counts as what it is.

Snakemake gives such outputs (``update``) back when their job fails, but with today's date, and then notes them as made from
the params and the code of the job that failed: at the next run old results would look new, and nothing would be done. On a
cluster the job's own process gives them back, and the run, which finds no copy any more, would delete them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any


def keep(persistence: Any) -> None:
    """Let outputs that are given back keep their dates and what is noted of them.

    Parameters
    ----------
    persistence : Snakemake's class that keeps copies of outputs and notes of what they were made
    """
    back_up, give_back, finish = persistence.backup_output, persistence.restore_output, persistence.finished

    def backup_output(self: Any, path: Path) -> None:
        back_up(self, path)
        shutil.copystat(path, self._get_backup_path(path))

    def restore_output(self: Any, path: Path) -> bool:
        kept = self._get_backup_path(path)
        if kept.exists():
            dated = kept.stat()
            if not give_back(self, path):
                return False
            os.utime(path, ns=(dated.st_atime_ns, dated.st_mtime_ns))
        elif not path.exists():
            return False
        given = self.__dict__.setdefault("given_back", set())
        given.add(str(path))
        return True

    async def finished(self: Any, job: Any) -> None:
        given = self.__dict__.get("given_back", set())
        old = {str(path) for path in job.output} & given
        if not old:
            await finish(self, job)
            return
        given -= old
        self._clear_cache()
        for path in job.output:
            key = self._get_key(path)
            # Of what nothing was noted it stays unfinished, and is made anew.
            if self._read_record(key) is not None:
                self._unmark_incomplete(key)

    persistence.backup_output, persistence.restore_output = backup_output, restore_output
    persistence.finished = finished
