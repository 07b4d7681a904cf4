"""One module a kind; see :mod:`nianjian.kinds`."""
