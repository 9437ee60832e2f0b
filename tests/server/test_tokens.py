"""A page's token is worth something only to the session and user that it was written for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from limelight.server.request import Anonymous, Request
from limelight.server.tokens import PageToken, TokenRefused, TokenSigner

VISIT = Request(path="/", session_id="session")
TOKEN = PageToken("view", "endpoint", "session")


class Ann(Anonymous):
    auth_id = "ann"


def signer(*secrets: str, seconds: float = 60) -> TokenSigner:
    return TokenSigner(list(secrets) or ["secret"], seconds)


def test_a_token_is_read_back() -> None:
    assert signer().read(signer().write(TOKEN), VISIT) == TOKEN


def test_a_token_of_an_older_secret_is_still_read() -> None:
    assert signer("new", "old").read(signer("old").write(TOKEN), VISIT) == TOKEN


@pytest.mark.parametrize("text", ["", "x", "a.b.c", '["v","e","session",""].AAAAAA.bad', "\0"])
def test_a_forged_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused, match="not valid"):
        signer().read(text, VISIT)


def test_a_token_of_another_secret_is_refused() -> None:
    with pytest.raises(TokenRefused, match="not valid"):
        signer("mine").read(signer("theirs").write(TOKEN), VISIT)


def test_a_token_of_another_session_is_refused() -> None:
    with pytest.raises(TokenRefused, match="another session"):
        signer().read(signer().write(TOKEN), replace(VISIT, session_id="stolen"))


def test_a_token_of_another_user_is_refused() -> None:
    with pytest.raises(TokenRefused, match="another user"):
        signer().read(signer().write(TOKEN), replace(VISIT, user=Ann()))


def test_a_token_that_is_too_old_is_refused() -> None:
    with pytest.raises(TokenRefused, match="not valid"):
        signer(seconds=-2).read(signer().write(TOKEN), VISIT)
