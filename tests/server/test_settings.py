"""Settings come from the configuration and the environment, and unfit ones are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from limelight.server.secret_keys import secrets_of
from limelight.server.settings import Settings, read_settings


def test_without_any_setting_the_defaults_hold() -> None:
    assert read_settings({}, {}) == Settings()
    assert not Settings().is_development


def test_the_environment_wins_over_the_configuration() -> None:
    settings = read_settings({"LIVE_GRACE_SECONDS": 5}, {"LIVE_GRACE_SECONDS": "7.5"})

    assert settings.grace_seconds == 7.5


def test_a_list_is_written_with_commas() -> None:
    settings = read_settings({}, {"LIVE_ALLOWED_ORIGINS": "https://a.example, https://b.example"})

    assert settings.allowed_origins == ("https://a.example", "https://b.example")


def test_an_unfit_setting_is_named() -> None:
    with pytest.raises(ValueError, match="LIVE_MAILBOX"):
        read_settings({"LIVE_MAILBOX": "many"}, {})


def test_production_needs_a_secret_and_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)

    with pytest.raises(RuntimeError, match="token_urlsafe"):
        secrets_of({}, Settings())


def test_older_secrets_follow_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "new")

    assert secrets_of({"SECRET_KEY_FALLBACKS": ["old"]}, Settings()) == ["new", "old"]


def test_development_makes_one_secret_that_all_workers_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.chdir(tmp_path)

    first, second = (secrets_of({}, Settings(env="development")) for _ in range(2))

    assert first == second
    assert len(first[0]) >= 32
    assert (tmp_path / ".limelight/secret").stat().st_mode & 0o777 == 0o600
