"""A replication package of one study: code, declarations, outputs, digests of all that was read, and a README."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from nianjian import plan as plans
from nianjian.codes import COUNTED, package_version
from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.study import Study
from nianjian.errors import InputError
from nianjian.files import replacing, sha256
from nianjian.package import closure, readme
from nianjian.package.citations import bibtex, gbt7714
from nianjian.plan.planning import Plan
from nianjian.plan.reading import folder_of
from nianjian.plan.studies import declared_files

MANIFEST = "package.json"
WORKSPACE = "workspace"
"""Folder of a package that holds declarations and kinds of the study's own workspace, if it had one."""
OUTPUTS = "outputs"
KEPT_BACK = ("samples", "own_samples")
"""Stages whose files hold the numbers of the books or of the user's own files."""


@dataclass(frozen=True)
class Package:
    """What a package was made of.

    Attributes
    ----------
    folder : of the package
    files : number of its files
    outputs : number of outputs whose digests it holds; kept_back : of these, how many are not in it
    books : number of files of books and panels whose digests it holds
    own : number of the user's own files whose digests it holds; with_data : whether they are in it
    """

    folder: Path
    files: int
    outputs: int
    kept_back: int
    books: int
    own: int = 0
    with_data: bool = False

    def text(self) -> str:
        """For the screen."""
        back = f", {self.kept_back} of them by digest only" if self.kept_back else ""
        told = [f"{self.folder}: {self.files} files", f"{self.outputs} outputs{back}"]
        if self.own:
            put = "are in it" if self.with_data else "are left out (--with-data puts them in)"
            told.append(f"{self.own} file{'s' if self.own > 1 else ''} of your own, which {put}")
        if self.books:
            told.append(f"digests of {self.books} files of books and panels, which are left out")
        return "; ".join([*told, f"next: {self.folder}/README.md"])


