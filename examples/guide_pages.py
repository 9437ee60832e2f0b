"""The guides as pages: as much of Markdown as they use, turned into HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from limelight import LiveView, Request
from limelight.mixins import PageMetadataMixin

DOCS = Path(__file__).parents[1] / "docs"
#: By the name of the file without its ending.
DOCUMENTS = {
    path.stem: path
    for pattern in ("*.md", "internals/*.md", "guides/*.md")
    for path in DOCS.glob(pattern)
}
#: Other addresses are not found.
RULE = "/guides/<any({}):name>".format(", ".join(f'"{name}"' for name in sorted(DOCUMENTS)))
FENCE = "```"
#: Code, a link, strong words. Within code nothing else counts.
INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)|\*\*([^*]+)\*\*")


class Guide(PageMetadataMixin, LiveView):
    """A guide, or another document, in the gallery's layout."""

    template = "{{ guide }}"
    layout = "gallery/guide.html"

    def mount(self, request: Request, **params: Any) -> None:
        self.text = DOCUMENTS[params["name"]].read_text(encoding="utf-8")
        self.page_title = self.text.splitlines()[0].removeprefix("# ") + " · Limelight"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(guide=html_of(self.text), **kwargs)


def html_of(text: str) -> Markup:
    """Return the HTML of a guide."""
    return Markup("\n").join(block_html(block) for block in blocks_of(text))


def blocks_of(text: str) -> Iterator[list[str]]:
    """Yield the blocks of lines that blank lines part; one of code holds its blank lines."""
    block: list[str] = []
    for line in text.splitlines():
        is_in_code = bool(block) and block[0].startswith(FENCE)
        begins_code = not is_in_code and line.startswith(FENCE)
        if block and (begins_code or (not is_in_code and not line.strip())):
            yield block
            block = []
        if line.strip() or is_in_code:
            block.append(line)
        if is_in_code and line.startswith(FENCE):
            yield block
            block = []
    if block:
        yield block


def block_html(block: list[str]) -> Markup:
    first = block[0]
    if first.startswith(FENCE):
        return Markup('<pre tabindex="0"><code>{}</code></pre>').format("\n".join(block[1:-1]))
    if first.startswith("#"):
        level = len(first) - len(first.lstrip("#"))
        heading = Markup("<h{0}>{1}</h{0}>").format(level, inline(first[level:].strip()))
        return heading + block_html(block[1:]) if block[1:] else heading
    for mark, kind in MARKS.items():
        if re.match(mark, first):
            return kind(block)
    return Markup("<p>{}</p>").format(inline(" ".join(block)))


def table(rows: list[str]) -> Markup:
    def row(line: str, cell: str) -> Markup:
        texts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        markup = Markup("<{0}>{1}</{0}>")
        cells = [markup.format(cell, inline(one.strip())) for one in texts]
        return Markup("<tr>{}</tr>").format(Markup().join(cells))

    body = Markup().join(row(line, "td") for line in rows[2:])
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(
        row(rows[0], "th"), body
    )


def list_of(lines: list[str]) -> Markup:
    items = re.split(r"\n(?:- |\d+\. )", "\n" + "\n".join(lines))[1:]
    rows = [Markup("<li>{}</li>").format(inline(" ".join(item.split()))) for item in items]
    return Markup("<{0}>{1}</{0}>").format(
        "ul" if lines[0][0] == "-" else "ol", Markup().join(rows)
    )


#: What a block begins with, and what it is then.
MARKS: dict[str, Callable[[list[str]], Markup]] = {r"\|": table, r"- |\d+\. ": list_of}


def inline(text: str) -> Markup:
    pieces = Markup()
    end = 0
    for found in INLINE.finditer(text):
        pieces += escape(text[end : found.start()]) + span(*found.groups(""))
        end = found.end()
    return pieces + escape(text[end:])


def span(code: str, words: str, target: str, strong: str) -> Markup:
    if words:
        near = re.fullmatch(r"[\w./-]*?([\w-]+)\.md(#.*)?", target)
        if near and near[1] not in DOCUMENTS:
            return inline(words)
        address = f"/guides/{near[1]}" if near else target
        return Markup('<a href="{}">{}</a>').format(address, inline(words))
    if strong:
        return Markup("<strong>{}</strong>").format(inline(strong))
    return Markup("<code>{}</code>").format(code)
