"""What each step of a click's journey costs on the server, one step at a time.

    python -m benchmarks.click

Each step is the product's own code, called in a loop with the bytes and the page of the counter
in the README. The system's own work, such as reading from a socket, is in the transport's benchmark.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from itertools import count
from time import perf_counter

from websockets.frames import TEXT
from websockets.frames import Frame as SocketFrame

from limelight import LiveView, event_handler
from limelight.actors import Mailbox
from limelight.client.messages import Event, Frame, decode_from_browser, encode
from limelight.server.door_codec import FrameCodec, encode_text
from limelight.server.handlers import collect_event_handlers
from limelight.server.rendering.picture import Picture
from limelight.server.rendering.templates import LiveTemplates

CALLS, ROUNDS = 5_000, 7


class Counter(LiveView):
    template = "<h1>{{ count }}</h1><button dj-click='increment' dj-value-by='2'>+2</button>"

    @event_handler()
    def increment(self, by: int = 1) -> None:
        """Only its parameters count here."""


def microseconds(call: Callable[[], object]) -> float:
    """The median of some rounds, without the collector's pauses."""
    rounds = []
    gc.disable()
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(CALLS):
            call()
        rounds.append((perf_counter() - began) / CALLS * 1e6)
    gc.enable()
    return statistics.median(rounds)


def steps() -> dict[str, Callable[[], object]]:
    text = encode(Event(name="increment", number=17, parameters={"by": "2"}))
    masked = SocketFrame(TEXT, text).serialize(mask=True)
    codec, mailbox = FrameCodec(65_536), Mailbox()
    event = Event(name="increment", number=17, parameters={"by": "2"})
    handler = collect_event_handlers(Counter)["increment"]
    attributes: dict[str, object] = {f"_part{number}": None for number in range(20)}
    picture = Picture(LiveTemplates().from_string(Counter.template))
    picture.first_html({"count": 0}, "nonce")
    numbers = count(1)
    diff = {"0": "18"}

    def through_mailbox() -> object:
        mailbox.put(event)
        return mailbox.take()

    return {
        "unmask and complete the frame": lambda: codec.receive(masked),
        "decode the message": lambda: decode_from_browser(text.decode()),
        "through the mailbox": through_mailbox,
        "copy the attributes": attributes.copy,
        "coerce the parameters": lambda: handler.coerce({"by": "2"}),
        "render and compare": lambda: picture.update({"count": next(numbers)}),
        "encode the frame": lambda: encode(Frame(sequence=18, acknowledged=17, diff=diff)),
        "wrap it for the socket": lambda: encode_text(b'{"t":"frame","n":18,"a":17,"d":{}}'),
    }


def main() -> None:
    print("| step on the server | µs |\n|---|---:|")
    for name, call in steps().items():
        print(f"| {name} | {microseconds(call):.2f} |")


if __name__ == "__main__":
    main()
