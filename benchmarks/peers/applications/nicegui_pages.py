"""The pages in NiceGUI: elements on the server, changed by handlers."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from nicegui import Event, background_tasks, ui

from benchmarks.peers.applications.content import (
    ITEMS,
    PROSE,
    SECONDS_A_TOKEN,
    TALKED_TOKENS,
    TOKENS,
    changed_name,
    changed_row,
    item,
    items,
    rows,
    token,
)

app = FastAPI()
news = Event[str]()
COLUMNS = [
    {"name": name, "label": name, "field": name} for name in ("id", "name", "state", "amount")
]


@ui.page("/counter")
def counter():
    count = 0

    def increment():
        nonlocal count
        count += 1
        shown.set_text(str(count))

    ui.label(PROSE)
    shown = ui.label("0")
    ui.button("+1", on_click=increment)


@ui.page("/table")
def table():
    event = 0

    def change():
        nonlocal event
        event += 1
        shown.rows[changed_row(event)]["name"] = changed_name(event)
        shown.update()

    made = [
        {"id": row.id, "name": row.name, "state": row.state, "amount": row.amount} for row in rows()
    ]
    ui.button("Change", on_click=change)
    shown = ui.table(columns=COLUMNS, rows=made, row_key="id")


@ui.page("/elements")
def elements():
    event = 0

    def change():
        nonlocal event
        event += 1
        names[changed_row(event)].set_text(changed_name(event))

    ui.button("Change", on_click=change)
    names = []
    with ui.element("table"), ui.element("tbody"):
        for row in rows():
            with ui.element("tr"):
                for value in (row.id, row.name, row.state, row.amount):
                    with ui.element("td"):
                        cell = ui.label(str(value))
                    if value is row.name:
                        names.append(cell)


@ui.page("/list")
def growing_list():
    shown = items()

    def append():
        shown.append(item(len(shown)))
        listed.refresh()

    @ui.refreshable
    def listed():
        with ui.element("ul"):
            for one in shown:
                with ui.element("li"):
                    ui.label(one.text)

    ui.button("Append", on_click=append)
    listed()


@ui.page("/stream")
def streamed_list():
    number = ITEMS

    def add(one):
        with ui.element("li"):
            ui.label(one.text)

    def append():
        nonlocal number
        with listed:
            add(item(number))
        number += 1

    ui.button("Append", on_click=append)
    with ui.element("ul") as listed:
        for one in items():
            add(one)


@ui.page("/shared")
def shared():
    ui.label(PROSE)
    shown = ui.label("")
    news.subscribe(shown.set_text)


@ui.page("/publisher")
def publisher():
    published = 0

    def publish():
        nonlocal published
        published += 1
        shown.set_text(str(published))
        news.emit(f"news {published}")

    shown = ui.label("0")
    ui.button("Publish", on_click=publish)


@ui.page("/tokens")
def speaker():
    speak_on_click(TOKENS, 0)


@ui.page("/talk")
def talker():
    speak_on_click(TALKED_TOKENS, SECONDS_A_TOKEN)


def speak_on_click(tokens, pause_seconds):
    async def speak():
        answer.set_text("")
        for number in range(tokens):
            await asyncio.sleep(pause_seconds)
            answer.set_text(answer.text + token(number))

    answer = ui.label("")
    ui.button("Speak", on_click=lambda: background_tasks.create(speak()))


# Three seconds, the default, cost a busy server its clients: it takes them for dead.
ui.run_with(app, reconnect_timeout=10, show_welcome_message=False)
