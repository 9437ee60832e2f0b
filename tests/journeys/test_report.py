"""The report: work in the background, seen, cancelled and failing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit


@pytest.fixture
def report(visit: Visit) -> Page:
    return visit("examples.report:app")


def test_a_report_shows_its_progress_and_then_itself(report: Page) -> None:
    report.get_by_role("button", name="Build").click()
    expect(report.get_by_role("progressbar")).to_be_visible()
    expect(report.get_by_text(re.compile("[1-9] of 12 months"))).to_be_visible()

    expect(report.get_by_text("The report of 2025 is ready.")).to_be_visible()
    expect(report.get_by_role("row")).to_have_count(13)
    expect(report.get_by_role("progressbar")).to_have_count(0)


def test_the_page_answers_while_a_report_is_built(report: Page) -> None:
    report.get_by_role("button", name="Build").click()
    report.get_by_role("button", name="Clicked 0 times").click()

    expect(report.get_by_role("button", name="Clicked 1 times")).to_be_visible()
    expect(report.get_by_role("progressbar")).to_be_visible()


def test_a_cancelled_report_is_gone_and_another_can_be_built(report: Page) -> None:
    report.get_by_role("button", name="Build").click()
    expect(report.get_by_text(re.compile("[1-9] of 12 months"))).to_be_visible()
    report.get_by_role("button", name="Cancel").click()

    expect(report.get_by_text("The report was cancelled.")).to_be_visible()
    expect(report.get_by_role("progressbar")).to_have_count(0)
    report.get_by_role("button", name="Build").click()
    expect(report.get_by_text("The report of 2025 is ready.")).to_be_visible()
    expect(report.get_by_role("row")).to_have_count(13)


def test_a_report_that_fails_says_so_and_stops_turning(report: Page) -> None:
    report.get_by_label("Year").select_option("2023")
    report.get_by_role("button", name="Build").click()

    expect(report.locator(".dj-flash-error")).to_contain_text("The archive of 2023 ends in Jun.")
    expect(report.get_by_role("button", name="Build")).to_be_visible()
