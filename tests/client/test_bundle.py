"""What the wheel ships for browsers: built from the sources beside it, small, and safe to serve."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "client" / "browser"
STATIC = ROOT / "client" / "static"
BUNDLE = STATIC / "limelight.js"


def source_hash() -> str:
    """The same sum as in `client/browser/build.js`, so that no Node is needed here."""
    own = [path.name for path in SOURCES.glob("*.js") if path.name != "build.js"]
    digest = hashlib.sha256()
    for name in sorted([*own, "vendor/idiomorph.js"]):
        digest.update(f"{name}\n".encode() + (SOURCES / name).read_bytes())
    return digest.hexdigest()[:16]


def test_the_bundle_was_built_from_the_sources_beside_it() -> None:
    first_line = BUNDLE.read_text().partition("\n")[0]
    built_from = re.search(r"Sources: (\w+)\.", first_line)
    assert built_from is not None
    assert built_from[1] == source_hash(), "Run `npm install` and `npm run build`."


def test_the_bundle_stays_small() -> None:
    assert len(gzip.compress(BUNDLE.read_bytes(), 9)) <= 15 * 1024


def test_the_morph_is_loaded_apart_and_only_once() -> None:
    (chunk,) = STATIC.glob("idiomorph-*.js")
    assert f'import("./{chunk.name}")' in BUNDLE.read_text()
    assert len(gzip.compress(chunk.read_bytes(), 9)) <= 4 * 1024


def test_nothing_in_the_bundle_needs_a_weaker_policy() -> None:
    text = "".join(script.read_text() for script in STATIC.glob("*.js"))
    for forbidden in ("eval(", "new Function", ".setAttribute('style'", '"style"', ".cssText"):
        assert forbidden not in text


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in lock.replace("https://github.com", "").replace("https://opencollective", "")
