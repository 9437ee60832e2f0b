"""What an application shares with other processes, and the actors that keep the ways there."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..actors import ChildSpec
from .local_ledger import LocalLedger, LocalLedgerLink
from .local_pubsub import LocalPubSub, LocalPubSubLink
from .presence import Presence, PresenceActor
from .pubsub import MemoryPubSub
from .settings import Settings
from .shared_presence import SharedPresence

#: What has to be set for services that are not always there.
SETTING_OF = {
    "bridge": "REDIS_URL or DATABASE_URL",
    "redis": "REDIS_URL",
    "database": "DATABASE_URL",
    "listener": "DATABASE_URL",
}

CHANNEL = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be reached, or the connection was lost. The next question tries again."""


def require_channel(name: str) -> None:
    """Raise ValueError for a channel that PostgreSQL would know under another name."""
    if not isinstance(name, str) or not CHANNEL.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot be a channel: its name has up to 63 small letters, digits and "
            "underscores, and does not begin with a digit."
        )


class WatchedTable(Protocol):
    """A table whose changes are told to a channel."""

    @property
    def channel(self) -> str: ...
    @property
    def table(self) -> str:
        """Its name, perhaps with its schema's in front."""
        ...

    @property
    def pk(self) -> str:
        """The column that names a row."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Services by name, and the actors behind them in the order of their start."""

    named: Mapping[str, Any]
    children: tuple[ChildSpec[Any], ...] = ()


def choose_services(
    settings: Settings,
    config: Mapping[str, Any],
    tables: Callable[[], Iterable[WatchedTable]] = tuple,
) -> Services:
    """Return the services that REDIS_URL and DATABASE_URL ask for, and those always there.

    `tables` are those of the database whose changes views want to hear of.
    """
    redis_url, database_url = _address("REDIS_URL", config), _address("DATABASE_URL", config)
    named: dict[str, Any] = {"pubsub": MemoryPubSub()}
    children: list[ChildSpec[Any]] = []
    if redis_url or database_url:
        _add_bridge(named, children)
    if redis_url:
        _add_redis(redis_url, settings, named, children)
    elif settings.store:
        _add_launcher(settings, named, children)
    if database_url:
        _add_database(database_url, settings, named, children, tables)
    _add_presence(settings, named, children)
    return Services(named, tuple(children))


def _address(name: str, config: Mapping[str, Any]) -> str:
    """Return a service's address; the environment wins over the configuration."""
    return os.environ.get(name) or str(config.get(name) or "")


def _add_bridge(named: dict[str, Any], children: list[ChildSpec[Any]]) -> None:
    try:
        from .bridge import AsyncioBridge, Bridge
    except ModuleNotFoundError as error:
        raise _not_installed("REDIS_URL or DATABASE_URL", error, "redis,postgres") from error
    bridge = named["bridge"] = Bridge()
    children.append(ChildSpec(lambda: AsyncioBridge(bridge), "asyncio bridge"))


def _add_redis(
    url: str, settings: Settings, named: dict[str, Any], children: list[ChildSpec[Any]]
) -> None:
    try:
        from .redis_link import RedisLink
        from .redis_pubsub import RedisPubSub, RedisPubSubLink
    except ModuleNotFoundError as error:
        raise _not_installed("REDIS_URL", error, "redis") from error
    link = named["redis"] = RedisLink(url, named["bridge"], settings.store_seconds)
    pubsub = RedisPubSub(link, settings.pubsub_bytes, settings.pubsub_silence_seconds)
    named["pubsub"] = pubsub
    children.append(ChildSpec(lambda: RedisPubSubLink(pubsub), "pub/sub over Redis"))


def _add_launcher(
    settings: Settings, named: dict[str, Any], children: list[ChildSpec[Any]]
) -> None:
    pubsub = LocalPubSub(topics_beside(settings.store), settings.pubsub_bytes)
    named["pubsub"] = pubsub
    children.append(ChildSpec(lambda: LocalPubSubLink(pubsub), "pub/sub of the launcher"))


def topics_beside(store: str) -> str:
    """Return where the launcher serves topics: beside its store of views."""
    return f"{store}.topics"


def _add_database(
    url: str,
    settings: Settings,
    named: dict[str, Any],
    children: list[ChildSpec[Any]],
    tables: Callable[[], Iterable[WatchedTable]],
) -> None:
    try:
        from .database import Database
        from .listener import Listener, ListenerLink
    except ModuleNotFoundError as error:
        raise _not_installed("DATABASE_URL", error, "postgres") from error
    bridge = named["bridge"]
    named["database"] = Database(
        url, bridge, settings.database_connections, settings.database_seconds
    )
    listener = named["listener"] = Listener(url, bridge, settings.listen_seconds, tables)
    children.append(ChildSpec(lambda: ListenerLink(listener), "notifications"))


def _add_presence(
    settings: Settings, named: dict[str, Any], children: list[ChildSpec[Any]]
) -> None:
    presence = named["presence"] = _presence(settings, named, children)
    children.append(ChildSpec(lambda: PresenceActor(presence), "presence"))


def _presence(
    settings: Settings, named: dict[str, Any], children: list[ChildSpec[Any]]
) -> Presence:
    if "redis" in named:
        from .redis_presence import RedisPresence

        return RedisPresence(settings, named["redis"], named["pubsub"])
    if not settings.store:
        return Presence(settings)
    node = secrets.token_hex(6)
    path, lease_seconds = presence_beside(settings.store), settings.presence_lease_seconds
    ledger = LocalLedger(path, settings.store_seconds, node, lease_seconds)
    children.append(ChildSpec(lambda: LocalLedgerLink(ledger), "presence of the launcher"))
    return SharedPresence(settings, node, ledger, named["pubsub"])


def presence_beside(store: str) -> str:
    """Return where the launcher serves its ledger of presence: beside its store of views."""
    return f"{store}.presence"


def _not_installed(setting: str, error: ModuleNotFoundError, extra: str) -> RuntimeError:
    return RuntimeError(
        f"{setting} is set, but {error.name} is not installed: pip install 'limelight[{extra}]'."
    )
