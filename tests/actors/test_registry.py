"""Names in the registry are unique and vanish with their actors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from limelight.actors import (
    Actor,
    ActorEnded,
    ActorNotFound,
    Address,
    ChildSpec,
    Registry,
    open_supervisor,
)


@pytest.fixture
async def addresses() -> AsyncIterator[dict[str, Address[Any]]]:
    children = [ChildSpec(Actor, name) for name in ("counter", "other")]
    async with open_supervisor(children=children) as supervisor:
        yield {address.name: address for address in supervisor.children}


async def test_a_registered_actor_is_found_by_its_name(addresses: dict[str, Address[Any]]) -> None:
    registry = Registry()
    registry.register(addresses["counter"])
    registry.register(addresses["other"], name="another")
    assert registry.find("counter") is addresses["counter"]
    assert registry.get("another") is addresses["other"]
    assert list(registry) == ["counter", "another"]
    assert "counter" in registry
    assert len(registry) == 2


async def test_a_missing_name_is_an_error_with_a_guess(addresses: dict[str, Address[Any]]) -> None:
    registry = Registry()
    registry.register(addresses["counter"])
    with pytest.raises(ActorNotFound, match=r'as "conter"\. Did you mean "counter"\?'):
        registry.find("conter")
    assert registry.get("conter") is None


async def test_a_name_belongs_to_one_actor(addresses: dict[str, Address[Any]]) -> None:
    registry = Registry()
    registry.register(addresses["counter"])
    registry.register(addresses["counter"])
    with pytest.raises(ValueError, match='name "counter" is taken by <Address'):
        registry.register(addresses["other"], name="counter")


async def test_an_entry_vanishes_with_its_actor(addresses: dict[str, Address[Any]]) -> None:
    registry = Registry()
    registry.register(addresses["counter"])
    await addresses["counter"].stop()
    assert "counter" not in registry


async def test_an_ended_actor_cannot_be_registered(addresses: dict[str, Address[Any]]) -> None:
    await addresses["counter"].stop()
    with pytest.raises(ActorEnded, match="cannot be registered"):
        Registry().register(addresses["counter"])


async def test_a_name_that_was_given_away_outlives_its_former_owner(
    addresses: dict[str, Address[Any]],
) -> None:
    registry = Registry()
    registry.register(addresses["counter"])
    registry.unregister("counter")
    registry.register(addresses["other"], name="counter")
    await addresses["counter"].stop()
    assert registry.find("counter") is addresses["other"]


def test_an_unknown_name_cannot_be_unregistered() -> None:
    with pytest.raises(ActorNotFound, match='No actor is registered as "counter"'):
        Registry().unregister("counter")
