"""In development every slip of the pen that would do nothing speaks, and says what to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins.login_required import LoginRequiredMixin
from limelight.server.template_advice import ATTRIBUTES, advise_on_markup
from limelight.testing import EventFailed, open_browser, open_view

ROOT = Path(__file__).parents[2]


class Counter(LiveView):
    template = "<h1>{{ count }}</h1>"

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler()
    def increment(self) -> None:
        self.count += 1

    def forgotten(self) -> None:
        """The mark is missing."""


def advice(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "limelight.templates"]


# --- markup -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (
            "<b dj-clik='increment'>",
            'in the template of Counter: there is no attribute dj-clik. Did you mean "dj-click"?',
        ),
        (
            "<b dj-click='incremnt'>",
            (
                'in the template of Counter: dj-click="incremnt", but Counter has no event handler '
                '"incremnt". Did you mean "increment"? Handlers are methods marked @event_handler().'
            ),
        ),
        (
            "<b dj-click='forgotten'>",
            (
                'in the template of Counter: dj-click="forgotten", but Counter.forgotten is not '
                "marked, so no browser may call it. Write @event_handler() above it."
            ),
        ),
        ("<b dj-keydwn.enter='increment'>", 'no attribute dj-keydwn. Did you mean "dj-keydown"?'),
    ],
)
def test_markup_that_does_nothing_is_pointed_out(
    markup: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    advise_on_markup(Counter, [markup])
    (message,) = advice(caplog)
    assert said in message


@pytest.mark.parametrize(
    "markup",
    [
        "<b dj-click='increment' dj-value-by:int='2' dj-keydown.enter='increment'>",
        "<b dj-click='{{ handler }}' dj-submit=\"{% if a %}add{% endif %}\">",
        "<!-- <b dj-clik='x'> --><p>dj-clik</p><script>'<b dj-clik>'</script>",
        "<b {% if a > 2 %}dj-click='increment'{% endif %} data-x='<b dj-clik>'>",
    ],
)
def test_markup_that_is_right_or_not_known_is_left_alone(
    markup: str, caplog: pytest.LogCaptureFixture
) -> None:
    advise_on_markup(Counter, [markup])
    assert not advice(caplog)


def test_every_attribute_that_the_browser_reads_is_known() -> None:
    read = set[str]()
    for script in (ROOT / "client/browser").glob("*.js"):
        text = re.sub(r"//.*|/\*.*?\*/", "", script.read_text(), flags=re.DOTALL)
        read |= set(re.findall(r"[\"'`\[](dj-[a-z-]+)(?=[\"'`\]=])", text))
    classes = {"dj-loading", "dj-upload-over", "dj-flash-item", "dj-flash-leaving", "dj-cursor"}
    assert read - ATTRIBUTES - classes - {"dj-draft-choice"} == set()


async def test_a_page_is_looked_at_once_and_in_development_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Slip(Counter):
        template = "<h1 dj-clik='increment'>{{ cuont }}{{ other }}</h1>"

    for env, count in (("development", 2), ("production", 0)):
        caplog.clear()
        app = LiveApp(__name__)
        app.config.update(SECRET_KEY="k" * 32, LIVE_ENV=env)
        app.live("/", Slip)
        async with app.running(), open_browser(app, "/"), open_browser(app, "/"):
            said = advice(caplog)
        assert len(said) == count
    assert not said


async def test_a_name_that_is_almost_one_that_is_set_is_pointed_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Slip(Counter):
        template = "{{ cuont }}{{ elsewhere }}{% for word in [] %}{{ word }}{% endfor %}"

    async with open_view(Slip):
        (message,) = advice(caplog)
    assert message.endswith('"cuont" is not set, so nothing is shown. Did you mean "count"?')


# --- handlers, templates and layouts ----------------------------------------------------------


async def test_calling_an_unmarked_method_says_what_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_view(Counter) as page:
        with pytest.raises(EventFailed, match=r"forgotten is not marked.*@event_handler\(\)"):
            await page.call("forgotten")
        with pytest.raises(EventFailed, match='no event handler "live_redirect"'):
            await page.call("live_redirect")


async def opened(view: type[LiveView], folder: Path) -> int:
    app = LiveApp(__name__, template_folder=str(folder))
    app.config.update(SECRET_KEY="k" * 32, LIVE_ENV="development")
    app.live("/", view)
    async with app.running():
        return (await app.test_client().get("/")).status_code


@pytest.mark.parametrize("attribute", ["template_name", "layout"])
async def test_a_missing_file_is_named_with_the_nearest_there_is(
    attribute: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "counter.html").write_text("<h1>{{ count }}</h1>")
    names = {
        "template": "" if attribute == "template_name" else "<p></p>",
        attribute: "conter.html",
    }
    assert await opened(type("Slip", (Counter,), names), tmp_path) == 500
    assert f'Slip.{attribute} is "conter.html", and there is no such file' in caplog.text
    assert 'Did you mean "counter.html"?' in caplog.text


@pytest.mark.parametrize(
    ("layout", "missing"),
    [
        ("<html><head>{{ live_head }}</head><body></body></html>", "live_content"),
        ("<html><head></head><body>{{ live_content }}</body></html>", "live_head"),
        ("<html><head>{{ live_head }}</head>{{ live_content }}", None),
        ("<html>{{ live_head }}{{ live_content|striptags }}</html>", "live_content"),
    ],
)
async def test_a_layout_without_a_live_part_says_which(
    layout: str, missing: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status = await opened(type("Slip", (Counter,), {"layout": layout}), tmp_path)
    assert status == (500 if missing else 200)
    assert missing is None or f"does not show {{{{ {missing} }}}}" in caplog.text


# --- names of classes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bases", "name", "value", "meant"),
    [
        ((LiveView,), "tick_intervall", 1000, "tick_interval"),
        ((LiveView,), "templat_name", "x.html", "template_name"),
        ((LoginRequiredMixin, LiveView), "login_uri", "/in", "login_url"),
    ],
)
def test_a_setting_with_a_wrong_letter_is_pointed_out(
    bases: tuple[type, ...], name: str, value: object, meant: str
) -> None:
    with pytest.warns(UserWarning, match=f'Slip.{name} is nothing.*Did you mean "{meant}"'):
        type("Slip", bases, {name: value})


def test_names_of_ones_own_are_free() -> None:
    class Shop(LiveView):
        template = "<p></p>"
        currency = "EUR"
        tick_interval = 1000
        templates = ("a", "b")

    class Corner(Shop):
        currency = "GBP"

    assert Corner.currency == "GBP"
