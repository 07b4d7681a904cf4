"""The files that a kind's ``build`` reads, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nianjian.errors import DeclarationError

if TYPE_CHECKING:
    import pandas as pd


class Data:
    """Inputs of one job.

    Parameters
    ----------
    files : what ``inputs(params, study)`` named: paths by name
    folder : the study's folder of results
    context : what messages open with
    """

    def __init__(self, files: Mapping[str, Sequence[str | Path]], folder: str | Path, context: str) -> None:
        self._files = {name: [Path(path) for path in paths] for name, paths in files.items()}
        self.folder, self.context = Path(folder), context

    def __contains__(self, name: str) -> bool:
        return bool(self._files.get(name))

    def paths(self, name: str) -> list[Path]:
        """Files of one input, which must be there."""
        if name not in self:
            raise DeclarationError(
                f"{self.context}: it is made from {name}, which its inputs do not name; add it to the kind's inputs"
            )
        return self._files[name]

    def path(self, name: str) -> Path:
        """The only file of an input."""
        (found,) = self.paths(name)
        return found

    def relative(self, path: str | Path) -> str:
        """A file as sources of cells name it: relative to the study's folder where it lies there."""
        path = Path(path)
        return (
            path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.as_posix()
        )

    def file(self, name: str) -> str:
        """The only file of an input, as sources of cells name it."""
        return self.relative(self.path(name))

    def frame(self, name: str) -> pd.DataFrame:
        """All rows of an input's Parquet files."""
        import pandas as pd

        from nianjian import storage

        return pd.concat([storage.read_table(path) for path in self.paths(name)], ignore_index=True)

    def estimates(self) -> pd.DataFrame:
        """Rows of the specifications, schema ``ESTIMATES``."""
        from nianjian import estimates

        return estimates.read(self.paths("estimates"))

    def sample(self, needed: Sequence[str] = ()) -> pd.DataFrame:
        """The sample with the columns of the indices among the inputs, a row a city-year."""
        from nianjian.sample.loading import load_sample

        return load_sample(self.path("sample"), self._files.get("indices", []), self.context, needed=needed)

    def file_of(self, column: str) -> str:
        """Which of sample and indices holds a column, as sources of cells name it."""
        import pyarrow.parquet as pq

        for path in (self.path("sample"), *self._files.get("indices", [])):
            if column in pq.read_schema(path).names:
                return self.relative(path)
        raise DeclarationError(f"{self.context}: neither the sample nor an index has a column '{column}'")

    def named(self, name: str) -> dict[str, Path]:
        """Files of an input by their stems: matrices by the matrix's name."""
        return {path.name.partition(".")[0]: path for path in self.paths(name)}

    def csv(self, name: str) -> pd.DataFrame:
        """A CSV file."""
        import pandas as pd

        return pd.read_csv(self.path(name))
