"""A chat with a simulated language model: its answer arrives word by word, and can be stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import trio

from limelight import LiveApp, LiveView, Request, event_handler

SECONDS_A_TOKEN = 0.02
ASKED_AT_ONCE = 10_000
SUGGESTIONS = (
    "How do these words get here?",
    "Write ten thousand words at once",
    "Fail in the middle",
)

ABOUT_STREAMING = """\
I am no model at all: a few sentences in the source of this page, handed out one word after \
another. What carries them is real, though.

Each word is a call of stream_text(). The view gathers what was said and sends it about sixty \
times a second, so that a fast model costs no more frames than your screen can show. Nothing is \
dropped on the way: pull the plug of your network, put it back, and the sentence goes on where \
it was.

The loop that speaks runs in the view's own nursery. Press Stop, and it ends at the next word; \
close this tab, and it ends as well, together with whatever connection it might hold upstream.

While I speak you can scroll up and read in peace. Stay at the end, and the page follows me.
"""
OTHERWISE = """\
You said "{question}". A real model would now think of something clever. I can only say it back, \
word by word: {question}

Ask me how these words get here, and I have more to tell.
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question; its answer is streamed text, which the view keeps under the turn's name."""

    id: int
    question: str
    note: str = ""


class ModelFailed(Exception):
    """The simulated model has lost its thread."""


async def simulated_model(question: str) -> AsyncIterator[str]:
    """Yield the words of an answer, the same ones for the same question."""
    if question == SUGGESTIONS[1]:
        for number in range(1, ASKED_AT_ONCE + 1):
            yield f"{number} "
        return
    wanted = ABOUT_STREAMING if question in SUGGESTIONS else OTHERWISE.format(question=question)
    for number, word in enumerate(wanted.split(" ")):
        if question == SUGGESTIONS[2] and number == 30:
            raise ModelFailed("The model has lost its thread. What it said so far stays.")
        await trio.sleep(SECONDS_A_TOKEN)
        yield f"{word} "


class Chat(LiveView):
    template = """
    <link rel="stylesheet" href="/static/chat_tokens.css">
    <section class="chat">
      <h1>Chat</h1>
      <div class="chat-turns" tabindex="0" aria-label="Conversation">
        {% if not turns %}
        <p class="chat-empty">Ask something, or begin with one of these.</p>
        {% endif %}
        {% for turn in turns %}
        <article dj-key="{{ turn.id }}">
          <p class="chat-question">{{ turn.question }}</p>
          <div class="chat-answer" dj-stream="answer-{{ turn.id }}" aria-live="polite"></div>
          {% if turn.note %}<small>{{ turn.note }}</small>{% endif %}
        </article>
        {% endfor %}
      </div>
      <p class="chat-suggestions">
        {% for suggestion in suggestions %}
        <button class="quiet" dj-click="ask" dj-value-question="{{ suggestion }}"
                {% if is_answering %}disabled{% endif %}>{{ suggestion }}</button>
        {% endfor %}
      </p>
      <form dj-submit="ask">
        <input name="question" value="{{ draft }}" dj-input="write" maxlength="200"
               autocomplete="off" placeholder="Ask something" aria-label="Question">
        {% if is_answering %}
        <button type="button" class="chat-stop" dj-click="stop">Stop</button>
        {% else %}
        <button>Ask</button>
        {% endif %}
      </form>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.turns: tuple[Turn, ...] = ()
        self.draft = ""
        self.is_answering = False
        self.suggestions = SUGGESTIONS

    @event_handler()
    def write(self, question: str) -> None:
        self.draft = question

    @event_handler()
    def ask(self, question: str) -> None:
        question = question.strip()
        if not question or self.is_answering:
            return
        turn = Turn(len(self.turns) + 1, question)
        self.turns += (turn,)
        self.draft = ""
        self.is_answering = True
        self.start_async(self._speak, turn, name="answer")

    @event_handler()
    def stop(self) -> None:
        if self.cancel_async("answer"):
            self._note("Stopped.")

    async def _speak(self, turn: Turn) -> None:
        name = f"answer-{turn.id}"
        await self.stream_start(name)
        try:
            async for token in simulated_model(turn.question):
                await self.stream_text(name, token)
        except ModelFailed as failure:
            await self.stream_error(name, failure)
        finally:
            self.is_answering = False
            await self.stream_done(name)

    def _note(self, note: str) -> None:
        *before, last = self.turns
        self.turns = (*before, replace(last, note=note))


app = LiveApp(__name__)
app.live("/", Chat)
