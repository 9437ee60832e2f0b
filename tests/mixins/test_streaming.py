"""Streaming text: nothing is lost, nothing is sent too often, and every producer ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import trio
import trio.testing

from limelight import LiveApp, LiveView, event_handler
from limelight.client.messages import Event, Frame
from limelight.mixins import StreamingMixin
from limelight.mixins.passage import Passage
from limelight.mixins.streaming import mode_of
from limelight.testing import EventFailed, ViewPage, open_view

TOKENS = 10_000
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "a\u2028b</p>",
)


async def llm_stream(content: str) -> AsyncIterator[str]:
    for word in f"You said {content} .".split():
        yield f"{word} "


class ChatView(StreamingMixin, LiveView):
    """The example of the reference page."""

    template = '<p dj-stream="response"></p>'

    @event_handler()
    async def send(self, content: str = "", **kwargs: Any) -> None:
        await self.stream_start("response")
        async for token in llm_stream(content):
            await self.stream_text("response", token)
        await self.stream_done("response")


class Producer(LiveView):
    template = """
    <p dj-stream="answer"></p><b dj-stream="newest" dj-stream-mode="replace"></b>
    <i>{{ turns }}</i><section id="other"></section>
    {% block card %}<em>{{ turns }} turns</em>{% endblock %}
    """

    def mount(self, request: Any, **params: Any) -> None:
        self.turns = 0
        self._scope = trio.CancelScope()

    @event_handler(background=True)
    async def produce(self, pause: float = 0.0, tokens: int = TOKENS) -> None:
        try:
            with self._scope:
                await self.stream_start("answer")
                for number in range(tokens):
                    await self.stream_text("answer", f"{number} ")
                    if pause:
                        await trio.sleep(pause)
                await self.stream_done("answer")
        finally:
            ENDED.append(trio.current_time())

    @event_handler()
    def stop(self) -> None:
        self._scope.cancel()

    @event_handler()
    async def say(self, text: str, mode: Any = None, target: str | None = None) -> None:
        self.turns += 1
        await self.stream_text("answer", text, mode=mode, target=target)

    @event_handler()
    async def show(self, html: str | None = None) -> None:
        self.turns += 1
        if html is None:
            await self.stream_to("card", target="#other")
        else:
            await self.stream_to("answer", html=html)

    @event_handler()
    async def tick(self, text: str) -> None:
        await self.stream_text("newest", text)

    @event_handler()
    async def fail(self, text: str, error: str) -> None:
        await self.stream_start("answer")
        await self.stream_text("answer", text)
        await self.stream_error("answer", error)

    @event_handler()
    async def crash(self, text: str) -> None:
        await self.stream_text("answer", text)
        raise RuntimeError("after the text")


ENDED: list[float] = []
ALL = [str(number) for number in range(TOKENS)]


async def test_the_example_of_the_reference_streams_its_answer() -> None:
    async with open_view(ChatView) as page:
        await page.call("send", content="hello")

        assert page.text("p") == "You said hello ."
        assert page.attribute("p", "data-stream-active") is None


async def test_ten_thousand_tokens_arrive_complete_in_order_and_in_few_frames(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Producer) as page:
        before = page.link.frames_applied
        await page.call("produce")
        await page.wait_for(lambda: is_done(page))

        assert page.text("p").split() == ALL
        assert page.link.frames_applied - before <= 300


async def test_never_more_than_sixty_frames_leave_in_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Producer) as page:
        began, before = trio.current_time(), page.link.frames_applied
        await page.call("produce", pause=0.001, tokens=3_000)
        await page.wait_for(lambda: is_done(page), timeout=60)
        seconds = trio.current_time() - began

        assert page.text("p").split() == ALL[:3_000]
        # The first frame, and those with which the handler begins and ends, are not paced.
        assert page.link.frames_applied - before <= 60 * seconds + 3


async def test_a_handler_that_holds_its_turn_streams_in_its_midst(
    autojump_clock: trio.testing.MockClock,
) -> None:
    gate = trio.Event()

    class Held(LiveView):
        template = '<p dj-stream="answer"></p>'

        @event_handler()
        async def go(self) -> None:
            await self.stream_start("answer")
            await self.stream_text("answer", "first")
            await gate.wait()
            await self.stream_text("answer", " second")

    async with open_view(Held) as page, trio.open_nursery() as nursery:
        nursery.start_soon(page.call, "go")
        await page.wait_for("first")
        assert page.attribute("p", "data-stream-active") == ""
        gate.set()
        await page.wait_for("first second")


async def test_stop_cancels_the_producer_at_its_next_checkpoint(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ENDED.clear()
    async with open_view(Producer) as page:
        await page.call("produce", pause=10.0)
        now = trio.current_time()
        await page.call("stop")
        await page.settle()

        assert [now] == ENDED
        assert page.text("p") == "0"


async def test_a_closed_tab_cancels_the_producer_within_a_second(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ENDED.clear()
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth", LIVE_ENV="development")
    app.live("/", Producer)
    async with app.running():
        async with open_view(Producer, app=app) as page:
            await page.call("produce", pause=0.01)
            left = trio.current_time()
        await trio.sleep(1)

        assert len(ENDED) == 1
        assert ENDED[0] - left <= 1


async def test_a_page_that_comes_back_in_the_midst_has_no_gap(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Producer) as page:
        await page.call("produce", pause=0.01, tokens=1_000)
        for _ in range(5):
            await trio.sleep(0.5)
            await page.disconnect()
            await trio.sleep(0.5)
            await page.reconnect()
            assert page.link.how == "resumed"
        await page.wait_for(lambda: is_done(page), timeout=60)

        assert page.text("p").split() == ALL[:1_000]


async def test_a_page_that_has_to_begin_anew_is_shown_the_text_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Producer) as page:
        await page.call("produce", pause=0.01, tokens=100)
        await trio.sleep(0.3)
        await page.disconnect()
        page.link.epoch = "forgotten"
        await page.reconnect()
        await page.wait_for(lambda: is_done(page), timeout=60)

        assert page.link.how == "mounted"
        assert page.text("p").split() == ALL[:100]


async def test_text_of_a_failed_turn_stays() -> None:
    async with open_view(Producer) as page:
        with pytest.raises(EventFailed):
            await page.call("crash", text="kept")
        await page.wait_for("kept")
        await page.call("say", text=" and more")

        assert page.text("p") == "kept and more"


async def test_modes_add_behind_before_and_instead() -> None:
    async with open_view(Producer) as page:
        for text, mode in (("b", None), ("c", "append"), ("a", "prepend")):
            await page.call("say", text=text, mode=mode)
        assert page.text("p") == "abc"

        await page.call("say", text="new", mode="replace")
        assert page.text("p") == "new"


async def test_many_short_texts_keep_their_order_in_every_mode() -> None:
    passage = Passage()
    for number in range(2_000):
        passage.add(f"{number} ", "append")
        passage.add(f" {-number}", "prepend")

    wire = passage.as_wire()
    assert wire["t"].split() == ALL[:2_000]
    assert wire["p"].split() == [str(-number) for number in reversed(range(2_000))]


async def test_the_element_says_the_mode_where_the_author_does_not() -> None:
    async with open_view(Producer) as page:
        await page.call("tick", text="old")
        await page.call("tick", text="new")

        assert page.text("b") == "new"


def test_the_mode_is_found_for_names_that_are_made_in_the_template() -> None:
    source = '<p dj-stream="answer-{{ id }}" class="a"\n dj-stream-mode="prepend"></p>'

    assert mode_of(source, "answer-7") == "prepend"
    assert mode_of(source, "reply-7") == "append"


async def test_a_target_is_found_by_its_selector() -> None:
    async with open_view(Producer) as page:
        await page.call("say", text="elsewhere", target="#other")

        assert page.text("#other") == "elsewhere"
        assert page.text("p") == ""


async def test_html_of_the_author_or_of_a_block_is_shown() -> None:
    async with open_view(Producer) as page:
        await page.call("show", html="<strong>bold</strong>")
        await page.call("show")

        assert page.text("p strong") == "bold"
        assert page.text("#other em") == "2 turns"


async def test_an_error_keeps_the_text_and_says_what_happened() -> None:
    async with open_view(Producer) as page:
        await page.call("fail", text="half an ans", error="The model is <away>.")

        assert page.text("p").startswith("half an ans")
        assert page.text("[role=alert]") == "The model is <away>."
        assert page.attribute('[dj-stream="answer"]', "data-stream-error") == ""
        assert page.attribute('[dj-stream="answer"]', "data-stream-active") is None


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_streamed_text_is_text_whatever_it_says(payload: str) -> None:
    async with open_view(Producer) as page:
        await page.call("say", text=payload)
        await page.call("fail", text=payload, error=payload)

        assert page.count("p script, p img") == 0
        assert "".join(payload.split()) in "".join(page.text('[dj-stream="answer"]').split())


async def test_more_text_than_a_stream_may_hold_is_refused_with_its_size() -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth", LIVE_ENV="development", LIVE_STREAM_BYTES=10)
    app.live("/", Producer)
    async with open_view(Producer, app=app) as page:
        await page.call("say", text="123456")
        with pytest.raises(EventFailed, match="12 bytes; LIVE_STREAM_BYTES allows 10"):
            await page.call("say", text="123456")
        await page.call("say", text="654321", mode="replace")

        assert page.text("p") == "654321"


async def test_an_unknown_mode_is_refused() -> None:
    async with open_view(Producer) as page:
        with pytest.raises(EventFailed, match="'around'"):
            await page.call("say", text="x", mode="around")


async def test_a_slow_reader_gets_fewer_frames_and_all_of_the_text(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Producer, follow=False) as page:
        await page.send(page.join_message())
        await page.receive()
        await page.send(Event(1, "produce", {"pause": 0.01}))
        await trio.sleep(120)
        frames: list[Frame] = []
        with trio.move_on_after(60):
            while not any(one[3].get("d") for frame in frames for one in frame.operations):
                frames.append(cast(Frame, await page.receive()))

        assert len(frames) < 1_000
        texts = [one[3].get("t", "") for frame in frames for one in frame.operations]
        assert "".join(texts).split() == ALL


def is_done(page: ViewPage) -> bool:
    element = '[dj-stream="answer"]'
    text = page.text(element)
    return bool(text) and page.attribute(element, "data-stream-active") is None
