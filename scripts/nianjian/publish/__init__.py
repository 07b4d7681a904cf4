"""Tables and scorecards for publication.

``tables`` holds the model of a table and writes it in five formats (``latex``, ``web``, ``word``, ``excel``);
``regression`` and ``descriptive`` build tables from estimates and samples; ``scorecard`` puts the printed
numbers of a paper beside ours; ``declared`` lists the keys of a table's declaration; ``origin`` makes every
output of simulated data say so.
"""
