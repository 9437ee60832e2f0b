"""Addresses on this site are taken apart; everything else is refused."""

from __future__ import annotations

import pytest

from limelight.server.limiter import TokenBucket
from limelight.server.request import Request, query_parameters, split_url


def test_a_path_with_its_query_is_split() -> None:
    assert split_url("/orders?page=2") == ("/orders", "page=2")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "//evil.example/x",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x",
        "/\x00",
        " /x",
    ],
)
def test_another_sites_address_in_disguise_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a path on this site"):
        split_url(url)


def test_a_repeated_parameter_is_a_list() -> None:
    assert query_parameters("a=1&b=&a=2") == {"a": ["1", "2"], "b": ""}


def test_a_request_knows_its_address() -> None:
    request = Request(path="/orders", query="page=2")

    assert request.url == "/orders?page=2"
    assert request.at("/x", "").url == "/x"
    assert request.args == {"page": "2"}


def test_a_bucket_allows_its_burst_and_then_its_rate() -> None:
    now = 0.0
    bucket = TokenBucket(rate=10, burst=3, clock=lambda: now)

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now = 0.2
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now = 60.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
