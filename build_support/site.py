"""Make a site of the documentation and follow its links: `python -m build_support.site`.

Warnings are errors, and so is a link within the site that leads nowhere.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "build/site"


def build(source: Path, output: Path) -> None:
    """Build the documents of a folder; raises RuntimeError with all that Sphinx complains of."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    command += ["--fresh-env", "--builder", "html", "--doctree-dir", f"{output}.doctrees"]
    result = subprocess.run(
        [*command, str(source), str(output)], check=False, capture_output=True, text=True
    )
    if result.returncode:
        raise RuntimeError(f"The site could not be built.\n{result.stdout}{result.stderr}")


def broken_links(folder: Path) -> list[str]:
    """Return each link of the folder's pages to a page or a place of it that is not there."""
    pages = {path: LexborHTMLParser(path.read_bytes()) for path in folder.rglob("*.html")}
    places = {path: {node.id for node in page.css("[id]")} for path, page in pages.items()}
    return [
        f"{path.relative_to(folder)}: {target}"
        for path, page in pages.items()
        for target in _targets(page)
        if not _leads_somewhere(path, target, places)
    ]


def _targets(page: LexborHTMLParser) -> Iterator[str]:
    for node in page.css("a[href], link[href], img[src], script[src]"):
        yield str(node.attributes.get("href") or node.attributes.get("src") or "")


def _leads_somewhere(path: Path, target: str, places: dict[Path, set[str | None]]) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return True
    found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not parts.fragment or found not in places:
        return found.is_file()
    return unquote(parts.fragment) in places[found]


def main() -> int:
    """Build the site of `docs/` into `build/site`."""
    try:
        build(ROOT / "docs", OUTPUT)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    if broken := broken_links(OUTPUT):
        print("These links lead nowhere:", *broken, sep="\n  ", file=sys.stderr)
        return 1
    print(f"The documentation is at {OUTPUT / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
