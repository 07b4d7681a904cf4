"""From a known truth to simulated books: what is drawn and printed before any of them can be read.

What the jobs read of config/simulation reaches them as a digest: no other part of config/ does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nianjian.books import YearbookSet
from nianjian.codes import code_digest
from nianjian.plan.jobs import Job


@dataclass(frozen=True)
class PrintingPlan:
    """Jobs that print simulated books; none for real ones.

    Attributes
    ----------
    books : the set of books
    seed : of the truth and of misprints
    """

    books: YearbookSet
    seed: int

    @property
    def _truth(self) -> str:
        return f"{self.books.folder.as_posix()}/truth"

    @cached_property
    def truths(self) -> list[Job]:
        """The truth of all cities and years."""
        if not self.books.simulated:
            return []
        from nianjian.simulate.outline import outline

        outputs = {
            "truth": [f"{self._truth}/truth.parquet"],
            "planted": [f"{self._truth}/truth_effects.parquet"],
            "calibration": [f"{self._truth}/truth_calibration.parquet"],
        }
        params = {
            "declared": outline().digests["truth"],
            "seed": self.seed,
            "code": code_digest("simulate_truth.py"),
        }
        return [Job("truth", "", {}, outputs, params)]

    @cached_property
    def printed_editions(self) -> list[Job]:
        """Consecutive editions in a few jobs."""
        if not self.books.simulated:
            return []
        from nianjian.simulate import folder_name
        from nianjian.simulate.outline import chunks, outline

        jobs = []
        for name, editions in chunks(outline().editions).items():
            folders = [folder_name(edition) for edition in editions]
            outputs = {
                "folders": [f"{self.books.root.as_posix()}/{folder}" for folder in folders],
                "misprints": [f"{self._truth}/misprints/{folder}.parquet" for folder in folders],
            }
            params = {
                "declared": outline().digests["editions"],
                "editions": editions,
                "seed": self.seed,
                "code": code_digest("simulate_editions.py"),
            }
            jobs.append(Job(name, "", {"truth": [f"{self._truth}/truth.parquet"]}, outputs, params))
        return jobs

    @cached_property
    def printed_panels(self) -> list[Job]:
        """The compiled panels."""
        if self.books.panel_root is None or not self.books.simulated:
            return []
        from nianjian.simulate.outline import outline

        outputs = {"panels": [f"{self.books.panel_root.as_posix()}/{file}" for file in outline().panels]}
        params = {"declared": outline().digests["panels"], "code": code_digest("simulate_panels.py")}
        return [Job("panels", "", {"truth": [f"{self._truth}/truth.parquet"]}, outputs, params)]
