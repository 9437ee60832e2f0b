"""PermissionRequiredMixin: a view for users with certain permissions; others get a 403."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..client.messages import Error, Moved
from .behaviour import Behaviour

__all__ = ["PermissionRequiredBehaviour", "PermissionRequiredMixin"]


class PermissionRequiredBehaviour(Behaviour):
    """Asks `request.user.has_perm(name)` at every door, the first time and ever after."""

    __slots__ = ()

    #: The name of a permission, or several, of which all are needed.
    permission_required: ClassVar[str | Sequence[str]] = ()
    #: Where visitors log in, a path on this site; "" for the application's LOGIN_URL.
    login_url: ClassVar[str] = ""

    @classmethod
    def _guard(cls, request: Any) -> Moved | Error | None:
        user = request.user
        if not user.is_authenticated:
            return Moved(cls.login_url, "page")
        if not all(user.has_perm(name) for name in _names(cls.permission_required)):
            return Error("forbidden", "403: You have no permission to see this.")
        return super()._guard(request)

    @classmethod
    def _check_class(cls) -> None:
        super()._check_class()
        if cls.login_url:
            cls._require_own_path(cls.login_url, f"{cls.__qualname__}.login_url")
        names = _names(cls.permission_required)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise TypeError(
                f"{cls.__qualname__}.permission_required is {cls.permission_required!r}. Expected "
                "the name of a permission, such as 'app.change_item', or a list of names."
            )


def _names(required: str | Sequence[str]) -> Sequence[str]:
    return (required,) if isinstance(required, str) else required


class PermissionRequiredMixin(PermissionRequiredBehaviour):
    """Only for users with `permission_required`; the others see a 403, never a login."""

    __slots__ = ()
