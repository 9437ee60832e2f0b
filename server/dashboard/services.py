"""Whether what views rely on answers: Redis, PostgreSQL, pub/sub, the store of saved views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import trio

from .snapshot import ServiceRow

ANSWER_SECONDS: Final = 2.0
#: Who answers slower than this is called slow.
SLOW_SECONDS: Final = 0.25
MOST_TEXT: Final = 200

Probe = Callable[[Any], Awaitable[object]]


async def _ask_redis(link: Any) -> object:
    return await link.call(lambda client: client.ping())


async def _ask_database(database: Any) -> object:
    return await database.fetchval("select 1")


#: How to find out whether a service of this name answers.
PROBES: Final[Mapping[str, Probe]] = {"redis": _ask_redis, "database": _ask_database}
#: What is not asked, but said of services that are part of this process.
ALWAYS_THERE: Final[Mapping[str, str]] = {
    "MemoryPubSub": "within this process",
    "RedisPubSub": "over Redis",
    "LocalPubSub": "between the workers of this launcher",
}


async def ask_services(services: Mapping[str, Any]) -> list[ServiceRow]:
    """Return a row for each service that can be asked, and one for pub/sub."""
    rows = [
        await _ask(name, probe, services[name])
        for name, probe in PROBES.items()
        if name in services
    ]
    pubsub = type(services.get("pubsub")).__name__
    detail = ALWAYS_THERE.get(pubsub, pubsub)
    is_up = pubsub != "RedisPubSub" or all(row.is_up for row in rows if row.name == "redis")
    return [*rows, ServiceRow(name="pub/sub", is_up=is_up, detail=detail)]


async def _ask(name: str, probe: Probe, service: Any) -> ServiceRow:
    began = trio.current_time()
    try:
        with trio.fail_after(ANSWER_SECONDS):
            await probe(service)
    except trio.TooSlowError:
        return ServiceRow(name=name, is_up=False, detail=f"no answer within {ANSWER_SECONDS:g} s")
    except Exception as error:  # noqa: BLE001  # whatever the service's client raises is its state
        return ServiceRow(name=name, is_up=False, detail=str(error)[:MOST_TEXT])
    seconds = trio.current_time() - began
    detail = "answers" if seconds < SLOW_SECONDS else "answers slowly"
    return ServiceRow(name=name, is_up=True, detail=detail, answer_seconds=round(seconds, 4))
