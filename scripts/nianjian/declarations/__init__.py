"""Everything that ``config/`` declares: models, loading, ``extends``, resolving.

The Snakefile imports this package, so it imports neither pandas nor pint. What leaves it are plain values
(dicts with sorted keys, lists, strings, numbers): they become params of rules, and Snakemake reruns a job
when its params change.

``reading`` reads YAML and words the errors, ``models`` says what may stand in a file, ``variants`` changes a
study, ``resolved`` fills in and checks one, ``registry`` hands out plain values, ``loading`` those of all other files.
Nothing is imported here: a script that needs one of them would depend on the code of all. ``python -m
nianjian.declarations`` writes the JSON schemas that editors use to ``config/schemas``.
"""
