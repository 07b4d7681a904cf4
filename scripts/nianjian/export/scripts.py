"""A do-file and an R script for a table of regressions, which read the exported data and make the table again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nianjian.export import commands
from nianjian.export.commands import Commands, Spec
from nianjian.kinds.registry import Kinds
from nianjian.text import Text

R_START = """
# The folder that holds this script and the exported data: start R there, or Rscript {file}.
sample <- read.csv("sample.csv", fileEncoding = "UTF-8-BOM")
models <- list()
found <- NULL
# One estimate, under the name that it has in estimates.csv.
keep <- function(spec, kind, address, estimate, std_error) {{
  found <<- rbind(found, data.frame(spec, kind, address, estimate, std_error))
}}
keep_model <- function(spec, model, terms, kind = "coefficient", errors = TRUE) {{
  own <- coeftable(model)
  terms <- terms[names(terms) %in% rownames(own)]
  keep(spec, kind, unname(terms), own[names(terms), 1], if (errors) own[names(terms), 2] else NA)
}}
keep_difference <- function(spec, model, first, second, address, errors = TRUE) {{
  contrast <- (names(coef(model)) == second) - (names(coef(model)) == first)
  variance <- as.numeric(t(contrast) %*% vcov(model) %*% contrast)
  keep(spec, "test", address, sum(contrast * coef(model)), if (errors) sqrt(variance) else NA)
}}
"""
R_FIXEST = """
# As reghdfe: singletons are left out, effects nested in a cluster cost no degree of freedom.
setFixest_notes(FALSE)
setFixest_estimation(fixef.rm = "singleton", fixef.tol = 1e-11, fixef.iter = 100000)
setFixest_ssc(ssc(adj = TRUE, fixef.K = "nested", cluster.adj = TRUE, cluster.df = "min", t.df = "min"))
"""
R_END = """
if (length(models)) print(etable(models, digits = {decimals}, signif.code = c("***" = 0.01, "**" = 0.05, "*" = 0.1)))
# Beside the project's own estimates.
if (!is.null(found)) {{
  project <- read.csv("estimates.csv", fileEncoding = "UTF-8-BOM")
  both <- merge(found, project[c("spec", "kind", "address", "estimate", "std_error")],
                by = c("spec", "kind", "address"), suffixes = c("", "_project"))
  apart <- function(x, y) abs(x - y) / pmax(1, abs(y))
  both$apart <- pmax(apart(both$estimate, both$estimate_project),
                     apart(both$std_error, both$std_error_project), na.rm = TRUE)
  write.csv(both, "{stem}.compared.csv", row.names = FALSE)
  cat(sprintf("%d of %d estimates are in the project's; largest difference %.1e\\n",
              nrow(both), nrow(found), max(both$apart)))
}}
"""


@dataclass(frozen=True)
class TableOfSpecs:
    """A table for which scripts are written.

    Attributes
    ----------
    id : as declared: 3, A1
    title : of the table
    study : its id
    notes : what a reader must know of the data, the first of them where they come from
    specs : (estimator, specification, its label) of each column
    decimals : that the table prints
    """

    id: str
    title: Text
    study: str
    notes: Sequence[Text]
    specs: Sequence[tuple[str, Spec, Text | None]]
    decimals: int = 3

    @property
    def stem(self) -> str:
        """Of its files."""
        return f"table_{self.id}"


@dataclass(frozen=True)
class _Section:
    spec: str
    head: str
    commands: Commands | None


def do_file(table: TableOfSpecs, kinds: Kinds) -> str:
    """The text of a do-file."""
    sections = _sections(table, kinds, "stata")
    packages = _each(own.packages for own in _given(sections))
    lines = [f"* {line}" for line in _heading(table)]
    if packages:
        lines += ["* Needs, once:", *(f"*   ssc install {package}" for package in packages)]
    lines += ["* Start Stata in the folder that holds this file and the exported data.", "version 14"]
    lines += ["set linesize 255", 'use "sample.dta", clear', ""]
    models: list[str] = []
    for section in sections:
        lines += [f"* {section.head}"]
        if section.commands is None:
            lines += ["* No command known for this estimator: its estimates are in estimates.dta.", ""]
            continue
        lines += [f"* {sentence}" for sentence in section.commands.cannot]
        lines += [*section.commands.lines, ""]
        models += section.commands.models
    if models:
        places = f"b({table.decimals}) se({table.decimals})"
        lines += [
            "* The table; ssc install estout",
            f"esttab {' '.join(models)}, {places} star(* 0.10 ** 0.05 *** 0.01) stats(N r2) mtitles",
            f'esttab {" ".join(models)} using "{table.stem}.rtf", replace {places} '
            "star(* 0.10 ** 0.05 *** 0.01) stats(N r2) mtitles",
        ]
    return "\n".join(lines).rstrip() + "\n"


def r_script(table: TableOfSpecs, kinds: Kinds) -> str:
    """The text of an R script."""
    sections = _sections(table, kinds, "r")
    packages = _each(own.packages for own in _given(sections))
    lines = [f"# {line}" for line in _heading(table)]
    lines += [f"suppressPackageStartupMessages(library({package}))" for package in packages]
    lines += R_START.format(file=f"{table.stem}.R").strip().splitlines()
    if "fixest" in packages:
        lines += R_FIXEST.strip().splitlines()
    lines.append("")
    for section in sections:
        lines.append(f"# {section.head}")
        if section.commands is None:
            lines += ["# No command known for this estimator: its estimates are in estimates.csv.", ""]
            continue
        lines += [f"# {sentence}" for sentence in section.commands.cannot]
        lines += [*section.commands.lines, ""]
    lines += R_END.format(stem=table.stem, decimals=table.decimals).strip().splitlines()
    return "\n".join(lines) + "\n"


def _sections(table: TableOfSpecs, kinds: Kinds, language: str) -> list[_Section]:
    found, told = [], set()
    for number, (estimator, spec, label) in enumerate(table.specs, start=1):
        if spec.name in told:
            continue
        told.add(spec.name)
        called = f": {label['en']}" if label else ""
        where = f"; where {spec.params.where}" if getattr(spec.params, "where", None) else ""
        head = f"({number}) {spec.name}{called} [{estimator}]{where}".replace("\n", " ")
        own = commands.of(kinds, estimator, language, spec)
        found.append(_Section(spec.name, head, own))
    return found


def _given(sections: Iterable[_Section]) -> list[Commands]:
    return [each.commands for each in sections if each.commands is not None]


def _each(lists: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))


def _heading(table: TableOfSpecs) -> list[str]:
    """Title and notes in every language, one a line."""
    titles = dict.fromkeys(table.title[language] for language in ("en", "zh"))
    notes = dict.fromkeys(note[language] for note in table.notes for language in ("en", "zh"))
    return [f"Study {table.study}, table {table.id}. {' / '.join(titles)}", *(note for note in notes if note)]
