"""`limelight doctor`: each look finds what is wrong and says what to do."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from limelight import doctor
from limelight.doctor import Finding, Patient, examine, run_doctor
from tests.fixtures.databases import PostgresServer, RedisServer

WELL = {"SECRET_KEY": "k" * 40}


def findings(
    environ: Mapping[str, str], config: Mapping[str, Any] | None = None
) -> dict[str, Finding]:
    return {one.text: one for one in examine(Patient(environ, config or {}))}


def problem_with(word: str, environ: Mapping[str, str]) -> Finding:
    """Return the only finding about something; it must not be well."""
    found = [one for text, one in findings({**WELL, **environ}).items() if word in text]
    assert len(found) == 1, found
    assert found[0].verdict != "ok"
    assert found[0].remedy
    return found[0]


def test_a_sound_environment_has_no_problem() -> None:
    assert "problem" not in {one.verdict for one in findings(WELL).values()}


def test_production_without_a_secret_is_a_problem() -> None:
    found = findings({})["SECRET_KEY is not set, and this is production"]
    assert found.verdict == "problem"
    assert "token_urlsafe" in found.remedy


def test_development_needs_no_secret() -> None:
    assert not [
        one for one in findings({"LIVE_ENV": "development"}).values() if one.verdict == "problem"
    ]


def test_a_short_secret_is_a_warning_that_does_not_print_it() -> None:
    finding = problem_with("SECRET_KEY", {"SECRET_KEY": "hush"})
    assert "hush" not in finding.text + finding.remedy


def test_a_setting_with_a_wrong_letter_is_named_with_the_right_one() -> None:
    finding = problem_with("LIVE_GRACE_SECOND ", {"LIVE_GRACE_SECOND": "3"})
    assert "LIVE_GRACE_SECONDS" in finding.remedy


def test_a_setting_with_an_unfit_value_is_a_problem() -> None:
    problem_with("LIVE_GRACE_SECONDS", {"LIVE_GRACE_SECONDS": "soon"})


@pytest.mark.parametrize("origin", ["shop.example.com", "https://shop.example.com/cart"])
def test_an_origin_that_never_matches_is_a_problem(origin: str) -> None:
    problem_with(origin, {"LIVE_ALLOWED_ORIGINS": f"https://example.com,{origin}"})


def test_a_service_that_is_away_is_a_problem() -> None:
    problem_with("Redis cannot be asked", {"REDIS_URL": "redis://127.0.0.1:1/0"})
    problem_with("PostgreSQL cannot be asked", {"DATABASE_URL": "postgresql://127.0.0.1:1/x"})


def test_a_client_that_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    finding = problem_with("Redis", {"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert "limelight[redis]" in finding.remedy


def test_services_that_answer_say_their_versions(
    redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    texts = " ".join(
        findings({**WELL, "REDIS_URL": redis_server.url, "DATABASE_URL": postgres_server.url})
    )
    assert "Redis answers: version" in texts
    assert "PostgreSQL answers: version" in texts


def test_too_few_files_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 256))
    assert "ulimit" in problem_with("256 files", {}).remedy


def test_another_python_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_PYTHON", (3, 99))
    assert "3.11" in problem_with("Python", {}).remedy


def test_the_applications_own_settings_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ailing.py").write_text(
        "from limelight import LiveApp\napp = LiveApp(__name__)\n"
        "app.config['SECRET_KEY'] = 'k' * 40\napp.config['LIVE_CLAIM'] = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    assert run_doctor("ailing:app") == 0
    printed = capsys.readouterr().out
    assert "ailing:app can be imported" in printed
    assert "LIVE_CLAIM is no setting" in printed


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere:app", "nowhere"), ("json:loads", "expected a limelight.LiveApp")],
)
def test_what_is_no_application_is_a_problem(
    name: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    assert run_doctor(name) == 1
    assert said in capsys.readouterr().out
