"""In development the console tells of a hook that nobody has registered, and only then."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, is_live

#: What a script of the application does; modules have run by then.
REGISTER = """
document.addEventListener("DOMContentLoaded", () => {
  window.limelight.hooks.Chart = { mounted() { this.el.textContent = "drawn"; } };
});
"""


@pytest.mark.parametrize("env", [{}, AS_SHIPPED], ids=["development", "production"])
def test_a_hook_that_nobody_has_registered_is_told_once(
    serve: Serve, page: Page, env: dict[str, str]
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    def advice() -> list[str]:
        return [one for one in said if "dj-hook" in one]

    page.add_init_script(REGISTER)
    page.goto(serve("tests.journeys.hooked:app", env=env).url)
    expect(is_live(page).locator("#chart")).to_have_text("drawn")
    assert advice() == []

    for count in ("1", "2"):
        page.get_by_role("button", name="More").click()
        expect(page.locator("h1")).to_have_text(count)
    # The console is heard in order: this comes after whatever the page has said before.
    with page.expect_console_message(lambda message: message.text == "end"):
        page.evaluate("console.log('end')")

    if env:
        assert advice() == []
        return
    (said_once,) = advice()
    assert 'dj-hook="Chrat": no hook of this name is registered' in said_once
    assert "Registered: Chart. Write window.limelight.hooks.Chrat = " in said_once
