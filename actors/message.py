"""What actors tell and ask each other: small frozen values."""

from __future__ import annotations

import enum
from collections.abc import Hashable
from typing import ClassVar, Generic, TypeVar, dataclass_transform

import msgspec

AnswerT_co = TypeVar("AnswerT_co", covariant=True)


class WhenFull(enum.Enum):
    """What a mailbox does with a message that it has no room for."""

    #: `tell` raises MailboxFull. The default: whoever tells decides what to do.
    REFUSE = "refuse"
    #: The new message is dropped and counted.
    DROP_NEWEST = "drop newest"
    #: The oldest waiting message of the same class is dropped and counted.
    DROP_OLDEST = "drop oldest"
    #: A waiting message with the same `coalesce_key()` is replaced and the new one takes
    #: its place in the queue, whether the mailbox is full or not.
    COALESCE = "coalesce"


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, frozen=True):
    """The base of messages: frozen, slotted, typed, with a policy for a full mailbox."""

    when_full: ClassVar[WhenFull] = WhenFull.REFUSE
    #: Control messages are served before all others, from a small lane of their own.
    is_control: ClassVar[bool] = False

    def coalesce_key(self) -> Hashable:
        """Say which waiting messages of this class a newer one replaces: all, by default."""
        return None


class Question(Message, Generic[AnswerT_co], frozen=True):
    """The base of messages to `ask`; its parameter is the type of the answer."""
