"""Session cookies are those of Quart, although their keys are prepared once."""

from __future__ import annotations

from quart import Quart
from quart.sessions import SecureCookieSessionInterface

from limelight import LiveApp


def app_with(secret: str, *former: str) -> LiveApp:
    app = LiveApp("sitting")
    app.secret_key = secret
    app.config["SECRET_KEY_FALLBACKS"] = list(former)
    return app


def cookie_of(app: Quart, interface: SecureCookieSessionInterface) -> str:
    serializer = interface.get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"cart": [1, 2]}))


def read_by(app: Quart, interface: SecureCookieSessionInterface, cookie: str) -> object:
    serializer = interface.get_signing_serializer(app)
    assert serializer is not None
    return serializer.loads(cookie)


def test_quart_reads_our_cookies_and_we_read_those_of_quart() -> None:
    app, stock = app_with("a", "older"), SecureCookieSessionInterface()
    ours = app.session_interface
    assert isinstance(ours, SecureCookieSessionInterface)
    assert read_by(app, stock, cookie_of(app, ours)) == {"cart": [1, 2]}
    assert read_by(app, ours, cookie_of(app, stock)) == {"cart": [1, 2]}


def test_a_secret_that_changes_counts_at_once() -> None:
    app = app_with("a")
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    former = cookie_of(app, interface)
    app.secret_key = "b"
    assert cookie_of(app, interface) != former
    app.config["SECRET_KEY_FALLBACKS"] = ["a"]
    assert read_by(app, interface, former) == {"cart": [1, 2]}


def test_without_a_secret_there_is_no_session() -> None:
    app = LiveApp("no secret")
    assert isinstance(app.session_interface, SecureCookieSessionInterface)
    assert app.session_interface.get_signing_serializer(app) is None
