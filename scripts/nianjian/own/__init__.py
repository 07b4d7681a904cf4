"""A user's own data file in place of the yearbooks' panel.

``table`` reads it, ``units`` says which unit each row is of, ``facts`` what a study may use of it, ``treatment`` when its units were
treated, ``panel`` makes the wide table from which a sample is built. A trace walks to it by ``nianjian.trace.own_file``.
"""
