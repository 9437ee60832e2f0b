"""The log of an application: one JSON object a line in production, readable in development.

Made with structlog where that is installed, for lines that were written with `logging` too.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, TextIO

from .dashboard.redaction import HIDDEN, SECRET_WORDS
from .log_facts import FIELDS, fields_of, view_at_work

PLAIN_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
#: Longer texts are cut, of tracebacks the beginning: their end says where it happened.
MOST_CHARACTERS: Final = 8_000
MOST_DEPTH: Final = 4

#: `redis://user:password@host`, and `password=...`, `"token": "..."` within a text.
_IN_ADDRESS = re.compile(r"(://[^/\s:@]*:)[^@\s/]+(?=@)")
_IN_TEXT = re.compile(
    r"""(?ix) \b (\w* (?: passw(?:or)?d | secret | token | api_?key | authorization | cookie )
    \w* ["']? \s* [=:] \s* (?: bearer \s+ )? ["']?) [^\s"',;&)}\]]+"""
)

EventDict = MutableMapping[str, Any]


def configure_logs(
    *, as_json: bool | None = None, level: int | None = None, stream: TextIO | None = None
) -> None:
    """Write the log to a stream (standard error), in place of what was configured before.

    `limelight serve` and `dev` call it themselves. Unless `as_json` says so, LIVE_LOGS does
    ("json" or "text"), and else lines are JSON outside development. JSON needs structlog.
    Unless `level` says so, LIVE_LOG_LEVEL does ("debug", "info", "warning" or "error"), and
    else it is "info".
    """
    output: TextIO = stream or sys.stderr
    handler = logging.StreamHandler(output)
    handler.setFormatter(_formatter(_wants_json() if as_json is None else as_json, output))
    logging.basicConfig(level=level or _chosen_level(), handlers=[handler], force=True)


def _chosen_level() -> int:
    chosen = os.environ.get("LIVE_LOG_LEVEL", "info")
    if chosen not in LEVELS:
        raise ValueError(f"LIVE_LOG_LEVEL is {chosen!r}; expected one of {', '.join(LEVELS)}.")
    return LEVELS[chosen]


def _wants_json() -> bool:
    chosen = os.environ.get("LIVE_LOGS", "")
    if chosen not in ("", "json", "text"):
        raise ValueError(f'LIVE_LOGS is {chosen!r}; expected "json" or "text".')
    return chosen == "json" if chosen else os.environ.get("LIVE_ENV") != "development"


def _formatter(as_json: bool, stream: TextIO) -> logging.Formatter:
    try:
        import structlog
    except ModuleNotFoundError:
        return PlainFormatter(PLAIN_FORMAT)
    shared: Sequence[Callable[..., Any]] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
    )
    if not structlog.is_configured():
        structlog.configure(
            processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )
    ending: list[Callable[..., Any]] = (
        [structlog.processors.JSONRenderer(sort_keys=False, default=str)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(allow=())],
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_fields,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide_secrets,
            *ending,
        ],
    )


def add_fields(logger: object, method: str, event_dict: EventDict) -> EventDict:
    """Say which process writes a line, for which view, and what fact it tells."""
    event_dict["worker"] = os.getpid()
    seat = view_at_work.get()
    told = getattr(event_dict.get("_record"), FIELDS, {})
    for name, value in {**(fields_of(seat) if seat is not None else {}), **told}.items():
        event_dict.setdefault(name, value)
    return event_dict


def hide_secrets(logger: object, method: str, event_dict: EventDict) -> EventDict:
    """Hide what has a name like a secret's, wherever it stands, and cut what is too long."""
    return {name: _shown(name, value, MOST_DEPTH) for name, value in event_dict.items()}


def _shown(name: str, value: Any, depth: int) -> Any:
    if SECRET_WORDS.search(name):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets_in(value)
    if isinstance(value, Mapping):
        return (
            {key: _shown(str(key), one, depth - 1) for key, one in value.items()} if depth else ""
        )
    if isinstance(value, list | tuple):
        return [_shown("", one, depth - 1) for one in value] if depth else ""
    return value


def without_secrets_in(text: str) -> str:
    """Return a text without the passwords and tokens that it names, cut if it is too long."""
    if len(text) > MOST_CHARACTERS:
        text = f"…{text[-MOST_CHARACTERS:]}"
    return _IN_TEXT.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1{HIDDEN}", text))


class PlainFormatter(logging.Formatter):
    """Without structlog: lines as `logging` writes them, and no secrets in them either."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets_in(super().format(record))
