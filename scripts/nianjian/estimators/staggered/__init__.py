"""Effects of a treatment that cities take up in different years, by estimators that compare only with untreated cities.

Array functions, one module a method: ``callaway_santanna``, ``imputation`` and ``two_stage`` (on one ``counterfactual``),
``sun_abraham``, ``stacked``, ``etwfe``, ``dcdh``; what they share: ``doubly_robust`` and ``cross_sections`` (one comparison),
``aggregation`` and ``averages`` (from cohorts and years to event times), ``effects`` (errors and bands). ``sample`` checks the
city-years, ``fits`` joins all of it, ``result`` writes the rows.
"""
