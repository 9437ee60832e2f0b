"""Reads the fixed text of a template as a browser would, and notes where the holes are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Where = Literal["content", "attribute", "tag", "raw", "name", "comment", "hidden", "twice"]


def words(text: str) -> frozenset[str]:
    """Write a set of names as one line."""
    return frozenset(text.split())


VOID = words("area base br col embed hr img input link meta param source track wbr")
#: Their content is text, and a browser finds it again.
RAW = frozenset({"script", "style", "textarea", "title"})
#: Of these, those in which `&amp;` stands for `&`.
RAW_WITH_REFERENCES = frozenset({"textarea", "title"})
#: Their content is text or kept apart, and is not searched for slots.
OPAQUE = words("iframe noembed noframes noscript plaintext template xmp")
#: A browser drops these tags inside a page's body.
_DROPPED = frozenset({"html", "head", "body", "frameset", "frame"})
# The end tags that HTML lets an author leave out, as long as the parent is closed.
_OPTIONAL = words(
    "caption colgroup dd dt li optgroup option p rb rp rt rtc tbody td tfoot th thead tr"
)
# Drawn shapes are written <circle/>, and a row of a loop does not show the <svg> around it.
_SELF_CLOSING = re.compile(
    r"animate\w*|circle|ellipse|fe[a-z]+|image|line|m[inos]|mpath|mspace|path|poly(gon|line)"
    r"|rect|set|stop|use|view",
    re.IGNORECASE,
)

_FOREIGN = frozenset({"svg", "math"})
_HTML_INSIDE_FOREIGN = frozenset({"foreignobject", "desc", "title"})
_TEXT_END = re.compile(r"<(?:/?[a-zA-Z]|!|\?|/(?!>))")
_NAME = re.compile(r"[^\s/>]*")
_GAP = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"[^\s/>=]*")
_SPACE = re.compile(r"\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
#: Stands among the names of a shape's outermost elements for text beside them.
TEXT = "#text"
_COMMENT_END = re.compile(r"--!?>")
_LOOSE_END = re.compile(r"<[!/?]?-?\Z|&#?\w*\Z")


@dataclass(slots=True)
class Place:
    """Where one slot stands."""

    where: Where
    #: The character of the joined statics at which the slot stands.
    offset: int
    #: The innermost open element.
    parent: str
    #: The slot follows its element's start tag at once.
    follows_tag: bool
    #: Numbers of the tag (or raw text element) and of the attribute, to tell groups by.
    tag: int
    attribute: int
    #: Another slot stands elsewhere in the same open tag, so the tag is rebuilt whole.
    tag_is_open: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: a place for each slot, and what does not close."""

    places: list[Place]
    #: Offset and description of each tag that is not closed, or closes nothing.
    faults: list[tuple[int, str]]
    tops: frozenset[str]

    @property
    def is_balanced(self) -> bool:
        """The text closes what it opens, and nothing else."""
        return not self.faults


def read_statics(statics: Sequence[str]) -> Reading:
    """Read the fixed text of a shape that begins in content."""
    reader = _Reader()
    for static in statics[:-1]:
        reader.read(static)
        reader.note_slot()
    reader.read(statics[-1])
    reader.finish(statics[-1])
    return Reading(reader.places, reader.faults, frozenset(reader.tops))


