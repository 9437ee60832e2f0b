"""`url_for` in templates: addresses within the application, without a request under way."""

from __future__ import annotations

from typing import Any

import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.runtime import ViewDidNotStart
from limelight.testing import app_for, open_browser, open_view

TEMPLATE = """
<a id="orders" href="{{ url_for('orders', year=year) }}">{{ year }}</a>
<a id="static" href="{{ url_for('static', filename='a b.css') }}"></a>
<a id="part" href="{{ url_for('orders', year=year, open='yes', _anchor='two words') }}"></a>
"""


class Links(LiveView):
    template = TEMPLATE

    def mount(self, request: Request, **params: Any) -> None:
        self.year = 2026

    @event_handler()
    def back(self) -> None:
        self.year -= 1


@pytest.fixture
def app() -> LiveApp:
    app = app_for(Links)
    app.live("/", Links)

    @app.route("/orders/<int:year>")
    async def orders(year: int) -> str:
        return f"orders of {year}"

    return app


async def test_a_page_links_to_plain_routes_and_files(app: LiveApp) -> None:
    async with open_browser(app) as page:
        assert page.attribute("#orders", "href") == "/orders/2026"
        assert page.attribute("#static", "href") == "/static/a%20b.css"
        assert page.attribute("#part", "href") == "/orders/2026?open=yes#two%20words"


async def test_an_address_follows_what_it_is_made_of(app: LiveApp) -> None:
    async with open_browser(app) as page:
        await page.call("back")
        assert page.attribute("#orders", "href") == "/orders/2025"


async def test_values_that_the_application_adds_are_in_it(app: LiveApp) -> None:
    @app.url_defaults
    def add(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", "de")

    async with open_browser(app) as page:
        assert page.attribute("#orders", "href") == "/orders/2026?lang=de"


async def test_globals_that_the_application_adds_later_are_seen_in_development() -> None:
    class Late(LiveView):
        template = "{{ count }} {{ motto }}"

        def mount(self, request: Request, **params: Any) -> None:
            self.count = 0

        @event_handler()
        def increment(self) -> None:
            self.count += 1

    app = app_for(Late)
    app.live("/", Late)
    async with open_browser(app) as page:
        app.jinja_env.globals["motto"] = "Carpe diem"
        await page.call("increment")
        assert "1 Carpe diem" in page.html


@pytest.mark.parametrize("asked", ["_external=True", "_scheme='https'"])
async def test_a_full_address_is_refused_with_what_to_do(asked: str) -> None:
    class Far(LiveView):
        template = "{{ url_for('static', filename='a', " + asked + ") }}"

    with pytest.raises(ViewDidNotStart, match="make the address in `mount`"):
        async with open_view(Far):
            pass
