"""A bounded queue of messages for one reader, with a control lane that is served first."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, Final

import trio

from .errors import MailboxFull
from .message import Message, WhenFull

DEFAULT_CAPACITY: Final = 1000
CONTROL_CAPACITY: Final = 100
#: How many messages `get` hands out before it lets other tasks run.
MESSAGES_BEFORE_CHECKPOINT: Final = 100


class _Empty:
    """What `take` returns when nothing waits; messages may be any object, None included."""


EMPTY: Final = _Empty()


class _Slot:
    """The place in the queue of a message that newer ones may replace."""

    __slots__ = ("key", "message")

    def __init__(self, key: Hashable, message: Message) -> None:
        self.key = key
        self.message = message


class Mailbox:
    """Keeps messages for one task until it takes them.

    Putting never waits: without room, the `when_full` of the message's class decides.
    Objects that are no `Message` are refused with MailboxFull.
    """

    __slots__ = (
        "_control",
        "_given",
        "_queue",
        "_room",
        "_slots",
        "_waiter",
        "capacity",
        "coalesced",
        "dropped",
        "high_water",
        "owner",
        "refused",
    )

    def __init__(self, capacity: int = DEFAULT_CAPACITY, *, owner: str = "") -> None:
        if capacity < 1:
            raise ValueError(f"A mailbox needs a capacity of at least 1, not {capacity}.")
        self.capacity = capacity
        self.owner = owner
        self.high_water = 0
        self.dropped = 0
        self.coalesced = 0
        self.refused = 0
        self._given = 0
        self._queue: deque[Any] = deque()
        # Most actors never see a control message, a slot or a waiting teller: made when needed.
        self._control: deque[Any] | None = None
        self._slots: dict[Hashable, _Slot] | None = None
        self._room: trio.lowlevel.ParkingLot | None = None
        self._waiter: trio.lowlevel.Task | None = None

    @property
    def depth(self) -> int:
        """How many messages wait, in both lanes."""
        return len(self._queue) + (len(self._control) if self._control else 0)

    @property
    def is_empty(self) -> bool:
        """Nothing waits, not even a control message."""
        return not self._queue and not self._control

    @property
    def has_room(self) -> bool:
        """One more message fits. Control messages need no room."""
        return len(self._queue) < self.capacity

    def put(self, message: object) -> None:
        """Add a message, or do what its class says if there is no room."""
        if isinstance(message, Message):
            if message.is_control:
                self.put_control(message)
                return
            if message.when_full is WhenFull.COALESCE:
                self._put_coalescing(message)
                return
        if len(self._queue) >= self.capacity and not self._make_room(message):
            return
        self.put_unbounded(message)

    def put_control(self, item: object) -> None:
        """Add to the control lane, which has a small bound of its own."""
        if self._control is None:
            self._control = deque()
        elif len(self._control) >= CONTROL_CAPACITY:
            self.refused += 1
            raise MailboxFull(
                f"The control lane{self._of_owner()} is full: {CONTROL_CAPACITY} control messages "
                f"wait, so {type(item).__name__} is refused. Is its actor stuck in a turn?"
            )
        self._control.append(item)
        self._note_arrival()

    def put_first(self, item: object) -> None:
        """Add in front of everything, whatever the bounds."""
        if self._control is None:
            self._control = deque()
        self._control.appendleft(item)
        self._note_arrival()

    def put_unbounded(self, item: object) -> None:
        """Add to the queue whatever its bound, for what is bounded elsewhere."""
        queue = self._queue
        queue.append(item)
        depth = self.depth if self._control else len(queue)
        if depth > self.high_water:  # noqa: PLR1730 - max() costs a tenth of a put
            self.high_water = depth
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            trio.lowlevel.reschedule(waiter)

    def withdraw(self, item: object) -> None:
        """Take an item back out of the control lane if it still waits there."""
        if self._control:
            self._control = deque(waiting for waiting in self._control if waiting is not item)

    async def get(self) -> Any:
        """Return the next message, waiting for it if need be.

        From a mailbox that is not empty it usually returns at once, and lets other tasks
        run after every hundredth message.
        """
        if self.is_empty:
            await self.wait_for_message()
        elif self._given >= MESSAGES_BEFORE_CHECKPOINT:
            self._given = 0
            await trio.lowlevel.checkpoint()
        self._given += 1
        return self.take()

    def get_nowait(self) -> Any:
        """Return the next message; raise trio.WouldBlock if there is none."""
        item = self.take()
        if item is EMPTY:
            raise trio.WouldBlock
        return item

    def take(self) -> Any:
        """Return the next message, or EMPTY."""
        if self._control:
            return self._control.popleft()
        queue = self._queue
        if not queue:
            return EMPTY
        item = queue.popleft()
        if self._room is not None:
            self._room.unpark_all()
            self._room = None
        if type(item) is _Slot:
            assert self._slots is not None
            del self._slots[item.key]
            return item.message
        return item

    async def wait_for_message(self) -> None:
        """Wait until there is a message. Only one task may wait."""
        if not self.is_empty:
            await trio.lowlevel.checkpoint()
            return
        if self._waiter is not None:
            raise trio.BusyResourceError(
                f"Another task already reads the mailbox{self._of_owner()}."
            )
        self._given = 0
        self._waiter = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._stop_waiting)

    async def wait_for_room(self) -> None:
        """Wait until a message would fit. Another teller may be faster: try, and wait again."""
        if self.has_room:
            await trio.lowlevel.checkpoint()
        while not self.has_room:
            if self._room is None:
                self._room = trio.lowlevel.ParkingLot()
            await self._room.park()

    def clear(self) -> list[Any]:
        """Empty both lanes, wake who waits for room, and return what was left."""
        left = []
        while (item := self.take()) is not EMPTY:
            left.append(item)
        return left

    def _stop_waiting(self, _: object) -> trio.lowlevel.Abort:
        self._waiter = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _note_arrival(self) -> None:
        self.high_water = max(self.high_water, self.depth)
        if self._waiter is not None:
            waiter, self._waiter = self._waiter, None
            trio.lowlevel.reschedule(waiter)

    def _put_coalescing(self, message: Message) -> None:
        key = (type(message), message.coalesce_key())
        if self._slots is None:
            self._slots = {}
        waiting = self._slots.get(key)
        if waiting is not None:
            waiting.message = message
            self.coalesced += 1
            return
        if not self.has_room:
            self._refuse(message)
        self._slots[key] = slot = _Slot(key, message)
        self.put_unbounded(slot)

    def _make_room(self, message: object) -> bool:
        """Apply the policy of the message's class; say whether to add the message."""
        policy = message.when_full if isinstance(message, Message) else WhenFull.REFUSE
        if policy is WhenFull.REFUSE:
            self._refuse(message)
        self.dropped += 1
        return policy is WhenFull.DROP_OLDEST and self._drop_oldest(type(message))

    def _drop_oldest(self, kind: type) -> bool:
        for position, waiting in enumerate(self._queue):
            if type(waiting) is kind:
                del self._queue[position]
                return True
        return False

    def _refuse(self, message: object) -> None:
        self.refused += 1
        name = type(message).__name__
        raise MailboxFull(
            f"The mailbox{self._of_owner()} is full: {self.capacity} messages wait, so {name} is "
            f"refused. Wait with wait_for_room(), give {name} another when_full, or raise the "
            "mailbox's capacity."
        )

    def _of_owner(self) -> str:
        return f" of {self.owner!r}" if self.owner else ""
