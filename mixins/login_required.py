"""LoginRequiredMixin: whoever has not logged in is sent to do so, before the view exists."""

from __future__ import annotations

from typing import Any, ClassVar

from ..client.messages import Error, Moved
from .behaviour import Behaviour

__all__ = ["LoginRequiredBehaviour", "LoginRequiredMixin"]


class LoginRequiredBehaviour(Behaviour):
    """Guards every door of a view: its page, joins, returns, navigation, uploads, each event."""

    __slots__ = ()

    #: Where visitors log in, a path on this site; "" for the application's LOGIN_URL.
    login_url: ClassVar[str] = ""

    @classmethod
    def _guard(cls, request: Any) -> Moved | Error | None:
        if not request.user.is_authenticated:
            return Moved(cls.login_url, "page")
        return super()._guard(request)

    @classmethod
    def _check_class(cls) -> None:
        super()._check_class()
        if cls.login_url:
            cls._require_own_path(cls.login_url, f"{cls.__qualname__}.login_url")


class LoginRequiredMixin(LoginRequiredBehaviour):
    """Only for users who have logged in; others are sent to `login_url` and find the way back."""

    __slots__ = ()
