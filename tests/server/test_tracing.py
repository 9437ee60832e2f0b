"""Spans of OpenTelemetry: one a page, one a turn, one a render; none without being asked for."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.testing import EventFailed, open_browser


class Counter(LiveView):
    template = "<b>{{ number }}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.number = 0

    @event_handler()
    def add(self) -> None:
        self.number += 1

    @event_handler()
    def fail(self) -> None:
        raise ValueError("hunter2")

    def handle_info(self, message: object) -> None:
        self.number += 10


class Spans:
    """What was traced."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def of(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all if span.name == name]


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def app(spans: Spans) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    app.live("/shelves/<int:shelf>", Counter)
    app.enable_tracing(spans.provider)
    return app


async def test_a_page_is_a_span(app: LiveApp, spans: Spans) -> None:
    async with open_browser(app, "/shelves/7"):
        pass
    (span,) = spans.of("GET /shelves/<int:shelf>")
    assert dict(span.attributes or {}) == {
        "limelight.view": "Counter",
        "http.route": "/shelves/<int:shelf>",
    }


async def test_a_turn_is_a_span_with_its_event_view_route_and_result(
    app: LiveApp, spans: Spans
) -> None:
    async with open_browser(app, "/shelves/7") as page:
        await page.call("add")
    (span,) = spans.of("Counter.add")
    attributes = dict(span.attributes or {})
    assert len(str(attributes.pop("limelight.view_id"))) == 12
    assert attributes == {
        "limelight.view": "Counter",
        "http.route": "/shelves/<int:shelf>",
        "limelight.event": "add",
        "limelight.message": "Event",
        "limelight.result": "done",
    }
    assert span.parent is None


async def test_a_render_stands_below_the_turn_that_it_shows(app: LiveApp, spans: Spans) -> None:
    async with open_browser(app, "/shelves/7") as page:
        await page.call("add")
    (turn,) = spans.of("Counter.add")
    below = [
        one
        for one in spans.of("Counter render")
        if one.parent is not None
        and turn.context is not None
        and one.parent.span_id == turn.context.span_id
    ]
    assert len(below) == 1


async def test_a_failed_turn_is_an_error_that_names_its_type_only(
    app: LiveApp, spans: Spans
) -> None:
    async with open_browser(app, "/shelves/7") as page:
        with pytest.raises(EventFailed):
            await page.call("fail")
    (span,) = spans.of("Counter.fail")
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "hunter2" not in "".join(one.to_json() for one in spans.all)


async def test_what_a_handler_traces_stands_below_its_turn(spans: Spans) -> None:
    tracer = spans.provider.get_tracer("shop")

    class Shop(Counter):
        @event_handler()
        def buy(self) -> None:
            with tracer.start_as_current_span("pay"):
                self.number += 1

    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    app.live("/", Shop)
    app.enable_tracing(spans.provider)
    async with open_browser(app, "/") as page:
        await page.call("buy")
    (turn,), (pay,) = spans.of("Shop.buy"), spans.of("pay")
    assert pay.parent is not None
    assert turn.context is not None
    assert pay.parent.span_id == turn.context.span_id


async def test_housekeeping_has_no_spans_and_nothing_is_kept(app: LiveApp, spans: Spans) -> None:
    async with app.running() as runtime:
        async with open_browser(app, "/shelves/7") as page:
            await page.tell("news")
            await page.settle()
        assert runtime.tracing is not None
        assert runtime.tracing._newest == {}
    assert {span.name for span in spans.all} >= {"Counter.Info", "Counter.Attach"}
    assert not {"Counter.Left", "Counter.Rest", "Counter.Seen"} & {one.name for one in spans.all}


async def test_without_opentelemetry_asking_for_spans_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(RuntimeError, match=r"pip install 'limelight\[tracing\]'"):
        LiveApp(__name__).enable_tracing()


async def test_an_application_that_does_not_ask_has_none() -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    app.live("/", Counter)
    async with app.running() as runtime:
        assert runtime.tracing is None
