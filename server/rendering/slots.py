"""Says, for each dynamic part of a template, what a browser must touch to change it.

A shape is the fixed text of a template with holes between: `<b class="` `">` `</b>`. This
file reads that text as a browser's tokenizer would and gives each hole, or slot, a letter:

    c  content: text, nodes or rows between two anchors
    o  content, and the only child of its element, which is then the anchor itself
    a  part of one quoted attribute value
    g  elsewhere in an open tag: the tag is rebuilt whole
    r  text of <script>, <style>, <textarea> or <title>
    x  nowhere that could be found again, such as a tag's name or a comment
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .tokenizer import RAW_WITH_REFERENCES, TEXT, Place, read_statics, words

_UNCLOSED = "close every tag in the block, branch or loop body that opens it"


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What a browser can do with the slots of one shape."""

    #: One letter a slot, see above.
    kinds: str
    #: For each slot the slots that are sent together with it, itself included.
    groups: tuple[tuple[int, ...], ...]
    #: Every slot can be found again, and the tags are balanced.
    is_addressable: bool
    #: The shape's own tags are balanced, so that it can stand between two anchors.
    is_balanced: bool
    #: For each slot the element it stands in directly; empty at the top of the shape.
    parents: tuple[str, ...] = ()
    #: The names of the elements at the top of the shape, and `#text` for text there.
    tops: frozenset[str] = frozenset()
    #: Slots right behind `<pre>`, where a browser drops the first newline.
    drops_newline: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FallbackWarning:
    """A place in a template where a change costs more than it needs to."""

    template: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.template}, near line {self.line}: {self.message}"


def plan_slots(statics: Sequence[str]) -> SlotPlan:
    """Give each slot between the `statics` its letter and its group."""
    reading = read_statics(statics)
    places = reading.places
    kinds = [_kind(statics, slot, place) for slot, place in enumerate(places)]
    groups = [_group(places, kinds, slot) for slot in range(len(places))]
    return SlotPlan(
        kinds="".join(kinds),
        groups=tuple(groups),
        is_addressable=reading.is_balanced and "x" not in kinds,
        is_balanced=reading.is_balanced,
        parents=tuple(place.parent for place in places),
        tops=reading.tops,
        drops_newline=frozenset(
            slot
            for slot, place in enumerate(places)
            if place.follows_tag and place.parent in ("pre", "listing")
        ),
    )


def is_balanced_html(html: str) -> bool:
    """Tell whether ready-made HTML keeps to its place: it closes what it opens, and no more."""
    return "<" not in html or read_statics((html,)).is_balanced


def fits(parent: SlotPlan, slot: int, child: SlotPlan) -> bool:
    """Tell whether a browser leaves the child's elements where the parent's slot stands.

    A row directly in a table gets a `<tbody>` around it, and a block ends its paragraph.
    """
    return not child.tops & _MISPLACED.get(parent.parents[slot], frozenset())


def fallback_warnings(
    statics: Sequence[str], template: str = "<template>", line: int = 1
) -> list[FallbackWarning]:
    """Name what keeps a browser from changing single slots, with a remedy for each."""
    reading = read_statics(statics)
    found = [(offset, f"{what}; {_UNCLOSED}.") for offset, what in reading.faults]
    for slot, place in enumerate(reading.places):
        remedy = _remedy(statics, slot, place)
        if remedy:
            found.append((place.offset, remedy))
    text = "".join(statics)
    return [
        FallbackWarning(template, line + text.count("\n", 0, offset), message)
        for offset, message in sorted(found)
    ]


