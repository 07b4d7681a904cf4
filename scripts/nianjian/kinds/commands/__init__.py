"""One module an estimator: how Stata and R estimate it; see :mod:`nianjian.export.commands`."""
