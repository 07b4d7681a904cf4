"""``python -m nianjian.declarations``: the JSON schemas of the declarations; with ``docs`` the reference pages.

Both are written anew from the models and kinds. In a workspace with kinds of its own, ``python -m nianjian.declarations
schemas <workspace>`` writes schemas that know them to its ``config/schemas``.
"""

from __future__ import annotations

import argparse
import sys

from nianjian.declarations import schemas
from nianjian.declarations.layers import CONFIG, Layers
from nianjian.kinds.registry import kinds


def main(arguments: list[str] | None = None) -> None:
    """Write what is asked for, and print the paths."""
    parser = argparse.ArgumentParser(
        prog="python -m nianjian.declarations", description="Write what follows from the models."
    )
    parser.add_argument("what", nargs="?", choices=["schemas", "docs"], default="schemas")
    parser.add_argument(
        "workspace", nargs="?", help="folder with config or kinds of its own; left out: the project"
    )
    given = parser.parse_args(arguments)
    if given.what == "docs":
        from nianjian.declarations import reference_pages

        written = reference_pages.write(reference_pages.FOLDER, kinds())
    elif given.workspace:
        layers = Layers.of(given.workspace)
        written = schemas.write(layers.folders[0] / "schemas", kinds(layers.kinds))
    else:
        written = schemas.write(CONFIG / "schemas", kinds())
    for path in written:
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
