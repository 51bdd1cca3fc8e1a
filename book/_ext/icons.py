"""The theme's icons, cut to those that the theme and the book name.

The theme brings the whole of Font Awesome: three fonts and a rule for each of two thousand icons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pydata_sphinx_theme
import sphinx_book_theme
from fonts import save_subset
from fontTools.ttLib import TTFont

BOOK = Path(__file__).parent.parent
THEMES = [
    Path(theme.__file__).parent for theme in (pydata_sphinx_theme, sphinx_book_theme)
]
STATIC = THEMES[0] / "theme" / "pydata_sphinx_theme" / "static"
THEME_SHEET = "styles/pydata-sphinx-theme.css"
SHEET = "styles/theme-used.css"  # beside it, since it names fonts by their place
FONTS = "vendor/fontawesome/webfonts"
CUT_FONTS = "icons"  # not the same place, where Sphinx would copy one over the other

NAME = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(r'(?P<names>(?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"[^"]+"\}')
CHARACTER = re.compile(r'[\ue000-\uf8ff]|"\\([0-9a-f]{2,5})"')


def make_icons(folder: Path) -> None:
    """Write the theme's style sheet and fonts with only the icons that something names."""
    names = set(NAME.findall("\n".join(sources())))
    sheet = (STATIC / THEME_SHEET).read_text(encoding="utf-8")
    sheet = RULE.sub(
        lambda rule: rule[0] if names.intersection(NAME.findall(rule["names"])) else "",
        sheet,
    )
    sheet = re.sub(rf"\.\./{FONTS}(/[a-z0-9-]+\.woff2)", rf"../{CUT_FONTS}\1", sheet)
    (folder / SHEET).parent.mkdir(parents=True, exist_ok=True)
    (folder / SHEET).write_bytes(sheet.encode())

    book_sheets = THEMES[1].rglob("*.css")
    css = sheet + "".join(path.read_text(encoding="utf-8") for path in book_sheets)
    characters = [
        int(found[1], 16) if found[1] else ord(found[0])
        for found in CHARACTER.finditer(css)
    ]
    for source in (STATIC / FONTS).glob("*.ttf"):
        font = TTFont(source, recalcTimestamp=False)
        save_subset(font, characters, folder / CUT_FONTS / f"{source.stem}.woff2")


def sources() -> Iterator[str]:
    """Yield the text of everything that may name an icon."""
    files = [
        path
        for theme in THEMES
        for pattern in ("*.py", "*.html", "*.js")
        for path in theme.rglob(pattern)
        if path.name != "fontawesome.js"
    ]
    files += [
        *BOOK.glob("*.md"),
        *BOOK.glob("*.ipynb"),
        *BOOK.glob("_templates/**/*.html"),
    ]
    for path in files:
        yield path.read_text(encoding="utf-8")
