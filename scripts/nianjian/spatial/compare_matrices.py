"""One spatial model under several weight matrices, and mixtures of two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.spatial.estimation import fit
from nianjian.spatial.logdet import Array, Matrix
from nianjian.spatial.models import MODELS, SpatialFit, Weights
from nianjian.spatial.params import SHARES


def mixtures(first: Matrix, second: Matrix, shares: Mapping[str, float] = SHARES) -> dict[str, Matrix]:
    """W = a first + (1 - a) second for each share a, by the name of the mixture: ``a=0.3``.

    Both matrices are row-standardised, so their mixtures are; rows that are zero in one of them are scaled up.

    Raises
    ------
    EstimationError
        If the two have different shapes, or a share lies outside [0, 1].
    """
    if first.shape != second.shape:
        raise EstimationError(f"the two weight matrices have shapes {first.shape} and {second.shape}")
    made: dict[str, Matrix] = {}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise EstimationError(f"share {share:g} of a mixed weight matrix lies outside [0, 1]")
        mixed = share * first + (1 - share) * second
        sums = np.asarray(mixed.sum(axis=1)).ravel()
        scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        made[name] = (
            sparse.csr_array(sparse.diags_array(scale) @ mixed)
            if sparse.issparse(mixed)
            else mixed * scale[:, None]
        )
    return made


@dataclass(frozen=True)
class MatrixComparison:
    """One model under several weight matrices.

    Attributes
    ----------
    table : a row a matrix: ``matrix``, ``aic``, ``bic``, ``loglik``, ``at_edge``, and ``rho`` and ``lambda`` of models that
        have them
    shares : name to share of the first matrix, of those that are mixtures of two
    best_aic, best_bic : name of the matrix with the smallest criterion; the two agree, as every matrix gives
        as many parameters, so the choice is by the likelihood alone
    """

    table: pd.DataFrame
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def best_aic(self) -> str:
        return self._best("aic")

    @property
    def best_bic(self) -> str:
        return self._best("bic")

    def _best(self, criterion: str) -> str:
        return str(self.table["matrix"].iloc[int(np.argmin(self.table[criterion]))])

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the schema ``ESTIMATES``, all of kind ``fit`` and of a ``matrix``.

        ``aic``, ``bic``, ``loglik``, ``rho`` (or ``lambda``), ``at_edge``, 1 where a spatial parameter is at the end
        of its interval, else 0, ``best_aic``, ``best_bic`` with 1 for the chosen matrix and 0 for the others, and of
        mixtures ``share``, that of the first matrix.
        """
        rows = Rows(study, spec)
        best_aic, best_bic = self.best_aic, self.best_bic
        for one in self.table.to_dict("records"):
            name = one.pop("matrix")
            values = {**one, "best_aic": name == best_aic, "best_bic": name == best_bic}
            values |= {"share": self.shares[name]} if name in self.shares else {}
            rows.add_fits(values, matrix=name)
        return rows.table()


def compare_matrices(
    y: Array,
    x: Array,
    matrices: Mapping[str, Weights],
    *,
    context: str = "",
    **options: Any,
) -> MatrixComparison:
    """Fit one model under each matrix; the determinant's eigenvalues are computed once a matrix.

    Parameters
    ----------
    matrices : name to matrix, e.g. from :func:`mixtures`
    context : beginning of the messages
    options : of :func:`nianjian.spatial.estimation.fit`

    Raises
    ------
    EstimationError
        As :func:`~nianjian.spatial.estimation.fit`, with the matrix's name; if there is no matrix.
    """
    if not matrices:
        raise EstimationError(f"{context}no weight matrix to compare")
    fits = {
        name: fit(y, x, one, context=f"{context}weights {name}: ", **options)
        for name, one in matrices.items()
    }
    return MatrixComparison(
        pd.DataFrame([_row(name, one) for name, one in fits.items()]), shares_of(matrices)
    )


def shares_of(names: Iterable[str]) -> dict[str, float]:
    """Share of the first matrix in those that are mixtures."""
    return {name: SHARES[name] for name in names if name in SHARES}


def _row(name: str, one: SpatialFit) -> dict[str, Any]:
    form = MODELS[one.model]
    found: dict[str, Any] = {"matrix": name, "aic": one.aic, "bic": one.bic, "loglik": one.loglik}
    found |= {"rho": one.rho} if form.lag else {}
    found |= {"lambda": one.lambda_} if form.error else {}
    return found | {"at_edge": bool(one.at_edge)}
