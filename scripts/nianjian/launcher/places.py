"""Where the project and the user's workspace are."""

from __future__ import annotations

from pathlib import Path

from nianjian.errors import DeclarationError

PROJECT = Path(__file__).resolve().parents[3]
"""The project's folder, which holds the Snakefile."""
SIGNS = ("config.yaml", "studies", "sources")
"""One of these in ``config`` makes a folder a workspace: other programs have folders of that name too."""


def snakefile() -> Path:
    """The project's Snakefile.

    Raises
    ------
    DeclarationError
        If the package stands by itself, away from the project.
    """
    found = PROJECT / "Snakefile"
    if not found.is_file():
        raise DeclarationError(
            f"{found} does not exist: nianjian runs from its project's folder; install it there, pip install --editable ."
        )
    return found


def workspace(given: str | None = None, start: Path | None = None) -> Path:
    """The user's folder.

    Parameters
    ----------
    given : what the command line says
    start : where to look if it says nothing; None: the current folder

    Raises
    ------
    DeclarationError
        If there is none.
    """
    if given is not None:
        folder = Path(given).expanduser().resolve()
        if not folder.is_dir():
            raise DeclarationError(
                f"--workspace {given}: there is no such folder; make one: nianjian new-study {given}"
            )
        return folder
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any((folder / "config" / sign).exists() for sign in SIGNS):
            return folder
    raise DeclarationError(
        f"{here}: neither this folder nor one above it is a workspace (a folder with config/config.yaml or config/studies/); "
        "go to yours, name it with --workspace, or make one: nianjian new-study my_study"
    )
