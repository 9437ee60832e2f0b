"""The documentation becomes a site without a warning, and each of its links leads somewhere."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import fields
from selectolax.lexbor import LexborHTMLParser

from build_support.site import ROOT, broken_links, build
from limelight.server.settings import Settings

PUBLIC = ("limelight", "limelight.actors", "limelight.client", "limelight.mixins")
MODULES = [import_module(name) for name in (*PUBLIC, "limelight.testing")]
#: Its methods are Quart's as well.
NOT_OURS = ("LiveApp",)
REFERENCE = [
    getattr(module, name) for module in MODULES for name in module.__all__ if name not in NOT_OURS
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "html"
    build(ROOT / "docs", folder)
    return folder


def test_the_documents_become_a_site_without_a_warning(site: Path) -> None:
    documents = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert {path.with_suffix(".html") for path in documents} <= {
        path.relative_to(site) for path in site.rglob("*.html")
    }


def test_each_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert broken_links(site) == []


def test_the_reference_shows_every_public_name(site: Path) -> None:
    pages = "".join(path.read_text() for path in (site / "reference").glob("*.html"))
    for module in MODULES:
        for name in module.__all__:
            assert f".{name}" in pages, f"{module.__name__}.{name}"


def unexplained(offered: object) -> Iterator[str]:
    """The public methods and properties of a class that have no docstring."""
    for name in dir(offered) if inspect.isclass(offered) else ():
        member = inspect.getattr_static(offered, name)
        if name[0] == "_" or name in SAID_ONCE or not isinstance(member, property | FUNCTION):
            continue
        if not inspect.getdoc(getattr(offered, name)):
            yield f"{offered}.{name}"


FUNCTION = type(unexplained)
#: Every behaviour adds to it; the reference says what for under `LiveView`.
SAID_ONCE = ("get_context_data",)


def test_every_public_method_of_the_reference_explains_itself() -> None:
    missing = [text for offered in REFERENCE for text in unexplained(offered)]
    assert not missing, "\n" + "\n".join(missing)


def test_a_planted_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<p id="here"><a href="b.html">b</a><a href="#here">c</a>')
    (tmp_path / "c.html").write_text('<a href="a.html#there">b</a><a href="a.html#here">c</a>')
    assert sorted(broken_links(tmp_path)) == ["a.html: b.html", "c.html: a.html#there"]


def test_a_planted_warning_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser"]\n')
    (tmp_path / "index.md").write_text("# Title\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(RuntimeError, match=r"nowhere\.md"):
        build(tmp_path, tmp_path / "html")


def test_every_setting_says_what_it_is_for(site: Path) -> None:
    page = LexborHTMLParser((site / "reference/settings.html").read_bytes())
    rows = [[cell.text().strip() for cell in row.css("td")] for row in page.css("tbody tr")]
    assert {name for name, *_ in rows} == {field.encode_name for field in fields(Settings)}
    assert not [name for name, _, said in rows if not said]
