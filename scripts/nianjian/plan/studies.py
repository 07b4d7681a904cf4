"""From the panel to tables and figures: one job, or one batch of small ones, a study and stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from nianjian.books import REAL, YearbookSet, with_own
from nianjian.codes import code_digest, package_version
from nianjian.declarations import store
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.models.config import Config
from nianjian.declarations.models.own import ROWS
from nianjian.declarations.reading import read_text
from nianjian.declarations.registry import Printed, Registry
from nianjian.declarations.study import Study
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kind
from nianjian.kinds.splitting import part_files
from nianjian.plan import documents
from nianjian.plan.jobs import Files, Job, merged
from nianjian.plan.quoting import check_path
from nianjian.plan.reading import OwnData, kind_folders
from nianjian.publish.figures.font_choice import Choice
from nianjian.publish.formats import FIGURE_FORMATS
from nianjian.sample.declared import used_names
from nianjian.schemas import LEVELS


def unlabelled(entry: Entry) -> dict[str, Any]:
    """A specification as estimators get it: what tables call it moves no estimate."""
    return {key: value for key, value in entry.plain().items() if key != "label"}


def declared_files(study: Study) -> list[str]:
    """Files of the workspace's ``data`` that a study names itself: attributes, groups, policies, weights."""
    model = study.model
    named: list[str | None] = [each.file for each in model.attributes.values()]
    named += [each.file for each in model.groups.values()]
    named += [each.policy for each in study.policies.values()]
    named += [getattr(entry.params, "file", None) for entry in study.matrices.values()]
    return [file for file in named if file and file.startswith(DATA)]


