"""Whatever is put and taken, the mailbox agrees with a plain list that follows the rules."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import trio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from limelight.actors import Mailbox, MailboxFull, Message, WhenFull


class Refused(Message):
    number: int


class DroppedNewest(Message):
    when_full: ClassVar[WhenFull] = WhenFull.DROP_NEWEST
    number: int


class DroppedOldest(Message):
    when_full: ClassVar[WhenFull] = WhenFull.DROP_OLDEST
    number: int


class Coalesced(Message):
    when_full: ClassVar[WhenFull] = WhenFull.COALESCE
    key: int
    number: int

    def coalesce_key(self) -> Hashable:
        return self.key


class Urgent(Message):
    is_control: ClassVar[bool] = True
    number: int


MESSAGES = st.one_of(
    st.builds(Refused, number=st.integers(0, 99)),
    st.builds(DroppedNewest, number=st.integers(0, 99)),
    st.builds(DroppedOldest, number=st.integers(0, 99)),
    st.builds(Coalesced, key=st.integers(0, 2), number=st.integers(0, 99)),
    st.builds(Urgent, number=st.integers(0, 99)),
    st.integers(),
)


class Model:
    """The rules of a mailbox, in the most obvious way."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.control: list[object] = []
        self.queue: list[object] = []
        self.dropped = self.coalesced = self.refused = self.high_water = 0

    def put(self, message: object) -> bool:
        """Return whether the message was not refused."""
        accepted = self._put(message)
        self.refused += not accepted
        self.high_water = max(self.high_water, len(self.control) + len(self.queue))
        return accepted

    def _put(self, message: object) -> bool:
        if isinstance(message, Urgent):
            self.control.append(message)
            return True
        if isinstance(message, Coalesced):
            for index, waiting in enumerate(self.queue):
                if isinstance(waiting, Coalesced) and waiting.key == message.key:
                    self.queue[index] = message
                    self.coalesced += 1
                    return True
        if len(self.queue) < self.capacity:
            self.queue.append(message)
            return True
        return self._put_without_room(message)

    def _put_without_room(self, message: object) -> bool:
        if not isinstance(message, DroppedNewest | DroppedOldest):
            return False
        self.dropped += 1
        same = [waiting for waiting in self.queue if type(waiting) is type(message)]
        if isinstance(message, DroppedOldest) and same:
            self.queue.remove(same[0])
            self.queue.append(message)
        return True

    def take(self) -> object:
        return (self.control or self.queue).pop(0)


class MailboxMachine(RuleBasedStateMachine):
    @initialize(capacity=st.integers(1, 6))
    def make(self, capacity: int) -> None:
        self.mailbox = Mailbox(capacity)
        self.model = Model(capacity)

    @rule(message=MESSAGES)
    def put(self, message: object) -> None:
        accepted = self.model.put(message)
        try:
            self.mailbox.put(message)
        except MailboxFull:
            assert not accepted
        else:
            assert accepted

    @rule()
    def take(self) -> None:
        if self.model.control or self.model.queue:
            assert self.mailbox.get_nowait() == self.model.take()
        else:
            try:
                self.mailbox.get_nowait()
            except trio.WouldBlock:
                return
            raise AssertionError("An empty mailbox gave a message.")

    @invariant()
    def counts_agree(self) -> None:
        mailbox, model = self.mailbox, self.model
        assert mailbox.depth == len(model.control) + len(model.queue)
        assert mailbox.is_empty == (mailbox.depth == 0)
        assert mailbox.has_room == (len(model.queue) < model.capacity)
        assert mailbox.dropped == model.dropped
        assert mailbox.coalesced == model.coalesced
        assert mailbox.refused == model.refused
        assert mailbox.high_water == model.high_water


TestMailboxModel = MailboxMachine.TestCase
TestMailboxModel.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
