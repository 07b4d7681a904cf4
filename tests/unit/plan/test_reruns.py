"""docs/reruns.md is true: each edit changes what the jobs that it names are told, and no other job."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nianjian import codes, plan
from nianjian.declarations import store
from nianjian.declarations.layers import CONFIG, Layers
from nianjian.plan.jobs import Job
from nianjian.plan.planning import Plan
from nianjian.reuse import facts_of

pytestmark = pytest.mark.slow
PAGE = Path(__file__).resolve().parents[3] / "docs" / "reruns.md"
STUDY, OTHER, THIRD = "gie_cluster", "uer_inequality", "icr_ecopark"
SIMULATE = ("simulate_truth", "simulate_editions", "simulate_panels")
ALWAYS = "all"
MOVED = "the folder of the project moved or renamed"

Told = dict[tuple[str, str], Job]


def told(planned: Plan) -> Told:
    """Every job by its rule and name."""
    reading, studies, endings = planned.reading, planned.studies, planned.endings
    jobs: dict[str, list[Job]] = {
        "extract_source": reading.extracts,
        "build_panel": [reading.panel],
        "report_coverage": [reading.coverage],
        "check_panel": [reading.panel_check],
        "build_sample": studies.samples,
        "compute_index": studies.indices,
        "draw_part": studies.parts,
        "build_weights": studies.matrices,
        "estimate_specs": studies.estimates,
        "run_multiverse": planned.multiverses.multiverses,
        "make_tables": studies.tables,
        "make_figures": studies.figures,
        "report_sample": endings.sample_pages,
        "report_traces": endings.trace_pages,
        "make_scorecard": planned.papers.scorecards,
        "report_paper": planned.papers.papers,
        "check_sources": [endings.source_check],
        "build_catalog": [endings.catalog],
    }
    return {(rule, job.name): job for rule, own in jobs.items() for job in own}


@dataclass
class Project:
    """A copy of the project's declarations in a workspace of its own."""

    folder: Path
    config: dict[str, Any] = field(default_factory=lambda: {"studies": [STUDY, OTHER]})

    def load(self, **config: Any) -> Plan:
        codes.code_digest.cache_clear()
        layers = Layers((self.folder / "config",))
        return plan.load({**self.config, **config}, self.folder, layers=layers)

    def plan(self, **config: Any) -> Told:
        return told(self.load(**config))

    def read(self, file: str) -> str:
        return (self.folder / "config" / file).read_text(encoding="utf8")

    def write(self, file: str, text: str) -> None:
        (self.folder / "config" / file).write_text(text, encoding="utf8")

    def change(self, file: str, old: str, new: str, behind: str = "") -> None:
        """Replace the first ``old`` behind some text of a file."""
        text = self.read(file)
        at = text.index(old, text.index(behind))
        self.write(file, text[:at] + new + text[at + len(old) :])


