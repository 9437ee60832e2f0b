"""How Sphinx makes a site of this folder: `make site`."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

import limelight

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


def setup(app: Sphinx) -> None:
    app.connect("source-read", lead_to_the_pages)
