"""Messages are frozen values whose class says what a full mailbox does with them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import pytest

from limelight.actors import Message, Question, WhenFull


class Increment(Message):
    by: int = 1


class Moved(Message):
    when_full: ClassVar[WhenFull] = WhenFull.COALESCE
    user: str

    def coalesce_key(self) -> Hashable:
        return self.user


class GetCount(Question[int]):
    """How many?"""


def test_a_message_cannot_be_changed() -> None:
    message = Increment(2)
    with pytest.raises(AttributeError):
        message.by = 3  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    assert message.by == 2


def test_messages_of_equal_fields_are_equal_and_hashable() -> None:
    assert Increment(2) == Increment(2)
    assert len({Increment(2), Increment(2), Increment(3)}) == 2


def test_a_message_is_refused_by_a_full_mailbox_unless_its_class_says_otherwise() -> None:
    assert Increment.when_full is WhenFull.REFUSE
    assert Moved("ada").when_full is WhenFull.COALESCE


def test_policies_are_no_fields() -> None:
    assert Moved.__struct_fields__ == ("user",)
    assert GetCount.__struct_fields__ == ()


def test_all_messages_of_a_class_coalesce_unless_they_have_keys() -> None:
    assert Increment(1).coalesce_key() == Increment(2).coalesce_key()
    assert Moved("ada").coalesce_key() != Moved("bob").coalesce_key()
