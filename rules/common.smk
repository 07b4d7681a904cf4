# Functions that the rules share; no rule stands here.
import re
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from nianjian import books
from nianjian.codes import code_digest
from nianjian.declarations.registry import Registry
from nianjian.errors import NianjianError

CONFIG = Path(workflow.basedir) / "config"
NAME = r"[A-Za-z0-9][A-Za-z0-9_]*"
TABLE_FORMATS = ["csv", "tex", "html", "docx", "xlsx"]
FIGURE_FORMATS = ["pdf", "svg", "png"]

try:
    STUDIES = Registry.load(CONFIG, config)
    BOOKS = books.find(config, CONFIG)
except NianjianError as error:
    # A wrong declaration or folder is the user's to mend: the message says it all, a traceback hides it.
    raise WorkflowError(str(error)) from None


def studies_at_hand():
    """Studies whose items some source at hand prints; the others are named with what they lack."""
    kept, own = [], "simulated" if BOOKS.simulated else "real"
    for study in STUDIES.names():
        if STUDIES.books(study) not in (None, own):
            logger.info(
                f"{study} is left out: it is meant for {STUDIES.books(study)} books"
            )
            continue
        lacking = STUDIES.lacking(study, BOOKS.items)
        if lacking:
            logger.info(
                f"{study} is left out: no source at hand prints {', '.join(lacking)}"
            )
        else:
            kept.append(study)
    return kept


STUDY_NAMES = studies_at_hand()


def one_of(names):
    """Wildcard constraint: one of these names."""
    return "|".join(re.escape(name) for name in sorted(names)) or "none"


def package_versions(*packages):
    """Versions of installed packages whose data a rule reads, as a param."""
    return {package: version(package) for package in packages}


def in_report(path, subcategory, labels, caption):
    """A file in each language, listed under its study; the report switches between the languages."""
    # `report` at the start of a line would be the keyword of that name.
    flag = report
    return [
        flag(
            path.replace("{language}", language),
            category="{study}",
            subcategory=subcategory,
            labels=lambda wildcards, language=language: labels(wildcards)
            | {"language": language},
            caption=caption,
        )
        for language in config["languages"]
    ]


def titled(kind):
    """Number and title of a table or figure; the same in each language, or the report could not switch."""

    def labels(wildcards):
        name = getattr(wildcards, kind)
        title = getattr(STUDIES, kind)(wildcards.study, name)["title"]
        return {
            kind: name,
            "title": " / ".join(title[each] for each in config["languages"]),
        }

    return labels


def settle_books():
    """Remove the results of another set of books, so that results/ never mixes two."""
    books.settle(Path("results"), BOOKS)


def extracted_sources():
    """Ids of all sources that this set of books has."""
    return [BOOKS.yearbook_id, *BOOKS.panels]


def edition_files(wildcards):
    """Every file of an edition's folder: a changed or added file reruns this edition."""
    return BOOKS.inputs(int(wildcards.edition))


def edition_folder(wildcards):
    """Folder of an edition, relative to the books' root."""
    return BOOKS.editions[int(wildcards.edition)]


def panel_file(wildcards):
    """File of a compiled panel."""
    return BOOKS.panel_file(wildcards.source)


def panel_source(wildcards):
    """Declaration of a compiled panel."""
    return BOOKS.panels[wildcards.source]


def extracts(suffix):
    """Extracts of all editions and compiled panels at hand."""
    editions = [
        f"results/extracts/{BOOKS.yearbook_id}/{edition}{suffix}"
        for edition in BOOKS.editions
    ]
    return editions + [
        f"results/extracts/{panel}/panel{suffix}" for panel in BOOKS.panels
    ]


def templates(package):
    """Templates of a package: the code digest does not see them."""
    return sorted(
        str(path)
        for path in (
            Path(workflow.basedir) / "scripts/nianjian" / package / "templates"
        ).iterdir()
    )


def resolved_sample(wildcards):
    """What a study declares of its sample, variables, treatment and groups."""
    return STUDIES.sample(wildcards.study)


def reference_files(wildcards):
    """Files of config/reference that a study's sample reads."""
    return STUDIES.reference_files(wildcards.study)


def resolved_index(wildcards):
    """An index declaration as a plain dict."""
    return STUDIES.index(wildcards.study, wildcards.index)


def resolved_efficiency(wildcards):
    """An efficiency or productivity declaration as a plain dict."""
    return STUDIES.efficiency(wildcards.study, score_name(wildcards))


def resolved_inequality(wildcards):
    """An inequality declaration as a plain dict."""
    return STUDIES.inequality(wildcards.study, wildcards.inequality)


def score_name(wildcards):
    """What an efficiency, productivity or inequality is called."""
    kinds = ("efficiency", "productivity", "inequality")
    return next(wildcards[kind] for kind in kinds if kind in wildcards.keys())


