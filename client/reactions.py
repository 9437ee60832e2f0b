"""Which handlers of the page hear of what its user does, in the order in which a browser tells."""

from __future__ import annotations

from dataclasses import replace

from selectolax.lexbor import LexborNode

from .controls import controls_of, form_of, is_checkable, is_submitter, kind_of, name_of, takes_text
from .document import Document, attribute_of, closest, with_ancestors
from .gestures import (
    Call,
    Visit,
    Wish,
    click_wish,
    key_owners,
    no_handler,
    values_of,
    window_key_owners,
)
from .inputs import UserInput

# --- edits and focus ------------------------------------------------------------------


def edit_calls(
    document: Document, user: UserInput, control: LexborNode, *attributes: str
) -> list[Call]:
    """Return the calls of dj-input or dj-change for an edit, in this order."""
    calls = []
    for attribute in attributes:
        owner = closest(control, attribute)
        handler = attribute_of(owner, attribute) if owner is not None else None
        if owner is None or not handler:
            continue
        if owner.tag == "form":
            call = _form_call(document, user, owner, handler)
            parameters = {**call.parameters, "_target": name_of(control)}
            calls.append(replace(call, parameters=parameters))
        else:
            values = {**values_of(owner), **values_of(control)}
            parameters = {**user.parameters(document, control), **values}
            calls.append(Call(handler, parameters, (control,)))
    return calls


def recovery_calls(document: Document, user: UserInput, control: LexborNode) -> list[Call]:
    """Return what tells a view that had to start anew about an edited control."""
    if kind_of(control) == "password":
        return []
    return edit_calls(document, user, control, "dj-input", "dj-change")


def focus_calls(document: Document, user: UserInput, node: LexborNode | None) -> list[Call]:
    """Move the focus, and return what that tells: the old element's change and blur first."""
    former = user.focused(document)
    if former == node:
        return []
    user.focus(document, node)
    calls = []
    if former is not None:
        calls += _commit_calls(document, user, former)
        calls += _owner_calls(document, user, former, "dj-blur", node)
    if node is not None:
        calls += _owner_calls(document, user, node, "dj-focus", former)
    return calls


def _commit_calls(document: Document, user: UserInput, node: LexborNode) -> list[Call]:
    """Text that was typed is a change once its field is left."""
    if not takes_text(node) or not user.commit(document, node):
        return []
    return edit_calls(document, user, node, "dj-change")


def _owner_calls(
    document: Document,
    user: UserInput,
    node: LexborNode,
    attribute: str,
    other: LexborNode | None,
) -> list[Call]:
    owner = closest(node, attribute)
    # Moving within the element is neither its focus nor its blur.
    if owner is None or (other is not None and owner in with_ancestors(other)):
        return []
    return [_element_call(document, user, owner, attribute)]


def _element_call(
    document: Document, user: UserInput, owner: LexborNode, attribute: str, **more: str
) -> Call:
    parameters = {**more, **user.parameters(document, owner), **values_of(owner)}
    return Call(attribute_of(owner, attribute) or "", parameters, (owner,))


# --- clicks and forms -------------------------------------------------------------------


def click_wishes(document: Document, user: UserInput, node: LexborNode) -> list[Wish]:
    """Return what a click asks for, those first who watch for clicks elsewhere."""
    is_checked = is_checkable(node) and user.value(document, node) is True
    wish = click_wish(node, is_checked)
    wishes: list[Wish] = [*_away_calls(document, node)]
    if wish is None or (isinstance(wish, Visit) and wish.kind == "page"):
        wishes += _submit_by(document, user, node)
    return wishes if wish is None else [*wishes, wish]


def _away_calls(document: Document, node: LexborNode) -> list[Call]:
    around = list(with_ancestors(node))
    return [
        Call(attribute_of(one, "dj-click-away") or "", values_of(one))
        for one in document.with_attribute("dj-click-away")
        if one not in around
    ]


def _submit_by(document: Document, user: UserInput, node: LexborNode) -> list[Call]:
    submitter = next((one for one in with_ancestors(node) if is_submitter(one)), None)
    form = form_of(document, submitter) if submitter is not None else None
    return [] if form is None else submit_calls(document, user, form, submitter)


def submit_calls(
    document: Document, user: UserInput, form: LexborNode, submitter: LexborNode | None
) -> list[Call]:
    """Return the call that a form makes with all its fields; none without dj-submit."""
    handler = attribute_of(form, "dj-submit")
    if not handler:
        return []
    return [replace(_form_call(document, user, form, handler, submitter), is_submit=True)]


def _form_call(
    document: Document,
    user: UserInput,
    form: LexborNode,
    handler: str,
    submitter: LexborNode | None = None,
) -> Call:
    parameters = {**user.fields(document, form, submitter), **values_of(form)}
    if submitter is not None:
        parameters |= values_of(submitter)
    return Call(handler, parameters, tuple(controls_of(document, form)))


# --- keys -----------------------------------------------------------------------------


def press_calls(
    document: Document, user: UserInput, node: LexborNode | None, key: str
) -> list[Call]:
    """Return what a key tells: down, then the form that Enter submits, then up."""
    down = _key_calls(document, user, node, "keydown", key)
    up = _key_calls(document, user, node, "keyup", key)
    return down + _enter_calls(document, user, node, key) + up


def _key_calls(
    document: Document, user: UserInput, node: LexborNode | None, kind: str, key: str
) -> list[Call]:
    nearest = key_owners(node, f"dj-{kind}", key) if node is not None else []
    window = window_key_owners(document, f"dj-window-{kind}", key)
    return [_element_call(document, user, owner, name, key=key) for owner, name in nearest] + [
        Call(attribute_of(owner, name) or "", {"key": key, **values_of(owner)})
        for owner, name in window
    ]


def _enter_calls(
    document: Document, user: UserInput, node: LexborNode | None, key: str
) -> list[Call]:
    """Enter in a text field makes its change, and submits its form."""
    if key != "Enter" or node is None or node.tag != "input" or not takes_text(node):
        return []
    calls = _commit_calls(document, user, node)
    form = form_of(document, node)
    if form is None:
        return calls
    submitters = [one for one in controls_of(document, form) if is_submitter(one)]
    return calls + submit_calls(document, user, form, submitters[0] if submitters else None)


def require_use(document: Document, control: LexborNode) -> None:
    """Refuse an edit that no handler and no form would ever bring to the server."""
    form = form_of(document, control)
    is_submitted = form is not None and "dj-submit" in form.attributes and bool(name_of(control))
    if not is_submitted and closest(control, "dj-input", "dj-change", "dj-blur") is None:
        raise no_handler(document, control, "dj-input", "dj-change", "dj-submit")
