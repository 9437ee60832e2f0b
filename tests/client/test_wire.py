"""The wire's page, the Python messages and the browser's messages say the same."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import msgspec
import pytest

from limelight.client import messages
from limelight.client.messages import (
    CHUNK_HEAD,
    Chunk,
    Event,
    Frame,
    FromBrowser,
    Join,
    Ping,
    ToBrowser,
    decode_from_browser,
    decode_to_browser,
    encode,
    read_chunk,
)

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/wire.md").read_text(encoding="utf-8")
JAVASCRIPT = (ROOT / "client/browser/messages.js").read_text(encoding="utf-8")


def wire_name(message: type) -> str:
    info = msgspec.inspect.type_info(message)
    assert isinstance(info, msgspec.inspect.StructType)
    return str(info.tag)


def documented_fields(message: type) -> dict[str, str]:
    section = DOCUMENT.split(f"\n### {wire_name(message)}\n")[1].split("\n#")[0]
    return dict(re.findall(r"^\| `(\w)` \| (\w+) \|", section, re.MULTILINE))


@pytest.mark.parametrize("message", typing.get_args(FromBrowser | ToBrowser))
def test_every_message_is_documented_field_by_field(message: type) -> None:
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(message)}

    assert documented_fields(message) == fields


def test_the_page_documents_no_message_that_is_gone() -> None:
    documented = set(re.findall(r"^### (\w+)$", DOCUMENT, re.MULTILINE))

    assert documented == {wire_name(one) for one in typing.get_args(FromBrowser | ToBrowser)}


@pytest.mark.parametrize("message", typing.get_args(FromBrowser))
def test_the_browser_writes_every_message_under_its_camel_case_name(message: type) -> None:
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), wire_name(message))

    assert re.search(rf"^export (function|const) {camel}\b", JAVASCRIPT, re.MULTILINE)


def test_close_codes_are_documented() -> None:
    codes = {str(value) for name, value in vars(messages.CloseCode).items() if name.isupper()}

    assert set(re.findall(r"^\| (\d{4}) \|", DOCUMENT, re.MULTILINE)) <= codes


def test_defaults_are_left_out() -> None:
    frame = Frame(sequence=17, acknowledged=16, diff={"0": "42"})

    assert encode(frame) == b'{"t":"frame","n":17,"a":16,"d":{"0":"42"}}'


def test_messages_survive_the_way_there_and_back() -> None:
    event = Event(3, "increment", {"by": 2}, view=1, seen=9)

    assert decode_from_browser(encode(event)) == event
    assert decode_to_browser(encode(Frame(effects=[("event", 1)]))) == Frame(effects=[("event", 1)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"t":"no_such"}',
        b'{"t":"event","n":"one","h":"x"}',
        b'{"t":"event","h":"x"}',
        b'{"t":"join","k":1,"u":""}',
        b'{"t":"frame","n":1}',
        b"\xff\xfe",
    ],
)
def test_what_does_not_fit_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        decode_from_browser(data)


def test_messages_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Join("token", "/").url = "/other"  # type: ignore[misc]
    assert encode(Ping()) == b'{"t":"ping"}'


def test_the_head_of_a_binary_frame_is_documented() -> None:
    table = DOCUMENT.split("## Binary frames")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) to (\d+) \| (\w+) \|", table, re.MULTILINE)
    widths = [int(last) - int(first) + 1 for first, last, _ in rows]

    assert [name for *_, name in rows] == ["view", "transfer", "offset"]
    assert (sum(widths), widths) == (CHUNK_HEAD.size, [4, 4, 8])


def test_the_browser_writes_the_head_of_a_binary_frame_as_the_server_reads_it() -> None:
    source = (ROOT / "client/browser/upload_sending.js").read_text(encoding="utf-8")
    written = re.findall(r"head\.set(Uint32|BigUint64)\((\d+), (?:BigInt\()?(\w+)", source)

    assert written == [
        ("Uint32", "0", "view"),
        ("Uint32", "4", "transfer"),
        ("BigUint64", "8", "offset"),
    ]


def test_a_chunk_survives_the_way_there() -> None:
    chunk = Chunk(7, 2**40, b"content", view=3)

    assert read_chunk(chunk.frame()) == chunk
    with pytest.raises(ValueError, match="begins with 16 bytes; it has 3"):
        read_chunk(b"abc")
