"""Write the table of ``docs/security.md``: ``PYTHONPATH=scripts:tests python -m unit.security``."""

from unit.security import from_books, from_declarations, in_outputs
from unit.security.attempts import PAGE, written

assert from_books and from_declarations and in_outputs
PAGE.write_text(written(PAGE.read_text(encoding="utf8")), encoding="utf8")
