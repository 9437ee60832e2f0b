"""The part of the compiler that collects fixed text and slots instead of yielding strings.

A *body* is what becomes one node or one row: a function, a branch of an `if`, the inside
of a `for`. Each slot has a number that is unique in the module; the generated code keeps
its new value in `v<number>` and what it was before in `q<number>`. Memories (values that
only the renderer needs) are `w<number>` and `m<number>`. `d<body>` says whether the body
differs from what it was before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import StringIO

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


@dataclass(slots=True)
class Body:
    """One body while it is compiled."""

    number: int
    #: The expression for what stood here before; empty for the rows of a loop.
    source: str
    lineno: int = 1
    texts: list[list[str]] = field(default_factory=lambda: [[]])
    slots: list[int] = field(default_factory=list)
    escapes: list[bool] = field(default_factory=list)
    memories: list[int] = field(default_factory=list)

    @property
    def is_constant(self) -> bool:
        return not self.slots and not self.memories

    @property
    def is_empty(self) -> bool:
        return self.is_constant and not "".join(self.texts[0])

    @property
    def previous_names(self) -> list[str]:
        return [f"q{slot}" for slot in self.slots] + [f"m{memory}" for memory in self.memories]

    @property
    def new_names(self) -> list[str]:
        return [f"v{slot}" for slot in self.slots] + [f"w{memory}" for memory in self.memories]

    @property
    def header(self) -> str:
        """One line that unpacks what stood here before."""
        if self.is_constant:
            return "pass"
        number, source = self.number, self.source
        return (
            f"p{number} = {source} if type({source}) is tuple and {source}[0] is SHAPE_{number}"
            f" else EMPTY_{number}; _, {', '.join(self.previous_names)} = p{number};"
            f" d{number} = p{number} is EMPTY_{number}"
        )

    def definition(self, name: str | None) -> list[str]:
        """The lines of the module that make the shape."""
        statics = tuple("".join(text) for text in self.texts)
        arguments = (statics, tuple(self.escapes), len(self.memories), name, self.lineno)
        lines = [f"SHAPE_{self.number} = Shape{arguments!r}"]
        if self.is_constant:
            lines.append(f"NODE_{self.number} = (SHAPE_{self.number},)")
        else:
            blanks = ", nothing" * (len(self.slots) + len(self.memories))
            lines.append(f"EMPTY_{self.number} = (SHAPE_{self.number}{blanks})")
        return lines


class BodyWriter(CodeGenerator):
    """Opens and closes bodies and slots; the visitors of its subclasses fill them."""

    #: Compiled as stock Jinja2 does, because this template cannot become a tree.
    is_stock = False

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        #: The bodies that are open, innermost last.
        self.bodies: list[Body] = []
        self.all_bodies: list[Body] = []
        self._last_number = 0

    @property
    def body(self) -> Body:
        return self.bodies[-1]

    def is_tree(self, frame: Frame) -> bool:
        """What this frame prints goes into a body, not into a list of strings."""
        return frame.buffer is None and not self.is_stock

    def next_number(self) -> int:
        self._last_number += 1
        return self._last_number

    # --- bodies

    def open_body(self, source: str, node: nodes.Node, *, is_function: bool = False) -> Body:
        """Start a body whose earlier value is the expression `source`."""
        body = self.open_row(node)
        body.source = source
        if is_function:
            self.writeline(f"__inputs_{body.number}__")
        self.writeline(f"__header_{body.number}__")
        if is_function:
            self.writeline(f"__guards_{body.number}__")
        return body

    def open_row(self, node: nodes.Node) -> Body:
        """Start a body that gets its earlier values from the head of its loop."""
        body = Body(self.next_number(), "", node.lineno)
        self.bodies.append(body)
        self.all_bodies.append(body)
        return body

    def close_body(self) -> str:
        """End a body; return the expression of its node."""
        body = self.bodies.pop()
        number = body.number
        if body.is_constant:
            return f"NODE_{number}"
        return f"(SHAPE_{number}, {', '.join(body.new_names)}) if d{number} else p{number}"

    # --- what stands in a body

    def add_text(self, text: str) -> None:
        self.body.texts[-1].append(text)

    def open_slot(self, *, escaped: bool = True) -> int:
        """Add a slot to the body; code that sets its `v<number>` follows."""
        slot = self.next_number()
        self.body.slots.append(slot)
        self.body.escapes.append(escaped)
        self.body.texts.append([])
        return slot

    def settle_slot(self, slot: int, frame: Frame) -> None:
        """Turn the slot's freshly computed value into one that a tree may hold."""
        if frame.eval_ctx.volatile:
            settle = f"settle_now(v{slot}, q{slot}, context.eval_ctx)"
        elif frame.eval_ctx.autoescape:
            settle = self.settle_fresh(slot, "settle_escaped")
        else:
            settle = self.settle_fresh(slot, "settle_plain")
        self.writeline(
            f"if v{slot} is not q{slot} and (v{slot} := {settle}) is not q{slot}:"
            f" d{self.body.number} = True"
        )

    def settle_fresh(self, slot: int, settle: str) -> str:
        """A first render has nothing to compare with, so most of its values need no call."""
        is_done = f"q{slot} is nothing and type(v{slot}) in RAW"
        return f"v{slot} if {is_done} else {settle}(v{slot}, q{slot})"

    def close_slot(self, slot: int) -> None:
        """Note whether a slot that holds a node, a loop or a settled value has changed."""
        self.writeline(f"if v{slot} is not q{slot}: d{self.body.number} = True")

    def add_memory(self, body: Body | None = None) -> int:
        """Add a value that the renderer keeps for itself."""
        memory = self.next_number()
        (body or self.body).memories.append(memory)
        return memory

    def write_as_string(self, node: nodes.Node, frame: Frame) -> None:
        """Print one statement as stock Jinja2 does, into a single slot."""
        string_frame = frame.copy()
        self.buffer(string_frame)
        self.visit(node, string_frame)
        slot = self.open_slot()
        self.writeline(f"v{slot} = settle_markup(concat({string_frame.buffer}), q{slot})")
        self.close_slot(slot)

    # --- the end of the module

    def write_definitions(self) -> None:
        for body in self.all_bodies:
            for line in body.definition(self.name):
                self.writeline(line)

    def fill_headers(self, lines: dict[str, str]) -> None:
        """Put in what was not known when the heads of functions, bodies and loops were
        written; `lines` are those of functions."""
        bodies = {body.number: body for body in self.all_bodies}
        lines = {**lines, **{f"header_{number}": body.header for number, body in bodies.items()}}
        source = self.stream.getvalue()  # type: ignore[attr-defined]
        for number, body in bodies.items():
            names = ", ".join(body.previous_names)
            lines[f"seek_{number}"] = f"{names}, = rows{number}.seek(y{number})"
        source = _HEADER.sub(lambda m: m[1] + lines[m[2]], source)
        source = _ROW.sub(lambda m: m[1] + ", ".join(bodies[int(m[2])].previous_names), source)
        self.stream = StringIO(source)


#: Both stand where a template's own strings cannot: alone in a line, or before the first
#: expression of a `for`.
_HEADER = re.compile(r"^( *)__(\w+?_\d+)__$", re.MULTILINE)
_ROW = re.compile(r"^( *for [^\"'\n]*?, )__row_(\d+)__(?= in )", re.MULTILINE)
