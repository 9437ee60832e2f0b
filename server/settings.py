"""Every limit, timeout and path of a live application, with its default in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec


class Settings(msgspec.Struct, frozen=True, rename=lambda name: f"LIVE_{name.upper()}"):
    """What `app.config["LIVE_..."]` and the environment may set.

    The field `grace_seconds` is the setting `LIVE_GRACE_SECONDS`. The environment wins over
    the configuration. Times are in seconds, sizes in bytes.
    """

    #: "development" shows tracebacks in the page and needs no secret; all else is production.
    env: str = "production"

    # The life of a view
    claim_seconds: float = 10.0  # how long a rendered view waits for its browser
    claims: int = 1_000  # views waiting for a browser, in one process; the oldest is let go
    grace_seconds: float = 60.0  # how long a view outlives its lost socket
    leave_seconds: float = 1.0  # and its reader, to finish what was asked for before
    mount_seconds: float = 10.0  # that `mount` may take; then the visitor gets an error page
    unmount_seconds: float = 5.0  # that `unmount` may take
    rest_seconds: float = 30.0  # without a render, then what a view shows is held compressed
    drop_seconds: float = 300.0  # and then not at all: the next change sends the view whole
    restarts: int = 3  # of one view, within restart_seconds; then it shows its error page
    restart_seconds: float = 60.0  # see restarts
    background_threads: int = 40  # that run blocking background work, in one process
    background_waiting: int = 1_000  # works that wait for a thread, or behind their own name
    slow_turn_seconds: float = 1.0  # the log names a turn that took longer; 0: it does not
    held_loop_seconds: float = 0.2  # the watchdog names whoever holds the loop for longer

    disk_threads: int = 8  # that write what is uploaded, in one process

    gc_objects: int = 20_000  # made before Python looks for garbage; 0: as Python does by itself

    react_seconds: float = 0.5  # that the server may take to render one page's components
    react_bytes: int = 67_108_864  # of memory that a component may take meanwhile

    # Uploads
    upload_dir: str = ""  # shared by all machines that serve; a folder for temporary files if ""
    upload_seconds: float = 600.0  # how long an unfinished upload can be taken up again
    upload_window: int = 16  # chunks of one upload that may be under way
    upload_parallel: int = 8  # uploads of one view that run at the same time
    upload_session_bytes: int = 4_294_967_296  # spooled for one session at the same time
    chunks_per_second: float = 10_000.0  # of one socket; more of them are read later
    chunks_burst: int = 10_000  # at once, above that rate

    draft_seconds: float = 604_800.0  # how long a browser keeps what was typed and not saved

    # What is kept for a browser that is away
    replay_frames: int = 256  # more than these, and it is sent the view whole
    replay_bytes: int = 1_048_576  # the same by size
    effects: int = 1_000  # effects and stream operations that wait for a browser
    stream_bytes: int = 1_048_576  # text that a view keeps of one stream, to show it again

    # What is kept of views beside their process
    store: str = ""  # where the launcher's own store listens; the launcher sets it
    store_bytes: int = 268_435_456  # in the launcher's store; the oldest views are dropped
    store_seconds: float = 2.0  # how long the store may take for one answer
    store_patience_seconds: float = 15.0  # pages come back so long, then they begin anew
    saved_seconds: float = 3_600.0  # how long a saved view can be taken up again
    save_seconds: float = 0.05  # turns within it share one save
    save_share: float = 0.05  # of a view's time, at most so much goes into saving it
    state_bytes: int = 1_048_576  # of one saved view; a larger one is not saved
    recall_seconds: float = 0.5  # how long another process has to release a view

    # What processes tell each other
    notices: int = 10_000  # of changes and broadcasts that wait for one view; then it has a gap
    pubsub_bytes: int = 16_777_216  # of messages that wait for Redis; the oldest are dropped
    pubsub_silence_seconds: float = 6.0  # without a word from Redis; then it counts as lost

    # Presence
    presence_hold_seconds: float = 2.0  # a leave is held back so long: a reload is none
    presence_hand_over_seconds: float = 10.0  # the same for a view that goes to another process
    presence_meta_bytes: int = 4_096  # of what one view says of its user
    presence_lease_seconds: float = 8.0  # a process not heard of for so long has ended
    presence_heartbeat_seconds: float = 2.0  # how often a process says that it lives
    presence_retry_seconds: float = 0.5  # between two attempts, while Redis is away

    # The application's database
    database_connections: int = 10  # in the pool of one process; they open when needed
    database_seconds: float = 5.0  # how long PostgreSQL may take to accept a connection
    listen_seconds: float = 4.0  # without an answer from PostgreSQL; then it counts as lost

    # The end of a worker
    worker_seconds: float = 30.0  # one whose loop is held for so long is killed by its launcher
    drain_seconds: float = 15.0  # that a stopping worker has to save, close and answer
    returns_per_second: float = 200.0  # browsers of a drained worker come back this fast
    return_seconds: float = 3.0  # and no later than this

    # What one socket may do
    views_per_socket: int = 10  # the next one is refused
    nested_views: int = 50  # that stand in one view
    events_per_second: float = 50.0  # above it the socket is closed
    events_burst: int = 100  # at once, above that rate
    repeats_per_second: float = 100.0  # events that are sent again after a return
    repeats_burst: int = 200  # at once, above that rate
    signals_per_second: float = 40.0  # such as positions of a pointer; more are dropped
    signals_burst: int = 60  # at once, above that rate
    unfit_frames: int = 10  # frames that cannot be read, before the socket is closed
    mailbox: int = 1_000  # messages that wait for a view; then its socket is not read
    frame_bytes: int = 65_536  # from a browser
    unsent_bytes: int = 1_048_576  # that wait for a browser; then the socket is closed
    stall_seconds: float = 10.0  # a browser that has read nothing for so long is closed
    room_bytes: int = 16_384  # a view renders only while less than this is unsent
    heartbeat_seconds: float = 20.0  # between two pings of an idle socket
    silence_seconds: float = 45.0  # nothing heard for so long: the socket is closed
    door: bool = True  # serve live sockets on the bare stream; off: through ASGI

    # Who may come
    allowed_origins: tuple[str, ...] = ()  # besides the page's own host
    token_seconds: float = 1_209_600.0  # fourteen days
    recheck_seconds: float = 60.0  # between two looks at who may still be connected
    #: The header of that name on live pages.
    content_security_policy: str = (
        "script-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
    )

    @property
    def is_development(self) -> bool:
        return self.env == "development"


def read_settings(config: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an application; an unfit value raises and names the setting."""
    environ = os.environ if environ is None else environ
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    values = {name: config[name] for name in known if config.get(name) is not None}
    values |= {name: _from_text(name, environ[name]) for name in known if name in environ}
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"A setting does not fit: {error}. See server/settings.py.") from None


def _from_text(name: str, text: str) -> Any:
    """A list is written with commas in the environment."""
    if name == "LIVE_ALLOWED_ORIGINS":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name == "LIVE_DOOR":
        return {"on": True, "off": False}.get(text.lower(), text)
    return text