def score_indices(wildcards):
    """Index files that an efficiency, productivity or inequality is made from."""
    return index_files(
        wildcards.study, STUDIES.score_indices(wildcards.study, score_name(wildcards))
    )


def index_files(study, indices):
    """Score files of some of a study's indices."""
    return [f"results/studies/{study}/indices/{index}.parquet" for index in indices]


def score_names(kind):
    """Names that the studies at hand give to indices of one kind."""
    return sorted(
        {name for study in STUDY_NAMES for name in getattr(STUDIES, kind)(study)}
    )


def resolved_spec(wildcards):
    """A specification as a plain dict: extends, defaults and key order settled."""
    return STUDIES.spec(wildcards.study, wildcards.spec)


def resolved_table(wildcards):
    """A table declaration as a plain dict."""
    return STUDIES.table(wildcards.study, wildcards.table)


def spec_indices(wildcards):
    """Index files that one specification uses."""
    return index_files(
        wildcards.study, STUDIES.spec_indices(wildcards.study, wildcards.spec)
    )


def spec_matrices(wildcards):
    """Spatial weight matrices that one specification uses."""
    needed = STUDIES.spec_matrices(wildcards.study, wildcards.spec)
    folder = f"results/studies/{wildcards.study}/spatial_weights"
    return [f"{folder}/{matrix}.parquet" for matrix in needed]


def resolved_matrix(wildcards):
    """A spatial weight matrix's declaration as a plain dict."""
    return STUDIES.matrix(wildcards.study, wildcards.matrix)


def estimator_code(wildcards):
    """Digest of the code that one specification runs: a change of another estimator is none of its business."""
    estimator = STUDIES.spec(wildcards.study, wildcards.spec)["estimator"]
    return code_digest("estimate_spec.py", f"nianjian.specs.{estimator}")


def study_labels(wildcards):
    """Labels of a study's variables in every language."""
    return STUDIES.labels(wildcards.study)


def table_spec_dicts(wildcards):
    """Specifications of a table's columns, by name."""
    specs = STUDIES.table_specs(wildcards.study, wildcards.table)
    return {spec: STUDIES.spec(wildcards.study, spec) for spec in specs}


def table_inputs(wildcards):
    """What a table is made from: estimates, an inequality, or the sample with indices or weights."""
    folder = f"results/studies/{wildcards.study}"
    table = STUDIES.table(wildcards.study, wildcards.table)
    indices = STUDIES.table_indices(wildcards.study, wildcards.table)
    specs = STUDIES.table_specs(wildcards.study, wildcards.table)
    if specs:
        return {"estimates": [f"{folder}/estimates/{spec}.parquet" for spec in specs]}
    if table["kind"] == "inequality":
        return {"inequality": f"{folder}/indices/{table['inequality']}.parquet"}
    if table["kind"] == "matrices":
        return {
            "matrices": [
                f"{folder}/spatial_weights/{matrix}.summary.parquet"
                for matrix in table["matrices"]
            ]
        }
    sample = {"sample": f"{folder}/sample.parquet"}
    if table["kind"] == "groups":
        return sample | {"regions": "config/reference/regions.csv"}
    if table["kind"] == "indicators":
        return sample | {"weights": f"{folder}/indices/{indices[0]}.weights.parquet"}
    if table["kind"] == "sensitivity":
        of_index = f"{folder}/indices/{indices[0]}"
        return {
            "weights": f"{of_index}.weights.parquet",
            "sensitivity": f"{of_index}.sensitivity.parquet",
        }
    return sample | {"indices": index_files(wildcards.study, indices)}


def resolved_figure(wildcards):
    """A figure declaration as a plain dict."""
    return STUDIES.figure(wildcards.study, wildcards.figure)


def figure_inputs(wildcards):
    """What a figure is drawn from: estimates, an inequality, weights, or the sample with indices."""
    folder = f"results/studies/{wildcards.study}"
    needed = STUDIES.figure_inputs(wildcards.study, wildcards.figure)
    found = {}
    if "specs" in needed:
        found["estimates"] = [
            f"{folder}/estimates/{spec}.parquet" for spec in needed["specs"]
        ]
    if "inequality" in needed:
        found["inequality"] = f"{folder}/indices/{needed['inequality']}.parquet"
    if "weights" in needed:
        found["weights"] = f"{folder}/indices/{needed['weights']}.weights.parquet"
    if "matrices" in needed:
        found["matrices"] = [
            f"{folder}/spatial_weights/{matrix}.parquet"
            for matrix in needed["matrices"]
        ]
        found["cities"] = "config/reference/cities.csv"
    if "sample" in needed:
        found["sample"] = f"{folder}/sample.parquet"
        found["cities"] = "config/reference/cities.csv"
    if "shapes" in needed:
        found["shapes"] = "results/drawing/shapes.parquet"
    if needed.get("indices"):
        found["indices"] = index_files(wildcards.study, needed["indices"])
    return found


