"""Write the typical seconds of jobs anew, from a folder of benchmarks: python -m nianjian.running <folder>/benchmarks/<books>."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import fmean

from nianjian.files import replacing
from nianjian.running.seconds import TYPICAL, measured
from nianjian.running.works import STEMS


def table(folder: Path) -> dict[str, float]:
    """Mean seconds of a job by stem, of those of which there are benchmarks.

    ASSUME: a job computes nearly all of its time, so that its CPU time is its time on a machine with nothing else to do.
    """
    found = {}
    for stem in STEMS.values():
        paths = [folder / f"{stem}.jsonl", *(folder / stem).glob("*.jsonl")]
        seconds = [own for path in paths if (own := measured(path, "cpu_time")) is not None]
        if seconds:
            found[stem] = round(fmean(seconds), 1)
    return found


if __name__ == "__main__":
    made = table(Path(sys.argv[1]))
    with replacing(TYPICAL) as part:
        part.write_text(json.dumps(made, indent=2) + "\n", encoding="utf8")
