"""What ``config/reference`` says of cities, policies and attributes, read where a study is read.

Every file is read once, checked row by row, and kept; what a study needs of it goes into its declaration
(:mod:`nianjian.sample.declared`), so no job opens a file here. The Snakefile imports these modules: neither pandas nor numpy.

Files are looked for in the layers of declarations, a workspace's ``config`` before the project's.
"""
