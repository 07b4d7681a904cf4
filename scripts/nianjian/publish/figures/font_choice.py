"""Which fonts figures are drawn with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nianjian.declarations.models.appearance import Appearance

Style = Literal["sans", "serif"]


@dataclass(frozen=True)
class Choice:
    """The fonts that figures are drawn with.

    Attributes
    ----------
    style : without or with serifs, where no font is given
    latin, chinese : the user's own files; empty: those of the style
    """

    style: Style = "sans"
    latin: str = ""
    chinese: str = ""

    @property
    def name(self) -> str:
        """By which its prepared files are called: the style, and what stands for own files."""
        own = [file for file in (self.latin, self.chinese) if file]
        digest = hashlib.sha256("\0".join((self.latin, self.chinese)).encode()).hexdigest()[:8]
        return f"{self.style}-{digest}" if own else self.style

    @property
    def files(self) -> tuple[str, str]:
        """Names of its prepared files: Latin letters, Chinese characters."""
        return f"{self.name}-latin.ttf", f"{self.name}-han.ttf"

    @property
    def shown(self) -> str:
        """What messages call it."""
        own = [Path(file).name for file in (self.latin, self.chinese) if file]
        packaged = {"sans": "Noto Sans CJK SC", "serif": "STIX, Noto Serif CJK SC"}[self.style]
        return ", ".join(own) if len(own) == 2 else ", ".join([*own, packaged])

    @classmethod
    def of(cls, appearance: Appearance) -> Choice:
        """What is declared."""
        return cls(appearance.font, appearance.latin or "", appearance.chinese or "")


SANS = Choice()
