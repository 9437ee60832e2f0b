"""Names for actors that others look up instead of being handed an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .address import Address, Ended
from .errors import ActorEnded, ActorNotFound
from .hints import near_miss


class Registry:
    """Maps unique names to addresses. An entry vanishes when its actor ends for good."""

    def __init__(self) -> None:
        self._addresses: dict[str, Address[Any]] = {}

    def __len__(self) -> int:
        return len(self._addresses)

    def __contains__(self, name: object) -> bool:
        return name in self._addresses

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._addresses))

    def register(self, address: Address[Any], name: str | None = None) -> None:
        """Enter an address under a name, its own by default. Raises ValueError if it is taken."""
        name = address.name if name is None else name
        if not address.is_alive:
            raise ActorEnded(f"{name!r} has ended and cannot be registered.")
        other = self._addresses.setdefault(name, address)
        if other is not address:
            raise ValueError(f'The name "{name}" is taken by {other!r}. Choose another one.')

        def forget(_: Ended) -> None:
            # The name may have gone to another actor meanwhile.
            if self._addresses.get(name) is address:
                del self._addresses[name]

        address.watch(forget)

    def find(self, name: str) -> Address[Any]:
        """Return the address of this name; raise ActorNotFound, a LookupError, if there is none."""
        address = self._addresses.get(name)
        if address is None:
            hint = near_miss(name, self._addresses)
            raise ActorNotFound(f'No actor is registered as "{name}".{hint}')
        return address

    def get(self, name: str) -> Address[Any] | None:
        """Return the address of this name, or None."""
        return self._addresses.get(name)

    def unregister(self, name: str) -> None:
        """Take a name out of the registry; its actor runs on."""
        self.find(name)
        del self._addresses[name]