class _Reader:
    """A tokenizer that stops at each slot and goes on behind it."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.faults: list[tuple[int, str]] = []
        self.tops: set[str] = set()
        self._open: list[str] = []
        self._opened_at: list[int] = []
        self._offset = 0
        self._text = ""
        self._at = 0
        self._state = self._content
        self._follows_tag = False
        self._tag = 0
        self._attribute = 0
        self._begin_tag("", is_end=False)

    def read(self, static: str) -> None:
        self._text, self._at = static, 0
        while self._at < len(static):
            self._state()
        self._offset += len(static)

    def note_slot(self) -> None:
        where = self._where()
        place = Place(
            where=where,
            offset=self._offset,
            parent=self._open[-1] if self._open else "",
            follows_tag=self._follows_tag and where == "content",
            tag=self._tag,
            attribute=self._attribute,
        )
        self.places.append(place)
        self._tag_places.append(place)
        self._follows_tag = False
        self._pass_slot()

    def finish(self, last: str) -> None:
        for name, offset in zip(self._open, self._opened_at, strict=True):
            self.faults.append((offset, f"<{name}> is not closed"))
        if self._state != self._content or _LOOSE_END.search(last):
            self.faults.append((self._offset, "the text ends within a tag or reference"))

    # --- what a slot means in each state

    def _where(self) -> Where:
        if self._state == self._content:
            return "hidden" if self._is_hidden() else "content"
        if self._state == self._raw:
            return "raw" if self._open[-1] in RAW and not self._is_hidden() else "hidden"
        if self._state in (self._comment, self._bogus_comment):
            return "comment"
        if self._state == self._name or self._is_end:
            return "name"
        if self._is_hidden():
            return "hidden"
        return "attribute" if self._state == self._quoted else "tag"

    def _pass_slot(self) -> None:
        # The value of a slot may be the start of an attribute, or of a value without quotes.
        if self._state in (self._gap, self._after_attribute, self._attribute_name):
            self._state = self._attribute_name
            self._attribute_is_fixed = False
        elif self._state == self._before_value:
            self._state = self._unquoted

    def _is_hidden(self) -> bool:
        return any(name in OPAQUE for name in self._open)

    def _is_foreign(self) -> bool:
        for name in reversed(self._open):
            if name in _FOREIGN or name in _HTML_INSIDE_FOREIGN:
                return name in _FOREIGN
        return False

    # --- states: each reads at least one character, or hands over to another state

    def _content(self) -> None:
        match = _TEXT_END.search(self._text, self._at)
        text = self._text[self._at : match.start() if match else None]
        if not self._open and text.strip():
            self.tops.add(TEXT)
        if match is None:
            self._follows_tag = False
            self._at = len(self._text)
            return
        self._follows_tag = self._follows_tag and match.start() == self._at
        opening = match.group()
        self._at = match.end()
        if opening[-1].isalpha():
            self._at -= 1
            self._begin_tag("", is_end=opening[1] == "/")
            self._state = self._name
        elif self._text.startswith("<!--", match.start()):
            self._state = self._comment
        else:
            self._state = self._bogus_comment

    def _comment(self) -> None:
        match = _COMMENT_END.search(self._text, self._at)
        self._leave_text(match.end() if match else None)

    def _bogus_comment(self) -> None:
        is_cdata = self._is_foreign() and self._text.startswith("[CDATA[", self._at)
        end = "]]>" if is_cdata else ">"
        found = self._text.find(end, self._at)
        self._leave_text(found + len(end) if found >= 0 else None)

    def _leave_text(self, end: int | None) -> None:
        self._at = len(self._text) if end is None else end
        if end is not None:
            self._state = self._content
            self._follows_tag = False

    def _raw(self) -> None:
        closing = re.compile(f"</{self._open[-1]}(?=[\\s/>])", re.IGNORECASE)
        match = closing.search(self._text, self._at)
        if match is None:
            self._at = len(self._text)
        else:
            self._at = match.start() + 2
            self._begin_tag("", is_end=True)
            self._state = self._name

    def _name(self) -> None:
        self._tag_name += self._take(_NAME)
        if self._at < len(self._text):
            self._state = self._gap

    def _gap(self) -> None:
        gap = self._take(_GAP)
        if self._at == len(self._text):
            return
        if self._text[self._at] == ">":
            self._at += 1
            self._end_tag(is_self_closing=gap.endswith("/"))
        else:
            self._attribute += 1
            self._attribute_so_far = ""
            self._attribute_is_fixed = True
            if self._text[self._at] == "=":
                self._at += 1
            self._state = self._attribute_name

    def _attribute_name(self) -> None:
        self._attribute_so_far += self._take(_ATTRIBUTE)
        if self._at < len(self._text):
            if self._attribute_is_fixed:
                self._names.append(self._attribute_so_far.lower())
            self._state = self._after_attribute

    def _after_attribute(self) -> None:
        self._take(_SPACE)
        if self._at == len(self._text):
            return
        if self._text[self._at] == "=":
            self._at += 1
            self._state = self._before_value
        else:
            self._state = self._gap

    def _before_value(self) -> None:
        self._take(_SPACE)
        if self._at == len(self._text):
            return
        character = self._text[self._at]
        if character in "\"'":
            self._at += 1
            self._quote = character
            self._state = self._quoted
        else:
            self._state = self._gap if character == ">" else self._unquoted

    def _quoted(self) -> None:
        end = self._text.find(self._quote, self._at)
        if end < 0:
            self._at = len(self._text)
        else:
            self._at = end + 1
            self._state = self._gap

    def _unquoted(self) -> None:
        self._take(_UNQUOTED)
        if self._at < len(self._text):
            self._state = self._gap

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return match.group()

    # --- tags

    def _begin_tag(self, name: str, *, is_end: bool) -> None:
        self._tag += 1
        self._tag_name = name
        self._is_end = is_end
        self._tag_at = self._offset + self._at
        self._names: list[str] = []
        self._attribute_so_far = ""
        self._attribute_is_fixed = True
        self._tag_places: list[Place] = []
        self._quote = ""

    def _end_tag(self, *, is_self_closing: bool) -> None:
        name = self._tag_name.lower()
        self._judge_tag_places()
        self._state = self._content
        if self._is_end:
            self._close(name)
            self._follows_tag = False
        else:
            self._open_element(name, is_self_closing=is_self_closing)
        self._tag += 1
        self._tag_places = []

    def _judge_tag_places(self) -> None:
        is_open = any(place.where == "tag" for place in self._tag_places)
        is_twice = len(set(self._names)) < len(self._names)
        for place in self._tag_places:
            place.tag_is_open = is_open
            if is_twice and place.where in ("tag", "attribute"):
                place.where = "twice"

    def _open_element(self, name: str, *, is_self_closing: bool) -> None:
        if not self._open:
            self.tops.add(name)
        if name in _DROPPED:
            self.faults.append((self._tag_at, f"<{name}> belongs into the layout"))
        is_closed = is_self_closing and (
            self._is_foreign() or name in _FOREIGN or _SELF_CLOSING.fullmatch(name)
        )
        self._follows_tag = not (name in VOID or is_closed)
        if not self._follows_tag:
            return
        is_text = name in RAW or (name in OPAQUE and name not in ("template", "noscript"))
        if is_text and not self._is_foreign():
            self._state = self._raw
        self._open.append(name)
        self._opened_at.append(self._tag_at)

    def _close(self, name: str) -> None:
        depth = len(self._open) - 1
        while depth >= 0 and self._open[depth] != name and self._open[depth] in _OPTIONAL:
            depth -= 1
        if depth < 0 or self._open[depth] != name:
            self.faults.append((self._tag_at, f"</{name}> closes nothing"))
            return
        del self._open[depth:], self._opened_at[depth:]
