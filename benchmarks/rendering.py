"""Measures rendering against stock Jinja2: `python -m benchmarks.rendering`.

Every figure is the ratio to a plain render of the same template with the same state, in the
same run: machines differ, ratios hardly do. Times are the best median of several rounds.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from time import process_time
from typing import Any

import jinja2
import msgspec

from limelight.server.rendering.keys import KeyTag
from limelight.server.rendering.picture import LiveTemplate, LiveTemplates, Patch, Picture
from limelight.server.rendering.tracked import TrackedList, TrackedRow

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


def best_median(step: Callable[[], object], seconds: float = 0.35, rounds: int = 4) -> float:
    """Seconds a step takes: the median of a round, in the best round."""
    best = float("inf")
    for _ in range(rounds):
        times: list[float] = []
        ending = process_time() + seconds / rounds
        while len(times) < 5 or process_time() < ending:
            start = process_time()
            step()
            times.append(process_time() - start)
        best = min(best, sorted(times)[len(times) // 2])
    return best


@dataclass(slots=True)
class Case:
    """One page and one change; `limit` and `size` are what it may cost at most."""

    name: str
    templates: dict[str, str] | str
    context: dict[str, Any]
    change: Callable[[dict[str, Any]], None]
    limit: float
    size: int
    #: Bytes of a row that the change brings.
    row_size: int = 0

    def environment(self) -> jinja2.Environment:
        sources = {"page": self.templates} if isinstance(self.templates, str) else self.templates
        environment = jinja2.Environment(
            autoescape=True,
            loader=jinja2.DictLoader(sources),
            extensions=["jinja2.ext.i18n", KeyTag],
            auto_reload=False,
        )
        # The extension for translations adds it to the environment while it runs.
        environment.install_null_translations()  # type: ignore[attr-defined]
        return environment


def measure(case: Case) -> Iterator[str]:
    environment = case.environment()
    stock = environment.get_template("page")
    plain = best_median(lambda: stock.render(case.context))
    picture = Picture(LiveTemplates(environment).get_template("page"))
    first = best_median(lambda: picture.template.render(case.context))
    marked = best_median(lambda: picture.first_html(case.context, "n0"))
    picture.adopt()
    sizes: list[int] = []

    def step() -> None:
        case.change(case.context)
        patch = picture.update(case.context)
        sizes.append(len(_encoded(patch)))

    event = best_median(step)
    idle = best_median(lambda: picture.update(case.context))
    assert picture.plain_html() == stock.render(case.context)
    size = max(sizes[2:]) - case.row_size
    verdict = "ok" if event / plain <= case.limit and size <= case.size else "TOO MUCH"
    verdict += "" if first / plain <= 1 else ", FIRST HTML SLOW"
    yield (
        f"{case.name:34} {plain * 1e6:8.1f} {first / plain:6.2f} {marked / plain:6.2f} "
        f"{event * 1e6:8.1f} {event / plain:7.4f} {case.limit:6.2f} {idle / plain:7.4f} "
        f"{size:5} {case.size:5}  {verdict}"
    )


def _encoded(patch: Patch | None) -> bytes:
    if patch is None:
        return b""
    whole = {"r": patch.root} if patch.diff is None else {"d": patch.diff}
    return msgspec.json.encode({**whole, **({"s": patch.shapes} if patch.shapes else {})})


# --- changes


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


def cases() -> list[Case]:
    new_row = len(msgspec.json.encode([["1099999", "New 1099999", "1.00", "5"]]))
    return [
        Case("counter, 2 KB of text", COUNTER, {"count": 10_000}, count_up("count"), 0.6, 32),
        Case("composed page of 4.7 KB, one change", COMPOSED, composed_state(), count_up("visits"), 0.45, 100),
        Case("mutable rows, one cell", TABLE, table(products(Product)), change_cell, 0.10, 64),
        Case("mutable keyed rows, one cell", KEYED, table(products(Product)), change_cell, 0.12, 64),
        Case("mutable rows with filters", FILTERED, table(products(Product)), change_cell, 0.12, 64),
        Case("frozen rows in a list, one replaced", TABLE, table(products(FrozenProduct)),
             replace_row, 0.03, 64),
        Case("frozen rows in a tuple, one replaced", TABLE, table(tuple(products(FrozenProduct))),
             replace_tuple, 0.03, 64),
        Case("frozen rows, another name changes", TABLE, table(tuple(products(FrozenProduct))),
             rename, 0.01, 64),
        Case("keyed rows, insert one, drop one", KEYED, table(products(Product)),
             insert_and_drop, 0.2, 100, new_row),
        Case("keyed rows, move one", KEYED, table(products(Product)), move, 0.2, 100),
        Case("keyed frozen rows, move one", KEYED, table(products(FrozenProduct)), move, 0.2, 100),
        Case("tracked rows, one cell", TABLE, table(TrackedList(products(TrackedProduct))),
             change_cell, 0.01, 64),
        Case("tracked keyed rows, one cell", KEYED, table(TrackedList(products(TrackedProduct))),
             change_cell, 0.02, 64),
    ]  # fmt: skip


# --- memory


def held(make: Callable[[], object]) -> int:
    """Bytes that an object keeps alive."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = make()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return after - before


class View:
    """A table of which pictures are made, in several states."""

    def __init__(self, template: LiveTemplate, context: dict[str, Any]) -> None:
        self.template = template
        self.context = context
        Picture(template).first_html(context, "n0")

    def shown(self) -> Picture:
        picture = Picture(self.template)
        picture.first_html(self.context, "n0")
        picture.adopt()
        return picture

    def resting(self) -> Picture:
        picture = self.shown()
        picture.rest()
        return picture

    def after_update(self) -> Picture:
        picture = self.shown()
        is_frozen = isinstance(self.context["rows"][0], FrozenProduct)
        (replace_row if is_frozen else change_cell)(self.context)
        picture.update(self.context)
        return picture


def measure_memory() -> Iterator[str]:
    templates = LiveTemplates()
    for name, source, kind in (
        ("1000x4 mutable rows", TABLE, Product),
        ("1000x4 mutable keyed rows", KEYED, Product),
        ("1000x4 frozen rows", TABLE, FrozenProduct),
        ("1000x4 with two filters", FILTERED, Product),
    ):
        view = View(templates.from_string(source), table(products(kind)))
        yield (
            f"{name:34} active {held(view.shown) / 1024:6.1f} KiB, after an update "
            f"{held(view.after_update) / 1024:6.1f} KiB, idle {held(view.resting) / 1024:6.1f} KiB"
        )


def main() -> None:
    chosen = sys.argv[1:]
    print(f"Python {sys.version.split()[0]}, Jinja2 {version('jinja2')}")
    print(
        f"{'':34} {'stock us':>8} {'first':>6} {'marked':>6} {'event us':>8} {'ratio':>7} "
        f"{'limit':>6} {'no-op':>7} {'bytes':>5} {'limit':>5}"
    )
    for case in cases():
        if not chosen or any(word in case.name for word in chosen):
            for line in measure(case):
                print(line)
    if not chosen or "memory" in chosen:
        for line in measure_memory():
            print(line)


if __name__ == "__main__":
    main()