def copied(folder: Path) -> None:
    """The declarations, with few points of a multiverse: which are drawn matters to no row of the page."""
    shutil.copytree(CONFIG, folder / "config")
    for path in (folder / "config" / "studies").glob("*.yaml"):
        path.write_text(path.read_text("utf8").replace("  draws: 250\n", "  draws: 5\n"), encoding="utf8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("reruns")
    copied(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield Project(folder)


@pytest.fixture(scope="module")
def before(project: Project) -> Told:
    return project.plan()


STUDY_FILE = f"studies/{STUDY}.yaml"


def commented(project: Project) -> None:
    for path in (project.folder / "config").rglob("*.yaml"):
        path.write_text(path.read_text(encoding="utf8") + "\n# a remark\n", encoding="utf8")


def reordered(project: Project) -> None:
    project.change(STUDY_FILE, "estimator: psm_did\n", "", "matched:")
    project.change(
        STUDY_FILE, "period: pre_treatment\n", "period: pre_treatment\n    estimator: psm_did\n", "matched:"
    )


def shortened(project: Project) -> None:
    file = "reference/policies/innovative_clusters.csv"
    lines = project.read(file).splitlines(keepends=True)
    project.write(file, "".join([lines[0], *lines[2:]]))


EDITS: Mapping[str, Callable[[Project], None]] = {
    "a comment, in every file": commented,
    "the order of keys": reordered,
    "a header spelling": lambda p: p.change("items.yaml", "headers: [", "headers: [新的写法, "),
    "an item added": lambda p: p.change(
        "items.yaml", "\n# -- pop", "\nmine: {zh: 甲, en: Mine, unit: t, kind: flow}\n# -- pop"
    ),
    "a correction": lambda p: p.change("corrections/simulated.yaml", "factor: 0.01", "factor: 0.1"),
    "a word by which pages are read": lambda p: p.change(
        "reading.yaml", "label_headers: [", "label_headers: [城市甲, "
    ),
    "a word by which labels are read": lambda p: p.change(
        "reading.yaml", "province_endings: [", "province_endings: [省份, "
    ),
    "a row of a policy": shortened,
    "a formula": lambda p: p.change(STUDY_FILE, "ln(", "2 * ln(", "variables:"),
    "an index": lambda p: p.change(STUDY_FILE, "returns: crs", "returns: vrs", "indices:"),
    "a weight matrix": lambda p: p.change(
        STUDY_FILE, "years: [2007, 2012]", "years: [2007, 2011]", "spatial_weights:"
    ),
    "one specification": lambda p: p.change(
        STUDY_FILE, "controls: [low_carbon, eco", "controls: [low_carbon, smart_city, eco", "with_low_carbon:"
    ),
    "the number of chunks": lambda p: p.change(
        STUDY_FILE,
        "estimator: compare_matrices\n",
        "estimator: compare_matrices\n    chunks: 2\n",
        "shares:",
    ),
    "the label of a specification": lambda p: p.change(STUDY_FILE, "en: Baseline,", "en: Base,", "specs:"),
    "the label of a variable": lambda p: p.change(
        STUDY_FILE, "label: {en: ", "label: {en: The ", "variables:"
    ),
    "the title of a table": lambda p: p.change(STUDY_FILE, "en: ", "en: The ", "\ntables:"),
    "the title of a figure": lambda p: p.change(STUDY_FILE, "en: ", "en: The ", "\nfigures:"),
}
CONFIGS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a study added": ({}, {"studies": [STUDY, OTHER, THIRD]}),
    "the seed": ({}, {"seed": 1}),
    "a language added": ({"languages": ["en"]}, {}),
}
"""Configuration before and after."""
OF_ONE_STUDY = frozenset(list(EDITS)[7:])
"""Edits of what only ``STUDY`` declares or uses."""


def rows() -> dict[str, tuple[set[str], set[str]]]:
    """Rules of the page's tables by edit: where it starts, and what follows."""
    text = PAGE.read_text(encoding="utf8")
    always = set(re.findall(r"`(\w+)`", text.split("`all` stands for")[1].split("\n\n")[0]))
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] not in ("edit", "---"):
            starts, then = (set(re.findall(r"`(\w+)`", cell)) for cell in cells[1:3])
            follows = then | (always - starts if cells[2].endswith(ALWAYS) else set())
            found[cells[0].replace("`", "")] = (starts, follows)
    return found


ROWS = rows()


def compared(before: Told, after: Told) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Jobs that are told something new, and those that follow from them."""
    starts = {
        key
        for key, job in after.items()
        if key not in before
        or (before[key].params, before[key].inputs) != (job.params, job.inputs)
        or set(job.files) - set(before[key].files)
    }
    seen = set(starts)
    while True:
        made = {file for key in seen for file in after[key].files}
        more = {
            key
            for key, job in after.items()
            if key not in seen and made & {file for files in job.inputs.values() for file in files}
        }
        if not more:
            return starts, seen - starts
        seen |= more


def rules_of(before: Told, after: Told) -> tuple[set[str], set[str]]:
    """Rules of the jobs that are told something new, and of those that follow from them: what the page says in two columns."""
    starts, follows = compared(before, after)
    rules = {rule for rule, _ in starts}
    return rules, {rule for rule, _ in follows} - rules


def restored(project: Project) -> None:
    shutil.rmtree(project.folder / "config")
    copied(project.folder)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_a_declaration(edit: str, project: Project, before: Told) -> None:
    EDITS[edit](project)
    try:
        after = project.plan()
    finally:
        restored(project)
    assert rules_of(before, after) == ROWS[edit]
    if edit in OF_ONE_STUDY:
        own = {after[key].study for key in compared(before, after)[0]} - {""}
        assert own <= {STUDY}


@pytest.mark.parametrize("edit", CONFIGS)
def test_an_edit_of_the_configuration(edit: str, project: Project) -> None:
    first, second = CONFIGS[edit]
    before, after = project.plan(**first), project.plan(**second)
    assert rules_of(before, after) == ROWS[edit]
    if edit == "a study added":
        assert {after[key].study for key in compared(before, after)[0]} - {""} == {THIRD}


def test_a_moved_project(
    project: Project, before: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(project.folder / "config", tmp_path / "elsewhere" / "config")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert rules_of(before, Project(tmp_path / "elsewhere").plan()) == ROWS[MOVED]


def module(edit: str) -> Path:
    """The module whose digest an edit changes; messages count as the catalogue's."""
    package = codes.SCRIPTS / "nianjian"
    return package / "text.py" if edit.startswith("messages/") else package / edit


