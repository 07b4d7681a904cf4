"""What the log says of a regression: what was used, what was left out and why."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from nianjian.estimators.twfe import TwfeFit, no_std_error


def report(fitted: TwfeFit) -> None:
    """Say what was used and what was left out."""
    logging.info("%d city-years, %d cities, clusters %s", fitted.nobs, fitted.units, dict(fitted.clusters))
    if fitted.singletons:
        logging.info("%d singleton observations dropped", fitted.singletons)
    if fitted.treated_clusters == 1:
        logging.warning("only one cluster is treated; its clustered standard error means nothing")
    for name in fitted.without_std_error:
        logging.warning("%s", no_std_error(name, fitted.clusters))
    report_dropped(fitted.dropped)


def report_dropped(dropped: Mapping[str, str]) -> None:
    """Say which regressors were left out and why."""
    for name, reason in dropped.items():
        logging.warning("%s is left out: %s", name, reason)
