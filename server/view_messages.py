"""What a view's actor is told, besides the browser's own messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..actors import Message, Question, WhenFull
from ..client.messages import Event, Join
from .request import User
from .seat import Channel


class Attach(Message, frozen=True):
    """A browser has come, or come back, over this channel."""

    is_control: ClassVar[bool] = True
    channel: Channel
    join: Join
    #: Whoever has joined, as the application knows them now.
    user: User


class Authorise(Message, frozen=True):
    """The user was looked up again: the view ends if it is not theirs any more."""

    is_control: ClassVar[bool] = True
    user: User


class ChildParams(Message, frozen=True):
    """The view around this one gives it other parameters."""

    params: Mapping[str, Any]


class Detached(Message, frozen=True):
    """The socket is lost. The view stays for the grace time."""

    is_control: ClassVar[bool] = True
    channel: Channel


class Left(Message, frozen=True):
    """The reader has left the page: the view ends."""

    is_control: ClassVar[bool] = True
    channel: Channel


class Finished(Message, frozen=True):
    """All that was sent before the reader left has been handled."""

    visit: int


class Wake(Message, frozen=True):
    """Look whether there is something to send: state has changed, or the socket has room."""

    is_control: ClassVar[bool] = True


class Expired(Message, frozen=True):
    """Nobody came for this view, or came back, in time."""

    is_control: ClassVar[bool] = True
    visit: int


class Save(Message, frozen=True):
    """Enough time has passed since a turn: hand the view over to the store."""

    is_control: ClassVar[bool] = True


class Replayed(Message, frozen=True):
    """An event that a behaviour has held back runs now."""

    event: Event


class Rest(Message, frozen=True):
    """Some time has passed since a render: look whether less may be held of what is shown."""

    is_control: ClassVar[bool] = True


class Depart(Message, frozen=True):
    """The view goes on in another process: save it, if nobody has done so, and end here."""

    is_control: ClassVar[bool] = True
    is_saved: bool = True
    #: The page is to come back; while a server drains, it is told so when all views are saved.
    ends_socket: bool = True


class Crash(Message, frozen=True):
    """End the actor as a fault would, so that supervision can be seen at work."""

    is_control: ClassVar[bool] = True
    reason: str = "crashed on request"
    #: Go on from the last good turn; else mount anew.
    keeps_state: bool = True


class GetState(Question[dict[str, Any]], frozen=True):
    """Ask for the attributes of a view, as they are."""

    is_control: ClassVar[bool] = True


class Tick(Message, frozen=True):
    """The view's interval has passed. One that is still waiting is enough."""

    when_full: ClassVar[WhenFull] = WhenFull.COALESCE

    def coalesce_key(self) -> str:
        return "tick"


class Info(Message, frozen=True):
    """Anything that the application tells a view; it arrives in `handle_info`."""

    message: Any
