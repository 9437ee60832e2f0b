"""The actors of one view, one after the other: each goes on where the last has crashed."""

from __future__ import annotations

from .rendering.picture import LiveTemplate, Picture
from .seat import Seat
from .view import View


class Incarnations:
    """Makes a view's actor, and after each crash the next, with the state of the last."""

    __slots__ = ("_class", "_former", "_picture", "_seat")

    def __init__(self, seat: Seat, view: type[View], template: LiveTemplate) -> None:
        self._seat = seat
        self._class = view
        self._picture = Picture(template)
        self._former: View | None = None

    def __call__(self) -> View:
        view = self._class()
        if self._former is not None:
            self._seat.inherited = self._former._legacy()
        self._former = view
        view._take_seat(self._seat, self._picture)
        return view
