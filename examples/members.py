"""Members only: a login, a permission, and a logout that closes every other tab as well."""

from __future__ import annotations

from typing import Any

from quart import redirect, request
from quart.typing import ResponseReturnValue
from quart_auth import AuthUser, login_user, logout_user

from limelight import Account, LiveApp, LiveView, Request, event_handler
from limelight.mixins import LoginRequiredMixin, PermissionRequiredMixin

OPEN_SAFE = "members.open_safe"
PEOPLE = {
    "ada": Account("Ada", frozenset({OPEN_SAFE})),
    "ben": Account("Ben"),
}


class Members(LiveView):
    """The front door, which everybody sees."""

    template = """
    <link rel="stylesheet" href="/static/members.css">
    <section class="members">
      <h1>Members</h1>
      {% if user.is_authenticated %}
      <p>You are {{ user.username }}. <a href="/members/lounge" dj-navigate>Go to the lounge</a></p>
      {% else %}
      <p>{{ "The lounge is for members. Who are you?" if came_from else "Who are you?" }}</p>
      <form class="members-people" method="post" action="/members/login">
        <input type="hidden" name="next" value="{{ came_from }}">
        {% for id, person in people.items() %}
        <button class="members-person" name="user" value="{{ id }}">
          <strong>{{ person.username }}</strong>
          <span>{{ "has the key to the safe" if person.permissions else "is a member" }}</span>
        </button>
        {% endfor %}
      </form>
      <p><a href="/members/lounge">Try the lounge without saying so</a></p>
      {% endif %}
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.came_from = request.args.get("next", "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(people=PEOPLE, user=self.request.user, **kwargs)


class Safe(PermissionRequiredMixin, LiveView):
    """Stands in the lounge, for those who have the key."""

    permission_required = OPEN_SAFE
    template = """
    <section class="members-safe {{ 'open' if is_open }}">
      <h2>The safe</h2>
      <p>{{ "Three cups, a spoon, and the good sugar." if is_open else "It is locked." }}</p>
      <button dj-click="turn">{{ "Lock it" if is_open else "Open it" }}</button>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.is_open = False

    @event_handler()
    def turn(self) -> None:
        self.is_open = not self.is_open


class Lounge(LoginRequiredMixin, LiveView):
    """Nobody gets here, and nothing of it exists, without a login."""

    login_url = "/members"
    template = """
    <link rel="stylesheet" href="/static/members.css">
    <section class="members">
      <h1>Good to see you, {{ user.username }}</h1>
      <p class="members-tea">
        <button dj-click="pour">Pour a cup of tea</button>
        <span role="status">{{ cups }} {{ "cup" if cups == 1 else "cups" }} so far</span>
      </p>
      {{ live_view("safe", Safe) }}
      {% if not user.has_perm(open_safe) %}
      <p class="members-note">There is a safe here as well, for those who have the key.</p>
      {% endif %}
      <form class="members-leave" method="post" action="/members/logout">
        <button class="quiet">Log out</button>
        <small>Open this page in a second tab before: both will close.</small>
      </form>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.cups = 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(Safe=Safe, user=user, open_safe=OPEN_SAFE, **kwargs)

    @event_handler()
    def pour(self) -> None:
        self.cups += 1


def install(app: LiveApp, lounge: type[LiveView] = Lounge) -> None:
    """Add everything but the front door. There are no passwords: this is an example."""

    @app.user_loader
    def load(auth_id: str) -> Account | None:
        return PEOPLE.get(auth_id)

    @app.post("/members/login")
    async def log_in() -> ResponseReturnValue:
        form = await request.form
        if form.get("user") in PEOPLE:
            login_user(AuthUser(form["user"]))
        return redirect(app.own_path(form.get("next"), "/members/lounge"))

    @app.post("/members/logout")
    async def log_out() -> ResponseReturnValue:
        logout_user()
        return redirect(app.own_path((await request.form).get("next"), "/members"))

    app.live("/members/lounge", lounge)


app = LiveApp(__name__)
app.live("/members", Members)
install(app)


@app.get("/")
async def index() -> ResponseReturnValue:
    return redirect("/members")
