"""Which store keeps the views: the application's own, Redis, the launcher's, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..actors import ChildSpec
from .local_store import LocalStore, LocalStoreLink
from .settings import Settings
from .stores import StateStore

#: How long to wait before Redis is tried again.
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChosenStore:
    """A store and the actors that keep its connection."""

    store: StateStore
    services: tuple[ChildSpec[Any], ...] = ()


def choose_store(
    settings: Settings, config: Mapping[str, Any], own: StateStore | None
) -> ChosenStore | None:
    """Return the store of an application; None if views live as long as their process."""
    if own is not None:
        return ChosenStore(own)
    url = os.environ.get("REDIS_URL") or config.get("REDIS_URL")
    if url:
        return _redis_store(str(url), settings)
    if settings.store:
        local = LocalStore(settings.store, settings.store_seconds)
        return ChosenStore(local, (ChildSpec(lambda: LocalStoreLink(local), "state store"),))
    return None


def _redis_store(url: str, settings: Settings) -> ChosenStore:
    try:
        from .bridge import AsyncioBridge, Bridge
        from .redis_store import RedisRecalls, RedisStore
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"REDIS_URL is set, but {error.name} is not installed: pip install 'limelight[redis]'."
        ) from error
    bridge = Bridge()
    store = RedisStore(url, bridge, settings.store_seconds)
    services = (
        ChildSpec(lambda: AsyncioBridge(bridge), "asyncio bridge"),
        ChildSpec(lambda: RedisRecalls(store, RETRY_SECONDS), "recalls of views"),
    )
    return ChosenStore(store, services)
