"""Which store keeps the views: the application's own, Redis, the launcher's, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..actors import ChildSpec
from .local_store import LocalStore, LocalStoreLink
from .settings import Settings
from .stores import StateStore


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
    if settings.store:
        local = LocalStore(settings.store, settings.store_seconds)
        return ChosenStore(local, (ChildSpec(lambda: LocalStoreLink(local), "state store"),))
    return None
