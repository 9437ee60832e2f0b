"""Looks through a tree that is to be shown as HTML, for what a browser could not find again."""

from __future__ import annotations

from markupsafe import Markup

from .slots import is_balanced_html
from .tree import Loop, Node, Shape, Value, node_to_html, value_to_html
from .wire import FLAT_KINDS, fits_slot


def survey(node: Node) -> bool:
    """Mark every shape that holds unbalanced tags; tell whether the node itself is balanced.

    Must run before the first HTML is written, whose marks depend on it.
    """
    shape: Shape = node[0]
    for slot, value in enumerate(node[1 : shape.width + 1]):
        _survey_slot(shape, slot, value)
    return shape.is_addressable or is_balanced_html(node_to_html(node))


def _survey_slot(shape: Shape, slot: int, value: Value) -> None:
    kind = type(value)
    if kind is str and shape.escapes[slot]:
        return
    if shape.plan.kinds[slot] in FLAT_KINDS:
        return
    if kind is tuple:
        is_fit = survey(value) and fits_slot(shape, slot, value)
    elif kind is Loop:
        is_fit = _survey_loop(value) and fits_slot(shape, slot, value)
    elif kind is Markup or kind is str:
        is_fit = is_balanced_html(value)
    else:
        return
    if not is_fit:
        shape.note_broken()


def _survey_loop(loop: Loop) -> bool:
    shape = loop.shape
    for slot, escaped in enumerate(shape.escapes):
        if shape.plan.kinds[slot] in FLAT_KINDS:
            continue
        column = loop.values[slot :: shape.stride]
        kinds = set(map(type, column))
        if kinds & _TROUBLESOME or (not escaped and str in kinds):
            for value in column:
                _survey_slot(shape, slot, value)
    return shape.is_addressable or is_balanced_html(value_to_html(loop, True))


_TROUBLESOME = frozenset({tuple, Loop, Markup})
