"""`limelight doctor`: looks at versions, settings, the secret and services, and says what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal

from limelight.doctor_services import ask_postgres, ask_redis
from limelight.server.application import LiveApp
from limelight.server.handlers import suggestion
from limelight.server.loading import ApplicationNotFound, load_application
from limelight.server.settings import Settings, read_settings

Verdict = Literal["ok", "warning", "problem"]

#: Packages that must be there, with the versions that were tried; any if "".
NEEDED: Final = {
    "trio": "",
    "quart-trio": "",
    "quart-auth": "",
    "hypercorn": "0.18.",
    "msgspec": "",
}
LEAST_PYTHON, PAST_PYTHON = (3, 11), (3, 14)
LEAST_SECRET: Final = 32
#: Each page needs a file descriptor; below this a busy day ends early.
FEW_FILES: Final = 4_096
MARKS: Final[Mapping[Verdict, str]] = {
    "ok": "ok      ",
    "warning": "warning ",
    "problem": "PROBLEM ",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has found, and what to do about it."""

    verdict: Verdict
    text: str
    remedy: str = ""


class Patient:
    """What is looked at: the environment, and the application if one was named."""

    def __init__(self, environ: Mapping[str, str], config: Mapping[str, Any]) -> None:
        self.environ = environ
        self.config = config

    def setting(self, name: str) -> str:
        """Return one of the settings that are not called LIVE_..., or ""."""
        return self.environ.get(name) or str(self.config.get(name) or "")

    @property
    def is_development(self) -> bool:
        return (self.environ.get("LIVE_ENV") or self.config.get("LIVE_ENV")) == "development"


def examine(patient: Patient) -> Iterator[Finding]:
    """Yield one finding after the other; those that ask a service take a while."""
    looks: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _settings,
        _secret,
        _origins,
        _files,
        _redis,
        _postgres,
    )
    for look in looks:
        yield from look(patient)


def run_doctor(application: str | None) -> int:
    """Print all findings; return 1 if there is a problem, else 0."""
    findings = []
    config: Mapping[str, Any] = {}
    if application is not None:
        finding, config = _load(application)
        findings.append(_told(finding))
    for finding in examine(Patient(os.environ, config)):
        findings.append(_told(finding))
    problems = sum(finding.verdict == "problem" for finding in findings)
    warnings = sum(finding.verdict == "warning" for finding in findings)
    print(
        f"\n{problems} problems, {warnings} warnings." if problems + warnings else "\nAll is well."
    )
    return 1 if problems else 0


def _told(finding: Finding) -> Finding:
    print(f"{MARKS[finding.verdict]}{finding.text}", flush=True)
    if finding.remedy:
        print(f"        -> {finding.remedy}", flush=True)
    return finding


def _load(name: str) -> tuple[Finding, Mapping[str, Any]]:
    try:
        found = load_application(name)
    except ApplicationNotFound as error:
        return Finding("problem", f"{name}: {error}", "name it as module:app"), {}
    except Exception as error:  # noqa: BLE001  # whatever the application's own module raises
        text = f"{name} cannot be imported: {type(error).__name__}: {error}"
        return Finding("problem", text, f"python -c 'import {name.partition(':')[0]}'"), {}
    if not isinstance(found, LiveApp):
        kind = type(found).__name__
        return Finding("problem", f"{name} is a {kind}", "expected a limelight.LiveApp"), {}
    return Finding("ok", f"{name} can be imported"), found.config


def _python(patient: Patient) -> Iterator[Finding]:
    text = f"Python {sys.version.split()[0]}"
    if LEAST_PYTHON <= sys.version_info[:2] < PAST_PYTHON:
        yield Finding("ok", text)
    else:
        yield Finding("problem", text, "use Python 3.11, 3.12 or 3.13")


def _packages(patient: Patient) -> Iterator[Finding]:
    for name, start in NEEDED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding("problem", f"{name} is not installed", f"pip install {name}")
            continue
        if found.startswith(start):
            yield Finding("ok", f"{name} {found}")
        else:
            remedy = f"pip install '{name}=={start}*': live sockets were made safe for that one"
            yield Finding("problem", f"{name} {found}", remedy)


def _settings(patient: Patient) -> Iterator[Finding]:
    known = {f"LIVE_{name.upper()}" for name in Settings.__struct_fields__}
    for name in sorted({*patient.environ, *patient.config}):
        if name.startswith("LIVE_") and name not in known:
            hint = suggestion(name, known).strip()
            yield Finding("warning", f"{name} is no setting", hint or "leave it out")
    try:
        read_settings(patient.config, patient.environ)
    except ValueError as error:
        yield Finding("problem", str(error), "correct it, or leave it out for its default")
    else:
        yield Finding("ok", "the settings fit")


def _secret(patient: Patient) -> Iterator[Finding]:
    secret = patient.setting("SECRET_KEY")
    how = "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
    if not secret and patient.is_development:
        yield Finding("ok", "development makes a secret of its own, in .limelight/secret")
    elif not secret:
        yield Finding("problem", "SECRET_KEY is not set, and this is production", how)
    elif len(secret) < LEAST_SECRET:
        yield Finding("warning", f"SECRET_KEY has {len(secret)} characters only", how)
    else:
        yield Finding("ok", "SECRET_KEY is set")


def _origins(patient: Patient) -> Iterator[Finding]:
    origins = patient.environ.get("LIVE_ALLOWED_ORIGINS") or ""
    listed = [one.strip() for one in origins.split(",") if one.strip()]
    for origin in listed or patient.config.get("LIVE_ALLOWED_ORIGINS") or ():
        if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
            remedy = "an origin is scheme and host, without a path: https://shop.example.com"
            yield Finding("problem", f"LIVE_ALLOWED_ORIGINS has {origin!r}", remedy)


def _files(patient: Patient) -> Iterator[Finding]:
    try:
        import resource
    except ModuleNotFoundError:
        return  # Only Unix has such a limit.
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = f"this shell may open {soft} files; each open page needs one"
    if soft == resource.RLIM_INFINITY or soft >= FEW_FILES:
        yield Finding("ok", text)
    else:
        yield Finding("warning", text, "ulimit -n 65536, or LimitNOFILE= in the systemd unit")


def _redis(patient: Patient) -> Iterator[Finding]:
    url = patient.setting("REDIS_URL")
    if not url:
        yield Finding("ok", "REDIS_URL is not set: pub/sub and presence stay within one process")
        return
    yield _asked("Redis", "redis", lambda: ask_redis(url))


def _postgres(patient: Patient) -> Iterator[Finding]:
    url = patient.setting("DATABASE_URL")
    if not url:
        yield Finding("ok", "DATABASE_URL is not set: notifications stay within one process")
        return
    yield _asked("PostgreSQL", "postgres", lambda: ask_postgres(url))


def _asked(name: str, extra: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", f"{name} answers: {ask()}")
    except ModuleNotFoundError as error:
        text = f"{name} is asked for, but {error.name} is not installed"
        return Finding("problem", text, f"pip install 'limelight[{extra}]'")
    except Exception as error:  # noqa: BLE001  # whatever the service's client raises
        text = f"{name} cannot be asked: {type(error).__name__}: {error}"
        return Finding("problem", text, "start it, or correct its address, user and password")
