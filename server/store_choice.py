"""Which store keeps the views: the application's own, Redis, the launcher's, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..actors import ChildSpec
from .local_store import LocalStore, LocalStoreLink
from .outside import Services
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
    settings: Settings, services: Services, own: StateStore | None
) -> ChosenStore | None:
    """Return the store of an application; None if views live as long as their process."""
    if own is not None:
        return ChosenStore(own)
    if "redis" in services.named:
        return _redis_store(services.named["redis"])
    if settings.store:
        local = LocalStore(settings.store, settings.store_seconds)
        return ChosenStore(local, (ChildSpec(lambda: LocalStoreLink(local), "state store"),))
    return None


def _redis_store(link: Any) -> ChosenStore:
    # Here and not above: who has no Redis need not have its client.
    from .redis_store import RedisRecalls, RedisStore

    store = RedisStore(link)
    recalls = ChildSpec(lambda: RedisRecalls(store, RETRY_SECONDS), "recalls of views")
    return ChosenStore(store, (recalls,))
