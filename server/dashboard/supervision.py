"""The service behind the page: it samples, asks services, and takes snapshots."""

from __future__ import annotations

import os
import platform
import random
import secrets
import socket
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio

from ...actors import Actor, Reason
from ...actors.meter import percentile
from ..audit import AuditLog
from .actor_rows import tree_of
from .counting import Counter
from .elsewhere import TOPIC as ASKED
from .elsewhere import Elsewhere
from .garbage import Collections
from .history import History
from .services import ask_services
from .snapshot import SCHEMA, CauseRow, EventRow, Node, ServiceRow, Snapshot, Sockets
from .views import ViewQuery, chosen_views

if TYPE_CHECKING:
    from ..application import LiveApp
    from ..runtime import Runtime

TOPIC: Final = "limelight.supervision"
SAMPLE_SECONDS: Final = 1.0
#: Between two questions to Redis and PostgreSQL, while somebody looks.
ASK_SECONDS: Final = 5.0
#: Whoever has looked within this time is still looking.
LOOKING_SECONDS: Final = 10.0
TELL_SECONDS: Final = 2.0
#: Another process that was not heard of for so long has ended.
FORGET_SECONDS: Final = 10.0
#: Views whose turns stand for those of all.
SAMPLED_VIEWS: Final = 40

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Supervision:
    """What one running application knows of itself. Belongs to the event loop's thread."""

    def __init__(self, app: LiveApp, runtime: Runtime) -> None:
        self.app = app
        self.runtime = runtime
        self.audit = AuditLog()
        self.history = History()
        self.collections = Collections()
        self._id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        self._services: list[ServiceRow] = []
        self._others: dict[str, tuple[float, Node]] = {}
        self._counter = Counter(runtime)
        self._lag_seconds = 0.0
        self._turn_seconds: list[float] = []
        self._looked_at = float("-inf")
        runtime.records.is_measuring = True

    @property
    def node_id(self) -> str:
        return self._id

    @property
    def is_looked_at(self) -> bool:
        return trio.current_time() - self._looked_at < LOOKING_SECONDS

    def snapshot(self, query: ViewQuery) -> Snapshot:
        """Look at everything once. Costs a few milliseconds with a thousand views."""
        self._looked_at = trio.current_time()
        views, found = chosen_views(self.runtime.seats.values(), query)
        records = self.runtime.records
        return Snapshot(
            schema=SCHEMA,
            taken_at=time.time(),
            node=self.node(),
            others=self.others(),
            tree=tree_of(self.runtime),
            views=views,
            views_found=found,
            services=self._services,
            causes=msgspec.convert(
                list(reversed(records.causes.values())), list[CauseRow], from_attributes=True
            ),
            events=msgspec.convert(
                list(reversed(records.events)), list[EventRow], from_attributes=True
            ),
            history=self.history.as_lists(),
        )

    def node(self) -> Node:
        """Return what there is to say of this process as a whole."""
        count, records = self._counter.now, self.runtime.records
        totals = count.totals
        counts = self.app.socket_counts
        watchdog = self.app.watchdog
        return Node(
            id=self._id,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=_version(),
            python=platform.python_version(),
            started_at=records.started_at,
            is_ready=self.app.is_ready,
            can_drain=bool(self.runtime.settings.store),
            memory_bytes=memory_bytes(),
            loop_lag_seconds=round(self._lag_seconds, 4),
            loop_held_times=watchdog.times_held if watchdog is not None else 0,
            collections_total=self.collections.count,
            collection_seconds_total=round(self.collections.total_seconds, 4),
            collection_longest_seconds=round(self.collections.longest_seconds, 4),
            views=len(self.runtime.seats),
            links=count.links,
            views_total=totals.views,
            turns_total=totals.turns,
            failed_turns_total=totals.failed_turns,
            turn_seconds_total=round(totals.turn_seconds, 3),
            frames_total=totals.frames,
            sent_bytes_total=totals.sent_bytes,
            crashes_total=records.crashes,
            restarts_total=records.restarts,
            given_up_total=records.given_up,
            turn_p50_seconds=percentile(self._turn_seconds, 0.5),
            turn_p99_seconds=percentile(self._turn_seconds, 0.99),
            sockets=msgspec.convert(counts, Sockets, from_attributes=True),
        )

    def others(self) -> list[Node]:
        """Return the other processes that were heard of not long ago."""
        oldest = trio.current_time() - FORGET_SECONDS
        self._others = {id: one for id, one in self._others.items() if one[0] > oldest}
        return [node for _, node in self._others.values()]

    # --- for the actor ----------------------------------------------------------------------

    async def sample(self, seconds: float) -> None:
        """Take one value of each series. `seconds` have passed since the last time."""
        count = await self._counter.count()
        self._lag_seconds = max(0.0, seconds - SAMPLE_SECONDS)
        self._turn_seconds = self._sampled_turns()
        self.history.take(
            len(self.runtime.seats),
            count.totals,
            seconds,
            lag_seconds=self._lag_seconds,
            p99_seconds=percentile(self._turn_seconds, 0.99),
        )

    def _sampled_turns(self) -> list[float]:
        seats = list(self.runtime.seats.values())
        some = random.sample(seats, SAMPLED_VIEWS) if len(seats) > SAMPLED_VIEWS else seats
        meters = [seat.address.meter for seat in some]
        return sorted(time for meter in meters if meter is not None for time in meter.newest)

    async def ask_services(self) -> None:
        self._services = await ask_services(self.runtime.services)

    def tell_others(self) -> None:
        self.runtime.service("pubsub").publish(TOPIC, msgspec.to_builtins(self.node()))

    def hear(self, message: Any) -> None:
        """Another process, or this one, has told what it does."""
        try:
            node = msgspec.convert(message, Node)
        except msgspec.ValidationError:
            return  # A process of another version, while all of them are renewed.
        if node.id != self._id:
            self._others[node.id] = (trio.current_time(), node)


class SupervisionActor(Actor):
    """Samples once a second, and asks services while somebody looks."""

    def __init__(self, supervision: Supervision, elsewhere: Elsewhere) -> None:
        self._supervision = supervision
        self._elsewhere = elsewhere

    async def started(self) -> None:
        pubsub = self._supervision.runtime.service("pubsub")
        supervision, elsewhere = self._supervision, self._elsewhere
        self._subscriptions = (
            pubsub.subscribe(TOPIC, supervision.hear),
            pubsub.subscribe(ASKED, elsewhere.hear_question),
            pubsub.subscribe(f"{ASKED}.{supervision.node_id}", elsewhere.hear_answer),
        )
        supervision.collections.start()
        self._nursery.start_soon(elsewhere.answer_all)
        self._nursery.start_soon(self._sample)
        self._nursery.start_soon(self._ask)
        self._nursery.start_soon(self._tell)

    async def stopped(self, reason: Reason) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()
        self._supervision.collections.stop()

    async def _sample(self) -> None:
        while True:
            began = trio.current_time()
            await trio.sleep(SAMPLE_SECONDS)
            await self._supervision.sample(trio.current_time() - began)

    async def _ask(self) -> None:
        while True:
            await self._supervision.ask_services()
            await trio.sleep(ASK_SECONDS)
            while not self._supervision.is_looked_at:
                await trio.sleep(SAMPLE_SECONDS)

    async def _tell(self) -> None:
        while True:
            self._supervision.tell_others()
            await trio.sleep(TELL_SECONDS)


def memory_bytes() -> int:
    """Return the resident memory of this process; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0


@cache
def _version() -> str:
    """Return the version of Limelight. Looking it up reads files."""
    try:
        return version("limelight")
    except PackageNotFoundError:
        return ""