def all_figures():
    """Figures of all studies in every language and format."""
    return [
        f"results/studies/{study}/figures/{figure}.{language}.{suffix}"
        for study in STUDY_NAMES
        for figure in STUDIES.figures(study)
        for language in config["languages"]
        for suffix in FIGURE_FORMATS
    ]


def all_scores():
    """Indices, efficiencies, productivities and inequalities of all studies."""
    return [
        f"results/studies/{study}/indices/{name}.parquet"
        for study in STUDY_NAMES
        for kind in ("indices", "efficiencies", "productivities", "inequalities")
        for name in getattr(STUDIES, kind)(study)
    ]


def study_paper(wildcards):
    """What config/published calls a study's paper."""
    return STUDIES.paper(wildcards.study)


def study_title(wildcards):
    """A study's title in every language."""
    return STUDIES.title(wildcards.study)


def published_files(wildcards):
    """Files of config/published with the paper's numbers."""
    return STUDIES.published_files(wildcards.study)


def scorecard_tables(wildcards):
    """Declarations of a study's tables, by id."""
    return {
        table: STUDIES.table(wildcards.study, table)
        for table in STUDIES.tables(wildcards.study)
    }


def scorecard_records(wildcards):
    """Our tables that have a printed counterpart, in the papers' language."""
    tables = [
        table
        for table, declared in scorecard_tables(wildcards).items()
        if declared.get("published")
    ]
    return [
        f"results/studies/{wildcards.study}/tables/{table}.zh.csv" for table in tables
    ]


def all_matrices():
    """Spatial weight matrices of all studies."""
    return [
        f"results/studies/{study}/spatial_weights/{matrix}.parquet"
        for study in STUDY_NAMES
        for matrix in STUDIES.matrices(study)
    ]


def all_estimates():
    """Estimates of all studies."""
    return [
        f"results/studies/{study}/estimates/{spec}.parquet"
        for study in STUDY_NAMES
        for spec in STUDIES.specs(study)
    ]


def all_tables():
    """Tables of all studies in every language and format."""
    return [
        f"results/studies/{study}/tables/{table}.{language}.{suffix}"
        for study in STUDY_NAMES
        for table in STUDIES.tables(study)
        for language in config["languages"]
        for suffix in TABLE_FORMATS
    ]


def all_samples():
    """Samples of all studies."""
    return [f"results/studies/{study}/sample.parquet" for study in STUDY_NAMES]


def study_views():
    """Views of the catalog that belong to one study: its sample, and all that its index stage wrote."""
    beside = {
        "indices": ("weights", "sensitivity"),
        "efficiencies": ("slacks", "peers"),
        "productivities": (),
        "inequalities": (),
    }
    views = {}
    for study in STUDY_NAMES:
        folder = f"results/studies/{study}"
        views[f"{study}.sample"] = [f"{folder}/sample.parquet"]
        for kind, parts in beside.items():
            for name in getattr(STUDIES, kind)(study):
                views[f"{study}.{name}"] = [f"{folder}/indices/{name}.parquet"]
                for part in parts:
                    views[f"{study}.{name}_{part}"] = [
                        f"{folder}/indices/{name}.{part}.parquet"
                    ]
        for matrix in STUDIES.matrices(study):
            views[f"{study}.{matrix}"] = [f"{folder}/spatial_weights/{matrix}.parquet"]
    return views


def local_associations():
    """Estimates of each study's specifications of local association."""
    found = {
        study: [
            f"results/studies/{study}/estimates/{spec}.parquet"
            for spec in STUDIES.specs(study)
            if STUDIES.spec(study, spec)["estimator"] == "local_association"
        ]
        for study in STUDY_NAMES
    }
    return {study: files for study, files in found.items() if files}


def all_scorecards():
    """The scorecard of every study that has a paper."""
    return [
        f"results/studies/{study}/scorecard.{language}.html"
        for study in STUDY_NAMES
        if STUDIES.paper(study)
        for language in config["languages"]
    ]


def trace_request():
    """Which number `snakemake trace --config ...` asks for."""
    keys = ("city", "year", "item", "scope", "study", "table", "row", "column")
    return {key: str(config[key]) for key in keys if key in config}


def about_sample(wildcards):
    """What the sample's page says beside the sample: title, labels, treatment, and the paper's numbers."""
    sample = STUDIES.sample(wildcards.study)
    main = [policy["name"] for policy in sample["policies"] if policy["main"]]
    return {
        "title": STUDIES.title(wildcards.study),
        "labels": STUDIES.labels(wildcards.study),
        "treatment": main[0] if main else None,
        "published": sample["published"],
    }


def all_sample_pages():
    """The page on every study's sample."""
    return [
        f"results/studies/{study}/sample.{language}.html"
        for study in STUDY_NAMES
        for language in config["languages"]
    ]
