"""What stands in Snakemake's report, under which heading, and the page on which it opens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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

FIGURE_SPACE = "\u2007"
"""As wide as a digit, and before all digits in every language's order."""
FORMS = {"tables": ".html", "figures": ".svg"}
"""The format that stands in the report."""
BESIDE = (".csv", ".xlsx", ".tex")
"""Formats of a table that are handed out with its page."""
BETWEEN = " / "


class Reported(TypedDict):
    """How a file stands in the report: heading, heading below it, columns, and the text beside it."""

    category: str
    subcategory: str
    labels: dict[str, str]
    caption: str
    words: str
    downloads: list[str]


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

    def said(self, en: str, zh: str) -> str:
        """Words in the languages of the outputs."""
        return self._of(Text.of(en=en, zh=zh))

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
            "sample": ("3", "Sample", "样本", self.endings.sample_pages),
            "scorecard": ("4", "Scorecard", "对照表", self.papers.scorecards),
            "paper": ("", "Papers", "论文", self.papers.papers),
        }
        for caption, (number, en, zh, jobs) in heads.items():
            for job in jobs:
                found |= dict(self._pages(job, caption, f"{number} {self.said(en, zh)}".strip()))
        coverage = self.said("Coverage of the books", "年鉴的覆盖情况")
        for path in self.reading.coverage.files:
            panel = self.said("Panel", "面板")
            found[path] = Reported(
                category=panel, subcategory=panel, labels={"what": coverage}, caption="coverage", words="", downloads=[]
            )  # fmt: skip
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
            head = ("1", "Tables", "表") if section == "tables" else ("2", "Figures", "图")
            stem = path.removesuffix(FORMS[section])
            yield (
                path,
                Reported(
                    category=self.headings[job.study],
                    subcategory=f"{head[0]} {self.said(*head[1:])}",
                    labels={section[:-1]: unfilled(f"{number}  {title}"), "language": _language(path)},
                    caption=section[:-1],
                    words=f"{section[:-1]} {name}",
                    downloads=[
                        each for each in paths if each.startswith(f"{stem}.") and each.endswith(BESIDE)
                    ],
                ),
            )

    def _pages(self, job: Job, caption: str, heading: str) -> Iterable[tuple[str, Reported]]:
        for path in job.files:
            if path.endswith(".html"):
                what = heading.lstrip("0123456789 ")
                of_paper = PurePosixPath(path).name.split(".")[0]
                category = self.headings[job.study] if job.study else what
                labels = {"what": what if job.study else of_paper, "language": _language(path)}
                yield path, Reported(
                    category=category, subcategory=heading, labels=labels, caption=caption, words="", downloads=[]
                )  # fmt: skip

    def welcome(self) -> str:
        """The page on which the report opens, as reStructuredText that Snakemake fills in and makes links of."""
        books = self.studies.books
        lines = [*_headed(self.said("Results", "结果"), "=")]
        if books.simulated:
            lines += [
                "**"
                + self.said(
                    "SIMULATED DATA — not for citation. The books of this run are simulated: real names and layouts, made-up numbers.",
                    "模拟数据，不得引用。本次运行所用年鉴为模拟：名称与版式真实，数值虚构。",
                ).replace("*", "")
                + "**",
                "",
            ]
        lines += [f"{self.said('Books', '年鉴')}: {_escaped(self.studies.origins)}", ""]
        lines += _headed(self.said("Studies", "研究"), "-")
        for study in self.studies.studies:
            lines.append(
                f"* {_linked(self.headings[study.name])} — {self._counts(study.tables, study.figures)}"
            )
        lines += ["", *_headed(self.said("How to read it", "如何阅读"), "-")]
        lines += [f"* {own}" for own in self._advice()]
        return "\n".join(lines) + "\n"

    def _counts(self, tables: Mapping[str, object], figures: Mapping[str, object]) -> str:
        return self.said(
            f"{len(tables)} tables, {len(figures)} figures", f"{len(tables)} 张表、{len(figures)} 幅图"
        )

    def _advice(self) -> list[str]:
        folder = self.studies.folder
        return [
            self.said(
                "Left: one heading a study; below it tables, figures, sample and scorecard. The switch changes the language.",
                "左侧：每项研究一个标题，其下为表、图、样本与对照表；开关切换语言。",
            ),
            self.said(
                "The eye opens a table or figure; the i beside it says what it is made from, and hands out CSV, Excel and LaTeX.",
                "点眼睛图标打开表或图；旁边的 i 说明其来源，并可下载 CSV、Excel 与 LaTeX。",
            ),
            self.said(
                "Search looks through titles, studies and the words of tables, in both languages.",
                "搜索涵盖标题、研究与表中的文字，中英文均可。",
            ),
            self.said(
                f"All numbers behind it, with a description of each: ``{folder}/nianjian.duckdb``. Every cell can be walked "
                f"back to the books: ``{folder}/sources.txt``.",
                f"全部数值及其说明见 ``{folder}/nianjian.duckdb``；每个单元格都可追溯到年鉴：``{folder}/sources.txt``。",
            ),
        ]

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
