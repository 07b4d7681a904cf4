"""``python -m nianjian``: the launcher, where it is not installed as a command."""

import sys

from nianjian.launcher import main

if __name__ == "__main__":
    sys.exit(main())
