"""Pages behind a permission that can be withdrawn while somebody looks at them."""

from __future__ import annotations

from typing import Any

from quart import request
from quart_auth import AuthUser, login_user

from limelight import LiveApp, LiveView, event_handler
from limelight.mixins import PermissionRequiredMixin


class Account:
    """One who knows at each moment what they may do."""

    def __init__(self, username: str) -> None:
        self.username = username

    def has_perm(self, name: str) -> bool:
        return self.username not in app.config["WITHDRAWN"]


class Home(LiveView):
    template = """<h1>Home</h1><a href="/secret" dj-navigate>Secret</a>
    {{ live_view("secret", Secret) }}"""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(Secret=Secret, **kwargs)


class Secret(PermissionRequiredMixin, LiveView):
    permission_required = "see"
    template = (
        """<h2>Secret</h2><p>{{ clicks }} clicks</p><button dj-click="click">Click</button>"""
    )
    clicks = 0

    @event_handler()
    def click(self) -> None:
        self.clicks = self.clicks + 1


app = LiveApp(__name__)
app.config["WITHDRAWN"] = set()
app.user_loader(Account)
app.live("/", Home)
app.live("/secret", Secret)


@app.get("/accounts/login/")
async def log_in() -> str:
    if "user" in request.args:
        login_user(AuthUser(request.args["user"]))
    return "Log in"


@app.get("/withdraw")
async def withdraw() -> str:
    app.config["WITHDRAWN"].add(request.args["user"])
    return "Done"
