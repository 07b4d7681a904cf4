"""Documents with all tables and figures of a study: one job a study, on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.plan.jobs import Job, merged
from nianjian.publish.formats import CAPTION

if TYPE_CHECKING:
    from nianjian.plan.studies import StudiesPlan

DRAWN = "png"
"""Format of figures that Word documents hold."""


def jobs(plan: StudiesPlan) -> list[Job]:
    """One job for each study that has tables or figures."""
    if not plan.config.documents:
        return []
    return [_job(plan, study) for study in plan.studies if study.tables or study.figures]


def _job(plan: StudiesPlan, study: Study) -> Job:
    config = plan.config
    tables = next((job for job in plan.tables if job.study == study.name), None)
    # LaTeX and Typst take the tables from the files beside the document, Word gets them anew.
    formats = [form for form in config.documents if form == "docx" or form in config.table_formats]
    beside = [
        f"{study.folder}/{section}/{name}.{language}.{form}"
        for section, names, forms in (
            ("tables", study.tables, [form for form in formats if form != "docx"]),
            ("figures", study.figures, [DRAWN, CAPTION]),
        )
        for name in names
        for language in config.languages
        for form in forms
    ]
    content = {
        "study": study.name,
        "title": study.title.plain(),
        "formats": formats,
        # Lists, since keys are sorted where content is kept: the document follows the declaration.
        "tables": list(study.tables),
        "figures": [
            {"id": name, "title": study.titled_text("figures", name).plain(), "notes": _notes(entry)}
            for name, entry in study.figures.items()
        ],
        "style": study.style_of(None, "style").plain(),
    }
    inputs = merged(tables.inputs if tables else {}, {"beside": beside} if beside else {})
    return Job(
        study.name,
        study.name,
        inputs,
        {
            form: [f"{study.folder}/document.{language}.{form}" for language in config.languages]
            for form in formats
        },
        {
            "tables": tables.params["declared"] if tables else "",
            "declared": plan.keep(content, f"document-{study.name}"),
            "kinds": plan.kind_folders,
            "origin": plan.origin(study),
            "code": plan.digest("make_document.py", [entry.kind for entry in study.tables.values()]),
        },
    )


def _notes(entry: Entry) -> dict[str, str] | None:
    """The note that a figure declares, by language."""
    own = getattr(entry.params, "notes", None)
    return None if own is None else dict(own.plain())
