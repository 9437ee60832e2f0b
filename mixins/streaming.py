"""StreamingMixin: text appears in the page word by word, while it is being made."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, cast

import trio

from .behaviour import Behaviour
from .passage import MODES, Mode, Passage, size_of

#: About sixty frames a second, as often as a screen changes.
FLUSH_SECONDS = 1 / 60
#: Producers that only stream let others run so often: that costs more than a word does.
TURN_SECONDS = 0.001
#: Streams of which one frame brings news.
MOST_IN_FRAME = 100

#: The name of a stream, and the selector of its target if it has one of its own.
Key = tuple[str, str]


class StreamTooLong(Exception):
    """A stream holds more text than LIVE_STREAM_BYTES allows."""


class Streaming:
    """All streamed text of one view. It is changed in place: what was sent is not undone."""

    def __init__(self) -> None:
        #: What each stream shows, for a browser that has to be shown all of it.
        self.shown: dict[Key, Passage] = {}
        #: What the browser has not been told yet.
        self.waiting: dict[Key, Passage] = {}
        #: The nursery in which the task runs that sends it.
        self.flusher: trio.Nursery | None = None
        #: When it was sent last, and when a producer let others run, by the loop's clock.
        self.sent_at = self.yielded_at = -math.inf

    def __deepcopy__(self, _: object) -> Streaming:
        return self

    def both(self, key: Key) -> tuple[Passage, Passage]:
        return _passage_in(self.shown, key), _passage_in(self.waiting, key)


def _passage_in(passages: dict[Key, Passage], key: Key) -> Passage:
    found = passages.get(key)
    if found is None:
        found = passages[key] = Passage()
    return found


class StreamingBehaviour(Behaviour):
    """Gathers what producers stream and sends it about sixty times a second, all of it.

    Each verb can be cancelled after it has done its work, and lets others run there unless
    that was a moment ago.
    """

    __slots__ = ()

    @cached_property
    def _streaming(self) -> Streaming:
        streaming = Streaming()
        if self._before_turn is not None:
            # A failed turn does not take back what it has streamed.
            self._before_turn["_streaming"] = streaming
        return streaming

    # --- verbs ------------------------------------------------------------------------

    async def stream_start(self, name: str, target: str | None = None) -> None:
        """Begin anew: the target is emptied and carries `data-stream-active` until the end."""
        for passage in self._passages(name, target):
            passage.start()
        self._changed()
        await self._go_out()

    async def stream_text(
        self, name: str, text: str, mode: Mode | None = None, target: str | None = None
    ) -> None:
        """Add text behind what is there, before it, or instead of it.

        It goes into the element with `dj-stream="<name>"`, or into the one that the selector
        `target` finds. Without a mode that element's `dj-stream-mode` counts, else "append".
        """
        mode = mode or mode_of(self._template_source, name)
        if mode not in MODES:
            raise ValueError(f'The mode of stream "{name}" is one of {MODES}, not {mode!r}.')
        self._require_room(name, target, size_of(text), is_replaced=mode == "replace")
        for passage in self._passages(name, target):
            passage.add(text, mode)
        self._forget_if_empty(name, target)
        await self._go_out()

    async def stream_to(
        self, name: str, target: str | None = None, html: str | None = None
    ) -> None:
        """Show HTML that you trust; without `html`, what the template's block `name` renders."""
        html = self._fragment(name) if html is None else str(html)
        self._require_room(name, target, size_of(html), is_replaced=True)
        for passage in self._passages(name, target):
            passage.replace("", html)
        await self._go_out()

    async def stream_error(
        self, name: str, error: str | Exception, target: str | None = None
    ) -> None:
        """End with an error: the text so far stays, and a line with `role="alert"` follows."""
        for passage in self._passages(name, target):
            passage.fail(str(error) or type(error).__name__)
        self._changed()
        await self._go_out()

    async def stream_done(self, name: str, target: str | None = None) -> None:
        """End: the text is complete."""
        for passage in self._passages(name, target):
            passage.end()
        self._changed()
        await self._go_out()

    # --- sending ----------------------------------------------------------------------

    def _passages(self, name: str, target: str | None) -> tuple[Passage, Passage]:
        """Return what to change: what is shown, and what has to be sent."""
        if not name:
            raise ValueError("A stream needs a name: the value of an element's `dj-stream`.")
        return self._streaming.both((name, target or ""))

    async def _go_out(self) -> None:
        """Send what waits, or see to it that it is sent soon; and let others run."""
        streaming, now = self._streaming, trio.current_time()
        if streaming.flusher is not self._nursery and self.connected:
            if now - streaming.sent_at >= FLUSH_SECONDS:
                self._flush_now()
            if streaming.waiting:
                self._flush_soon()
        if now - streaming.yielded_at < TURN_SECONDS:
            await trio.lowlevel.checkpoint_if_cancelled()
        else:
            await trio.lowlevel.checkpoint()
            streaming.yielded_at = trio.current_time()

    def _require_room(self, name: str, target: str | None, size: int, *, is_replaced: bool) -> None:
        shown = self._streaming.shown.get((name, target or ""))
        size += 0 if is_replaced or shown is None else shown.size
        limit = self._setting("stream_bytes")
        if size > limit:
            raise StreamTooLong(
                f'The stream "{name}" would hold {size} bytes; LIVE_STREAM_BYTES allows {limit}. '
                "Begin anew with stream_start(), or raise the setting."
            )

    def _forget_if_empty(self, name: str, target: str | None) -> None:
        key = (name, target or "")
        if self._streaming.shown[key].is_empty:
            del self._streaming.shown[key]

    def _flush_soon(self) -> None:
        streaming = self._streaming
        if self.connected and streaming.flusher is not self._nursery:
            streaming.flusher = self._nursery
            self._nursery.start_soon(self._flush)

    async def _flush(self) -> None:
        """Rest, then send what waits: never more often than a screen changes."""
        streaming = self._streaming
        while streaming.waiting and self.connected:
            await trio.sleep_until(streaming.sent_at + FLUSH_SECONDS)
            self._flush_now()
        streaming.flusher = None

    def _flush_now(self) -> None:
        self._streaming.sent_at = trio.current_time()
        # First whatever waits in the outbox. While there is no room, text is gathered here:
        # what a failed turn takes out of the outbox must be nothing of it.
        if self._send_now() and self._send_now():
            self._frame_due()
            self._send_now()

    def _frame_due(self) -> None:
        if "_streaming" not in vars(self):
            return
        waiting = self._streaming.waiting
        for key in list(waiting)[:MOST_IN_FRAME]:
            self._put_operation(["stream", *key, waiting.pop(key).as_wire()])

    # --- a browser that comes, and another process --------------------------------------

    def _page_begun(self) -> None:
        super()._page_begun()
        if "_streaming" not in vars(self):
            return
        self._streaming.waiting.clear()
        for key, passage in self._streaming.shown.items():
            self._put_operation(["stream", *key, passage.as_whole()])

    def _browser_arrived(self, params: Mapping[str, Any]) -> None:
        super()._browser_arrived(params)
        if "_streaming" in vars(self) and self._streaming.waiting:
            self._flush_soon()

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        if "_streaming" in vars(self) and self._streaming.shown:
            saved["streaming"] = [
                [*key, *passage.dump()] for key, passage in self._streaming.shown.items()
            ]
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        for name, target, *dumped in saved.get("streaming", ()):
            passage = self._streaming.shown[name, target] = Passage()
            passage.load(dumped)


class StreamingMixin(StreamingBehaviour):
    """`stream_start`, `stream_text`, `stream_done`. Every LiveView includes it."""

    __slots__ = ()


_TAG = re.compile(r"<[^<>]*?\sdj-stream\s*=\s*[\"']([^\"']*)[\"'][^<>]*")
_MODE = re.compile(r"\sdj-stream-mode\s*=\s*[\"']?(\w+)")
_EXPRESSION = re.compile(r"\\\{\\\{.*?\\\}\\\}")


@lru_cache(1024)
def mode_of(source: str, name: str) -> Mode:
    """Return the `dj-stream-mode` of a stream's element, as the template says."""
    for tag in _TAG.finditer(source):
        mode = _MODE.search(tag[0])
        pattern = _EXPRESSION.sub(".*", re.escape(tag[1]))
        if mode and re.fullmatch(pattern, name):
            return cast(Mode, mode[1])
    return "append"
