"""The multiverse of a study: what its effect would be had other choices been made (a specification curve).

Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4.
Steegen, S., Tuerlinckx, F., Gelman, A. & Vanpaemel, W. (2016). Increasing transparency through a multiverse analysis.
Perspectives on Psychological Science 11.
"""
