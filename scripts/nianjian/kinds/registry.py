"""The kinds that there are, found by their place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zlib import crc32

from nianjian.codes import code_digest
from nianjian.declarations.reading import suggestion, validate
from nianjian.errors import DeclarationError
from nianjian.kinds.base import Params, Reference, references
from nianjian.kinds.splitting import chunks_of

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study

BUILT_IN = Path(__file__).parent
FAMILIES = {
    "estimators": "estimator",
    "tables": "kind of table",
    "figures": "kind of figure",
    "indices": "kind of index",
    "matrices": "kind of weight matrix",
    "sources": "type of source",
}
"""Folders of kinds, with what a message calls one of them."""
SPLIT = ("estimators", "indices")
"""Families whose work can be split over jobs."""


SHOWN = ("TABLE_ROWS", "TABLE_STATISTICS", "FIGURES", "HORIZONS", "WITHOUT_ERROR")
"""Constants of an estimator's module that tables and figures read."""


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes
    ----------
    family : folder: ``estimators``, ``tables``, …
    name : of its module
    file : of its module
    """

    family: str
    name: str
    file: Path

    @cached_property
    def module(self) -> ModuleType:
        """The module, imported when it is first asked for."""
        if self.file.is_relative_to(BUILT_IN):
            dotted = ".".join(self.file.relative_to(BUILT_IN).with_suffix("").parts).removesuffix(".__init__")
            return import_module(f"nianjian.kinds.{dotted}")
        # Two workspaces in one process may each have a kind of this name.
        dotted = (
            f"nianjian_workspace_{crc32(str(self.file.resolve()).encode()):08x}_{self.family}_{self.name}"
        )
        if dotted not in sys.modules:
            spec = spec_from_file_location(dotted, self.file)
            if spec is None or spec.loader is None:
                raise DeclarationError(f"{self.file}: cannot be imported; a kind is a Python module")
            module = module_from_spec(spec)
            sys.modules[dotted] = module
            try:
                spec.loader.exec_module(module)
            except Exception as error:
                del sys.modules[dotted]
                raise DeclarationError(
                    f"kinds/{self.family}/{self.file.name}: {type(error).__name__}: {error}; mend the module"
                ) from error
        return sys.modules[dotted]

    @cached_property
    def params(self) -> type[Params]:
        """The model of its declarations."""
        found = self.member("Params")
        if not (isinstance(found, type) and issubclass(found, Params)):
            raise DeclarationError(
                f"kinds/{self.family}/{self.file.name}: Params is no nianjian.kinds.base.Params; derive it from there"
            )
        split = self.family in SPLIT and "chunks" in found.model_fields
        if split is not self.splits or (split and not found.model_fields["chunks"].exclude):
            raise DeclarationError(
                f"kinds/{self.family}/{self.file.name}: what can be split over jobs has pieces, drawer, and a key "
                "chunks: Chunks = 1, of nianjian.kinds.base; write all three or none"
            )
        return found

    @property
    def splits(self) -> bool:
        """Whether its work can be split over jobs: it says how many pieces there are, and how some are made."""
        said = hasattr(self.module, "pieces") or hasattr(self.module, "drawer")
        return self.family in SPLIT and said

    @property
    def block(self) -> int:
        """Pieces that are worked on at once."""
        return int(self.option("BLOCK", 1))

    def pieces(self, params: Params) -> range:
        """All pieces of its work; none where it cannot be split."""
        return range(self.member("pieces")(params) if self.splits else 0)

    def chunks(self, params: Params) -> list[range]:
        """Pieces of each job among which the work is split; empty where one job does it all."""
        asked = getattr(params, "chunks", 1)
        found = chunks_of(len(self.pieces(params)), self.block, asked) if asked > 1 else []
        return found if len(found) > 1 else []

    def member(self, name: str) -> Any:
        """What the module must define.

        Raises
        ------
        DeclarationError
            If it does not.
        """
        if not hasattr(self.module, name):
            more = "what can be split over jobs pieces and drawer too"
            if self.family == "sources":
                more = "a type of source units too"
            raise DeclarationError(
                f"kinds/{self.family}/{self.file.name}: there is no {name}; a kind has Params and build, {more}"
            )
        return getattr(self.module, name)

    def option(self, name: str, default: Any) -> Any:
        """A constant of the module, such as ``PARTS`` of an index, or of its ``Params``, where several kinds share it.

        The default where there is none.
        """
        shared = getattr(self.module, "Params", None)
        return getattr(self.module, name, getattr(shared, name, default))

    def read(self, declared: Mapping[str, Any], shown: str = "", key: str = "") -> Params:
        """Check a declaration; what says the same as one that was right gives the same parameters, which are never changed.

        Raises
        ------
        DeclarationError
            Naming file and key, what was expected and what stands there.
        """
        said = repr(declared)  # unlike JSON it tells 3 from "3" and from 3.0
        if (known := self._read.get(said)) is not None:
            return known
        for old, new in self.params.formerly.items():
            if old in declared:
                raise DeclarationError(f"{shown}, {key}: key '{old}' is now called '{new}'; write that")
        for old, way_out in self.params.gone.items():
            if old in declared:
                raise DeclarationError(f"{shown}, {key}: key '{old}' is gone: {way_out}")
        for other, reason in self.params.refused.items():
            if other in declared and other not in self.params.model_fields:
                raise DeclarationError(f"{shown}, {key}: {self.name} has no key '{other}': {reason}")
        checked: Params = validate(self.params, dict(declared), shown, key)
        self._read[said] = checked
        return checked

    @cached_property
    def _read(self) -> dict[str, Params]:
        """Parameters by what was declared: variants of a study, and points of a multiverse, differ in few entries."""
        return {}

    def complete(self, params: Params, study: Study) -> Params:
        """The declaration with what it leaves to the study filled in: a treatment, the rows of a table."""
        own = getattr(self.module, "complete", None)
        return params if own is None else own(params, study)

    def references(self, params: Params) -> list[Reference]:
        """Names that the declaration uses."""
        return references(params)

    def columns(self, params: Params) -> list[str]:
        """Columns of the sample in which a city-year may have no gap."""
        own = getattr(self.module, "columns", None)
        if own is not None:
            return list(own(params))
        marked = [name for each in references(params) if each.complete for name in each.columns]
        return list(dict.fromkeys(marked))

    def inputs(self, params: Params, study: Study) -> dict[str, list[str]]:
        """Files that ``build`` needs, by name, relative to the study's folder of results; see ``Study.files``."""
        own = getattr(self.module, "inputs", None)
        return study.files(references(params)) if own is None else own(params, study)

    def needs_cities(self, params: Params) -> bool:
        """Whether ``build`` needs the seats of the cities: what its ``needs_cities`` says of the declaration."""
        told = self.option("needs_cities", None)
        return told is not None and bool(told(params))

    def drawer(self, params: Params, data: Any, context: Any) -> Callable[[range], pd.DataFrame]:
        """A function that makes a block of pieces."""
        made: Callable[[range], pd.DataFrame] = self.member("drawer")(params, data, context)
        return made

    def build(self, params: Params, data: Any, context: Any, *drawn: pd.DataFrame) -> Any:
        """The work; a kind that can be split gets its pieces too, see :func:`nianjian.kinds.drawn.built`."""
        return self.member("build")(params, data, context, *drawn)

    @cached_property
    def digest(self) -> str:
        """Digest of the code that it runs: its module and all first-party modules that this imports."""
        return code_digest(self.file)

    @property
    def shown(self) -> list[Any]:
        """What an estimator says of the tables and figures that show it."""
        return [self.option(name, None) for name in SHOWN]

    @property
    def summary(self) -> str:
        """First sentence of the module's docstring."""
        return (self.module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


@dataclass(frozen=True)
class Kinds:
    """Kinds of the package and of the folders that are searched before it.

    Attributes
    ----------
    folders : ``kinds`` folders of a workspace
    """

    folders: tuple[Path, ...] = ()
    _found: dict[str, dict[str, Kind]] = field(default_factory=dict, repr=False, compare=False)

    def family(self, family: str) -> dict[str, Kind]:
        """All kinds of a family by name; one of a workspace hides a built-in one of the same name."""
        if family not in self._found:
            found: dict[str, Kind] = {}
            for folder in (BUILT_IN, *reversed(self.folders)):
                for path in sorted((folder / family).glob("*")):
                    module = path / "__init__.py" if path.is_dir() else path
                    if module.suffix == ".py" and module.is_file() and path.stem != "__init__":
                        found[path.stem] = Kind(family, path.stem, module.resolve())
            self._found[family] = found
        return self._found[family]

    def get(self, family: str, name: str, context: str = "") -> Kind:
        """A kind by name.

        Raises
        ------
        DeclarationError
            If there is none; the message opens with ``context`` and says what it is called now, or what is near.
        """
        known = self.family(family)
        if name in known:
            return known[name]
        for kind in known.values():
            if name in kind.option("FORMERLY", ()):
                raise DeclarationError(f"{context}: '{name}' is now called '{kind.name}'; write that")
        what = FAMILIES[family]
        hint = suggestion(name, known) or f"; there is {', '.join(known)}"
        raise DeclarationError(f"{context}: '{name}' is no {what}{hint}")


def kinds(folders: Iterable[str | Path] = ()) -> Kinds:
    """Kinds with those of a workspace's folders, where these exist."""
    return Kinds(tuple(path for path in map(Path, folders) if path.is_dir()))


def load(folders: Sequence[str], family: str, name: str) -> Kind:
    """A kind in a job, which is told its family and name."""
    return kinds(folders).get(family, name, f"{family}/{name}")
