"""How Sphinx makes a site of this folder: `make site`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

import limelight
from limelight.server.settings import Settings

project = "Limelight"
author = "The authors of Limelight"
copyright = f"2026, {author}"
version = release = limelight.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
# Examples in HTML have marks of templates in them, which no highlighter knows.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"Limelight {version}"

myst_heading_anchors = 4

autodoc_member_order = "bysource"
default_role = "code"

#: Documents beside this folder, and the pages of the site that include them.
INCLUDED = {
    "SECURITY": "threat-model",
    "CHANGELOG": "changelog",
    "CONTRIBUTING": "contributing",
    "README": "index",
}


def lead_to_the_pages(app: Sphinx, name: str, source: list[str]) -> None:
    """Links to documents beside this folder lead to the pages that include them."""
    home = "../" * len(Path(name).parent.parts)
    for document, page in INCLUDED.items():
        source[0] = re.sub(rf"\]\({home}\.\./{document}\.md", f"]({home}{page}.md", source[0])


def list_the_settings(app: Sphinx, name: str, source: list[str]) -> None:
    """The page of settings gets what stands beside each field of `Settings`."""
    if name == "reference/settings":
        source[0] += "\n".join(rows_of_settings())


def rows_of_settings() -> Iterator[str]:
    """A table for each group of fields; what is said of a field stands behind it."""
    heading, said = "General", ""
    defaults = Settings()
    for line in inspect.getsource(Settings).splitlines():
        if group := re.fullmatch(r"    # (.+)", line):
            heading = group[1]
        if above := re.fullmatch(r"    #: (.+)", line):
            said = above[1]
        field = re.match(r"    (\w+): .+?=[^#]*(?:#\s*(.*))?$", line)
        if field:
            if heading:
                yield f"\n## {heading}\n\n| setting | default | |\n|---|---|---|"
                heading = ""
            default = _shown(getattr(defaults, field[1]))
            yield f"| `LIVE_{field[1].upper()}` | `{default}` | {field[2] or said} |"
            said = ""


def _shown(default: object) -> str:
    if type(default) in (int, float):
        return f"{default:,}".removesuffix(".0")
    return str(default or "none")


def setup(app: Sphinx) -> None:
    app.connect("source-read", lead_to_the_pages)
    app.connect("source-read", list_the_settings)