def package_study(
    study: str,
    folder: str | Path,
    *,
    config: Mapping[str, Any] | None = None,
    workspace: str | Path = ".",
    with_sample: bool | None = None,
    with_data: bool = False,
    again: bool = False,
) -> Package:
    """Write the replication package of a study that was run: whole, or not at all.

    Parameters
    ----------
    study : id, or study-variant
    folder : to make; it must not exist, or be empty, unless ``again``
    config : what Snakemake's command line would say: ``{"books": "real"}``
    workspace : folder that holds ``results`` and perhaps ``config``
    with_sample : whether the sample, which holds the numbers of books or own files, is in it; None: where they all may be in it
    with_data : whether the user's own files are in it: they are his to pass on
    again : whether a package that is there is replaced, once the new one is whole

    Raises
    ------
    NianjianError
        If there is no such study, it was not run to its end, or the folder holds something already.
    """
    folder = Path(folder).absolute()
    if folder.exists() and any(folder.iterdir()) and not again:
        raise InputError(f"{folder}: is there already and not empty; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        # Plans name all files relative to the workspace.
        with contextlib.chdir(workspace):
            made = _packed(study, part, config or {}, with_sample, with_data)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return replace(made, folder=folder)


def _packed(
    study: str, folder: Path, config: Mapping[str, Any], with_sample: bool | None, with_data: bool
) -> Package:
    """Write the package from the workspace that is the current folder."""
    planned = plans.load({**config, "studies": [study]})
    own = _study(planned, study)
    outputs = _outputs(planned, own)
    data = own_files(planned, own)
    free = own.own is not None or planned.books.simulated
    # ASSUME: numbers of the yearbooks may not be passed on, so that the sample of real books is not; own files are the user's to
    # pass on, so that they and what holds their numbers are in it where he says so.
    keep = free and (with_data or not data) if with_sample is None else with_sample
    back = set() if keep else {path for path, stage in outputs.items() if stage in KEPT_BACK}
    back |= set() if with_data else _own_matrices(own)
    copied = [path for path in outputs if path not in back]
    _copy_code(planned, own, folder)
    for path in copied:
        _copy(Path(path), folder / OUTPUTS / path)
    manifest: dict[str, Any] = {
        "study": study,
        "books": planned.books.name,
        "origin": planned.studies.origin(own),
        "seed": planned.studies.config.seed,
        "workspace": WORKSPACE if (folder / WORKSPACE).is_dir() else ".",
        "versions": versions(),
        "inputs": {**({} if own.own else dict(_books(planned))), **{path: sha256(path) for path in data}},
        "own": dict.fromkeys(data, with_data),
        "outputs": {path: sha256(path) for path in outputs},
        "copied": copied,
    }
    if with_data:
        for path in data:
            _copy(Path(path), folder / manifest["workspace"] / path)
    references = readme.references(planned, own)
    for name, write in (("references.bib", bibtex), ("references.gbt7714.txt", gbt7714)):
        _write(folder / name, "\n\n".join(write(each) for each in references) + "\n")
    _write(folder / "README.md", readme.text(planned, own, manifest))
    manifest["files"] = {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(_files(folder))}
    _write(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    books = len(manifest["inputs"]) - len(data)
    count, left = len(manifest["files"]) + 1, len(outputs) - len(copied)
    return Package(folder, count, len(outputs), left, books, len(data), with_data)


def own_files(planned: Plan, study: Study) -> list[str]:
    """Files of the user's own that a study's run reads, as the workspace calls them: its data, policies, attributes, weights."""
    own = [] if study.own is None else [study.own.source.file]
    found = [*own, *declared_files(study)]
    found += study.appearance_files
    listed = [getattr(entry.params, "ids", None) for entry in study.matrices.values()]
    found += [path for path in listed if isinstance(path, str)]
    if study.own is None:
        # The panel is made from all sources at hand, also those that other studies are for.
        for (source, _), unit in planned.reading.units.items():
            if folder_of(planned.reading.sources[source]) == "workspace":
                found += [(unit["root"] / name).as_posix() for name in unit["files"]]
    return sorted(dict.fromkeys(found))


def _own_matrices(study: Study) -> set[str]:
    """Weight matrices that hold the numbers of an own file."""
    names = [
        name
        for name, entry in study.matrices.items()
        if (getattr(entry.params, "file", None) or "").startswith(DATA)
    ]
    return {*study.matrix_files(names), *study.matrix_cells(names)}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that reach a number or file."""
    found = {package: package_version(package) for package in sorted({*COUNTED.values(), "snakemake"})}
    return {"python": platform.python_version(), **{k: v for k, v in found.items() if v != "none"}}


def _study(planned: Plan, name: str) -> Study:
    for each in planned.studies.studies:
        if each.name == name:
            return each
    why = planned.left_out.get(name, "no such study")
    raise InputError(f"{name}: cannot be packaged with the books {planned.books.name}: {why}")


def _outputs(planned: Plan, study: Study) -> dict[str, str]:
    """Path of each output of a study and its stage; all must be there."""
    found = {
        path: stage
        for stage, jobs in planned.exporting.jobs_of(study).items()
        for job in jobs
        for path in job.files
        if not path.endswith("/made.json")
    }
    missing = [path for path in found if not Path(path).is_file()]
    if missing:
        raise InputError(
            f"{study.name}: {len(missing)} of {len(found)} outputs are not there, such as {missing[0]}; run "
            f"snakemake --config books={planned.books.name} studies=[{study.name}] first"
        )
    return found


def _books(planned: Plan) -> Iterator[tuple[str, str]]:
    """Every file of books and panels with its digest, called as below the set's folder."""
    for own in planned.reading.units.values():
        root: Path = own["root"]
        for name in own["files"]:
            place = root / name
            for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
                if path.is_file():
                    yield path.as_posix(), sha256(path)


def _copy_code(planned: Plan, study: Study, folder: Path) -> None:
    """The project's code and declarations, and those of the workspace below a folder of their own."""
    layers = planned.layers
    for path in closure.code_files(study, planned):
        _copy(path, folder / path.relative_to(closure.PROJECT))
    for place in reversed(layers.folders):
        to = folder / "config" if place == layers.project else folder / WORKSPACE / "config"
        for path in closure.config_files(place, study, planned.books.simulated):
            _copy(path, to / path.relative_to(place))
    _write_switches(layers, study, folder)
    for place in layers.kinds:
        if place.is_dir() and not place.is_relative_to(closure.PROJECT):
            for path in sorted(place.rglob("*.py")):
                _copy(path, folder / WORKSPACE / "kinds" / path.relative_to(place))


def _write_switches(layers: Layers, study: Study, folder: Path) -> None:
    """``config.yaml`` for this study alone, without folders of the one who made the package."""
    merged = layers.merged("config.yaml")
    said = {key: value for key, value in merged.items() if key not in ("raw_root", "panel_root", "books")}
    said["studies"] = [study.name]
    text = yaml.safe_dump(said, allow_unicode=True, sort_keys=True)
    _write(folder / "config" / "config.yaml", text)


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf8", newline="\n")
