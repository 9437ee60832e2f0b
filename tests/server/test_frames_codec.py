"""The door's codec against anything that may arrive, in pieces of any size."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.protocol import Protocol, Side, State

from limelight.server.door_codec import FrameCodec, encode_text
from tests.fixtures.raw_socket import CONTINUATION, close_frame, frame_bytes

LIMIT = 1000
KNOWN_CODES = {0, 1000, 1001, 1002, 1005, 1007, 1009, 4000}

right_frames = st.builds(
    frame_bytes,
    st.sampled_from([1, 2, 9, 10]),
    st.binary(max_size=100).map(lambda data: data.hex().encode()[:100]),
)
any_frames = st.builds(
    frame_bytes,
    st.integers(0, 15),
    st.binary(max_size=130),
    is_final=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 1, 4]),
    is_masked=st.sampled_from([True, True, True, False]),
)
fragments = st.builds(
    lambda parts, last: b"".join(
        [frame_bytes(1, b"", is_final=False)]
        + [frame_bytes(CONTINUATION, part.encode(), is_final=False) for part in parts]
        + [frame_bytes(CONTINUATION, last.encode())]
    ),
    st.lists(st.text(max_size=10), max_size=4),
    st.text(max_size=10),
)
closes = st.sampled_from([close_frame(1000), close_frame(1001), close_frame(4000)])
streams = st.lists(right_frames | any_frames | fragments | closes, max_size=8).map(b"".join)


def received(pieces: list[bytes]) -> tuple[list[str | bytes], int]:
    """The messages, and the code of the end, 0 without one."""
    codec = FrameCodec(LIMIT)
    messages: list[str | bytes] = []
    for piece in pieces:
        if codec.code:
            break
        messages += codec.receive(piece)
    return messages, codec.code


@settings(max_examples=500, deadline=None)
@given(streams, st.lists(st.integers(1, 40), min_size=1, max_size=10))
def test_the_size_of_the_pieces_makes_no_difference(stream: bytes, sizes: list[int]) -> None:
    pieces, rest = [], stream
    while rest:
        for size in sizes:
            pieces.append(rest[:size])
            rest = rest[size:]
    messages, code = received([piece for piece in pieces if piece])
    messages_at_once, code_at_once = received([stream] if stream else [])
    assert messages == messages_at_once
    assert bool(code) == bool(code_at_once)  # of several faults, either may be named


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_ends_a_socket_with_a_known_code_or_waits_for_more(garbage: bytes) -> None:
    _, code = received([garbage])
    assert code in KNOWN_CODES or 3000 <= code < 5000 or 1003 <= code <= 1014


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["", "m" * 125, "m" * 126, "m" * 65535, "m" * 65536, "世🌍"])))
def test_a_browser_reads_what_the_codec_writes(texts: list[str]) -> None:
    browser = Protocol(Side.CLIENT, state=State.OPEN)
    for text in texts:
        browser.receive_data(encode_text(text.encode()))
    frames = [event for event in browser.events_received() if isinstance(event, Frame)]
    assert [bytes(frame.data).decode() for frame in frames] == texts


def test_a_long_reason_is_cut_between_characters() -> None:
    codec = FrameCodec(LIMIT)
    codec.close(4000, "世" * 100)
    assert codec.output()[4:].decode() == "世" * 41
