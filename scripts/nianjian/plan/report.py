"""What stands in Snakemake's report, under which heading, and the page on which it opens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypedDict
from urllib.parse import quote

from nianjian.language import Text
from nianjian.plan.endings import EndingsPlan
from nianjian.plan.jobs import Job
from nianjian.plan.papers import PapersPlan
from nianjian.plan.quoting import unfilled
from nianjian.plan.reading import ReadingPlan
from nianjian.plan.studies import StudiesPlan
from nianjian.publish.formats import CAPTION
from nianjian.text import word

FIGURE_SPACE = "\u2007"
"""As wide as a digit, and before all digits in every language's order."""
FORMS = {"tables": ".html", "figures": ".svg"}
"""The format that stands in the report."""
BESIDE = (".csv", ".xlsx", ".tex", ".points.parquet")
"""What is handed out with a table or figure."""
BETWEEN = " / "


class Reported(TypedDict):
    """How a file stands in the report: heading, heading below it, columns, and the text beside it.

    ``chain`` is the page and its part that say where the numbers come from, ``note`` the file with a figure's note.
    """

    category: str
    subcategory: str
    labels: dict[str, str]
    caption: str
    words: str
    downloads: list[str]
    chain: str
    chain_words: str
    note: str


def in_order(name: str, width: int = 2) -> str:
    """A name whose numbers are as wide as each other, so that sorted as text 2 comes before 10."""
    return re.sub(r"\d+", lambda found: found[0].rjust(width, FIGURE_SPACE), name)


@dataclass(frozen=True)
class ReportPlan:
    """The report of a run; plain words, no pandas."""

    reading: ReadingPlan
    studies: StudiesPlan
    papers: PapersPlan
    endings: EndingsPlan

    def said(self, key: str, **values: object) -> str:
        """A message in the languages of the outputs."""
        return self._of(word(f"report.{key}", **values))

    def _of(self, text: Text) -> str:
        words = (text[each] for each in self.studies.config.languages)
        return BETWEEN.join(dict.fromkeys(words))

    @cached_property
    def headings(self) -> dict[str, str]:
        """What studies are called: paper, title and name. Snakemake makes links of them, which end at a colon."""
        found = {}
        for study in self.studies.studies:
            title = self._of(study.title)
            words = " ".join(each for each in (study.model.paper, title, f"({study.name})") if each)
            found[study.name] = unfilled(re.sub(r"\s*[:：]\s*", " — ", words))
        return found

    @cached_property
    def reported(self) -> dict[str, Reported]:
        """How each file stands in the report, by path."""
        found: dict[str, Reported] = {}
        for section, jobs in (("tables", self.studies.tables), ("figures", self.studies.figures)):
            for job in jobs:
                for name, paths in job.outputs.items():
                    found |= dict(self._outputs(job, section, name, paths))
        heads = {
            "sample": ("3", "sample", self.endings.sample_pages),
            "scorecard": ("4", "scorecard", self.papers.scorecards),
            "trace": ("5", "trace", self.endings.trace_pages),
            "paper": ("", "papers", self.papers.papers),
        }
        for caption, (number, key, jobs) in heads.items():
            for job in jobs:
                found |= dict(self._pages(job, caption, number, self.said(key)))
        coverage = self.said("coverage")
        for path in self.reading.coverage.files:
            panel = self.said("panel")
            found[path] = Reported(
                category=panel,
                subcategory=panel,
                labels={"what": coverage, "language": _language(path)},
                caption="coverage",
                words="",
                downloads=[],
                chain="",
                chain_words="",
                note="",
            )
        return found

    def _outputs(
        self, job: Job, section: str, name: str, paths: Sequence[str]
    ) -> Iterable[tuple[str, Reported]]:
        study = self.studies.registry.study(job.study)
        for path in paths:
            if not path.endswith(FORMS[section]):
                continue
            # The number stands with the title: as a column of its own with two values it would become a switch.
            title = self._of(study.titled_text(section, name))
            number = in_order(name)
            place = list(FORMS).index(section) + 1
            stem, bare = path.removesuffix(FORMS[section]), f"{PurePosixPath(path).parent}/{name}"
            beside = [each for each in paths if each.startswith((f"{stem}.", f"{bare}.points."))]
            yield (
                path,
                Reported(
                    category=self.headings[job.study],
                    subcategory=f"{place} {self.said(section)}",
                    labels={section[:-1]: unfilled(f"{number}  {title}"), "language": _language(path)},
                    caption=section[:-1],
                    words=f"{section[:-1]} {name}",
                    downloads=[each for each in beside if each.endswith(BESIDE)],
                    chain=f"{study.folder}/trace.{_language(path)}.html#{section[:-1]}-{name}",
                    chain_words=word("report.trace")[_language(path)],
                    note=next((each for each in beside if each.endswith(CAPTION)), ""),
                ),
            )

    def _pages(self, job: Job, caption: str, number: str, head: str) -> Iterable[tuple[str, Reported]]:
        for path in job.files:
            if path.endswith(".html"):
                paper = PurePosixPath(path).name.split(".")[0]
                yield (
                    path,
                    Reported(
                        category=self.headings[job.study] if job.study else head,
                        subcategory=f"{number} {head}".strip(),
                        labels={"what": head if job.study else paper, "language": _language(path)},
                        caption=caption,
                        words="",
                        downloads=[],
                        chain="",
                        chain_words="",
                        note="",
                    ),
                )

    def welcome(self) -> str:
        """The page on which the report opens, as reStructuredText that Snakemake fills in and makes links of."""
        folder = self.studies.folder
        lines = [*_headed(self.said("results"), "=")]
        if self.studies.books.simulated:
            lines += [f"**{self.said('simulated')}**", ""]
        lines += [f"{self.said('books')}: {_escaped(self.studies.origins)}", ""]
        lines += _headed(self.said("studies"), "-")
        for study in sorted(self.studies.studies, key=lambda each: self.headings[each.name]):
            counts = self.said("counts", tables=len(study.tables), figures=len(study.figures))
            lines.append(f"* {_linked(self.headings[study.name])} — {counts}")
        lines += ["", *_headed(self.said("how"), "-")]
        lines += [f"* {self.said(key, folder=folder)}" for key in ("menu", "icons", "search", "behind")]
        return "\n".join(lines) + "\n"

    @cached_property
    def page(self) -> str:
        """The file that holds :meth:`welcome`."""
        return self.reading.keep_text(self.welcome(), "report.rst")


def _language(path: str) -> str:
    return path.split(".")[-2]


def _headed(words: str, mark: str) -> list[str]:
    return [words, mark * (2 * len(words)), ""]


def _linked(heading: str) -> str:
    """A heading of the report as a link to what stands below it."""
    return f"`{_escaped(heading)} <javascript:app.showCategory('{quote(heading)}')>`__"


def _escaped(words: str) -> str:
    """Words of others as reStructuredText and Jinja show them."""
    return unfilled(re.sub(r"([\\`*_|<>])", r"\\\1", words))
