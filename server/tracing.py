"""Spans of OpenTelemetry for pages, turns and renders, where an application asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ..actors import Failed
from ..client.messages import Event, Seen, Signal
from .reports import doing_name
from .view_messages import Depart, Detached, Expired, Finished, GetState, Left, Rest, Save, Wake

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider

    from .seat import Seat

#: Housekeeping, which says nothing to whoever looks for what took long.
WITHOUT_SPAN: Final = frozenset(
    {Depart, Detached, Expired, Finished, GetState, Left, Rest, Save, Seen, Signal, Wake}
)


class Tracing:
    """Begins and ends spans. Without one, a turn costs the question whether there is one."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        try:
            from opentelemetry import trace
        except ModuleNotFoundError as error:
            raise RuntimeError(
                f"{error.name} is not installed: pip install 'limelight[tracing]'."
            ) from None
        self._trace = trace
        #: By view the span of its newest turn that was not rendered.
        self._newest: dict[str, Span] = {}
        self._tracer = trace.get_tracer("limelight", tracer_provider=provider)

    @contextmanager
    def page(self, endpoint: str, view: type) -> Iterator[None]:
        """The GET of a page: guard, `mount`, first render and layout."""
        route = endpoint.removeprefix("live ")
        attributes = {"limelight.view": view.__name__, "http.route": route}
        with self._span(f"GET {route}", attributes, self._trace.SpanKind.SERVER):
            yield

    @contextmanager
    def turn(self, seat: Seat, message: object) -> Iterator[Turn]:
        """The handling of one message; its result is told to `Turn.end`."""
        if type(message) in WITHOUT_SPAN:
            yield Turn(None)
            return
        question = getattr(message, "event", message)
        about = {**_attributes(seat), "limelight.event": doing_name(question)}
        about["limelight.message"] = type(message).__name__
        name = f"{seat.view.__name__}.{doing_name(question)}"
        is_from_browser = isinstance(question, Event)
        kind = self._trace.SpanKind.SERVER if is_from_browser else self._trace.SpanKind.INTERNAL
        with self._span(name, about, kind) as span:
            self._newest[seat.id] = span
            yield Turn(span)

    @contextmanager
    def render(self, seat: Seat) -> Iterator[None]:
        """What the newest turns have changed is rendered: below the last of them."""
        former = self._newest.pop(seat.id, None)
        context = self._trace.set_span_in_context(former) if former is not None else None
        kind = self._trace.SpanKind.INTERNAL
        with self._span(f"{seat.view.__name__} render", _attributes(seat), kind, context):
            yield

    def forget(self, seat: Seat) -> None:
        """A view has ended."""
        self._newest.pop(seat.id, None)

    @contextmanager
    def _span(
        self, name: str, attributes: dict[str, Any], kind: Any, context: Any = None
    ) -> Iterator[Span]:
        # The words of an error may hold what a visitor has typed: only its type is recorded.
        with self._tracer.start_as_current_span(
            name,
            context,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                _fail(span, error)
                raise


class Turn:
    """One turn that is under way."""

    __slots__ = ("_span",)

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def end(self, answer: object) -> None:
        """Note whether it was done, or undone because it failed."""
        if self._span is None:
            return
        if isinstance(answer, Failed):
            _fail(self._span, answer.error)
        else:
            self._span.set_attribute("limelight.result", "done")


def _attributes(seat: Seat) -> dict[str, Any]:
    return {
        "limelight.view": seat.view.__name__,
        "limelight.view_id": seat.id,
        "http.route": seat.endpoint.removeprefix("live "),
    }


def _fail(span: Span, error: Exception) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("limelight.result", "failed")
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
