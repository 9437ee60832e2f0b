"""A mailbox is bounded, keeps order, and says what it does without room."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import pytest
import trio
from trio.testing import Sequencer, wait_all_tasks_blocked

from limelight.actors import Mailbox, MailboxFull, Message, WhenFull


class Ordered(Message):
    number: int


class Sample(Message):
    when_full: ClassVar[WhenFull] = WhenFull.DROP_NEWEST
    number: int


class Reading(Message):
    when_full: ClassVar[WhenFull] = WhenFull.DROP_OLDEST
    number: int


class Moved(Message):
    when_full: ClassVar[WhenFull] = WhenFull.COALESCE
    user: str
    x: int

    def coalesce_key(self) -> Hashable:
        return self.user


class Urgent(Message):
    is_control: ClassVar[bool] = True


def everything(mailbox: Mailbox) -> list[object]:
    return [mailbox.get_nowait() for _ in range(mailbox.depth)]


def filled(*messages: object, capacity: int) -> Mailbox:
    mailbox = Mailbox(capacity)
    for message in messages:
        mailbox.put(message)
    return mailbox


def test_messages_come_out_in_the_order_they_went_in() -> None:
    mailbox = filled("first", None, 3, capacity=10)
    assert everything(mailbox) == ["first", None, 3]


def test_an_empty_mailbox_does_not_block_get_nowait() -> None:
    with pytest.raises(trio.WouldBlock):
        Mailbox().get_nowait()


def test_a_mailbox_needs_some_capacity() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        Mailbox(0)


def test_a_full_mailbox_refuses_and_says_so() -> None:
    mailbox = Mailbox(2, owner="counter")
    mailbox.put(Ordered(1))
    mailbox.put(Ordered(2))
    with pytest.raises(MailboxFull, match=r"'counter' is full: 2 messages.*Ordered is refused"):
        mailbox.put(Ordered(3))
    assert everything(mailbox) == [Ordered(1), Ordered(2)]
    assert (mailbox.refused, mailbox.dropped) == (1, 0)


def test_a_full_mailbox_refuses_objects_that_are_no_messages() -> None:
    mailbox = filled("first", capacity=1)
    with pytest.raises(MailboxFull, match="str is refused"):
        mailbox.put("second")


def test_drop_newest_drops_and_counts() -> None:
    mailbox = filled(Sample(1), Sample(2), Sample(3), capacity=2)
    assert mailbox.dropped == 1
    assert everything(mailbox) == [Sample(1), Sample(2)]


def test_drop_oldest_drops_only_its_own_kind() -> None:
    mailbox = filled(Ordered(1), Reading(1), Reading(2), Reading(3), capacity=3)
    assert mailbox.dropped == 1
    assert everything(mailbox) == [Ordered(1), Reading(2), Reading(3)]


def test_drop_oldest_drops_the_newest_if_none_of_its_kind_waits() -> None:
    mailbox = filled(Ordered(1), Reading(1), capacity=1)
    assert mailbox.dropped == 1
    assert everything(mailbox) == [Ordered(1)]


def test_coalescing_replaces_in_place_even_when_there_is_room() -> None:
    mailbox = filled(Moved("ada", 1), Ordered(1), Moved("bob", 1), Moved("ada", 2), capacity=10)
    assert mailbox.coalesced == 1
    assert everything(mailbox) == [Moved("ada", 2), Ordered(1), Moved("bob", 1)]


def test_coalescing_works_in_a_full_mailbox_but_a_new_key_is_refused() -> None:
    mailbox = filled(Moved("ada", 1), Moved("ada", 2), capacity=1)
    with pytest.raises(MailboxFull, match="Moved is refused"):
        mailbox.put(Moved("bob", 1))
    assert everything(mailbox) == [Moved("ada", 2)]


def test_a_message_that_was_taken_is_not_replaced() -> None:
    mailbox = filled(Moved("ada", 1), capacity=10)
    assert mailbox.get_nowait() == Moved("ada", 1)
    mailbox.put(Moved("ada", 2))
    assert everything(mailbox) == [Moved("ada", 2)]


def test_control_messages_come_first_even_into_a_full_mailbox() -> None:
    mailbox = filled(Ordered(1), Urgent(), capacity=1)
    assert everything(mailbox) == [Urgent(), Ordered(1)]


def test_the_control_lane_has_a_bound_of_its_own() -> None:
    mailbox = filled(*[Urgent()] * 100, capacity=1)
    with pytest.raises(MailboxFull, match="100 control messages"):
        mailbox.put(Urgent())


def test_depth_and_high_water_count_both_lanes() -> None:
    mailbox = filled(Ordered(1), Urgent(), Ordered(2), capacity=10)
    everything(mailbox)
    mailbox.put(Ordered(3))
    assert (mailbox.depth, mailbox.high_water) == (1, 3)


async def test_get_waits_for_a_message() -> None:
    mailbox = Mailbox()
    got: list[object] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_get_into, mailbox, got)
        await wait_all_tasks_blocked()
        mailbox.put("hello")
    assert got == ["hello"]


async def test_several_messages_wake_the_reader_once() -> None:
    mailbox = Mailbox()
    got: list[object] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_get_into, mailbox, got)
        await wait_all_tasks_blocked()
        mailbox.put("one")
        mailbox.put(Urgent())
        mailbox.put("two")
    assert got == [Urgent()]
    assert everything(mailbox) == ["one", "two"]


async def test_a_cancelled_reader_loses_no_message() -> None:
    mailbox = Mailbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.get)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    mailbox.put("kept")
    assert await mailbox.get() == "kept"


async def test_only_one_task_may_read() -> None:
    mailbox = Mailbox(owner="counter")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.get)
        await wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="'counter'"):
            await mailbox.get()
        nursery.cancel_scope.cancel()


async def test_a_long_queue_lets_others_run_now_and_then() -> None:
    mailbox = filled(*range(1000), capacity=1000)
    beats: list[int] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_count_beats, beats)
        while not mailbox.is_empty:
            await mailbox.get()
        nursery.cancel_scope.cancel()
    assert 5 <= len(beats) <= 20


async def test_who_waits_for_room_goes_on_when_a_message_is_taken() -> None:
    mailbox = filled("first", capacity=1)
    order = Sequencer()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_put_when_there_is_room, mailbox, order)
        await wait_all_tasks_blocked()
        assert mailbox.get_nowait() == "first"
        async with order(1):
            assert mailbox.get_nowait() == "second"


async def test_all_who_wait_for_room_get_their_turn() -> None:
    mailbox = filled("first", capacity=1)
    taken: list[object] = []
    async with trio.open_nursery() as nursery:
        for name in ("ada", "bob", "eve"):
            nursery.start_soon(_put_patiently, mailbox, name)
        await wait_all_tasks_blocked()
        for _ in range(4):
            taken.append(await mailbox.get())
            await wait_all_tasks_blocked()
    assert set(taken) == {"first", "ada", "bob", "eve"}


async def test_waiting_for_room_returns_at_once_if_there_is_some() -> None:
    with trio.testing.assert_checkpoints():
        await Mailbox().wait_for_room()


async def _get_into(mailbox: Mailbox, got: list[object]) -> None:
    got.append(await mailbox.get())


async def _count_beats(beats: list[int]) -> None:
    while True:
        beats.append(1)
        await trio.lowlevel.checkpoint()


async def _put_when_there_is_room(mailbox: Mailbox, order: Sequencer) -> None:
    await mailbox.wait_for_room()
    async with order(0):
        mailbox.put("second")


async def _put_patiently(mailbox: Mailbox, message: str) -> None:
    while not mailbox.has_room:
        await mailbox.wait_for_room()
    mailbox.put(message)
