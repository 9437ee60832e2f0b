"""The pages that `benchmarks.rendering` measures, and what changes on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from limelight.server.rendering.tracked import TrackedRow

ROWS = 1000


@dataclass(slots=True)
class Product:
    id: int
    name: str
    price: str
    stock: int


@dataclass(frozen=True, slots=True)
class FrozenProduct:
    id: int
    name: str
    price: str
    stock: int


class TrackedProduct(TrackedRow):
    id: int
    name: str
    price: str
    stock: int


def products(kind: Callable[..., Any], count: int = ROWS) -> list[Any]:
    return [
        kind(id=10_000 + n, name=f"Product {n}", price=f"{n / 7:.2f}", stock=n * 3 % 400)
        for n in range(count)
    ]


# --- templates

STATICS = "<p>Some text that never changes, as most of a page never does.</p>\n" * 28
COUNTER = f"<main>{STATICS}<h1>{{{{ count }}}}</h1><button dj-click='increment'>+</button></main>"

_ROW = (
    "<tr{key}><td>{{{{ row.id }}}}</td><td>{{{{ row.name }}}}</td>"
    "<td>{{{{ row.price }}}}</td><td>{{{{ row.stock }}}}</td></tr>\n"
)
TABLE = (
    "<h1>{{ title }}</h1><table><tbody>{% for row in rows %}"
    + _ROW.format(key="")
    + "{% endfor %}</tbody></table>"
)
KEYED = TABLE.replace("{% for row in rows %}", "{% for row in rows %}{% key row.id %}")
FILTERED = TABLE.replace("row.name }}", "row.name|upper }}").replace(
    "row.price }}", "'%.8s'|format(row.price) }}"
)

COMPOSED = {
    "base": """<header>{% block header %}<h1>{{ title }}</h1><nav>{% for link in links %}
<a href="/{{ link.slug }}" class="{% if link.slug == here %}current{% endif %}">{{ link.text }}</a>
{% endfor %}</nav>{% endblock %}</header><main>{% block main %}{% endblock %}</main>
<footer>{% include "footer" %}</footer>""",
    "footer": "<p>{{ _('Signed in as') }} {{ user.name }} ({{ user.mail }})</p><p>{{ visits }}</p>",
    "macros": """{% macro field(name, label, value='', type='text') %}
<label>{{ label }}<input name="{{ name }}" type="{{ type }}" value="{{ value }}"></label>
{% endmacro %}{% macro panel(title) %}<section><h2>{{ title }}</h2>{{ caller() }}</section>
{% endmacro %}""",
    "page": """{% extends "base" %}{% from "macros" import field, panel %}
{% block header %}{{ super() }}<p class="lead">{{ lead }}</p>{% endblock %}
{% block main %}{% call panel("Account") %}<form>{{ field("name", "Name", user.name) }}
{{ field("mail", "Mail", user.mail, "email") }}{{ field("city", "City", user.city) }}</form>
{% endcall %}{% call panel("Orders") %}<table><tbody>{% for order in orders %}
<tr class="{{ loop.cycle('odd', 'even') }}"><td>{{ order.number }}</td>
<td>{{ order.text|upper }}</td><td>{{ "%.2f"|format(order.price) }}</td>
<td>{% if order.is_paid %}<b>paid</b>{% elif order.is_late %}<i>late</i>{% else %}open{% endif %}
</td></tr>{% else %}<tr><td>none</td></tr>{% endfor %}</tbody></table>{% endcall %}
<ul>{% for topic in topics recursive %}<li>{{ topic.name }}{% if topic.children %}
<ul>{{ loop(topic.children) }}</ul>{% endif %}</li>{% endfor %}</ul>
{% set total = orders|length %}<p>{{ total }} orders, {{ visits }} visits</p>{% endblock %}""",
}


class Record:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def composed_state() -> dict[str, Any]:
    return {
        "title": "Account", "lead": "What is going on.", "here": "orders", "visits": 1,
        "user": Record(name="Ada", mail="ada@example.org", city="London"),
        "links": [Record(slug=s, text=s.title()) for s in ("home", "orders", "mail", "help")],
        "orders": [
            Record(number=n, text=f"order {n}", price=n * 1.5, is_paid=n % 3 == 0, is_late=n % 2)
            for n in range(44)
        ],
        "topics": [
            Record(name=f"t{n}", children=[Record(name=f"c{m}", children=[]) for m in range(3)])
            for n in range(5)
        ],
    }  # fmt: skip


# --- measuring


def count_up(name: str) -> Callable[[dict[str, Any]], None]:
    def change(context: dict[str, Any]) -> None:
        context[name] += 1

    return change


def change_cell(context: dict[str, Any]) -> None:
    context["rows"][500].stock = (context["rows"][500].stock + 7) % 400


def replace_row(context: dict[str, Any]) -> None:
    rows = context["rows"]
    rows[500] = replace(rows[500], stock=(rows[500].stock + 7) % 400)


def replace_tuple(context: dict[str, Any]) -> None:
    rows = list(context["rows"])
    rows[500] = replace(rows[500], stock=(rows[500].stock + 7) % 400)
    context["rows"] = tuple(rows)


def insert_and_drop(context: dict[str, Any]) -> None:
    rows = context["rows"]
    number = 1_000_000 + rows[0].id % 99_999
    rows.insert(0, Product(number, f"New {number}", "1.00", 5))
    rows.pop()


def move(context: dict[str, Any]) -> None:
    rows = context["rows"]
    rows.insert(900, rows.pop(10))


def rename(context: dict[str, Any]) -> None:
    context["title"] = "b" if context["title"] == "a" else "a"


def table(rows: Any) -> dict[str, Any]:
    return {"title": "a", "rows": rows}
