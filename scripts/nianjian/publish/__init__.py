"""Tables, figures and scorecards for publication.

``tables`` holds the model of a table, ``making`` writes it in five formats (``latex``, ``web``, ``word``, ``excel``);
the modules that are called like a kind of table build it from estimates and samples, and those of :mod:`.figures` draw;
``sources`` links every number to what it was made from; ``scorecard`` puts the printed numbers of a paper beside ours;
``params`` is what declarations share; ``origin`` makes every output of simulated data say so.
"""
