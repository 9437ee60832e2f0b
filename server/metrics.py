"""The figures of the supervision page in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from .dashboard.snapshot import ActorRow, Node, Snapshot

if TYPE_CHECKING:
    from prometheus_client import Metric

#: Of the text format; the version that every scraper reads.
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "limelight"

#: Name, what it is, and how to find it; of each process. Counters have no `_total` here.
COUNTERS: Final[tuple[tuple[str, str, Callable[[Node], float]], ...]] = (
    ("views", "Views that were started.", lambda node: node.views_total),
    ("turns", "Messages that views have handled.", lambda node: node.turns_total),
    ("turn_seconds", "What these took together.", lambda node: node.turn_seconds_total),
    ("failed_turns", "Turns that were undone.", lambda node: node.failed_turns_total),
    ("frames", "Frames sent to browsers.", lambda node: node.frames_total),
    ("sent_bytes", "Bytes of these frames.", lambda node: node.sent_bytes_total),
    ("crashes", "Actors that failed.", lambda node: node.crashes_total),
    ("restarts", "Actors that were started again.", lambda node: node.restarts_total),
    ("given_up", "Actors that failed too often.", lambda node: node.given_up_total),
    ("loop_held", "Times the loop was held too long.", lambda node: node.loop_held_times),
    ("collections", "Runs of the garbage collector.", lambda node: node.collections_total),
    (
        "collection_seconds",
        "What they took together.",
        lambda node: node.collection_seconds_total,
    ),
    ("sockets_opened", "Live sockets that were opened.", lambda node: node.sockets.opened),
    ("sockets_refused", "Live sockets that were refused.", lambda node: node.sockets.refused),
)
GAUGES: Final[tuple[tuple[str, str, Callable[[Node], float]], ...]] = (
    ("up_since_seconds", "When the process started.", lambda node: node.started_at),
    ("ready", "Whether new visitors may come.", lambda node: node.is_ready),
    ("memory_bytes", "Resident memory.", lambda node: node.memory_bytes),
    ("loop_lag_seconds", "How late the event loop was.", lambda node: node.loop_lag_seconds),
    ("sockets_open", "Live sockets that are open.", lambda node: node.sockets.open),
    ("turn_p50_seconds", "Half of the newest turns.", lambda node: node.turn_p50_seconds),
    ("turn_p99_seconds", "All but 1 % of them.", lambda node: node.turn_p99_seconds),
)
#: How sockets have ended that were closed for a reason.
FAULTS: Final = ("too_big", "too_slow", "unfit", "silent")
ACTOR_GAUGES: Final = (
    ("mailbox_depth", "Messages that wait."),
    ("mailbox_high_water", "The most that have waited."),
    ("restarts_used", "Restarts within the window."),
    ("restarts_allowed", "How many of them are allowed."),
    ("current_seconds", "How long the message in work takes already."),
    ("tasks", "Tasks in its nursery."),
)


def metrics_of(snapshot: Snapshot) -> bytes:
    """Return all metrics of a snapshot. Raises ModuleNotFoundError without prometheus-client."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(snapshot))
    return generate_latest(registry)


class _Collector:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        nodes = [self._snapshot.node, *self._snapshot.others]
        yield from _of_nodes(nodes)
        yield from _of_actors(self._snapshot.node.id, self._snapshot.tree)
        yield from _of_services(self._snapshot)
        yield from _of_causes(self._snapshot)


def _counter(name: str, text: str, labels: list[str]) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _gauge(name: str, text: str, labels: list[str]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)


def _of_nodes(nodes: list[Node]) -> Iterator[Metric]:
    for kind, table in ((_counter, COUNTERS), (_gauge, GAUGES)):
        for name, text, value_of in table:
            family = kind(name, text, ["worker"])
            for node in nodes:
                family.add_metric([node.id], float(value_of(node)))
            yield family
    faults = _counter("sockets_closed", "Live sockets closed for a fault.", ["worker", "why"])
    links = _gauge("views_now", "Views by their way to the browser.", ["worker", "link"])
    for node in nodes:
        for why in FAULTS:
            faults.add_metric([node.id, why], float(getattr(node.sockets, why)))
        for link, number in node.links.items():
            links.add_metric([node.id, link], float(number))
    yield faults
    yield links


def _of_actors(worker: str, tree: ActorRow) -> Iterator[Metric]:
    rows = list(_flat(tree))
    for name, text in ACTOR_GAUGES:
        family = _gauge(f"actor_{name}", text, ["worker", "actor"])
        for row in rows:
            family.add_metric([worker, row.name], float(getattr(row, name)))
        yield family
    restarts = _counter("actor_restarts", "Restarts of one service.", ["worker", "actor"])
    for row in rows:
        restarts.add_metric([worker, row.name], float(row.restarts))
    yield restarts


def _of_services(snapshot: Snapshot) -> Iterator[Metric]:
    up = _gauge("service_up", "Whether a service answers.", ["worker", "service"])
    seconds = _gauge("service_answer_seconds", "What its answer took.", ["worker", "service"])
    for row in snapshot.services:
        labels = [snapshot.node.id, row.name]
        up.add_metric(labels, float(row.is_up))
        if row.answer_seconds is not None:
            seconds.add_metric(labels, row.answer_seconds)
    yield up
    yield seconds


def _of_causes(snapshot: Snapshot) -> Iterator[Metric]:
    family = _counter("failures", "Failures by cause.", ["worker", "error", "where", "place"])
    for cause in snapshot.causes:
        error = cause.error.partition(":")[0]
        family.add_metric([snapshot.node.id, error, cause.where, cause.place], float(cause.count))
    yield family


def _flat(row: ActorRow) -> Iterator[ActorRow]:
    yield row
    for child in row.children:
        yield from _flat(child)
