"""Errors of a specification, with the file and key where it is declared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from nianjian.errors import EstimationError, NianjianError, study_file


@contextmanager
def declared_at(study: str, name: str) -> Iterator[None]:
    """Name the specification in errors, and the file and key where it is declared.

    What the functions on arrays know is the column or city; a matrix that cannot be inverted in spite of their
    checks is an error in words too.
    """
    shown = f"({study_file(study)}, specs.{name})"
    context = f"spec {name!r}"
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise EstimationError(
            f"{context}: a matrix cannot be inverted ({error}), as columns are nearly collinear or observations few; "
            f"leave out controls, or widen the sample {shown}"
        ) from error
    except NianjianError as error:
        told = str(error)
        raise type(error)(f"{told if told.startswith(context) else f'{context}: {told}'} {shown}") from error
