"""The folders of declarations: a workspace's ``config`` over the project's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian import printable
from nianjian.declarations.models.base import LONGEST_NAME, is_file_name, within
from nianjian.declarations.reading import merged, read_yaml, suggestion
from nianjian.errors import DeclarationError

CONFIG = Path(__file__).resolve().parents[3] / "config"
"""The project's own declarations."""
FILE_ID = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")
"""What a study's or source's file may be called."""
DATA = "data/"
"""What the path of a file of the workspace's own begins with; it is relative to the workspace."""
LISTED = 8
"""Files that a message names."""
_ENDING = re.compile(r"\.(ya?ml|txt|yaml\.txt)$", re.IGNORECASE)
PLACES = {"policies": "reference/policies"}
"""Folders that a workspace may have at the top of its ``config`` too."""


@dataclass(frozen=True)
class Layers:
    """Folders of declarations, the one that is looked into first in front.

    Attributes
    ----------
    folders : of a workspace and of the project, or of the project alone
    """

    folders: tuple[Path, ...] = (CONFIG,)

    @classmethod
    def of(cls, workspace: str | Path, project: str | Path = CONFIG) -> Layers:
        """Those of a workspace, a folder that may hold ``config``; the project is a workspace itself."""
        own, below = (Path(workspace) / "config").resolve(), Path(project).resolve()
        return cls((below,) if own == below or not own.is_dir() else (own, below))

    @classmethod
    def given(cls, layers: Layers | str | Path) -> Layers:
        """Layers as they are; a folder stands for itself alone."""
        return layers if isinstance(layers, Layers) else cls((Path(layers),))

    @property
    def project(self) -> Path:
        """The project's own folder."""
        return self.folders[-1]

    @property
    def kinds(self) -> list[Path]:
        """Folders of own kinds, beside ``config`` or within it; the project is a workspace too."""
        return [place for own in self.folders for place in (own / "kinds", own.parent / "kinds")]

    @staticmethod
    def shown(relative: str) -> str:
        """What messages call a file."""
        return f"config/{relative}"

    def find(self, relative: str) -> Path | None:
        """The file that counts, or None; a workspace's hides the project's.

        Raises
        ------
        DeclarationError
            If the path leads out of the folders.
        """
        if not within(relative):
            raise DeclarationError(f"{self.shown(relative)} is no file below config; name one that is")
        for folder in self.folders:
            for place in self._places(relative):
                if (folder / place).is_file():
                    return folder / place
        return None

    @property
    def workspace(self) -> Path:
        """The folder that holds the declarations looked into first."""
        return self.folders[0].parent

    def own_files(self) -> list[str]:
        """Files below ``data`` of the workspace, relative to it."""
        found = (self.workspace / DATA).rglob("*")
        return sorted(path.relative_to(self.workspace).as_posix() for path in found if path.is_file())

    def lacks(self, file: str) -> str:
        """What is to be said of a file that the workspace does not have."""
        there = self.own_files()
        shown = ", ".join(there[:LISTED]) + (
            f" and {len(there) - LISTED} more" if len(there) > LISTED else ""
        )
        hint = suggestion(file, there) or f"; there is {shown or 'nothing in data/'}"
        return f"the workspace has no {file}{hint}"

    def is_projects(self, relative: str) -> bool:
        """Whether the file that counts is the project's, not a workspace's."""
        found = self.find(relative)
        return found is not None and found.is_relative_to(self.project)

    @staticmethod
    def _places(relative: str) -> list[str]:
        short = [
            relative.replace(f"{whole}/", f"{name}/", 1)
            for name, whole in PLACES.items()
            if relative.startswith(f"{whole}/")
        ]
        return [relative, *short]

    def file(self, relative: str, wanted_by: str = "") -> Path:
        """The file that counts.

        Raises
        ------
        DeclarationError
            If there is none.
        """
        found = self.find(relative)
        if found is None:
            asked = f"{wanted_by}: " if wanted_by else ""
            raise DeclarationError(f"{asked}{self.shown(relative)} does not exist; write it, or name another")
        return found

    def all(self, relative: str) -> list[Path]:
        """The file in every folder that has it, the project's first."""
        return [folder / relative for folder in reversed(self.folders) if (folder / relative).is_file()]

    def names(self, folder: str, suffix: str = ".yaml") -> list[str]:
        """Stems of all files in a folder of declarations."""
        places = [place / own for place in self.folders for own in self._places(f"{folder}/")]
        return sorted({path.stem for place in places for path in place.glob(f"*{suffix}")})

    def ids(self, folder: str) -> list[str]:
        """Stems of all files in a folder of declarations, whose names become those of rules and outputs.

        Raises
        ------
        DeclarationError
            If one is none.
        """
        self._check_endings(folder)
        found = self.names(folder)
        for name in found:
            if not FILE_ID.fullmatch(name) or not is_file_name(name):
                raise DeclarationError(
                    f"{self.shown(folder)}/{printable.in_one_line(name)}.yaml: rename the file; its name becomes that of "
                    f"outputs, so it has letters a-z, digits and _ only, at most {LONGEST_NAME} of them, such as my_study.yaml"
                )
        return found

    def _check_endings(self, folder: str) -> None:
        """A file that somebody means to be read must not be passed over in silence."""
        for place in (own / folder for own in self.folders):
            for path in sorted(place.iterdir() if place.is_dir() else ()):
                if (
                    path.suffix != ".yaml"
                    and _ENDING.search(path.name)
                    and not path.name.startswith((".", "~"))
                ):
                    raise DeclarationError(
                        f"{self.shown(folder)}/{printable.in_one_line(path.name)}: is not read for its ending; rename it, "
                        f"{_ENDING.sub('', path.name)}.yaml"
                    )

    def own_ids(self, folder: str) -> list[str]:
        """Those of :meth:`ids` that the first folder holds: a workspace's own."""
        return [name for name in self.ids(folder) if (self.folders[0] / folder / f"{name}.yaml").is_file()]

    def yaml(self, relative: str) -> Any:
        """The content of the YAML file that counts."""
        return read_yaml(self.file(relative), self.shown(relative))

    def merged(self, relative: str) -> dict[str, Any]:
        """The content of a YAML file in all folders: what stands in a workspace's goes over the project's."""
        found: dict[str, Any] = {}
        for folder in reversed(self.folders):
            path = folder / relative
            if path.is_file():
                own = read_yaml(path, self.shown(relative))
                if not isinstance(own, Mapping):
                    raise DeclarationError(f"{self.shown(relative)}: expected a mapping")
                found = merged(found, own)
        if not found:
            raise DeclarationError(f"{self.shown(relative)} does not exist; write it")
        return found
