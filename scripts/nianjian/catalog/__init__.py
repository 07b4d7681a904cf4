"""The catalogue: everything that a run made, in one DuckDB file that opens from any folder.

* :mod:`~nianjian.catalog.writing` copies tables of Parquet into the file, with a comment on every table and column;
* :mod:`~nianjian.catalog.declared` makes tables of what the declarations say: variables, policies, sources, specifications;
* :mod:`~nianjian.catalog.comments` says what tables and columns hold.

Which tables there are is said by the plan, :mod:`nianjian.plan.catalogue`.
"""
