"""A workspace with a study that runs as it is: what it shall hold (``wishes``), what stands in an own file (``peeking``), its
text (``writing``), and the command line (``command``)."""
