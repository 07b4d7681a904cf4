"""Jobs of studies' multiverses: one a study, or one more for each chunk of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.codes import code_digest
from nianjian.declarations import store
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.study import Study
from nianjian.kinds.splitting import chunks_of, part_files
from nianjian.multiverse.declared import Declared, declared
from nianjian.multiverse.files import FOLDER, files
from nianjian.plan.jobs import Files, Job, merged
from nianjian.plan.quoting import check_path
from nianjian.plan.studies import StudiesPlan
from nianjian.schemas import LEVELS


@dataclass(frozen=True)
class MultiversesPlan:
    """Jobs that estimate every point of the curves of studies."""

    studies: StudiesPlan

    @cached_property
    def found(self) -> list[tuple[Study, Declared]]:
        """Studies with a multiverse, and what it says."""
        pairs = [(study, declared(self.studies.registry, study.name)) for study in self.studies.studies]
        return [(study, told) for study, told in pairs if told is not None]

    @cached_property
    def multiverses(self) -> list[Job]:
        """One job a study: all points, or those of the parts together."""
        jobs = []
        for study, told in self.found:
            parts = self._parts(study, told)
            inputs = merged(self._inputs(study, told), {"parts": parts} if parts else {})
            params = self._params(study, told, "run_multiverse.py")
            jobs.append(Job(study.name, study.name, inputs, files(study.folder), params, (study.name,)))
        return jobs

    @cached_property
    def multiverse_parts(self) -> list[Job]:
        """One job a chunk of samples of a multiverse that is split."""
        jobs = []
        for study, told in self.found:
            inputs, params = self._inputs(study, told), self._params(study, told, "estimate_points.py")
            for number, (piece, file) in enumerate(
                zip(self._chunks(study, told), self._parts(study, told), strict=True), start=1
            ):
                own = {**params, "piece": [piece.start, piece.stop]}
                jobs.append(
                    Job(f"{study.name}_{number}", study.name, inputs, {"part": [file]}, own, (study.name,))
                )
        return jobs

    def _chunks(self, study: Study, told: Declared) -> list[range]:
        """Samples of each job; none where one job does it all."""
        assert study.model.multiverse is not None, "only studies that have one are looked at"
        found = chunks_of(told.samples, 1, study.model.multiverse.chunks)
        return found if len(found) > 1 else []

    def _parts(self, study: Study, told: Declared) -> list[str]:
        return part_files(f"{study.folder}/{FOLDER}/points.parquet", self._chunks(study, told))

    def _inputs(self, study: Study, told: Declared) -> Files:
        cities = {"cities": [self.studies.cities]} if told.needs_cities else {}
        if study.own is not None:
            return {"file": [check_path(study.own.source.file)], **cities}
        items = {name.removesuffix(DISTRICTS) for name in told.items}
        return {
            "panel": self.studies.of_items(items, LEVELS[study.model.sample.level]),
            "suspects": self.studies.of_items(items, "suspects"),
            **cities,
        }

    def _params(self, study: Study, told: Declared, script: str) -> dict[str, Any]:
        kinds = self.studies.registry.kinds
        used = {
            *(kinds.get("estimators", each["kind"]) for each in told.content["specs"]),
            *(kinds.get("indices", each["entry"]["kind"]) for own in told.content["indices"] for each in own),
        }
        own = [code_digest(script), *sorted(kind.digest for kind in used)]
        return {
            "declared": self.studies.keep(told.content, f"{FOLDER}-{study.name}"),
            "kinds": self.studies.kind_folders,
            "of_panel": list(told.items),
            "seed": self.studies.config.seed,
            "code": store.digest_of(own),
        }
