"""Random templates over random states, each render compared with stock Jinja2.

One *story* is a set of templates, an environment and a state; each step changes the state,
renders with stock Jinja2, updates the picture, sends the patch as JSON to a mirror of the
browser, and compares the HTML of both, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any, NamedTuple

import jinja2
import msgspec
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from limelight.client.mirror import Mirror
from limelight.server.rendering.keys import KeyTag
from limelight.server.rendering.picture import LiveTemplates, Picture
from limelight.server.rendering.tracked import TrackedList, TrackedRow

NAMES = ("a", "b", "c", "flag", "missing_name")
OBJECTS = ("user", "box", "rows[0]", "frozen_user")
LISTS = ("rows", "dicts", "things", "shared", "numbers", "pairs", "mixed", "watched", "made()")
FIELDS = ("name", "count", "price", "tags", "odd", "id", "lazy")
FILTERS = (
    "upper", "lower", "title", "default('-')", "string", "e", "trim", "length", "safe",
    "capitalize", "truncate(5)", "replace('a', 'b')", "shout", "list", "join('/')", "first",
)  # fmt: skip


# --- the objects of a state


class Row:
    """A mutable object; `lazy` counts how often it is read."""

    def __init__(self, rng: Random, number: int) -> None:
        self.id = number
        self.name = scalar(rng)
        self.count = rng.choice([0, 1, 1000, True, 2.0])
        self.price = rng.choice([1.5, Decimal("1.0"), Decimal("1.00"), 0.0, -0.0])
        self.tags = [scalar(rng) for _ in range(rng.randrange(3))]
        self.children: list[Any] = []
        self.reads = 0

    @property
    def odd(self) -> Any:
        return f"{self.name}{len(self.tags)}"

    @property
    def lazy(self) -> int:
        self.reads += 1
        return self.reads

    def method(self, text: object = "") -> str:
        return f"<{text}{self.name}>"


@dataclass(frozen=True)
class Frozen:
    """Frozen outside; `tags` may hold a list, `odd` looks elsewhere."""

    id: int
    name: Any
    count: Any
    price: Any
    tags: Any
    children: Any = ()

    @property
    def odd(self) -> Any:
        return ELSEWHERE["value"]

    @cached_property
    def lazy(self) -> int:
        return 7


class Point(NamedTuple):
    id: int
    name: Any
    count: Any = 1
    price: Any = 0.5
    tags: Any = ()
    children: Any = ()


class Struct(msgspec.Struct, frozen=True):
    id: int
    name: Any
    count: Any = 2
    price: Any = 0.25
    tags: Any = ()
    children: Any = ()


class Watched(TrackedRow):
    id: int
    name: Any
    count: Any
    price: Any
    tags: Any
    children: Any


class Html:
    """Formats itself, and differently after `text` was changed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __html__(self) -> str:
        return f"<b>{self.text}</b>"

    def __str__(self) -> str:
        return self.text


#: What properties of frozen objects and functions look at, apart from the context.
ELSEWHERE: dict[str, Any] = {"value": 1}


def scalar(rng: Random) -> Any:
    return rng.choice(
        ["x", "y", "<i>", "a&b", "", '"q"', "x", 0, 1, True, False, 1.0, 0.0, -0.0, None,
         10**6, Markup("<em>m</em>"), Markup("y"), Decimal("1.0"), Decimal("1.00"), "é\n"]
    )  # fmt: skip


def frozen(rng: Random, number: int) -> Any:
    tags: Any = rng.choice([(), ("t",), ("<t>", 1), ["mutable"]])
    kind = rng.randrange(3)
    if kind == 0:
        return Frozen(number, scalar(rng), rng.randrange(3), 1.5, tags)
    return (Point if kind == 1 else Struct)(number, scalar(rng), 1, 1.5, tags)


def watched(rng: Random, number: int) -> Watched:
    return Watched(
        id=number, name=scalar(rng), count=rng.randrange(3), price=1.5, tags=(), children=()
    )


