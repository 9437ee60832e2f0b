"""The claim, walked through by keyboard and read as a screen reader reads it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit


@pytest.fixture
def claim(visit: Visit) -> Page:
    return visit("examples.claim_wizard:app")


def write(page: Page, label: str, text: str) -> None:
    """Type into the field that has the focus, which is the one of this label."""
    expect(page.get_by_label(label)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def test_the_wizard_is_walked_through_by_keyboard(claim: Page) -> None:
    heading = claim.locator("h2")
    claim.get_by_label("Full name").focus()
    write(claim, "Full name", "Ada Lovelace")
    write(claim, "Email", "ada@example.org")
    expect(claim.get_by_role("button", name="Next")).to_be_focused()
    claim.keyboard.press("Enter")

    expect(heading).to_be_focused()
    expect(heading).to_contain_text("What happened")
    claim.keyboard.press("Tab")
    expect(claim.get_by_role("radio", name="Home")).to_be_focused()
    claim.keyboard.press("ArrowUp")
    expect(claim.get_by_role("radio", name="Car")).to_be_checked()
    claim.keyboard.press("Tab")
    write(claim, "When did it happen?", "05012026")
    claim.keyboard.press("Tab")  # past the button of the calendar
    write(claim, "What happened?", "It rolled away by itself.")
    claim.keyboard.press("Enter")

    expect(heading).to_be_focused()
    expect(heading).to_contain_text("Step 3 of 4")
    claim.keyboard.press("Tab")
    write(claim, "Number plate", "AB 12")
    write(claim, "Built in", "2019")
    claim.keyboard.press("Space")
    claim.keyboard.press("Enter")

    expect(claim.get_by_role("definition").filter(has_text="Yes")).to_be_visible()
    claim.get_by_role("button", name="Send the claim").press("Enter")
    expect(claim.get_by_role("status")).to_contain_text("260501-012")


def test_what_is_wrong_is_read_aloud_and_the_first_invalid_field_has_the_focus(claim: Page) -> None:
    claim.get_by_label("Full name").fill("Ada")
    claim.get_by_label("Email").fill("nowhere")
    claim.get_by_role("button", name="Next").press("Enter")

    email = claim.get_by_label("Email")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(
        "We write there when the claim is settled. This is no address."
    )
    expect(claim.locator("form")).to_match_aria_snapshot("""
        - text: Full name
        - textbox "Full name": Ada
        - text: Email
        - paragraph: We write there when the claim is settled.
        - textbox "Email" [active]: nowhere
        - paragraph: This is no address.
        - button "Next"
    """)
    assert invalid_names(claim) == {"Email": "true"}


def invalid_names(page: Page) -> dict[str, str]:
    """The fields that the accessibility tree calls invalid, by their name."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    found = {}
    for node in nodes:
        for one in node.get("properties", ()):
            if one["name"] == "invalid" and one["value"]["value"] != "false":
                found[node["name"]["value"]] = one["value"]["value"]
    session.detach()
    return found


def test_nothing_is_called_invalid_before_it_was_touched(claim: Page) -> None:
    expect(claim.locator("[aria-invalid=false]")).to_have_count(2)
    assert invalid_names(claim) == {}


def test_the_steps_are_said_to_assistive_technology(claim: Page) -> None:
    claim.get_by_label("Full name").fill("Ada")
    claim.get_by_label("Email").fill("ada@example.org")
    claim.get_by_role("button", name="Next").click()

    expect(claim.get_by_role("navigation", name="Steps")).to_match_aria_snapshot("""
        - list:
          - listitem:
            - link "About you"
          - listitem: What happened
          - listitem: Review
    """)
    expect(claim.locator("[aria-current=step]")).to_have_text("What happened")
    expect(claim.get_by_role("progressbar", name="Progress")).to_have_attribute("value", "33")
    expect(claim.get_by_role("radiogroup", name="What is insured?")).to_be_visible()


def test_the_back_button_of_the_browser_goes_back_one_step(claim: Page) -> None:
    claim.get_by_label("Full name").fill("Ada")
    claim.get_by_label("Email").fill("ada@example.org")
    claim.get_by_role("button", name="Next").click()
    expect(claim).to_have_url(re.compile(r"\?step=incident$"))

    claim.go_back()
    expect(claim.locator("h2")).to_contain_text("About you")
    expect(claim.get_by_label("Full name")).to_have_value("Ada")
    claim.go_forward()
    expect(claim.locator("h2")).to_contain_text("What happened")


def test_an_address_of_a_later_step_leads_to_the_first(visit: Visit) -> None:
    page = visit("examples.claim_wizard:app", "/?step=review")
    expect(page.locator("h2")).to_contain_text("About you")
    expect(page).to_have_url(re.compile(r"\?step=personal$"))
