"""React islands: rendered by the server within limits, and left to the browser otherwise."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborNode

from examples.react_island import components as example_components
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.document import Document
from limelight.mixins import ReactComponents, ReactMixin, react_server
from limelight.mixins.react_server import ReactFailed, ReactServer, Wanted
from limelight.testing import EventFailed, open_view

ROOT = Path(__file__).parents[2]
CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "javascript:1")
BAD_SCRIPT = """
globalThis.count = 0;
const bad = {
  Loop: () => { for (;;); },
  Bomb: () => { const all = []; for (;;) all.push(new Array(1000).fill("x")); },
  Thrower: () => { throw new Error("no\\nsecond line"); },
  Number: () => 7,
  Count: () => `<i>${++globalThis.count}</i>`,
  Good: (props) => `<b>${props}</b>`,
};
globalThis.limelight = { render: (name, props) => bad[name](props) };
"""
NAMES = ("Loop", "Bomb", "Thrower", "Number", "Count", "Good")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight.views")


@pytest.fixture
def bad(tmp_path: Path) -> ReactComponents:
    script = tmp_path / "bad.server.js"
    script.write_text(BAD_SCRIPT)
    return ReactComponents(*NAMES, browser="/static/bad.js", server=script)


def page_of(components: ReactComponents, template: str) -> LiveApp:
    view = type(
        "Page", (ReactMixin, LiveView), {"template": template, "react_components": components}
    )
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth", LIVE_REACT_SECONDS=0.3)
    app.live("/", view)
    return app


def text_of(node: LexborNode, selector: str) -> str:
    (found,) = node.css(selector)
    return found.text()


async def first_html(app: LiveApp) -> str:
    async with app.running():
        answer = await app.test_client().get("/")
        return await answer.get_data(as_text=True)


class UIView(ReactMixin, LiveView):
    """The example of the reference page."""

    template = "<p>{{ label }}</p>{{ button }}"
    react_components = example_components

    def mount(self, request: Request, **params: Any) -> None:
        self.label = request.args.get("label", "Go")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ctx = super().get_context_data(**kwargs)
        ctx["button"] = self.render_react_component("Button", {"label": self.label})
        return ctx

    @event_handler()
    def rename(self, label: str) -> None:
        self.label = label


async def test_the_example_of_the_reference_page_is_rendered_by_the_server() -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth")
    app.live("/", UIView)
    html = await first_html(app)

    island = Document(html).find("[dj-react]")
    assert text_of(island, "button") == "Go (0)"
    assert island.attributes["dj-react-server"] is None
    assert json.loads(island.attributes["dj-react-props"] or "") == {"label": "Go"}


async def test_a_change_of_props_sends_the_island_without_its_inside() -> None:
    async with open_view(UIView) as page:
        await page.call("rename", label="Stop")
        assert json.loads(page.attribute("[dj-react]", "dj-react-props") or "") == {"label": "Stop"}
        assert page.attribute("[dj-react]", "dj-update") == "ignore"


@pytest.mark.parametrize("text", CORPUS)
async def test_props_are_text_in_the_page_and_in_the_component(text: str) -> None:
    async with open_view(UIView, params={"label": text}) as page:
        assert json.loads(page.attribute("[dj-react]", "dj-react-props") or "") == {"label": text}
        assert page.count("[dj-react] script, [dj-react] img, p *") == 0
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth")
    app.live("/", UIView)
    async with app.running():
        answer = await app.test_client().get("/", query_string={"label": text})
        island = Document(await answer.get_data(as_text=True)).find("[dj-react]")
    assert text_of(island, "button") == f"{text} (0)"
    assert island.css("img, script") == []


async def test_the_function_in_the_template_takes_props_by_name(bad: ReactComponents) -> None:
    html = await first_html(page_of(bad, "{{ react('Good', label='Go', name=1) }}"))
    assert '<b>{"label":"Go","name":1}</b>' in html


# --- limits


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Loop", "terminated by timeout"),
        ("Bomb", "memory limit reached"),
        ("Thrower", "Error: no$"),
        ("Number", "returned no text but 7"),
    ],
)
def test_what_goes_wrong_is_cut_and_the_next_component_is_rendered(
    bad: ReactComponents, name: str, reason: str
) -> None:
    server = bad.server
    assert server is not None
    limits = {"seconds": 1.0, "memory_bytes": 32 << 20}
    (failed,) = server.render_all([Wanted(name, "{}")], **limits)  # type: ignore[arg-type]
    (good,) = server.render_all([Wanted("Good", "1")], **limits)  # type: ignore[arg-type]

    assert isinstance(failed, ReactFailed)
    assert re.search(reason, str(failed))
    assert good == "<b>1</b>"


@pytest.mark.parametrize("name", ["Loop", "Bomb", "Thrower"])
async def test_the_page_comes_without_it_and_the_failure_is_counted(
    bad: ReactComponents, name: str
) -> None:
    html = await first_html(
        page_of(bad, f"<h1>Here</h1>{{{{ react('Good') }}}}{{{{ react('{name}') }}}}")
    )

    assert "<h1>Here</h1>" in html
    assert "<b>{}</b>" in html
    assert Document(html).find(f'[dj-react="{name}"]').text() == ""
    assert bad.failures == 1


async def test_all_components_of_a_page_share_its_time(bad: ReactComponents) -> None:
    loops = "".join(f"{{{{ react('Loop', n={n}) }}}}" for n in range(20))
    await first_html(page_of(bad, loops))
    assert bad.failures == 20


async def test_the_dashboard_counts_a_failure(bad: ReactComponents) -> None:
    app = page_of(bad, "{{ react('Thrower') }}")
    async with app.running():
        await app.test_client().get("/")
        (seat,) = app.runtime.seats.values()
        assert seat.failed_turns == 1


def test_out_of_memory_the_script_starts_anew(bad: ReactComponents) -> None:
    server = bad.server
    assert server is not None
    wanted = [Wanted(name, "{}") for name in ("Count", "Bomb", "Count")]
    answers = server.render_all(wanted, seconds=5.0, memory_bytes=32 << 20)
    assert (answers[0], answers[2]) == ("<i>1</i>", "<i>1</i>")


def test_a_script_that_was_built_again_is_taken(tmp_path: Path) -> None:
    script = tmp_path / "some.js"
    server = ReactServer(script)
    found = []
    for number, text in enumerate(("old", "new")):
        script.write_text(f"globalThis.limelight = {{ render: () => '{text}' }}")
        os.utime(script, (number, number))
        found += server.render_all([Wanted("Any", "{}")], seconds=1.0, memory_bytes=32 << 20)
    assert found == ["old", "new"]


async def test_without_mini_racer_browsers_render_alone_and_the_log_says_so_once(
    bad: ReactComponents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(react_server, "import_module", missing)
    app = page_of(bad, "{{ react('Good') }}")
    with caplog.at_level(logging.WARNING, "limelight.react"):
        async with app.running():
            answers = [await app.test_client().get("/") for _ in range(3)]
            html = await answers[-1].get_data(as_text=True)

    assert Document(html).find("[dj-react]").text() == ""
    assert sum("mini-racer is not installed" in record.message for record in caplog.records) == 1
    assert bad.failures == 0


# --- the registry


async def test_an_unknown_component_is_refused_with_the_nearest() -> None:
    class Wrong(UIView):
        @event_handler()
        def put(self, name: str, value: str | None = None) -> None:
            self.render_react_component(name, {"value": object() if value is None else value})

    async with open_view(Wrong) as page:
        with pytest.raises(EventFailed, match=r'"Buton" is registered\. Did you mean "Button"'):
            await page.call("put", name="Buton", value="x")
        with pytest.raises(EventFailed, match="props of Button cannot be written as JSON"):
            await page.call("put", name="Button")


def test_a_registry_says_what_does_not_fit(tmp_path: Path) -> None:
    for browser in ("static/x.js", "//elsewhere/x.js", "https://elsewhere/x.js"):
        with pytest.raises(ValueError, match="is no path of this site"):
            ReactComponents("A", browser=browser)
    with pytest.raises(FileNotFoundError, match="Was the bundle built"):
        ReactComponents("A", browser="/x.js", server=tmp_path / "none.js")


@pytest.mark.parametrize("name", ["react_components.js", "react_components.server.js"])
def test_the_committed_bundle_was_built_from_its_sources(name: str) -> None:
    digest = hashlib.sha256()
    for source in sorted((ROOT / "examples/react_components").glob("*.js")):
        digest.update(f"{source.name}\n".encode() + source.read_bytes())
    first_line = (ROOT / "examples/static" / name).read_text().partition("\n")[0]
    assert digest.hexdigest()[:16] in first_line, "Run node examples/react_components/build.js."
