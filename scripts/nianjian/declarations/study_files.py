"""Where the files of a study lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nianjian.declarations import store
from nianjian.declarations.layers import Layers
from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.names import StudyNames
from nianjian.declarations.reading import read_text
from nianjian.kinds.entries import Entry


class StudyFiles(StudyNames):
    """Paths of a study, relative to the workspace.

    Attributes
    ----------
    folder : of its own results
    shared : folder of what all studies of a run share
    layers : where declarations are found
    matrices : entries by name
    appearance : how its figures look
    """

    folder: str
    shared: str
    layers: Layers
    matrices: Mapping[str, Entry]
    appearance: Appearance

    @property
    def sample_file(self) -> str:
        """The sample."""
        return f"{self.folder}/sample.parquet"

    @property
    def gaps_file(self) -> str:
        """What is filled in, suspect and corrected in the sample, by variable."""
        return f"{self.folder}/sample_gaps.parquet"

    def part(self, index: str, part: str = "") -> str:
        """The file of an index, or one beside it: ``weights``, ``sensitivity``."""
        return f"{self.folder}/indices/{index}{f'.{part}' if part else ''}.parquet"

    def index_files(self, columns: Iterable[str]) -> list[str]:
        """Files of the indices that hold these columns."""
        return [self.part(index) for index in self.indices_of(columns)]

    def matrix_files(self, names: Iterable[str]) -> list[str]:
        """Files of weight matrices."""
        return [f"{self.folder}/spatial_weights/{name}.parquet" for name in names]

    def matrix_summaries(self, names: Iterable[str]) -> list[str]:
        """Files of what there is to say of weight matrices."""
        return [f"{self.folder}/spatial_weights/{name}.summary.parquet" for name in names]

    def matrix_cells(self, names: Iterable[str]) -> list[str]:
        """Files of where each weight is written, of the matrices that come from a file."""
        return [
            f"{self.folder}/spatial_weights/{name}.cells.parquet"
            for name in names
            if self.matrices[name].kind.option("CELLS", False)
        ]

    def estimates(self, names: Iterable[str]) -> list[str]:
        """Files of specifications' estimates."""
        return [f"{self.folder}/estimates/{name}.parquet" for name in names]

    def reference(self, name: str) -> str:
        """A table of config/reference as jobs read it: its name follows from its content."""
        text = read_text(
            self.layers.file(f"reference/{name}", self.shown), self.layers.shown(f"reference/{name}")
        )
        return store.keep_text(text, f"{self.shared}/declared", name)

    def drawing(self, name: str) -> str:
        """A file that all figures share."""
        return f"{self.shared}/drawing/{name}"

    @property
    def appearance_files(self) -> list[str]:
        """Fonts and base map of the workspace's own."""
        own = self.appearance
        return [file for file in (own.latin, own.chinese, own.map.base) if file]

    @property
    def shapes(self) -> str:
        """The shapes that its maps are drawn on."""
        base = self.appearance.map.base
        return self.drawing(
            f"{store.digest_of([base, self.appearance.map.code])[:8]}.parquet" if base else "shapes.parquet"
        )
