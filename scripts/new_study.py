"""Write a folder of one's own with a study that runs as it is: python scripts/new_study.py my_study."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from nianjian import locales
from nianjian.errors import NianjianError
from nianjian.new_study import command


def main() -> int:
    """Command line: the folder, and what the study is of."""
    parser = argparse.ArgumentParser(
        description="Write a folder of one's own with a study that runs as it is."
    )
    command.arguments(parser)
    locales.read_names_as_utf8()
    try:
        return command.tell(parser.parse_args())
    except NianjianError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
