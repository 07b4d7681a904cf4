"""The commands of the launcher, one module each; see :mod:`nianjian.launcher`."""
