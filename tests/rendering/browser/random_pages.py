"""Random templates and states that try what a browser may do with markup.

Most of what is written is valid HTML; some of it leaks on purpose: rows without a
`<tbody>`, blocks in paragraphs, tags split over branches, values with unclosed tags.
"""

# Templates are full of braces, which would have to be doubled otherwise.
# ruff: noqa: UP031

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from markupsafe import Markup

T = TypeVar("T")

TEXTS = ("", "a", "bc d", "x & y", "<i>", "\nline", "&amp;", "\"'", " ", "é\u00a0", "7")
MARKUP = ("<i>x</i>", "<b>y</b> z", "&copy;", "", "<a href='#'>l</a>", "<br>", "t<!-- c -->")
LEAKS = ("<b>open", "</div>", "<div>open", "</p><p>", "a <", "<table><tr><td>x", "<!-- a")
WORDS = ("x", "", "y z", "x-1")
ATTRIBUTES = ("", "hidden", "data-a=1", 'data-b="a > b" title=t', "class=k")


class TemplateWriter:
    """Writes one template; `leak_rate` says how often markup breaks the rules."""

    def __init__(self, rng: Random, leak_rate: float) -> None:
        self.rng = rng
        self.leak_rate = leak_rate
        self.loops = 0
        self.item = ""

    def page(self) -> str:
        return "".join(self.flow(3) for _ in range(self.rng.randint(1, 4)))

    def flow(self, depth: int) -> str:
        if depth <= 0:
            return self.phrase(0)
        if self.rng.random() < self.leak_rate:
            return self._pick(self.LEAKING)(self, depth - 1)
        return self._pick(self.FLOW)(self, depth - 1)

    def phrase(self, depth: int) -> str:
        options = self.PHRASING if depth > 0 else self.PHRASING[:4]
        return self._pick(options)(self, depth - 1)

    # --- values

    def text(self, depth: int = 0) -> str:
        return self._pick(("word", " ", "two words", "\n  ", "&lt;", "R&amp;D "))

    def value(self, depth: int = 0) -> str:
        if self.item and self.rng.random() < 0.6:
            return "{{ %s.%s }}" % (self.item, self._pick(("name", "id")))
        return "{{ %s }}" % self._pick(("t0", "t1", "t2", "m0", "m1"))

    def word(self) -> str:
        return "{{ %s }}" % self._pick(("w0", "w1"))

    def condition(self) -> str:
        return (
            self.item + ".flag"
            if self.item and self.rng.random() < 0.5
            else self._pick(("f0", "f1"))
        )

    # --- phrases

    def bold(self, depth: int) -> str:
        return f"<b>{self.phrase(depth)}</b>"

    def link(self, depth: int) -> str:
        return f'<span title="a {self.value()} b" {self.attribute()}>{self.phrase(depth)}</span>'

    def phrases(self, depth: int) -> str:
        return self.phrase(depth) + self.phrase(depth)

    def control(self, depth: int) -> str:
        return self._pick(
            (
                f'<input value="{self.word()}">',
                "<input type=checkbox {{ 'checked' if %s }}>" % self.condition(),
                f"<textarea>{self.value()}</textarea>",
                f"<textarea>\n{self.value()} x</textarea>",
                "<select>%s</select>" % self.options(),
                "<select><option>a</option><option {{ 'selected' if f0 }}>b</option></select>",
            )
        )

    def attribute(self) -> str:
        return self._pick(
            ("", "{{ g0 }}", f'class="{self.word()} {self.word()}"', f"id=i{self.loops}{self.word()}",
             "{% if f1 %}hidden{% endif %}")
        )  # fmt: skip

    def choice(self, depth: int, inside: Callable[[int], str] | None = None) -> str:
        inside = inside or self.phrase
        other = "{%% else %%}%s" % inside(depth) if self.rng.random() < 0.5 else ""
        return "{%% if %s %%}%s%s{%% endif %%}" % (self.condition(), inside(depth), other)

    # --- flow

    def block(self, depth: int) -> str:
        name = self._pick(("div", "section", "details", "blockquote"))
        return f"<{name} {self.attribute()}>{self.flow(depth)}{self.flow(depth)}</{name}>"

    def paragraph(self, depth: int) -> str:
        return f"<p {self.attribute()}>{self.phrase(depth)}{self.phrase(depth)}</p>"

    def branch(self, depth: int) -> str:
        return self.choice(depth, self.flow)

    def items(self, depth: int) -> str:
        return "<ul>%s</ul>" % self.loop(lambda: f"<li {self.attribute()}>{self.flow(depth)}</li>")

    def table(self, depth: int) -> str:
        cells = lambda: (
            f"<tr><td>{self.value()}</td>\n<td {self.attribute()}>{self.flow(depth)}</td></tr>"
        )
        head = "{% if f0 %}<thead><tr><th>h</th></tr></thead>{% endif %}"
        return "<table>%s<tbody>\n%s</tbody></table>" % (head, self.loop(cells))

    def drawing(self, depth: int) -> str:
        shapes = self.loop(
            lambda: '<g data-x="{{ w0 }}"><circle {{ g0 }} r="1"/><text>{{ t0 }}</text></g>'
        )
        return f'<svg viewBox="0 0 9 9">{shapes}<title>{self.value()}</title></svg>'

    def code(self, depth: int) -> str:
        return self._pick(
            (
                f"<pre>{self.value()}</pre>",
                f"<pre>\n{self.value()}</pre>",
                f"<pre>{self.value()} {self.choice(0)}</pre>",
                "<style>.a { color: %s }</style>" % self.word(),
                f"<script type=text/plain>{self.word()}</script>",
            )
        )

    def rows(self, depth: int) -> str:
        return self.loop(lambda: self.flow(depth) + self.phrase(depth))

    # --- what breaks the rules

    def bare_rows(self, depth: int) -> str:
        return "<table>%s</table>" % self.loop(lambda: f"<tr><td>{self.value()}</td></tr>")

    def misplaced(self, depth: int) -> str:
        return self._pick(
            (
                f"<p>{self.branch(depth)}</p>",
                f"<table>{self.value()}<tr><td>x</td></tr></table>",
                f"<table><tbody>{self.choice(depth)}</tbody></table>",
                f"<a href=x>{self.choice(0, lambda _: f'<a href=y>{self.value()}</a>')}</a>",
                f"<button>{self.choice(0, lambda _: f'<button>{self.value()}</button>')}</button>",
                f"<ul><li>{self.choice(0, lambda _: f'<li>{self.value()}</li>')}</li></ul>",
                f"<form>{self.choice(0, lambda _: f'<form><p>{self.value()}</p></form>')}</form>",
            )
        )

    def leaking_value(self, depth: int) -> str:
        return f"<div>{self.flow(depth)}{{{{ leak }}}}</div>"

    def split_tags(self, depth: int) -> str:
        return "{%% if f0 %%}<div>{%% endif %%}%s{%% if f0 %%}</div>{%% endif %%}" % self.flow(
            depth
        )

    def hidden_slot(self, depth: int) -> str:
        return self._pick((f"<!-- {self.word()} -->", "<h{{ n }}>x</h{{ n }}>", "<li>a<li>b"))

    # --- loops

    def loop(self, body: Callable[[], str]) -> str:
        self.loops += 1
        outer, self.item = self.item, f"r{self.loops}"
        name, key = self.item, "{%% key %s.id %%}" % self.item
        over = f"{outer}.kids" if outer and self.rng.random() < 0.7 else self._pick(("l0", "l1"))
        inside = (key if self.rng.random() < 0.6 else "") + body()
        self.item = outer
        other = "{% else %}none{% endfor %}" if self.rng.random() < 0.2 else "{% endfor %}"
        return "{%% for %s in %s %%}%s%s" % (name, over, inside, other)

    def options(self) -> str:
        """At most one is selected: of several, browsers take the one that came last."""
        chosen = "<option {{ 'selected' if loop.index == n }}>{{ %s.name }}</option>"
        return self.loop(lambda: chosen % self.item)

    def _pick(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    PHRASING = (text, value, value, control, bold, link, phrases, choice)
    FLOW = (block, paragraph, branch, items, table, drawing, code, rows, text, value, block, items)
    LEAKING = (bare_rows, misplaced, leaking_value, split_tags, hidden_slot)


class RandomState:
    """The values of one page, changed a little at a time."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.context: dict[str, Any] = {"l0": self._rows(1), "l1": self._rows(1)}
        for name in ("t0", "t1", "t2", "m0", "m1", "w0", "w1", "g0", "f0", "f1", "leak", "n"):
            self.context[name] = self._scalar(name[0])

    def change(self) -> None:
        for name in self.rng.sample(sorted(self.context), self.rng.randint(1, 4)):
            if name[:2] not in ("l0", "l1"):
                self.context[name] = self._scalar(name[0])
            else:
                self.context[name] = self._changed(self.context[name])

    def _scalar(self, kind: str) -> Any:
        pick = self.rng.choice
        if kind == "m":
            return Markup(pick(MARKUP))
        if kind == "l":
            return Markup(pick(LEAKS if self.rng.random() < 0.3 else MARKUP))
        options = {"t": TEXTS, "w": WORDS, "g": ATTRIBUTES, "f": (True, False), "n": (1, 2)}
        value = pick(options[kind])
        return Markup(value) if kind == "g" else value

    def _rows(self, depth: int) -> list[dict[str, Any]]:
        return [self._row(depth) for _ in range(self.rng.randrange(4))]

    def _row(self, depth: int) -> dict[str, Any]:
        return {
            "id": self.rng.randrange(30),
            "name": self.rng.choice(TEXTS),
            "flag": self.rng.random() < 0.5,
            "kids": self._rows(depth - 1) if depth else [],
        }

    def _changed(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [dict(row) for row in rows if self.rng.random() < 0.85]
        if self.rng.random() < 0.4:
            self.rng.shuffle(rows)
        for row in rows:
            if self.rng.random() < 0.3:
                row |= {"name": self.rng.choice(TEXTS), "flag": self.rng.random() < 0.5}
        for _ in range(self.rng.randrange(3)):
            rows.insert(self.rng.randint(0, len(rows)), self._row(1))
        return rows