# What ends a paragraph when it opens inside of one.
_BLOCKS = words(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre search "
    "section summary table ul dd dt"
)
_TABLE_PARTS = words("caption col colgroup tbody td tfoot th thead tr")
_NOT_IN_TABLE = frozenset({"tr", "td", "th", "col", TEXT})
_MISPLACED: dict[str, frozenset[str]] = {
    "table": _NOT_IN_TABLE | (_BLOCKS - {"form"}) | {"span", "a", "b", "i", "em", "strong"},
    "tbody": frozenset({"td", "th", TEXT}) | _BLOCKS,
    "thead": frozenset({"td", "th", TEXT}) | _BLOCKS,
    "tfoot": frozenset({"td", "th", TEXT}) | _BLOCKS,
    "tr": frozenset({"tr", "tbody", "thead", "tfoot", TEXT}) | _BLOCKS,
    "p": _BLOCKS,
    "li": frozenset({"li"}),
    "option": frozenset({"option", "optgroup"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "a": frozenset({"a"}),
    "button": frozenset({"button"}),
    "td": _TABLE_PARTS,
    "th": _TABLE_PARTS,
}

_PLACE_KINDS = {"attribute": "a", "tag": "g", "raw": "r"}
# What the slot's value could complete: a tag, or a character reference.
_OPEN_TEXT = re.compile(r"(<[!/?]?-?|&#?\w*)\Z")
_OPEN_RAW = re.compile(r"</?\w*\Z")
_OPEN_REFERENCE = re.compile(r"&#?\w*\Z")


def _kind(statics: Sequence[str], slot: int, place: Place) -> str:
    before = statics[slot]
    if place.where == "content":
        if _OPEN_TEXT.search(before):
            return "x"
        return "o" if _is_only_child(statics, slot, place) else "c"
    if place.where == "raw" and _is_open_raw(before, place.parent):
        return "x"
    if place.where == "attribute" and (place.tag_is_open or _OPEN_REFERENCE.search(before)):
        return "g"
    return _PLACE_KINDS.get(place.where, "x")


def _is_open_raw(before: str, parent: str) -> bool:
    if parent in RAW_WITH_REFERENCES and _OPEN_REFERENCE.search(before):
        return True
    return _OPEN_RAW.search(before) is not None


def _is_only_child(statics: Sequence[str], slot: int, place: Place) -> bool:
    if not place.follows_tag:
        return False
    closing = f"</{place.parent}"
    after = statics[slot + 1][: len(closing) + 1].lower()
    return after.startswith(closing) and after[len(closing) :] in (">", " ", "\n", "\t")


def _group(places: Sequence[Place], kinds: Sequence[str], slot: int) -> tuple[int, ...]:
    kind, place = kinds[slot], places[slot]
    if kind == "a":
        same = [other for other, its in enumerate(places) if its.attribute == place.attribute]
    elif kind in "gr":
        same = [other for other, its in enumerate(places) if its.tag == place.tag]
    else:
        return (slot,)
    return tuple(other for other in same if kinds[other] == kind)


def _remedy(statics: Sequence[str], slot: int, place: Place) -> str:
    parent = f"<{place.parent}>"
    if place.parent == "table" and re.match(r"\s*<tr", statics[slot + 1], re.IGNORECASE):
        return f"rows stand directly in {parent}; write <tbody> around them."
    if _kind(statics, slot, place) != "x":
        return ""
    return _REMEDIES.get(place.where, _JOINED)


_JOINED = "a value could complete a tag or a character reference; put a space before it."
_REMEDIES = {
    "name": "a value stands in a tag's name; write the tags out in branches.",
    "comment": "a value stands in a comment; leave it out, or use a Jinja comment {# #}.",
    "hidden": "a value stands inside <template>, <noscript>, <iframe> or the like, "
    "where it cannot be changed alone; use another element.",
    "twice": "an attribute is written twice in one tag; write it once.",
}


def misplaced_warning(parent: SlotPlan, slot: int, child: SlotPlan) -> str:
    """Say what to write instead when `fits` says no."""
    outer = parent.parents[slot]
    names = sorted(child.tops & _MISPLACED[outer])
    inner = ", ".join("text" if name == TEXT else f"<{name}>" for name in names)
    if outer == "table":
        return f"{inner} directly in <table>; write <tbody> around the rows."
    return f"{inner} directly in <{outer}>, which browsers end or move; use another element."
