"""Tables, figures and scorecards for publication.

``tables`` holds the model of a table, ``parts`` how its numbers are written, ``layout`` how it fits a page; ``making`` writes it in
six formats (``latex``, ``typst``, ``web``, ``word``, ``excel``), ``documents`` all of a study in one;
the modules that are called like a kind of table build it from estimates and samples, and those of :mod:`.figures` draw;
``sources`` links every number to what it was made from; ``scorecard`` puts the printed numbers of a paper beside ours;
``params`` is what declarations share; ``origin`` makes every output of simulated data say so.
"""
