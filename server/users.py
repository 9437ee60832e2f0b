"""Who visits: the users behind the cookies, as the application's own loader knows them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from .request import ANONYMOUS, User

#: Takes the id with which a user was logged in; returns None for one who may not come any more.
UserLoader: TypeAlias = "Callable[[str], Any | Awaitable[Any]]"


@dataclass(frozen=True, slots=True)
class Account:
    """What a loader may return: a name to show and the permissions that were granted.

    Any object of the application's own with `username` and `has_perm(name)` does as well.
    """

    username: str
    permissions: Collection[str] = ()

    def has_perm(self, name: str) -> bool:
        """Tell whether this permission was granted."""
        return name in self.permissions


@dataclass(frozen=True, slots=True)
class KnownUser:
    """Somebody who has logged in. `account` is what the application's loader returned."""

    auth_id: str
    account: Any = None

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def username(self) -> str:
        """The account's name; without a loader the id."""
        return self.auth_id if self.account is None else str(self.account.username)

    def has_perm(self, name: str) -> bool:
        """Ask the account. Without a loader nobody has a permission."""
        return self.account is not None and bool(self.account.has_perm(name))


async def load_user(loader: UserLoader | None, auth_id: str | None) -> User:
    """Return the user of an id: anonymous without one, and if the loader knows nobody.

    Raises whatever the loader raises, and TypeError for an account that is none.
    """
    if auth_id is None:
        return ANONYMOUS
    if loader is None:
        return KnownUser(auth_id)
    account = loader(auth_id)
    if inspect.isawaitable(account):
        account = await account
    if account is None:
        return ANONYMOUS
    missing = [name for name in ("username", "has_perm") if not hasattr(account, name)]
    if missing:
        raise TypeError(
            f"The user loader returned {type(account).__name__} without {' and '.join(missing)}. "
            "Return limelight.Account(username, permissions), an object with these names, or None."
        )
    return KnownUser(auth_id, account)
