"""The orders: two browsers and psql see the same board, with a database and without."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from build_support.programs import find_postgres
from tests.fixtures.databases import PostgresServer
from tests.fixtures.serving import Serve

from .conftest import AS_SHIPPED, Visit, is_live

ORDERS = "examples.orders:app"


def expect_column(page: Page, name: str, *orders: str) -> None:
    items = page.get_by_role("region", name=name).locator("li > span")
    expect(items).to_have_text(list(orders))


def test_without_a_database_the_board_says_so_and_works(visit: Visit, chromium: Browser) -> None:
    page = visit(ORDERS)
    expect(page.locator("footer")).to_contain_text("No DATABASE_URL is set")
    with chromium.new_context() as context:
        other = context.new_page()
        other.goto(page.url)
        is_live(other)

        page.get_by_role("button", name="Order something").click()
        other.get_by_role("button", name="Advance order 1").click()

        for one in (page, other):
            expect_column(one, "pending", "#2 Lantern", "#3 Atlas")
            expect_column(one, "packed", "#1 Teapot")
            expect(one.get_by_role("status")).to_have_text("Order 1: update")


def test_an_order_goes_through_the_board_and_is_removed(serve: Serve, page: Page) -> None:
    page.goto(serve(ORDERS, env=AS_SHIPPED).url)
    is_live(page)
    page.get_by_role("button", name="Advance order 2").click()
    expect_column(page, "packed", "#2 Lantern")

    page.get_by_role("button", name="Advance order 2").click()
    expect_column(page, "sent", "#2 Lantern")
    page.get_by_role("button", name="Remove order 2").click()

    expect_column(page, "sent")
    expect(page.get_by_role("status")).to_have_text("Order 2: delete")


def psql(server: PostgresServer, command: str) -> None:
    program = (find_postgres() or Path()) / "psql"
    subprocess.run([program, "-q", server.url, "-c", command], check=True, capture_output=True)


def test_the_board_follows_psql_and_a_restart_of_the_database(
    serve: Serve, page: Page, postgres_server: PostgresServer
) -> None:
    server = serve(ORDERS, env={**AS_SHIPPED, "DATABASE_URL": postgres_server.url})
    page.goto(server.url)
    is_live(page)
    expect(page.locator("footer")).to_contain_text("in PostgreSQL")
    expect_column(page, "pending", "#1 Teapot", "#2 Lantern")
    page.get_by_role("button", name="Order something").click()
    expect_column(page, "pending", "#1 Teapot", "#2 Lantern", "#3 Atlas")

    psql(postgres_server, "UPDATE orders SET status = 'sent' WHERE id < 3")
    expect_column(page, "sent", "#1 Teapot", "#2 Lantern")

    postgres_server.restart()
    psql(postgres_server, "DELETE FROM orders WHERE id = 1")
    expect_column(page, "sent", "#2 Lantern")
    psql(postgres_server, "TRUNCATE orders")
    expect_column(page, "sent")
    expect(page.get_by_role("status")).to_have_text("All orders: delete")
