"""The mistakes that a check can name: what happened, what to do, and where the book explains it.

`mistakes.toml` holds them, and `book/mistakes.ipynb` lists them all.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from unicodedata import normalize


@dataclass(frozen=True)
class Mistake:
    """A common mistake: its name, what it is, what to do, and the section that explains it."""

    key: str
    title: str
    text: str
    page: str
    section: str

    @property
    def chapter(self) -> int:
        """The number of the chapter, with which the page's name begins."""
        return int(self.page.partition("-")[0])

    def lines(self, width: int) -> list[str]:
        """Return the text in lines of a width."""
        return textwrap.wrap(self.text, width)

    def where(self) -> str:
        """Return where to read on, in words."""
        return f"chapter {self.chapter}, “{self.section}”; common mistakes, “{self.key}”"

    @property
    def anchor(self) -> str:
        """What follows the # in the section's address: of each sign what ASCII has of it."""
        plain = normalize("NFKD", self.section.lower()).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")

    def html(self) -> str:
        """Return title, text and where to read on; links, where LOSSBOOK_URL says where to."""
        where = escape(self.where())
        if base := os.environ.get("LOSSBOOK_URL", "").rstrip("/"):
            where = (
                f'<a href="{escape(base)}/book/{self.page}.html#{self.anchor}">'
                f"chapter {self.chapter}, “{escape(self.section)}”</a>; "
                f'<a href="{escape(base)}/book/mistakes.html#{self.key}">common mistakes</a>'
            )
        title, text = escape(self.title), escape(self.text)
        return f"<p><strong>{title}</strong> {text}</p><p>See {where}.</p>"


class Catalogue(Mapping[str, Mistake]):
    """The mistakes by name; the file is read when somebody asks, since most functions are right."""

    @cached_property
    def _known(self) -> dict[str, Mistake]:
        import tomllib

        with Path(__file__).with_name("mistakes.toml").open("rb") as file:
            entries = tomllib.load(file)
        return {
            key: Mistake(key, **entry | {"text": " ".join(entry["text"].split())})
            for key, entry in entries.items()
        }

    def __getitem__(self, key: str) -> Mistake:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


MISTAKES = Catalogue()
