"""Everything that ``config/`` declares: read, checked, completed.

``layers`` lays a workspace's files over the project's, ``reading`` reads YAML and words the errors, ``models`` says what may
stand in a file, ``variants`` changes a study, ``study`` checks and completes one, ``specs`` unfolds what specifications inherit,
``registry`` holds all studies of a run, ``store`` keeps content for jobs under a name that is its digest, ``chain`` says how a
study's numbers hang together.

The Snakefile imports this package, so it imports neither pandas nor pint. Nothing is imported here: a script that needs one
module would depend on the code of all. ``python -m nianjian.declarations`` writes the JSON schemas that editors use to
``config/schemas``, and with ``docs`` the reference pages.
"""
