"""Form controls as the HTML shows them: their kind, their default value, who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from .document import Document, attribute_of, has_attribute, with_ancestors

#: A text, checked or not, or the chosen options of a select that takes several.
ControlValue: TypeAlias = str | bool | list[str]

CONTROLS = "input, textarea, select"
BUTTON_TYPES = frozenset({"button", "submit", "reset", "image"})
CHECKED_TYPES = frozenset({"checkbox", "radio"})


def kind_of(node: LexborNode) -> str:
    """Return "select", "textarea", "button", "a" or the like; for an input its type."""
    if node.tag != "input":
        return str(node.tag)
    return (attribute_of(node, "type") or "text").lower()


def is_control(node: LexborNode) -> bool:
    return node.tag in {"input", "textarea", "select"}


def is_focusable(node: LexborNode) -> bool:
    """Tell whether the element can have the focus, or listens as if it could."""
    is_natural = is_control(node) or node.tag in {"button", "a"}
    return is_natural or has_attribute(node, "tabindex", "dj-focus", "dj-blur")


def is_checkable(node: LexborNode) -> bool:
    return kind_of(node) in CHECKED_TYPES


def takes_text(node: LexborNode) -> bool:
    if node.tag == "input":
        return kind_of(node) not in BUTTON_TYPES | CHECKED_TYPES | {"file", "hidden"}
    return node.tag == "textarea"


def is_written(node: LexborNode) -> bool:
    """Tell whether the HTML says what a text field holds."""
    return node.tag == "textarea" or has_attribute(node, "value")


def takes_several(node: LexborNode) -> bool:
    return node.tag == "select" and has_attribute(node, "multiple")


def is_disabled(node: LexborNode) -> bool:
    """Tell whether a browser ignores this control, by itself or by its fieldset."""
    if node.tag not in {"input", "textarea", "select", "button", "option"}:
        return False
    return has_attribute(node, "disabled") or any(
        has_attribute(one, "disabled") for one in with_ancestors(node) if one.tag == "fieldset"
    )


def is_submitter(node: LexborNode) -> bool:
    if node.tag == "button":
        return (attribute_of(node, "type") or "submit").lower() == "submit"
    return kind_of(node) in {"submit", "image"}


def name_of(node: LexborNode) -> str:
    return attribute_of(node, "name") or ""


def default_of(node: LexborNode) -> ControlValue:
    """Return the value that the HTML gives the control."""
    if is_checkable(node):
        return has_attribute(node, "checked")
    if node.tag == "textarea":
        return "".join(child.text_content or "" for child in node.iter(include_text=True))
    if node.tag == "select":
        return _selected(node)
    return attribute_of(node, "value") or ""


def _selected(select: LexborNode) -> ControlValue:
    options = select.css("option")
    chosen = [option_value(one) for one in options if has_attribute(one, "selected")]
    if takes_several(select):
        return chosen
    enabled = [option_value(one) for one in options if not is_disabled(one)]
    return (chosen[-1:] or enabled[:1] or [""])[0]


def option_value(option: LexborNode) -> str:
    value = attribute_of(option, "value")
    return " ".join(option.text().split()) if value is None else value


def sent_value(checkable: LexborNode) -> str:
    """Return what a checked box or radio button sends."""
    value = attribute_of(checkable, "value")
    return "on" if value is None else value


def checkbox_group(document: Document, box: LexborNode) -> list[LexborNode]:
    """Return the boxes that share a box's name in its form: together they are one list."""
    form = form_of(document, box)
    if form is None or not name_of(box):
        return [box]
    named = [one for one in controls_of(document, form) if name_of(one) == name_of(box)]
    return [one for one in named if kind_of(one) == "checkbox"]


def form_of(document: Document, control: LexborNode) -> LexborNode | None:
    owner = attribute_of(control, "form")
    if owner:
        return next(iter(document.find_all(f'form[id="{owner}"]')), None)
    return next((one for one in with_ancestors(control) if one.tag == "form"), None)


def controls_of(document: Document, form: LexborNode) -> list[LexborNode]:
    """Return the controls of a form, those outside that name it by `form=` included."""
    return [
        node for node in document.find_all(f"{CONTROLS}, button") if form_of(document, node) == form
    ]


def identities(document: Document, selector: str = CONTROLS) -> dict[str, LexborNode]:
    """Return the elements by what makes them the same element after a patch."""
    found: dict[str, LexborNode] = {}
    for node in document.find_all(selector):
        name = base = "/".join(_steps(node))
        ordinal = 1
        while name in found:
            ordinal += 1
            name = f"{base}({ordinal})"
        found[name] = node
    return found


def _steps(node: LexborNode) -> Iterator[str]:
    """Walk up to the nearest id. Where a name says enough, only keys and forms count as well."""
    is_named = bool(name_of(node))
    for step in with_ancestors(node):
        if attribute_of(step, "id"):
            yield f"#{attribute_of(step, 'id')}"
            return
        if attribute_of(step, "dj-key"):
            yield f"key={attribute_of(step, 'dj-key')}"
        elif is_named and step == node:
            chosen = sent_value(node) if is_checkable(node) else ""
            yield f"{node.tag}[{name_of(node)}={chosen}]"
        elif step.tag == "form":
            yield f"form[{name_of(step) or attribute_of(step, 'dj-submit') or ''}]"
        elif not is_named:
            yield f"{step.tag}:{_ordinal(step)}"


def _ordinal(node: LexborNode) -> int:
    before, ordinal = node.prev, 0
    while before is not None:
        ordinal += before.tag == node.tag
        before = before.prev
    return ordinal
