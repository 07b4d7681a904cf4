"""From a resolved specification to rows of the ``ESTIMATES`` schema, one module an estimator.

Each module has ``columns(spec)``, the columns whose gaps matter, and ``estimate(frame, study, name, spec, context)``.
``estimate_spec`` imports only the one that a specification names, and its rule's code digest sees only that one: a
change of one estimator leaves the estimates of the others alone.
"""
