"""``python -m nianjian.simulate``: let what ``config/`` says now enter the simulated world."""

import sys

from nianjian.errors import NianjianError
from nianjian.simulate import freeze

if __name__ == "__main__":
    try:
        changed = freeze.differences()
        freeze.write()
    except NianjianError as error:
        sys.exit(str(error))
    for line in changed or ["nothing changed"]:
        sys.stdout.write(f"{line}\n")