@dataclass(frozen=True)
class StudiesPlan:
    """Jobs behind the panel.

    Attributes
    ----------
    books : the set of books
    registry : the studies
    printed : items that the books and panels at hand print, with the first and last data year
    own : where the values of items come from that are not the books', by item
    """

    books: YearbookSet
    registry: Registry
    printed: Mapping[str, Printed]
    left_out: dict[str, str] = field(default_factory=dict)
    own: Mapping[str, OwnData] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        return self.registry.config

    @property
    def layers(self) -> Layers:
        return self.registry.layers

    @property
    def folder(self) -> str:
        """Folder of the set's results."""
        return self.books.folder.as_posix()

    @cached_property
    def studies(self) -> list[Study]:
        """Studies whose items some source at hand prints; the others stand in ``left_out``."""
        kept, out = self.registry.at_hand(self.printed, self.books.kind)
        self.left_out.update(out)
        return kept

    def keep(self, content: Any, name: str) -> str:
        """Keep plain content for jobs; see :mod:`nianjian.declarations.store`."""
        return store.keep(content, f"{self.folder}/declared", name)

    @cached_property
    def kind_folders(self) -> list[str]:
        """A workspace's folders of kinds, relative to it."""
        return kind_folders(self.layers)

    def digest(self, script: str, kinds: Iterable[Kind]) -> str:
        """Digest of a script and of the kinds that it runs."""
        own = [code_digest(script), *sorted({kind.digest for kind in kinds})]
        return store.digest_of(own)

    # -- samples

    def own_panels(self, study: Study) -> list[str]:
        """Folders of the panels apart whose items a study uses."""
        return list(dict.fromkeys(path for each in self._own(study) for path in each.panels))

    def _own(self, study: Study) -> list[OwnData]:
        items = {name.removesuffix(DISTRICTS) for name in used_names(study)}
        return [self.own[item] for item in sorted(items & self.own.keys())]

    def origin(self, study: Study) -> str:
        """What a study's outputs are made from: the books or its own file, and other files of the workspace."""
        files = [file for each in self._own(study) for file in each.files]
        own = study.own
        first = self.books.origin if own is None else f"{REAL}: {PurePosixPath(own.source.file).name}"
        return with_own(first, dict.fromkeys([*files, *declared_files(study)]))

    def of_items(self, items: Iterable[str], table: str) -> list[str]:
        """A table of the panel, and of the panels apart that hold some of the items."""
        apart = [path for item in sorted({*items} & self.own.keys()) for path in self.own[item].panels]
        return [f"{place}/{table}.parquet" for place in (f"{self.folder}/panel", *dict.fromkeys(apart))]

    def of_panel(self, study: Study, table: str) -> list[str]:
        """A table of the panel, and of the panels apart that a study uses."""
        return self.of_items({name.removesuffix(DISTRICTS) for name in used_names(study)}, table)

    @cached_property
    def samples(self) -> list[Job]:
        """One job a study: its sample from the panel."""
        return [
            self._sample(
                study,
                {
                    "panel": self.of_panel(study, LEVELS[study.model.sample.level]),
                    "suspects": self.of_panel(study, "suspects"),
                    "corrected": self.of_panel(study, "corrected"),
                },
                "build_sample.py",
            )
            for study in self.studies
            if study.own is None
        ]

    @cached_property
    def own_samples(self) -> list[Job]:
        """One job a study: its sample from its own file."""
        jobs = []
        for study in self.studies:
            if study.own is not None:
                inputs = {"file": [check_path(study.own.source.file)]}
                job = self._sample(study, inputs, "build_own_sample.py")
                job.outputs["rows"] = [f"{study.folder}/{ROWS}"]
                jobs.append(job)
        return jobs

    def _sample(self, study: Study, inputs: Files, script: str) -> Job:
        return Job(
            study.name,
            study.name,
            inputs,
            {
                "sample": [study.sample_file],
                "cities": [f"{study.folder}/sample_cities.parquet"],
                "gaps": [f"{study.folder}/sample_gaps.parquet"],
                "boundaries": [f"{study.folder}/sample_boundaries.parquet"],
            },
            {"declared": self._sample_declaration(study), "code": code_digest(script)},
        )

    @property
    def origins(self) -> str:
        """Of all studies together."""
        return " + ".join(dict.fromkeys(self.origin(study) for study in self.studies)) or self.books.origin

    @cached_property
    def own_files(self) -> list[str]:
        """Files of users' own that studies are made from."""
        return sorted({study.own.source.file for study in self.studies if study.own is not None})

    @cached_property
    def needs_panel(self) -> bool:
        """Whether the run makes the panel: not where studies on simulated books are asked for that all have files of their own."""
        return not (self.books.simulated and self.studies and all(study.own for study in self.studies))

    def _sample_declaration(self, study: Study) -> str:
        from nianjian.sample.declared import declared

        found = declared(study)

        def check_units() -> None:
            # Units need pint, which takes long to import: only what is new is checked.
            from nianjian.sample import parsed

            parsed.parse(found, study.fixed_units)

        return store.keep(found.plain(), f"{self.folder}/declared", f"sample-{study.name}", check_units)

    # -- indices, weight matrices, specifications

    @cached_property
    def indices(self) -> list[Job]:
        """One job an index: an index may be made from others."""
        jobs = []
        for study in self.studies:
            for name, entry in study.indices.items():
                parts = entry.kind.option("PARTS", ())
                outputs = {"scores": [study.part(name)], **{part: [study.part(name, part)] for part in parts}}
                inputs = merged(self._inputs(study, entry), self._parts_of(study, "indices", entry))
                params = self._entry_params(study, "indices", entry, "compute_index.py")
                jobs.append(Job(f"{study.name}_{name}", study.name, inputs, outputs, params, (name,)))
        return jobs

    def _inputs(self, study: Study, entry: Entry) -> Files:
        """What an index or specification is made from."""
        return {"sample": [study.sample_file], **self._named(study, entry)}

    def _named(self, study: Study, entry: Entry) -> Files:
        """Files that its declaration names, and the seats of the cities where it needs them."""
        cities = {"cities": [self.cities]} if entry.kind.needs_cities(entry.params) else {}
        return {**entry.kind.inputs(entry.params, study), **cities}

    def _parts_of(self, study: Study, section: str, entry: Entry) -> Files:
        """What an entry that is split gathers; nothing of one that is not."""
        (output,) = [study.part(entry.name)] if section == "indices" else study.estimates([entry.name])
        files = part_files(output, entry.kind.chunks(entry.params))
        return {"parts": files} if files else {}

    @cached_property
    def parts(self) -> list[Job]:
        """One job a chunk of each index and specification that is split."""
        return [
            job
            for study in self.studies
            for section in ("indices", "specs")
            for entry in getattr(study, section).values()
            for job in self._jobs_of_parts(study, section, entry)
        ]

    def _jobs_of_parts(self, study: Study, section: str, entry: Entry) -> Iterator[Job]:
        chunks = entry.kind.chunks(entry.params)
        if not chunks:
            return
        files = self._parts_of(study, section, entry)["parts"]
        inputs = self._inputs(study, entry)
        params = self._entry_params(study, section, entry, "draw_part.py")
        for number, (piece, file) in enumerate(zip(chunks, files, strict=True), start=1):
            name = f"{study.name}_{section}_{entry.name}_{number}"
            own = {**params, "piece": [piece.start, piece.stop]}
            yield Job(name, study.name, inputs, {"part": [file]}, own, (entry.name,))

    def _entry_params(self, study: Study, section: str, entry: Entry, script: str) -> dict[str, Any]:
        plain = entry.plain() if section == "indices" else unlabelled(entry)
        content = {"study": study.name, "section": section, "name": entry.name, "entry": plain}
        return {
            "declared": self.keep(content, f"{section}-{study.name}-{entry.name}"),
            "kinds": self.kind_folders,
            "seed": self.config.seed,
            "code": self.digest(script, [entry.kind]),
        }

    @cached_property
    def matrices(self) -> list[Job]:
        """One job a study: all of its weight matrices."""
        jobs = []
        for study in self.studies:
            if not study.matrices:
                continue
            entries = {name: entry.plain() for name, entry in study.matrices.items()}
            # Of a kind that names no files its parts are matrices of this same job.
            own = {
                name: entry.kind.inputs(entry.params, study)
                for name, entry in study.matrices.items()
                if entry.kind.option("inputs", None)
            }
            cells = study.matrix_cells(study.matrices)
            content = {
                "study": study.name,
                "file": study.shown,
                "folder": study.folder,
                "entries": entries,
                "inputs": own,
            }
            jobs.append(
                Job(
                    study.name,
                    study.name,
                    merged({"sample": [study.sample_file], "cities": [self.cities]}, *own.values()),
                    {
                        "matrices": study.matrix_files(study.matrices),
                        "summaries": study.matrix_summaries(study.matrices),
                        **({"cells": cells} if cells else {}),
                    },
                    {
                        "declared": self.keep(content, f"matrices-{study.name}"),
                        "kinds": self.kind_folders,
                        "code": self.digest(
                            "build_weights.py", [entry.kind for entry in study.matrices.values()]
                        ),
                    },
                    tuple(study.matrices),
                )
            )
        return jobs

    @cached_property
    def cities(self) -> str:
        """Cities with their names and seats, as jobs read them."""
        name = "reference/cities.csv"
        text = read_text(self.layers.file(name), self.layers.shown(name))
        return store.keep_text(text, f"{self.folder}/declared", "cities.csv")

    @cached_property
    def estimates(self) -> list[Job]:
        """One job for the specifications of a study that share an estimator, or the batch that their estimators name."""
        jobs = []
        for study in self.studies:
            batches: dict[str, list[Entry]] = {}
            for entry in study.specs.values():
                batches.setdefault(entry.kind.option("BATCH", entry.kind.name), []).append(entry)
            jobs += [self._batch_of_specs(study, name, entries) for name, entries in batches.items()]
        return jobs

    def _batch_of_specs(self, study: Study, name: str, entries: Sequence[Entry]) -> Job:
        inputs: Files = {"sample": [study.sample_file]}
        specs = {}
        for entry in entries:
            own = self._named(study, entry)
            specs[entry.name] = {"entry": unlabelled(entry), "inputs": own}
            inputs = merged(inputs, own, self._parts_of(study, "specs", entry))
        content = {"study": study.name, "folder": study.folder, "specs": specs}
        return Job(
            f"{study.name}_{name}",
            study.name,
            inputs,
            {"estimates": study.estimates(specs)},
            {
                "declared": self.keep(content, f"specs-{study.name}-{name}"),
                "kinds": self.kind_folders,
                "seed": self.config.seed,
                "code": self.digest("estimate_specs.py", [entry.kind for entry in entries]),
            },
            tuple(specs),
        )

    # -- tables and figures

    @cached_property
    def drawing(self) -> Job:
        """What all figures need: fonts, and the shapes of maps."""
        looks = [study.appearance for study in self.studies if study.figures] or [self.config.appearance]
        choices = list(dict.fromkeys(map(Choice.of, looks)))
        shapes = {"shapes.parquet": ("", "")}
        for study in self.studies:
            own = study.appearance.map
            if own.base and study.figures:
                shapes[PurePosixPath(study.shapes).name] = (own.base, own.code or "")
        own_files = [file for each in choices for file in (each.latin, each.chinese) if file]
        bases = [base for base, _ in shapes.values() if base]
        inputs: Files = {"own": list(dict.fromkeys([*own_files, *bases]))} if own_files or bases else {}
        if bases:
            inputs["cities"] = [next(study.reference("cities.csv") for study in self.studies)]
        return Job(
            "drawing",
            "",
            inputs,
            {
                "fonts": [f"{self.folder}/drawing/{name}" for each in choices for name in each.files],
                "shapes": [f"{self.folder}/drawing/{name}" for name in shapes],
            },
            {
                "choices": [[each.style, each.latin, each.chinese] for each in choices],
                "bases": [list(own) for own in shapes.values()],
                "code": code_digest("prepare_drawing.py"),
                # Its file is found by place, not imported: an upgrade would go unseen.
                "font": package_version("mplfonts"),
            },
        )

    @cached_property
    def tables(self) -> list[Job]:
        """One job a study: its tables."""
        return [
            self._batch_of_outputs(
                study, "tables", study.tables, self.config.table_formats, "cells", "make_tables.py"
            )
            for study in self.studies
            if study.tables
        ]

    @cached_property
    def figures(self) -> list[Job]:
        """One job a study: its figures."""
        jobs = []
        for study in self.studies:
            if study.figures:
                job = self._batch_of_outputs(
                    study, "figures", study.figures, FIGURE_FORMATS, "points", "make_figures.py"
                )
                job.inputs["fonts"] = [study.drawing(name) for name in Choice.of(study.appearance).files]
                jobs.append(job)
        return jobs

    @cached_property
    def documents(self) -> list[Job]:
        """One job a study: a document with all of its tables and figures."""
        return documents.jobs(self)

    def _batch_of_outputs(
        self,
        study: Study,
        section: str,
        entries: Mapping[str, Entry],
        formats: Sequence[str],
        record: str,
        script: str,
    ) -> Job:
        inputs: Files = {}
        items: dict[str, dict[str, Any]] = {}
        # What writes the files, such as the LaTeX of a table, counts for each of them.
        writing = code_digest(script)
        for name, entry in entries.items():
            own = entry.kind.inputs(entry.params, study)
            items[name] = self._item(study, section, entry, writing)
            inputs = merged(inputs, own)
        folder = f"{study.folder}/{section}"
        outputs: Files = {
            name: [
                *(
                    f"{folder}/{name}.{language}.{form}"
                    for language in self.config.languages
                    for form in formats
                ),
                f"{folder}/{name}.{record}.parquet",
            ]
            for name in entries
        }
        content = {
            "study": study.name,
            "folder": study.folder,
            "items": items,
            "languages": self.config.languages,
            "formats": list(formats),
            "facts": study.facts(),
            "variant": study.variant.plain() if study.variant else None,
            # Words of tables do not depend on how figures look.
            **({"appearance": study.appearance.model_dump()} if section == "figures" else {}),
        }
        return Job(
            study.name,
            study.name,
            inputs,
            {**outputs, "made": [f"{folder}/made.json"]},
            {
                "declared": self.keep(content, f"{section}-{study.name}"),
                "kinds": self.kind_folders,
                "origin": self.origin(study),
                "code": writing,
            },
            tuple(entries),
        )

    @staticmethod
    def _item(study: Study, section: str, entry: Entry, writing: str) -> dict[str, Any]:
        """What a batch is told of one table or figure."""
        own = entry.kind.inputs(entry.params, study)
        used = sorted(_specs_of(study, entry, own))
        item = {
            "entry": entry.plain(),
            "inputs": own,
            "specs": used,
            # An estimator says which rows its tables show; the rest of its code reaches them by its estimates.
            "shown": {spec: study.specs[spec].kind.shown for spec in used},
            "code": [writing, entry.kind.digest],
        }
        return {**item, "style": study.style(entry.name).plain()} if section == "tables" else item


def _specs_of(study: Study, entry: Entry, inputs: Files) -> set[str]:
    """Specifications that a table or figure names, and those that it is read with: a table may compare its columns with others."""
    named = {each.name for each in entry.kind.references(entry.params) if each.what == "spec"}
    read = set(inputs.get("estimates", ()))
    return named | {spec for spec in study.specs if read.intersection(study.estimates([spec]))}