MODULES = [edit for edit in ROWS if edit.endswith((".py", ".yaml"))]
PACKAGES = [edit for edit in ROWS if edit.endswith(" upgraded")]


@pytest.mark.parametrize("edit", MODULES)
def test_an_edit_of_a_module(
    edit: str, project: Project, before: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed, changed = codes._parsed, module(edit)
    assert (codes.SCRIPTS / "nianjian" / edit).is_file()

    def edited(path: Path) -> tuple[str, frozenset[Path], frozenset[str]]:
        digest, imported, packages = parsed(path)
        return digest + "edited" * (path == changed), imported, packages

    monkeypatch.setattr(codes, "_parsed", edited)
    assert rules_of(before, project.plan()) == ROWS[edit]
    codes.code_digest.cache_clear()


@pytest.mark.parametrize("edit", PACKAGES)
def test_an_upgraded_package(
    edit: str, project: Project, before: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, name = codes.package_version, edit.removesuffix(" upgraded")
    assert name in codes.COUNTED.values()
    monkeypatch.setattr(
        codes, "package_version", lambda package: "99" if package == name else version(package)
    )
    assert rules_of(before, project.plan()) == ROWS[edit]
    codes.code_digest.cache_clear()


def test_every_edit_of_the_page_is_made() -> None:
    assert set(ROWS) == {*EDITS, *CONFIGS, MOVED, *MODULES, *PACKAGES}


def made_anew(before: Job, after: Job) -> set[str]:
    """Entries of a batch whose own content changed, as :mod:`nianjian.publish.batches` compares it."""
    contents = []
    for job in (before, after):
        declared = store.read(job.params["declared"])
        contents.append(
            {
                name: [
                    item["entry"],
                    facts_of(declared["facts"], item["specs"]),
                    item["code"],
                    item["inputs"],
                ]
                for name, item in declared["items"].items()
            }
        )
    return {name for name, own in contents[1].items() if contents[0].get(name) != own}


def test_of_a_batch_only_what_an_edit_touches_is_made(project: Project, before: Told) -> None:
    found: dict[str, set[str]] = {}
    key = ("make_tables", STUDY)
    for edit in ("the title of a table", "one specification"):
        EDITS[edit](project)
        try:
            found[edit] = made_anew(before[key], project.plan()[key])
        finally:
            restored(project)
    assert len(found["the title of a table"]) == 1
    assert 0 < len(found["one specification"]) < len(before[key].names)


def test_simulated_books_are_told_of_nothing_else(project: Project, before: Told) -> None:
    """The jobs that print them read config/simulation alone, and nothing of what reads the books."""
    printing = project.load().printing
    jobs = {
        "simulate_truth": printing.truths,
        "simulate_editions": printing.printed_editions,
        "simulate_panels": printing.printed_panels,
    }
    assert set(jobs) == set(SIMULATE) and all(jobs.values())
    for name, own in jobs.items():
        for job in own:
            assert {path for paths in job.inputs.values() for path in paths} <= set(
                jobs["simulate_truth"][0].files
            )
            assert set(job.params) <= {"declared", "seed", "editions", "code"}
            assert job.params["code"] == codes.code_digest(f"{name}.py")
    assert not {rule for rule, _ in before} & set(SIMULATE)
