"""The types of files by their endings, under one name each, whatever system we run on."""

from __future__ import annotations

import mimetypes
import re

#: Types that browsers run when they are opened: refused unless they are asked for by name.
ACTIVE = {
    ".html": "text/html",
    ".htm": "text/html",
    ".shtml": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".xht": "application/xhtml+xml",
    ".xml": "text/xml",
    ".xsl": "text/xml",
    ".svg": "image/svg+xml",
    ".svgz": "image/svg+xml",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".cjs": "text/javascript",
    ".hta": "application/hta",
    ".swf": "application/x-shockwave-flash",
}
ALIASES = {
    "application/javascript": "text/javascript",
    "application/x-javascript": "text/javascript",
    "application/ecmascript": "text/javascript",
    "text/ecmascript": "text/javascript",
    "application/xml": "text/xml",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-ms-bmp": "image/bmp",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "video/x-m4v": "video/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/mp4a-latm": "audio/mp4",
    "application/vnd.rar": "application/x-rar-compressed",
    "application/font-sfnt": "font/ttf",
    "font/otf": "font/ttf",
    "application/font-woff": "font/woff",
    "image/apng": "image/png",
    "application/x-bzip": "application/x-bzip2",
}
#: Types that browsers declare when they know nothing.
UNKNOWN = ("", "application/octet-stream")
#: What is a container by its content, and something more special by its name.
CONTAINERS = {
    "application/zip": re.compile(
        r".*(zip|openxml|opendocument|epub|jar|kmz|3mf).*|application/.*"
    ),
    "application/gzip": re.compile(r"application/.*(gzip|tar|tgz).*"),
    "application/x-ole-storage": re.compile(r"application/(msword|vnd\.ms-.*)"),
    "video/mp4": re.compile(r"audio/mp4|video/quicktime|video/mp4"),
    "video/webm": re.compile(r"(audio|video)/(webm|x-matroska)"),
    "video/x-matroska": re.compile(r"(audio|video)/(webm|x-matroska)"),
    "application/ogg": re.compile(r"(audio|video|application)/ogg"),
    "audio/ogg": re.compile(r"(audio|video|application)/ogg"),
    "image/tiff": re.compile(r"image/(tiff|x-.*|dng)"),
}
#: Endings that Python's own table does not know, or knows as an encoding only.
ENDINGS = {
    ".avif": "image/avif",
    ".bz2": "application/x-bzip2",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".heic": "image/heic",
    ".heif": "image/heic",
    ".md": "text/markdown",
    ".ogg": "audio/ogg",
    ".rar": "application/x-rar-compressed",
    ".tgz": "application/gzip",
    ".webp": "image/webp",
    ".xz": "application/x-xz",
    ".zst": "application/zstd",
}

# Without the tables of the system, which differ from machine to machine.
_types = mimetypes.MimeTypes()


def canonical(kind: str) -> str:
    """Return the one name that we use for a type, without its parameters."""
    kind = kind.partition(";")[0].strip().lower()
    return ALIASES.get(kind, kind)


def type_by_ending(ending: str) -> str:
    """Return the type of files with this ending, "" if we know none."""
    known = ACTIVE.get(ending) or ENDINGS.get(ending)
    guessed = known or canonical(_types.guess_type(f"x{ending}")[0] or "")
    return "" if guessed in UNKNOWN else guessed


def is_same(found: str, by_name: str) -> bool:
    """Tell whether content of one type is what a name of the other promises."""
    container = CONTAINERS.get(found)
    return found == by_name or bool(container and container.fullmatch(by_name))
