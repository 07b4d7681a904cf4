"""What may stand in the files of ``config/``: one model a mapping, one module a subject.

Annotations are evaluated as they stand (no ``from __future__ import annotations``): pydantic would compile
each of them once more, and the Snakefile imports these modules.
"""
