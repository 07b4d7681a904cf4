"""Where a number comes from: one walk along stored links, from a printed cell or drawn point to the books.

``books`` knows the panel, ``study`` what a study declares and made, ``walking`` takes the steps, ``asking`` finds the cell or
point that is meant, ``showing`` prints the walk. The check of all sources (rule ``check_sources``) takes the same steps.
"""
