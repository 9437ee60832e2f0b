"""What an application shares with other processes, and the actors that keep the ways there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..actors import ChildSpec
from .presence import Presence, PresenceActor
from .pubsub import MemoryPubSub
from .settings import Settings

#: What has to be set for services that are not always there.
SETTING_OF = {
    "bridge": "REDIS_URL or DATABASE_URL",
    "redis": "REDIS_URL",
    "database": "DATABASE_URL",
    "listener": "DATABASE_URL",
}


@dataclass(frozen=True, slots=True)
class Services:
    """Services by name, and the actors behind them in the order of their start."""

    named: Mapping[str, Any]
    children: tuple[ChildSpec[Any], ...] = ()


def choose_services(settings: Settings, config: Mapping[str, Any]) -> Services:
    """Return the services that REDIS_URL and DATABASE_URL ask for, and those always there."""
    redis_url = _address("REDIS_URL", config)
    named: dict[str, Any] = {"pubsub": MemoryPubSub()}
    children: list[ChildSpec[Any]] = []
    if redis_url or _address("DATABASE_URL", config):
        _add_bridge(named, children)
    if redis_url:
        _add_redis(redis_url, settings, named, children)
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


def _add_presence(
    settings: Settings, named: dict[str, Any], children: list[ChildSpec[Any]]
) -> None:
    presence = named["presence"] = Presence(settings)
    children.append(ChildSpec(lambda: PresenceActor(presence), "presence"))


def _not_installed(setting: str, error: ModuleNotFoundError, extra: str) -> RuntimeError:
    return RuntimeError(
        f"{setting} is set, but {error.name} is not installed: pip install 'limelight[{extra}]'."
    )