class State:
    """The context of a story, and what may happen to it between two renders."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.calls = 0
        self.last_id = 0
        self.made: list[Any] = []
        rows = [self._new(Row) for _ in range(rng.randrange(4))]
        for row in rows:
            row.children = [self._new(Row) for _ in range(rng.randrange(3))]
        self.context: dict[str, Any] = {
            **{name: scalar(rng) for name in NAMES[:-1]},
            "user": self._new(Row),
            "box": {"name": scalar(rng), "count": 1, "tags": [1], "id": 5, "items_": 3},
            "frozen_user": self._new(frozen),
            "rows": rows,
            "dicts": [{"name": scalar(rng), "id": n, "count": n} for n in range(rng.randrange(4))],
            "things": tuple(self._new(frozen) for _ in range(rng.randrange(4))),
            "shared": [self._new(frozen) for _ in range(rng.randrange(5))],
            "numbers": [rng.randrange(4) for _ in range(rng.randrange(4))],
            "pairs": [(n, scalar(rng)) for n in range(rng.randrange(4))],
            "mixed": [*rows[:2], {"name": 1}, Html("h")],
            "watched": TrackedList(self._new(watched) for _ in range(rng.randrange(5))),
            "html": Html("h"),
            "template_name": rng.choice(["part", "other"]),
            "escaping": rng.choice([True, False]),
            "f": self.function,
            "tick": self.tick,
            "made": lambda: (row for row in self.context["rows"]),
        }  # fmt: skip

    def _new(self, make: Callable[[Random, int], Any]) -> Any:
        self.last_id += 1
        self.made.append(make(self.rng, self.last_id))
        return self.made[-1]

    def function(self, value: Any = 1, **named: Any) -> Any:
        return f"<f{value}{ELSEWHERE['value']}{len(named)}>"

    def tick(self) -> int:
        self.calls += 1
        return self.calls

    def before_render(self) -> None:
        self.calls = 0
        for row in self.made:
            if isinstance(row, Row):
                row.reads = 0

    def change(self) -> None:
        for _ in range(self.rng.choice([0, 1, 1, 2, 4])):
            self.rng.choice(
                [self._change_name, self._change_row, self._change_list, self._change_elsewhere,
                 self._change_list, self._change_frozen, self._change_watched]
            )()  # fmt: skip

    def _change_name(self) -> None:
        rng, context = self.rng, self.context
        name = rng.choice([*NAMES, "escaping", "template_name"])
        if name == "template_name":
            context[name] = rng.choice(["part", "other"])
        elif name == "missing_name" and name in context:
            del context[name]
        else:
            context[name] = rng.random() < 0.5 if name == "escaping" else scalar(rng)

    def _change_row(self) -> None:
        rng, context = self.rng, self.context
        row = rng.choice([*context["rows"], context["user"]])
        if isinstance(row, Row):
            setattr(row, rng.choice(["name", "count", "price"]), scalar(rng))
            if rng.random() < 0.3:
                row.tags.append(scalar(rng))
            if rng.random() < 0.3 and row.children:
                rng.shuffle(row.children)
        if context["dicts"]:
            rng.choice(context["dicts"])[rng.choice(["name", "count"])] = scalar(rng)

    def _change_list(self) -> None:
        rng = self.rng
        name = rng.choice(["rows", "dicts", "shared", "numbers", "pairs", "watched", "things"])
        items = self.context[name]
        if name == "things":
            items = list(items)
        make = {
            "rows": lambda: self._new(Row),
            "dicts": lambda: {"name": scalar(rng), "id": rng.randrange(9)},
            "numbers": lambda: rng.randrange(5),
            "pairs": lambda: (rng.randrange(4), scalar(rng)),
            "watched": lambda: self._new(watched),
        }.get(name, lambda: self._new(frozen))
        self._change_items(items, make)
        if name == "things":
            self.context[name] = tuple(items)
        elif rng.random() < 0.2:
            self.context[name] = type(items)(items)

    def _change_items(self, items: Any, make: Callable[[], Any]) -> None:
        rng = self.rng
        kind = rng.randrange(7)
        place = rng.randrange(len(items) + 1)
        if kind == 0 or not items:
            items.insert(place, make())
        elif kind == 1:
            items.pop(rng.randrange(len(items)))
        elif kind == 2:
            items[rng.randrange(len(items))] = make()
        elif kind == 3:
            items.insert(place, items.pop(rng.randrange(len(items))))
        elif kind == 4:
            items.insert(place, rng.choice(items))
        elif kind == 5:
            items.reverse()
        else:
            items.sort(key=lambda item: rng.random())

    def _change_frozen(self) -> None:
        rng, context = self.rng, self.context
        context["frozen_user"] = self._new(frozen)
        for thing in [*context["things"], *context["shared"]]:
            if isinstance(thing.tags, list) and rng.random() < 0.5:
                thing.tags.append(scalar(rng))
        if context["shared"] and isinstance(context["shared"][0], Frozen):
            context["shared"][0] = replace(context["shared"][0], name=scalar(rng))

    def _change_watched(self) -> None:
        if self.context["watched"]:
            row = self.rng.choice(self.context["watched"])
            setattr(row, self.rng.choice(["name", "count"]), scalar(self.rng))

    def _change_elsewhere(self) -> None:
        ELSEWHERE["value"] = self.rng.choice([1, 2, "<e>"])
        self.context["html"].text = self.rng.choice(["h", "k"])


# --- templates


@dataclass
class Scope:
    """What an expression may name at one place of a template."""

    objects: tuple[str, ...] = OBJECTS
    names: tuple[str, ...] = NAMES
    macros: tuple[str, ...] = ()
    in_loop: bool = False
    is_recursive: bool = False
    can_break: bool = False
    in_macro: bool = False
    depth: int = 0

    def deeper(self, **changes: Any) -> Scope:
        return replace(self, depth=self.depth + 1, **changes)


@dataclass
class TemplateMaker:
    """Writes random templates."""

    rng: Random
    number: int = 0
    blocks: list[str] = field(default_factory=list)

    def story(self) -> dict[str, str]:
        rng = self.rng
        templates = {
            "part": self.body(Scope(depth=2)),
            "other": self.body(Scope(depth=2)),
            "macros": "{% macro shown(x, y=1) %}<u>{{ x }}{{ y }}"
            + self.body(Scope(depth=3, names=("x", "y"), objects=("x",)))
            + "</u>{% endmacro %}{% macro wrap(x) %}[{{ caller(x) }}]{% endmacro %}",
        }
        levels = rng.choice([0, 0, 0, 1, 2])
        self.blocks = ["head", "main", "foot"]
        if not levels:
            templates["page"] = self.body(Scope())
            return templates
        templates["base"] = self._base()
        for level in range(levels):
            name = "page" if level == levels - 1 else "middle"
            templates[name] = self._child("base" if level == 0 else "middle")
        return templates

    def _base(self) -> str:
        parts = [self.body(Scope(depth=2))]
        for block in self.blocks:
            scoped = self.rng.choice(["", "", " scoped"])
            content = self.body(Scope(depth=2))
            loop = self.rng.random() < 0.2
            parts.append("{% for r in rows %}" if loop else "")
            parts.append(f"{{% block {block}{scoped} %}}<p>{content}</p>{{% endblock %}}")
            parts.append("{% endfor %}" if loop else "")
        return "".join(parts)

    def _child(self, parent: str) -> str:
        rng = self.rng
        shape = rng.randrange(8)
        extends = f"{{% extends '{parent}' %}}"
        if shape == 0:
            extends = f"{{% set up = '{parent}' %}}{{% extends up %}}"
        elif shape == 1:
            extends = f"{{% if flag %}}{extends}{{% endif %}}{self.text()}"
        elif shape == 2:
            extends = self.text() + extends + self.text()
        elif shape == 3:
            extends += "{% set a = 'child' %}{% include 'part' %}"
        blocks = [
            f"{{% block {block} %}}"
            + rng.choice(["", "{{ super() }}", "{{ super()|upper }}", "{{ self.head() }}"])
            * (block != "head")
            + self.body(Scope(depth=2))
            + "{% endblock %}"
            for block in self.blocks
            if rng.random() < 0.6
        ]
        return extends + "".join(blocks)

    def body(self, scope: Scope) -> str:
        count = self.rng.choice([1, 2, 3] if scope.depth else [3, 4, 5, 6])
        parts = []
        for _ in range(count):
            part, scope = self.part(scope)
            parts.append(part)
        return "".join(parts)

    def part(self, scope: Scope) -> tuple[str, Scope]:
        rng = self.rng
        simple: list[Callable[[Scope], str]] = [
            lambda _: self.text(), self.printed, self.printed, self.printed, self.attributes, self.raw_text,
        ]  # fmt: skip
        nested: list[Callable[[Scope], str]] = [
            self.if_, self.if_, self.if_, self.for_, self.for_, self.for_, self.keyed_for,
            self.recursive_for, self.with_, self.call_block, self.filter_block, self.include,
            self.autoescape, self.trans, self.import_, self.scalar_block, self.keyed_for,
        ]  # fmt: skip
        if rng.random() < 0.2 and scope.depth < 4:
            return self.statement(scope)
        makers = simple if scope.depth > 3 or rng.random() < 0.5 else nested
        return self.spaced(rng.choice(makers)(scope)), scope

    def spaced(self, source: str) -> str:
        if self.rng.random() < 0.1:
            source = source.replace("{%", "{%-", 1).replace("%}", "-%}", 1)
        return source

    # --- expressions

    def expression(self, scope: Scope) -> str:
        rng = self.rng
        kind = rng.randrange(14)
        if kind < 4:
            return rng.choice(scope.names)
        if kind < 8:
            return self.attribute(scope)
        if kind == 8:
            return f"{self.attribute(scope)}|{rng.choice(FILTERS)}"
        if kind == 9:
            return f"{rng.choice(scope.names)}|{rng.choice(FILTERS)}|{rng.choice(FILTERS)}"
        if kind == 10:
            operator = rng.choice(["~", "==", "and", "or", "in", "is sameas", "+"])
            return f"({self.leaf(scope)} {operator} {self.leaf(scope)})"
        if kind == 11:
            return f"({self.leaf(scope)} if {self.test(scope)} else {self.leaf(scope)})"
        if kind == 12:
            return self.call(scope)
        return rng.choice(["html", "numbers", "things|length", "rows|map(attribute='name')|join",
                           "box|tojson", "1", "'<lit>'", "[a, b]", "{'k': a}", "numbers[0]",
                           "numbers|sum", "dicts|length", "things[0].name", "a if flag",
                           "frozen_user.tags", "frozen_user.odd", "user.method"])  # fmt: skip

    def leaf(self, scope: Scope) -> str:
        return self.rng.choice([self.rng.choice(scope.names), self.attribute(scope), "1", "'x'"])

    def attribute(self, scope: Scope) -> str:
        rng = self.rng
        item = rng.choice(scope.objects)
        name = rng.choice(FIELDS)
        return f"{item}['{name}']" if rng.random() < 0.15 else f"{item}.{name}"

    def call(self, scope: Scope) -> str:
        rng = self.rng
        choices = ["f()", f"f({self.leaf(scope)})", "tick()", "user.method()", "f(x=1)"]
        choices += [f"{name}({self.leaf(scope)})" for name in scope.macros] * 3
        if scope.in_loop:
            choices += ["loop.index", "loop.last", "loop.cycle('o', 'e')", "loop.changed(a)",
                        "loop.length", "loop.previtem", "loop.revindex0"]  # fmt: skip
        if scope.in_macro:
            choices.append("(caller() if caller else '')")
        return rng.choice(choices)

    def test(self, scope: Scope) -> str:
        rng = self.rng
        return rng.choice(
            [rng.choice(scope.names), self.attribute(scope), "not flag", "rows", "a is defined",
             f"{self.leaf(scope)} == {self.leaf(scope)}", "numbers|length > 1",
             f"{self.attribute(scope)} is none", "flag and b", "tick() is odd"]
        )  # fmt: skip

    # --- what prints

    def text(self) -> str:
        return self.rng.choice(
            ["<b>t</b>", " ", "\n  ", "<br>", "text", "&amp;", "<p>p</p>", "<hr/>", "\n",
             "{# comment #}", "{% raw %}{{ raw }}{% endraw %}", "é", "{{ 'lit<' }}", "<p>"]
        )  # fmt: skip

    def printed(self, scope: Scope) -> str:
        opening, closing = self.rng.choice(
            [("", ""), ("<td>", "</td>"), ("<i>", "</i>"), ("(", ")")]
        )
        return f"{opening}{{{{ {self.expression(scope)} }}}}{closing}"

    def attributes(self, scope: Scope) -> str:
        first, second = self.expression(scope), self.expression(scope)
        return self.rng.choice(
            [f'<a href="/{{{{ {first} }}}}" title="{{{{ {second} }}}}">x</a>',
             f'<input value="{{{{ {first} }}}}" {{% if {self.test(scope)} %}}checked{{% endif %}}>',
             f"<div class='k {{{{ {first} }}}} {{% if flag %}}on{{% endif %}}'>{{{{ {second} }}}}</div>",
             f"<{{{{ 'h1' if flag else 'h2' }}}}>{{{{ {first} }}}}</h1>",
             f"<!-- {{{{ {first} }}}} -->"]
        )  # fmt: skip

    def raw_text(self, scope: Scope) -> str:
        tag = self.rng.choice(["script", "textarea", "style", "title"])
        return f"<{tag}>{{{{ {self.expression(scope)} }}}}-{{{{ {self.leaf(scope)} }}}}</{tag}>"

    # --- what nests

    def if_(self, scope: Scope) -> str:
        inner = scope.deeper()
        parts = [f"{{% if {self.test(scope)} %}}{self.body(inner)}"]
        if self.rng.random() < 0.3:
            parts.append(f"{{% elif {self.test(scope)} %}}{self.body(inner)}")
        if self.rng.random() < 0.5:
            parts.append(f"{{% else %}}{self.body(inner)}")
        source = "".join(parts) + "{% endif %}"
        if self.rng.random() < 0.07:
            source = f"{{% if flag %}}<div>{{% endif %}}{source}{{% if flag %}}</div>{{% endif %}}"
        # The same fixed text in two branches: what one remembers is not the other's.
        if self.rng.random() < 0.15:
            left, right = self.expression(scope), self.expression(scope)
            source += f"{{% if a %}}<s>{{{{ {left} }}}}</s>{{% else %}}<s>{{{{ {right} }}}}</s>{{% endif %}}"
        return source

    def _loop_scope(self, scope: Scope, name: str, **changes: Any) -> Scope:
        loops = self.rng.random() < 0.3
        return scope.deeper(
            objects=(name, name, name, *scope.objects), in_loop=loops,
            names=(*scope.names, f"{name}"), **changes,
        )  # fmt: skip

    def for_(self, scope: Scope) -> str:
        rng = self.rng
        self.number += 1
        name = f"r{self.number}"
        source = rng.choice(LISTS)
        if rng.random() < 0.1:
            source = rng.choice(
                ["rows|reverse", "box.items()", "range(3)", "box", "a", "things[:2]"]
            )
        inner = self._loop_scope(scope, name, can_break=True, is_recursive=False)
        condition = f" if {name}.name" if rng.random() < 0.15 else ""
        if source in ("pairs", "box.items()"):
            target, inner = f"n{name}, {name}", replace(inner, names=(*inner.names, f"n{name}"))
        else:
            target = name
        body = self.body(inner)
        if rng.random() < 0.08:
            body += f"{{% if {name} %}}{{% {rng.choice(['break', 'continue'])} %}}{{% endif %}}x"
        if rng.random() < 0.1:
            body += "{% set b = 1 %}{{ b }}"
        otherwise = f"{{% else %}}{self.body(scope.deeper())}" if rng.random() < 0.3 else ""
        return f"{{% for {target} in {source}{condition} %}}{body}{otherwise}{{% endfor %}}"

    def keyed_for(self, scope: Scope) -> str:
        rng = self.rng
        self.number += 1
        name = f"k{self.number}"
        inner = self._loop_scope(scope, name)
        key = rng.choice([f"{name}.id", f"{name}.id", f"{name}.name", f"{name}.tags", "1", name])
        source = rng.choice(["rows", "shared", "things", "dicts", "watched", "numbers"])
        if rng.random() < 0.5:
            body = f"{{% key {key} %}}<li>{self.body(inner)}</li>"
        else:
            body = f'<li class="{{{{ a }}}}" dj-key="{{{{ {key} }}}}">{self.body(inner)}</li>'
        return f"<ul>{{% for {name} in {source} %}}{body}{{% endfor %}}</ul>"

    def recursive_for(self, scope: Scope) -> str:
        self.number += 1
        name = f"t{self.number}"
        inner = self._loop_scope(scope, name, is_recursive=True)
        again = self.rng.choice(
            [f"{{{{ loop({name}.children) }}}}", f"{{{{ loop({name}.children)|upper }}}}"]
        )
        return (
            f"{{% for {name} in rows recursive %}}<li>{{{{ {name}.name }}}}{self.body(inner)}"
            f"<ul>{again}</ul></li>{{% endfor %}}"
        )

    def with_(self, scope: Scope) -> str:
        inner = scope.deeper(names=("w", *scope.names))
        return f"{{% with w = {self.expression(scope)} %}}{self.body(inner)}{{% endwith %}}"

    def scalar_block(self, scope: Scope) -> str:
        return f"{{% set s %}}{self.body(scope.deeper())}{{% endset %}}[{{{{ s }}}}]"

    def call_block(self, scope: Scope) -> str:
        self.number += 1
        name = f"m{self.number}"
        argument = self.leaf(scope)
        inner = scope.deeper(names=(*scope.names, "z"))
        return (
            f"{{% macro {name}(p) %}}<q>{{{{ p }}}}{{{{ caller(p) }}}}</q>{{% endmacro %}}"
            f"{{% call(z) {name}({argument}) %}}{self.body(inner)}{{% endcall %}}"
        )

    def filter_block(self, scope: Scope) -> str:
        name = self.rng.choice(["upper", "e", "trim", "shout"])
        return f"{{% filter {name} %}}{self.body(scope.deeper())}{{% endfilter %}}"

    def include(self, scope: Scope) -> str:
        if scope.depth > 1 and not scope.in_loop:
            return self.text()
        if scope.depth == 0 and not scope.in_loop and self.rng.random() < 0.2:
            # Inside of macros and the like stock Jinja2 prints a generator here.
            return "{% include 'fixed' without context %}"
        return self.rng.choice(
            ["{% include 'leaf' %}", "{% include leaf_name %}", "{% include ['nowhere', 'leaf'] %}",
             "{% include 'nowhere' ignore missing %}", "{% include template_name %}", "{% include 'part' %}"]
        )  # fmt: skip

    def autoescape(self, scope: Scope) -> str:
        value = self.rng.choice(["true", "false", "escaping"])
        return f"{{% autoescape {value} %}}{self.body(scope.deeper())}{{% endautoescape %}}"

    def trans(self, scope: Scope) -> str:
        return self.rng.choice(
            [f"{{% trans x={self.leaf(scope)} %}}<b>hello</b> {{{{ x }}}}{{% endtrans %}}",
             "{% trans count=numbers|length %}one{% pluralize %}{{ count }} many{% endtrans %}",
             "{{ _('word<') }}"]
        )  # fmt: skip

    def import_(self, scope: Scope) -> str:
        return self.rng.choice(
            [f"{{% import 'macros' as lib %}}{{{{ lib.shown({self.leaf(scope)}) }}}}",
             f"{{% from 'macros' import shown, wrap with context %}}{{{{ shown({self.leaf(scope)}, y=a) }}}}",
             "{% from 'macros' import wrap %}{% call(v) wrap(a) %}<b>{{ v }}</b>{% endcall %}"]
        )  # fmt: skip

    # --- what prints nothing

    def statement(self, scope: Scope) -> tuple[str, Scope]:
        rng = self.rng
        self.number += 1
        kind = rng.randrange(6)
        name = f"s{self.number}"
        if kind == 0:
            return f"{{% set {name} = {self.expression(scope)} %}}", replace(
                scope, names=(name, *scope.names)
            )
        if kind == 1:
            return f"{{% set a = {self.expression(scope)} %}}", scope
        if kind == 2:
            inner = Scope(depth=3, names=(*NAMES, "p"), objects=("p", "user"), in_macro=True)
            source = (
                f"{{% macro {name}(p, q=2) %}}<u>{{{{ p }}}}{self.body(inner)}</u>{{% endmacro %}}"
            )
            return source, replace(scope, macros=(name, *scope.macros))
        if kind == 3:
            changed = f"{{% for r in numbers %}}{{% set {name}.x = {name}.x + r %}}{{% endfor %}}"
            source = f"{{% set {name} = namespace(x=0) %}}{changed}{{{{ {name}.x }}}}"
            return source, scope
        if kind == 4:
            return "{% do numbers|length %}{% do f() %}", scope
        return f"{{% if flag %}}{{% set c = {self.leaf(scope)} %}}{{% endif %}}{{{{ c }}}}", scope


# --- telling a story


def make_environment(rng: Random, templates: dict[str, str]) -> jinja2.Environment:
    kind = SandboxedEnvironment if rng.random() < 0.07 else jinja2.Environment
    environment = kind(
        loader=jinja2.DictLoader(templates),
        autoescape=rng.random() < 0.85,
        undefined=rng.choice(
            [jinja2.Undefined] * 4 + [jinja2.StrictUndefined, jinja2.ChainableUndefined]
        ),
        trim_blocks=rng.random() < 0.2,
        lstrip_blocks=rng.random() < 0.2,
        keep_trailing_newline=rng.random() < 0.3,
        finalize=(lambda value: "none" if value is None else value)
        if rng.random() < 0.05
        else None,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n", KeyTag],
    )
    environment.filters["shout"] = lambda value: f"{value}!{ELSEWHERE['value']}"
    environment.install_null_translations(newstyle=rng.random() < 0.5)  # type: ignore[attr-defined]
    return environment


_ADDRESS = re.compile(r"0x[0-9a-f]+")


class Mismatch(AssertionError):
    """A render or a patch that differs from stock Jinja2."""


class Story:
    """One set of templates with one state, rendered again and again."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.templates = TemplateMaker(rng).story()
        self.templates["leaf"] = "<i>{{ a }}{{ r1.name if r1 is defined }}{{ user.name }}</i>"
        self.templates["fixed"] = "<i>{{ 1 + 1 }}{% if user %}{{ user.name }}{% endif %}</i>"
        ELSEWHERE["value"] = 1
        self.state = State(rng)
        self.state.context["leaf_name"] = "leaf"
        self.environment = make_environment(rng, self.templates)
        self.updates = 0

    def tell(self, steps: int) -> None:
        """Render `steps` times; does nothing if stock Jinja2 cannot compile the templates."""
        try:
            for name in self.templates:
                self.environment.get_template(name)
        except jinja2.TemplateSyntaxError:
            return
        live = LiveTemplates(self.environment).get_template("page")
        self.picture = Picture(live)
        self.mirror = Mirror()
        self.is_started = self.is_dropped = False
        for _ in range(steps):
            self._step()
            self.state.change()

    def _expected(self) -> tuple[str, str]:
        """What stock Jinja2 makes of the state: HTML, or the name of an error."""
        self.state.before_render()
        try:
            return self.environment.get_template("page").render(self.state.context), ""
        except Exception as error:  # noqa: BLE001 - any, since ours must be the same
            return "", type(error).__name__

    def _step(self) -> None:
        expected, expected_error = self._expected()
        self.state.before_render()
        error = ""
        shown = self.mirror.html()
        try:
            self._apply()
        except Exception as raised:
            if isinstance(raised, Mismatch):
                raise
            error = type(raised).__name__
            if not expected_error:
                raise Mismatch(self.describe(f"raised {raised!r}", expected)) from raised
        self.updates += 1
        if error != expected_error:
            raise Mismatch(self.describe(f"raised {error or 'nothing'}", expected_error))
        if expected_error:
            expected = shown
        self._compare(self.mirror.html(), expected)
        if self.is_started and not self.is_dropped:
            self._compare(self.picture.plain_html(), expected)

    def _compare(self, found: str, expected: str) -> None:
        # Something made for one render, and printed with its address, is elsewhere in the next.
        if found != expected and _ADDRESS.sub("", found) != _ADDRESS.sub("", expected):
            raise Mismatch(self.describe(found, expected))

    def _apply(self) -> None:
        """Do what a server and a browser do."""
        picture, context = self.picture, self.state.context
        if not self.is_started:
            root, shapes = picture.whole(context)
            self.is_started = True
            self._send(None, root, shapes)
            self._check_first_html()
            return
        if self.rng.random() < 0.08:
            drop = self.rng.random() < 0.3
            self.is_dropped = self.is_dropped or drop
            picture.rest(drop=drop)
        patch = picture.update(context)
        self.is_dropped = False
        if patch is not None:
            self._send(patch.diff, patch.root, patch.shapes)

    def _check_first_html(self) -> None:
        other = Picture(self.picture.template)
        self.state.before_render()
        marked = other.first_html(self.state.context, "N0")
        other.adopt()
        plain = re.sub(r"<!--[\[\]r]N0[^>]*-->", "", marked)
        if plain != other.plain_html():
            raise Mismatch(self.describe(plain, other.plain_html()))

    def _send(self, diff: Any, root: Any, shapes: dict[str, Any]) -> None:
        message = msgspec.json.decode(msgspec.json.encode([diff, root, shapes]))
        if _has_markup([diff, root, shapes]):
            raise Mismatch(self.describe("a Markup object went over the wire", ""))
        diff, root, shapes = message
        self.mirror.learn(shapes)
        if diff is not None:
            self.mirror.patch(diff)
        else:
            self.mirror.replace(root)

    def describe(self, found: str, expected: str) -> str:
        sources = "\n".join(f"--- {name}\n{source}" for name, source in self.templates.items())
        return f"found\n{found}\nexpected\n{expected}\nafter {self.updates} updates\n{sources}"


def _has_markup(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_markup(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(map(_has_markup, value))
    return isinstance(value, str) and type(value) is not str


def tell_story(seed: int, steps: int = 8) -> int:
    """Tell the story of a seed; return how many renders were compared."""
    story = Story(Random(seed))
    story.tell(steps)
    return story.updates
