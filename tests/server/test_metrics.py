"""What Prometheus reads: every figure of the supervision page."""

from __future__ import annotations

import logging
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.testing import EventFailed, open_browser

PATH = "/_supervision/metrics"


class Counter(LiveView):
    template = "<button dj-click='fail'>x</button>"

    @event_handler()
    def fail(self) -> None:
        raise ValueError("no")


def anybody(request: Request) -> bool:
    return True


def application() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    app.live("/", Counter)
    app.enable_dashboard(guard=anybody)
    return app


async def samples_of(app: LiveApp) -> dict[str, list[tuple[dict[str, str], float]]]:
    response = await app.test_client().get(PATH)
    assert response.status_code == 200
    text = await response.get_data(as_text=True)
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def test_the_metrics_count_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    app = application()
    async with app.running(), open_browser(app, "/") as page:
        with pytest.raises(EventFailed):
            await page.click("button")

        samples = await samples_of(app)

        assert samples["limelight_failed_turns_total"][0][1] == 1
        assert samples["limelight_views_total"][0][1] == 1
        assert dict(samples["limelight_views_now"][0][0])["link"] == "open"
        (failure,) = samples["limelight_failures_total"]
        assert failure[0]["error"] == "ValueError"
        assert failure[0]["where"] == "Counter.fail"
        actors = {labels["actor"] for labels, _ in samples["limelight_actor_mailbox_depth"]}
        assert {"root", "services", "views", "janitor"} <= actors
        assert samples["limelight_service_up"][0][1] == 1


async def test_without_the_client_the_page_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    app = application()
    async with app.running():
        response = await app.test_client().get(PATH)
        assert response.status_code == 501
        assert "limelight[metrics]" in await response.get_data(as_text=True)
