"""The pages in pyview: contexts are dictionaries, which it renders without converting them."""

from __future__ import annotations

import asyncio

from pyview import LiveView, PyView
from pyview.events import InfoEvent
from pyview.live_socket import is_connected
from pyview.stream import Stream
from pyview.template import LiveRender, LiveTemplate
from pyview.vendor.ibis import Template

from benchmarks.peers.applications.content import (
    ITEMS,
    PROSE,
    SECONDS_A_TOKEN,
    TALKED_TOKENS,
    TOKENS,
    changed_name,
    changed_row,
    item,
    items,
    rows,
    token,
)

app = PyView()


def page(path, source):
    template = LiveTemplate(Template(source))

    def add(view):
        async def render(self, assigns, meta):
            return LiveRender(template, assigns, meta)

        view.render = render
        app.add_live_view(path, view)
        return view

    return add


@page("/counter", f"<p>{PROSE}</p><b>{{{{ count }}}}</b><button phx-click='increment'>+1</button>")
class Counter(LiveView):
    async def mount(self, socket, session):
        socket.context = {"count": 0}

    async def handle_event(self, event, payload, socket):
        socket.context["count"] += 1


@page(
    "/table",
    "<button phx-click='change'>Change</button><table><tbody>{% for row in rows %}<tr>"
    "<td>{{ row.id }}</td><td>{{ row.name }}</td><td>{{ row.state }}</td>"
    "<td>{{ row.amount }}</td></tr>{% endfor %}</tbody></table>",
)
class Table(LiveView):
    async def mount(self, socket, session):
        socket.context = {"event": 0, "rows": rows()}

    async def handle_event(self, event, payload, socket):
        context = socket.context
        context["event"] += 1
        context["rows"][changed_row(context["event"])].name = changed_name(context["event"])


@page(
    "/list",
    "<button phx-click='append'>Append</button>"
    "<ul>{% for item in items %}<li>{{ item.text }}</li>{% endfor %}</ul>",
)
class GrowingList(LiveView):
    async def mount(self, socket, session):
        socket.context = {"items": items()}

    async def handle_event(self, event, payload, socket):
        socket.context["items"].append(item(len(socket.context["items"])))


@page(
    "/stream",
    "<button phx-click='append'>Append</button><ul id='items' phx-update='stream'>"
    "{% for dom_id, item in items %}<li id='{{ dom_id }}'>{{ item.text }}</li>{% endfor %}</ul>",
)
class StreamedList(LiveView):
    async def mount(self, socket, session):
        socket.context = {"next": ITEMS, "items": Stream(items(), name="items")}

    async def handle_event(self, event, payload, socket):
        socket.context["items"].insert(item(socket.context["next"]))
        socket.context["next"] += 1


@page("/shared", f"<p>{PROSE}</p><b>{{{{ news }}}}</b>")
class Shared(LiveView):
    async def mount(self, socket, session):
        socket.context = {"news": ""}
        if is_connected(socket):
            await socket.subscribe("news")

    async def handle_info(self, event, socket):
        socket.context["news"] = event.payload


@page("/publisher", "<b>{{ published }}</b><button phx-click='publish'>Publish</button>")
class Publisher(LiveView):
    async def mount(self, socket, session):
        socket.context = {"published": 0}

    async def handle_event(self, event, payload, socket):
        socket.context["published"] += 1
        await socket.broadcast("news", f"news {socket.context['published']}")


SPOKEN = (
    "<p id='answer' phx-update='stream'>{% for dom_id, item in words %}"
    "<span id='{{ dom_id }}'>{{ item.text }}</span>{% endfor %}</p>"
    "<button phx-click='speak'>Speak</button>"
)


@page("/tokens", SPOKEN)
class Speaker(LiveView):
    tokens = TOKENS
    pause_seconds = 0

    async def mount(self, socket, session):
        socket.context = {"words": Stream([], name="words")}

    async def handle_event(self, event, payload, socket):
        self.speaking = asyncio.create_task(self.speak(socket))

    async def speak(self, socket):
        for number in range(self.tokens):
            await asyncio.sleep(self.pause_seconds)
            await socket.send_info(InfoEvent("word", number))

    async def handle_info(self, event, socket):
        number = event.payload
        socket.context["words"].insert({"id": number, "text": token(number)})


@page("/talk", SPOKEN)
class Talker(Speaker):
    tokens = TALKED_TOKENS
    pause_seconds = SECONDS_A_TOKEN
