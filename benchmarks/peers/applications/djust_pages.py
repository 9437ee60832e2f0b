"""The pages in djust, with the settings of its scaffold less accounts and database."""

from __future__ import annotations

import asyncio

import django
from django.conf import settings

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

settings.configure(
    SECRET_KEY="benchmark" * 8,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "channels",
        "djust",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    CHANNEL_LAYERS={
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 5000}}
    },
    TEMPLATES=[{"BACKEND": "djust.template_backend.DjustTemplateBackend", "APP_DIRS": True}],
    LIVEVIEW_ALLOWED_MODULES=[__name__],
    LIVEVIEW_CONFIG={
        "rate_limit": {
            "rate": 1_000_000,
            "burst": 1_000_000,
            "max_connections_per_ip": 1_000_000,
        }
    },
    LOGGING_CONFIG=None,
)
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path
from djust import LiveView, event_handler
from djust.push import apush_to_view
from djust.routing import DjustMiddlewareStack
from djust.websocket import LiveViewConsumer


def page(name, inside):
    return (
        "<!DOCTYPE html><html><head><title>Benchmark</title></head><body>"
        f'<div dj-root dj-view="{__name__}.{name}">{inside}</div></body></html>'
    )


class Counter(LiveView):
    template = page(
        "Counter", f"<p>{PROSE}</p><b>{{{{ count }}}}</b><button dj-click='increment'>+1</button>"
    )
    login_required = False

    def mount(self, request, **kwargs):
        self.count = 0

    @event_handler()
    def increment(self, **kwargs):
        self.count += 1


def row_of(row):
    return {"id": row.id, "name": row.name, "state": row.state, "amount": row.amount}


def item_of(number):
    return {"id": number, "text": item(number).text}


CELLS = (
    "<td>{{ row.id }}</td><td>{{ row.name }}</td><td>{{ row.state }}</td><td>{{ row.amount }}</td>"
)
CHANGE = "<button dj-click='change'>Change</button>"


class Table(LiveView):
    template = page(
        "Table",
        f"{CHANGE}<table><tbody>{{% for row in rows %}}<tr>{CELLS}</tr>{{% endfor %}}"
        "</tbody></table>",
    )
    login_required = False

    def mount(self, request, **kwargs):
        self.event = 0
        self.rows = [row_of(row) for row in rows()]

    @event_handler()
    def change(self, **kwargs):
        self.event += 1
        self.rows[changed_row(self.event)]["name"] = changed_name(self.event)


class KeyedTable(Table):
    template = page(
        "KeyedTable",
        f"{CHANGE}<table><tbody>{{% for row in rows %}}<tr dj-key='{{{{ row.id }}}}'>{CELLS}</tr>"
        "{% endfor %}</tbody></table>",
    )


class GrowingList(LiveView):
    template = page(
        "GrowingList",
        "<button dj-click='append'>Append</button>"
        "<ul>{% for item in items %}<li>{{ item.text }}</li>{% endfor %}</ul>",
    )
    login_required = False

    def mount(self, request, **kwargs):
        self.items = [item_of(number) for number in range(len(items()))]

    @event_handler()
    def append(self, **kwargs):
        self.items = [*self.items, item_of(len(self.items))]


class StreamedList(LiveView):
    template = page(
        "StreamedList",
        "<button dj-click='append'>Append</button><ul dj-stream='items'>"
        "{% for item in streams.items %}<li id='items-{{ item.id }}'>{{ item.text }}</li>"
        "{% endfor %}</ul>",
    )
    login_required = False

    def mount(self, request, **kwargs):
        self.next = ITEMS
        self.stream(
            "items", [item_of(number) for number in range(ITEMS)], dom_id=lambda one: one["id"]
        )

    @event_handler()
    def append(self, **kwargs):
        self.stream_insert("items", item_of(self.next))
        self.next += 1


class Shared(LiveView):
    template = page("Shared", f"<p>{PROSE}</p><b>{{{{ news }}}}</b>")
    login_required = False

    def mount(self, request, **kwargs):
        self.news = ""


class Publisher(LiveView):
    template = page(
        "Publisher", "<b>{{ published }}</b><button dj-click='publish'>Publish</button>"
    )
    login_required = False

    def mount(self, request, **kwargs):
        self.published = 0

    @event_handler()
    async def publish(self, **kwargs):
        self.published += 1
        await apush_to_view(f"{__name__}.Shared", state={"news": f"news {self.published}"})


class Speaker(LiveView):
    template = page("Speaker", "<p dj-stream='answer'></p><button dj-click='speak'>Speak</button>")
    login_required = False
    tokens = TOKENS
    pause_seconds = 0

    def mount(self, request, **kwargs):
        self.spoken = 0

    @event_handler()
    async def speak(self, **kwargs):
        # Its appending mode keeps only the newest of what comes within a sixtieth of a second.
        text = ""
        for number in range(self.tokens):
            await asyncio.sleep(self.pause_seconds)
            text += token(number)
            await self.stream_text("answer", text, mode="replace")


class Talker(Speaker):
    template = page("Talker", "<p dj-stream='answer'></p><button dj-click='speak'>Speak</button>")
    tokens = TALKED_TOKENS
    pause_seconds = SECONDS_A_TOKEN


urlpatterns = [
    path("counter", Counter.as_view()),
    path("table", Table.as_view()),
    path("keyed", KeyedTable.as_view()),
    path("list", GrowingList.as_view()),
    path("stream", StreamedList.as_view()),
    path("shared", Shared.as_view()),
    path("publisher", Publisher.as_view()),
    path("tokens", Speaker.as_view()),
    path("talk", Talker.as_view()),
]
app = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": DjustMiddlewareStack(
            URLRouter([path("ws/live/", LiveViewConsumer.as_asgi())])
        ),
    }
)
