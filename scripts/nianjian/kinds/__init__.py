"""Kinds: an estimator, a table, a figure, an index, a weight matrix, a type of source.

One kind is one module, ``kinds/<family>/<name>.py``, found by its place and named nowhere else. It holds

``Params``
    a frozen model of what a declaration of this kind may say, each key with a description: from it come the check of the
    declaration, the JSON schema and the reference page. It is what ``build`` gets.
``build(params, data, context)``
    the work; heavy imports stand inside, since the Snakefile imports the module.
``columns(params)``, ``inputs(params, study)``, ``complete(params, study)``
    may be left out: :mod:`nianjian.kinds.registry` derives them from the names that ``Params`` marks, see
    :mod:`nianjian.kinds.base`.
``units(params, root, shown)``, ``values(params)``, ``FOLDER``
    of a type of source: the files that each of its jobs reads, what its columns hold, and which folder ``root`` is
    (``books``, ``panels`` or ``workspace``). Its ``build`` returns the cells and what became of each file and sheet, either as
    records with the names of :data:`nianjian.schemas.EXTRACT` and ``SHEETS`` or, where they are many, as an Arrow table of
    that schema.

A module in a workspace's ``kinds/<family>/`` works like one of these.
"""
