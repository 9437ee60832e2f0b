"""The rules of forms that wait for something, and run beside the turns."""

from __future__ import annotations

import trio

from ..actors import Message


class FieldChecked(Message, frozen=True):
    """The validators of a field that wait have answered; without errors if they have failed."""

    form: str
    field: str
    entered: tuple[str, ...]
    errors: tuple[str, ...] | None


class Checks:
    """The validators of a view that are at work. A newer value of a field cancels its older."""

    def __init__(self) -> None:
        self.scopes: dict[tuple[str, str], trio.CancelScope] = {}

    def __deepcopy__(self, _: object) -> Checks:
        return self

    def begin(self, key: tuple[str, str]) -> trio.CancelScope:
        self.cancel(key)
        scope = self.scopes[key] = trio.CancelScope()
        return scope

    def ended(self, key: tuple[str, str], scope: trio.CancelScope) -> None:
        if self.scopes.get(key) is scope:
            del self.scopes[key]

    def cancel(self, key: tuple[str, str]) -> None:
        scope = self.scopes.pop(key, None)
        if scope is not None:
            scope.cancel()
