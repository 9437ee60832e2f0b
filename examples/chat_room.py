"""A chat room: people, who is typing, and an assistant whose answers everybody sees being made."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any, ClassVar

import trio

from examples.chat_room_answerer import Answerer, AnswererFailed, LocalAnswerer
from examples.chat_room_memory import Memory, Message
from examples.document import name_for
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import PresenceMixin, color_of

ROOMS = {"harbour": "Harbour", "kitchen": "Kitchen", "workshop": "Workshop"}
ASSISTANT = "Lumen"
TOPIC = "chat-room"
MOST_CHARACTERS = 400
MOST_ANSWERED = 4_000
#: So many messages may be sent within so many seconds.
MOST_SENT, SENT_SECONDS = 5, 10
#: Who has not typed for so long is not typing.
TYPING_SECONDS = 4


class ChatRoom(PresenceMixin, LiveView):
    memory: ClassVar[Memory]
    answerer: ClassVar[Answerer]
    presence_key = "chat-room:{room}"
    template = """
    <link rel="stylesheet" href="/static/readers.css">
    <link rel="stylesheet" href="/static/chat_room.css">
    <section class="room">
      <header>
        <h1>Chat room</h1>
        <nav aria-label="Rooms">
          {% for id, title in rooms.items() %}
          <a href="?room={{ id }}" dj-patch {% if id == room %}aria-current="page"{% endif %}>{{ title }}
            {%- if unread[id] %} <b>{{ unread[id] }}<span> unread</span></b>{% endif %}</a>
          {% endfor %}
        </nav>
      </header>
      <div class="room-body">
      <section class="room-people" aria-labelledby="room-people">
        <h2 id="room-people">Here now</h2>
        <ul>
          {% for one in people %}
          <li dj-key="{{ one.id }}" class="reader-{{ color(one.id)[1:] }}">
            <span class="reader-face" aria-hidden="true">{{ one.meta.name[0] }}</span>
            <span>{{ one.meta.name }}{% if one.id == own %} <small>(you)</small>{% endif %}</span>
          </li>
          {% endfor %}
        </ul>
      </section>
      <div class="room-talk">
        <div class="room-log" role="log" tabindex="0" aria-label="Messages in {{ rooms[room] }}">
          <div>
            {% if not messages %}
            <p class="room-empty">Nobody has said anything in the {{ rooms[room] }} yet.</p>
            {% endif %}
            {% for message in messages %}
            <article dj-key="{{ message.id }}" class="reader-{{ message.color }}
                {%- if message.author == own %} own{% elif message.asker %} assistant{% endif %}">
              <span class="reader-face" aria-hidden="true">{{ message.name[0] }}</span>
              <p class="room-who"><strong>{{ message.name }}</strong>
                <time title="UTC">{{ message.clock }}</time></p>
              {% if message.is_open %}
              <div class="room-text" dj-stream="answer-{{ message.id }}" aria-live="off"></div>
              {% if message.asker == own %}
              <button class="room-stop" dj-click="stop" dj-value-answer="{{ message.id }}">Stop</button>
              {% endif %}
              {% else %}
              <div class="room-text">{{ message.text }}</div>
              {% endif %}
              {% if message.note %}<small>{{ message.note }}</small>{% endif %}
            </article>
            {% endfor %}
          </div>
        </div>
        <p class="room-typing" role="status">{{ typing }}</p>
        <form dj-submit="send" class="room-say">
          <label for="room-text">Message</label>
          <input id="room-text" name="text" value="{{ draft }}" dj-input="write" maxlength="{{ most }}"
                 autocomplete="off" placeholder="Say something"
                 aria-describedby="room-note">
          <button>Send</button>
          <button name="to" value="assistant" class="room-ask" {% if is_asking %}disabled{% endif %}
                  >Ask {{ assistant }}</button>
          <p id="room-note" role="alert">{{ note }}</p>
        </form>
      </div>
      <form class="room-name" dj-submit="rename">
        <label>Your name
          <input name="name" maxlength="24" required autocomplete="off" value="{{ name }}"></label>
        <button class="quiet">Change</button>
      </form>
      </div>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.room = self._known_room(request.args.get("room"))
        self.name = name_for(request.session_id)
        self.messages = self.memory.past(self.room)
        self.draft = self.note = ""
        self.unread: dict[str, int] = dict.fromkeys(ROOMS, 0)
        self.sent_at: tuple[float, ...] = ()
        #: What open answers have said so far, by the message.
        self.so_far: dict[str, str] = {}
        self.track_presence({"name": self.name, "typing": False})
        self.subscribe(TOPIC, gaps=True)
        if not self.presence_count():
            # This process may have missed what was said in others.
            self._tell_all("recall")

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        room = self._known_room(params.get("room"))
        if room != self.room:
            self.room, self.messages = room, self.memory.past(room)
            self.note = ""
            self.track_presence({"name": self.name, "typing": False})
        self.unread = {**self.unread, room: 0}

    def load_state(self, state: dict[str, Any]) -> None:
        """This page goes on in another process, and brings along what it knows."""
        super().load_state(state)
        self.memory.take(self.messages)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = self.list_presences()
        own = self.presence_id
        return super().get_context_data(
            rooms=ROOMS,
            assistant=ASSISTANT,
            most=MOST_CHARACTERS,
            people=people,
            own=own,
            color=color_of,
            is_asking=bool(self._own_answers()),
            typing=who_types([one["meta"] for one in people if one["id"] != own]),
            **kwargs,
        )

    # --- what one does ------------------------------------------------------------------

    @event_handler()
    def write(self, text: str) -> None:
        self.draft, self.note = text[:MOST_CHARACTERS], ""
        self.update_presence({"typing": bool(text)})
        self.start_async(trio.sleep, TYPING_SECONDS, name="typing")

    @event_handler()
    def send(self, text: str, to: str = "") -> None:
        text = text.strip()
        self.note = self._refusal(text)
        if not text or self.note:
            self.draft = text
            return
        self.draft = ""
        self.sent_at = (*self.sent_at, time.time())[-MOST_SENT:]
        self.update_presence({"typing": False})
        self._tell_all("said", message=asdict(self._message(text)))
        question = re.sub(rf"^@{ASSISTANT}\b[,: ]*", "", text, flags=re.IGNORECASE)
        if (to or question != text) and not self._own_answers():
            self._ask_assistant(question)

    def _refusal(self, text: str) -> str:
        """Return why a message may not be sent, or nothing. A browser's own limits can be passed by."""
        if len(text) > MOST_CHARACTERS:
            return f"{len(text)} characters are too many: {MOST_CHARACTERS} fit. Nothing was sent."
        recent = [at for at in self.sent_at if at > time.time() - SENT_SECONDS]
        if len(recent) >= MOST_SENT:
            wait = max(1, round(recent[0] + SENT_SECONDS - time.time()))
            return f"That was {MOST_SENT} messages in {SENT_SECONDS} seconds. Wait {wait} s, then send again."
        return ""

    @event_handler()
    def stop(self, answer: str) -> None:
        if answer in self._own_answers():
            # The tab that has asked may be another one.
            self._tell_all("stop", answer=answer)

    @event_handler()
    def rename(self, name: str) -> None:
        name = " ".join(name.split())[:24]
        if not name or name.casefold() == ASSISTANT.casefold():
            self.note = f"That name is not free. You are still {self.name}."
            return
        self.name, self.note = name, ""
        self.update_presence({"name": self.name})

    # --- the assistant --------------------------------------------------------------------

    def _ask_assistant(self, question: str) -> None:
        answer = self._message("", asker=self.presence_id)
        self._tell_all("said", message=asdict(answer))
        said = [(one.name, one.text) for one in self.messages if not one.asker]
        self.start_async(self._speak, answer, question, said, name=f"answer-{answer.id}")

    async def _speak(self, answer: Message, question: str, said: list[tuple[str, str]]) -> None:
        so_far, note = "", "Stopped."
        try:
            async with aclosing(self.answerer.answer(question, said)) as tokens:
                async for token in tokens:
                    so_far += token
                    self._tell_all("spoke", answer=answer.id, so_far=so_far)
                    if len(so_far) > MOST_ANSWERED:
                        break
            note = ""
        except AnswererFailed as failure:
            note = str(failure)
        finally:
            # Also when the one who asked has closed the page.
            self._close_answer(answer, so_far, note)

    def _close_answer(self, answer: Message, text: str, note: str) -> None:
        closed = replace(answer, text=text.strip(), note=note, is_open=False)
        self._tell_all("said", message=asdict(closed))

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
        if name == "typing":
            self.update_presence({"typing": False})
        elif error is not None:
            self._cut_off(self.presence_id, "The server stopped here. Ask once more.")

    def handle_presence_leave(self, presence: dict[str, Any]) -> None:
        self._cut_off(presence["id"], "The one who asked has left.")

    def _cut_off(self, asker: str, note: str) -> None:
        """Nobody goes on with the answers to somebody's questions."""
        for one in self.memory.open_answers():
            if one.asker == asker:
                self._close_answer(one, self.so_far.get(one.id, ""), note)

    # --- what is heard ----------------------------------------------------------------------

    async def handle_info(self, message: Any) -> None:
        match message:
            case {"type": "said", "message": said}:
                await self._hear(Message(**said))
            case {"type": "spoke", "answer": answer, "so_far": so_far}:
                await self._follow(answer, so_far)
            case {"type": "stop", "answer": answer}:
                self.cancel_async(f"answer-{answer}")
            case {"type": "past", "messages": messages}:
                self.memory.take(Message(**one) for one in messages)
            case {"type": "gap"}:
                # Also when this page goes on in another process.
                self._tell_all("past", messages=[asdict(one) for one in self.messages])
                self._tell_all("recall")
            case {"type": "recall"} if self._is_first_here():
                self._tell_all("past", messages=[asdict(one) for one in self.messages])
        self.messages = self.memory.past(self.room)

    async def _hear(self, message: Message) -> None:
        self.memory.take([message])
        is_by_others = bool(message.author) and message.author != self.presence_id
        if message.room != self.room and is_by_others:
            self.unread = {**self.unread, message.room: self.unread[message.room] + 1}
        if message.asker and not message.is_open and message.id in self.so_far:
            await self.stream_done(f"answer-{message.id}")

    async def _follow(self, answer: str, so_far: str) -> None:
        """Write what is new of an answer behind what this page shows of it."""
        if not any(one.id == answer and one.is_open for one in self.messages):
            return
        if answer not in self.so_far:
            await self._forget_answers()
            await self.stream_start(f"answer-{answer}")
        await self.stream_text(f"answer-{answer}", so_far[len(self.so_far.get(answer, "")) :])
        self.so_far = {**self.so_far, answer: so_far}

    async def _forget_answers(self) -> None:
        """The text of answers that are complete is in their messages."""
        is_open = {one.id for one in self.messages if one.is_open}
        for answer in [one for one in self.so_far if one not in is_open]:
            await self.stream_text(f"answer-{answer}", "", mode="replace")
        self.so_far = {one: text for one, text in self.so_far.items() if one in is_open}

    # --- small things -------------------------------------------------------------------

    def _tell_all(self, what: str, **more: Any) -> None:
        self.broadcast(TOPIC, {"type": what, **more})

    def _message(self, text: str, asker: str = "") -> Message:
        at = time.time()
        return Message(
            id=secrets.token_hex(8),
            room=self.room,
            author="" if asker else self.presence_id,
            name=ASSISTANT if asker else self.name,
            color="assistant" if asker else color_of(self.presence_id)[1:],
            text=text,
            at=at,
            clock=time.strftime("%H:%M", time.gmtime(at)),
            asker=asker,
            is_open=bool(asker),
        )

    def _own_answers(self) -> list[str]:
        own = self.presence_id
        return [one.id for one in self.messages if one.is_open and one.asker == own]

    def _is_first_here(self) -> bool:
        return [one["id"] for one in self.list_presences()][:1] == [self.presence_id]

    def _known_room(self, room: object) -> str:
        return room if isinstance(room, str) and room in ROOMS else next(iter(ROOMS))


def who_types(metas: list[Mapping[str, Any]]) -> str:
    """Return a sentence about those who are typing."""
    names = [str(meta["name"]) for meta in metas if meta.get("typing")]
    if len(names) > 2:
        return "Several people are typing …"
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} typing …" if names else ""


def install(
    app: LiveApp,
    rule: str,
    view: type[ChatRoom] = ChatRoom,
    answerer: Answerer | None = None,
) -> None:
    """Serve the rooms. Give another `answerer` to put a real model in."""
    own = {"memory": Memory(), "answerer": answerer or LocalAnswerer()}
    app.live(rule, type(view.__name__, (view,), own))


app = LiveApp(__name__)
install(app, "/")
