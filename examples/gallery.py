"""All examples on one site: an index, and each example beside its source."""

from __future__ import annotations

import os
from typing import Any

from examples import chat_room, expenses, guide_pages, kanban, members, orders, profile
from examples.catalogue import EXAMPLES, GROUPS
from limelight import LiveApp, LiveView


class Index(LiveView):
    """The first page: one card for each example."""

    template_name = "gallery/index.html"
    layout = "gallery/layout.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(groups=GROUPS, **kwargs)


def in_gallery(view: type[LiveView], name: str = "") -> type[Any]:
    """Return a view, unchanged but for the layout around it, which finds the example by its name."""
    return type(name or view.__name__, (view,), {"layout": "gallery/example.html"})


app = LiveApp(__name__)
app.jinja_env.globals["groups"] = GROUPS
app.jinja_env.globals["examples"] = {one.view.__name__: one for one in EXAMPLES}
app.live("/", Index)
app.live(guide_pages.RULE, guide_pages.Guide)
app.register_blueprint(profile.pictures)
installed: tuple[type[LiveView], ...] = (chat_room.ChatRoom, kanban.Kanban, orders.Orders)
for one in EXAMPLES:
    if one.view not in installed:
        app.live(one.path, in_gallery(one.view))
chat_room.install(app, "/chat_room", in_gallery(chat_room.ChatRoom))
kanban.install(app, "/kanban", in_gallery(kanban.Kanban))
orders.install(app, "/orders", in_gallery(orders.Orders))
members.install(app, in_gallery(members.Lounge, "Members"))
expenses.install(app, in_gallery(expenses.ExpenseClaim, "Expenses"))

#: Only in development, where the dashboard answers to its own machine alone: it needs no guard.
DASHBOARD = "/_supervision"
if os.environ.get("LIVE_ENV") == "development":
    app.enable_dashboard(DASHBOARD, may=lambda request, action: action != "drain")
    app.jinja_env.globals["dashboard"] = DASHBOARD
