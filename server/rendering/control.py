"""Compiling `if` and `for`: branches become nodes, loops become rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes
from jinja2.compiler import Frame, find_undeclared

from .keys import RowKey, row_key
from .outputs import OutputWriter
from .purity import stored_names

#: Python refuses more than a hundred levels.
_DEEPEST_ELIF = 30


class ControlWriter(OutputWriter):
    """Writes branches and loops into slots of the open body."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._keys_in_use: set[int] = set()

    # --- if

    def visit_If(self, node: nodes.If, frame: Frame) -> None:
        if not self.is_tree(frame):
            super().visit_If(node, frame)
            return
        slot = self.open_slot()
        is_guarded = self.write_guard(node, slot, frame)
        branch_frame = frame.soft()
        nested = 0
        for branch in (node, *node.elif_):
            keyword = "if "
            if branch is not node:
                keyword, nested = self._begin_elif(nested)
            if keyword == "if ":
                self.load_leaves(branch.test, branch_frame)
            self.writeline(keyword, branch)
            self.visit(branch.test, branch_frame)
            self.write(":")
            self._write_branch(branch, branch.body, branch_frame, slot)
        self.writeline("else:")
        self._write_branch(node, node.else_, branch_frame, slot)
        self.outdent(nested)
        if is_guarded:
            self.end_guard(slot)
        self.close_slot(slot)

    def _begin_elif(self, nested: int) -> tuple[str, int]:
        """An `if` inside of `else`, so that what its test reads can be loaded before it;
        a plain `elif` where Python's limit of levels comes near."""
        if self._indentation > _DEEPEST_ELIF:
            return "elif ", nested
        self.writeline("else:")
        self.indent()
        return "if ", nested + 1

    def _write_branch(
        self, node: nodes.Node, body: list[nodes.Node], frame: Frame, slot: int
    ) -> None:
        self.indent()
        if body:
            self.write_node(node, body, frame, slot)
        else:
            self.writeline(f"v{slot} = ''")
        self.outdent()

    def write_node(
        self, node: nodes.Node, children: Iterable[nodes.Node], frame: Frame, slot: int
    ) -> None:
        """Fill a slot with a node made of these statements."""
        self.open_body(f"q{slot}", node)
        self.blockvisit(children, frame)
        self.writeline(f"v{slot} = {self.close_body()}")

    # --- for

    def use_key(self, key: RowKey, variable: str) -> None:
        """A row's key was evaluated: where it is printed, its value is used again."""
        self._keys_in_use.add(id(key.statement))
        self._loaded[id(key.expression)] = variable

    def visit_ExprStmt(self, node: nodes.ExprStmt, frame: Frame) -> None:
        if not hasattr(node, "is_row_key") or not self.is_tree(frame):
            super().visit_ExprStmt(node, frame)
        elif id(node) not in self._keys_in_use:
            self.fail("{% key %} must stand first in the body of a for loop.", node.lineno)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        if not self.is_tree(frame):
            super().visit_For(node, frame)
        elif _leaves_early(node.body) or (node.recursive and frame.eval_ctx.volatile):
            self.write_as_string(node, frame)
        else:
            _LoopWriter(self, node, frame).write()


class _LoopWriter:
    """One `for`: the frames it needs, and the order in which its parts are written."""

    def __init__(self, writer: ControlWriter, node: nodes.For, frame: Frame) -> None:
        self.writer = writer
        self.node = node
        self.outer = frame
        self.frame = frame.inner()
        self.frame.loop_frame = True
        self.loop_name = ""
        if self._needs_loop_variable():
            self.loop_name = self.frame.symbols.declare_parameter("loop")
        self.frame.symbols.analyze_node(node, for_branch="body")
        self.filter_name = ""

    def _needs_loop_variable(self) -> bool:
        body = self.node.iter_child_nodes(only=("body",))
        return (
            self.node.recursive
            or "loop" in find_undeclared(body, ("loop",))
            or any(block.scoped for block in self.node.find_all(nodes.Block))
        )

    def write(self) -> None:
        writer = self.writer
        for name in self.node.find_all(nodes.Name):
            if name.ctx == "store" and name.name == "loop":
                writer.fail("Can't assign to special loop variable in for-loop target", name.lineno)
        slot = writer.open_slot()
        is_guarded = writer.write_guard(self.node, slot, self.outer)
        if self.node.test:
            self._write_filter(self.node.test)
        if self.node.recursive:
            self._write_recursive(slot)
        else:
            self._write_rows(slot)
        if is_guarded:
            writer.end_guard(slot)
        writer.close_slot(slot)
        if writer._assign_stack:
            writer._assign_stack[-1].difference_update(self.frame.symbols.stores)

    def _write_filter(self, test: nodes.Node) -> None:
        """Write the generator function that leaves out what the loop's own `if` rejects."""
        writer = self.writer
        test_frame = self.outer.inner()
        test_frame.symbols.analyze_node(self.node, for_branch="test")
        self.filter_name = writer.temporary_identifier()
        writer.writeline(f"def {self.filter_name}(fiter):", test)
        writer.indent()
        writer.enter_frame(test_frame)
        writer.writeline("for ")
        writer.visit(self.node.target, self.frame)
        writer.write(" in fiter:")
        writer.indent()
        writer.writeline("if ", test)
        writer.visit(test, test_frame)
        writer.write(":")
        writer.indent()
        writer.writeline("yield ")
        writer.visit(self.node.target, self.frame)
        writer.outdent(3)
        writer.leave_frame(test_frame, with_python_scope=True)

    def _write_recursive(self, slot: int) -> None:
        """Write a function for the loop, which its own body may call, and call it."""
        writer = self.writer
        writer.writeline(
            "def loop(reciter, loop_render_func, depth=0, previous=nothing):", self.node
        )
        writer.indent()
        writer.writeline(f"q{slot} = previous")
        self._write_rows(slot)
        writer.writeline(f"return v{slot}")
        writer.outdent()
        writer.writeline(f"v{slot} = loop(", self.node)
        writer.visit(self.node.iter, self.outer)
        writer.write(f", loop, 0, q{slot})")

    def _write_rows(self, slot: int) -> None:
        writer, node = self.writer, self.node
        if self.loop_name:
            writer.writeline(f"{self.loop_name} = missing")
        body = writer.open_row(node)
        number = body.number
        key = row_key(node)
        writer.writeline(f"rows{number} = {self._rows(number, slot, key is not None)}")
        writer.writeline(f"d{number} = False")
        if not node.recursive:
            writer.load_leaves(node.iter, self.outer)
        self._write_head(number, "" if key is None else f"k{number}, ")
        writer.indent()
        writer.enter_frame(self.frame)
        if key is not None:
            self._write_key(number, key)
        if any(node.find(kind) for kind in _USES_LOOP_VARIABLES):
            writer.writeline("_loop_vars = {}")
        writer.blockvisit(node.body, self.frame)
        self._write_row_end()
        writer.outdent()
        writer.writeline(f"v{slot} = rows{number}.finish()")
        writer.leave_frame(self.frame, with_python_scope=node.recursive and not node.else_)
        if node.else_:
            self._write_else(slot)

    def _rows(self, number: int, slot: int, is_keyed: bool) -> str:
        """The expression of the object that compares the rows."""
        writer, node = self.writer, self.node
        arguments = f"SHAPE_{number}, q{slot}"
        mask = None
        if not (node.recursive or self.loop_name or self.outer.eval_ctx.volatile):
            names = writer.purity.names_of(node.body, stored_names(node.target))
            mask = writer.mask_of(names)
        if mask is None:
            return (
                f"KeyedRows({arguments}, READS, None, False)" if is_keyed else f"Rows({arguments})"
            )
        is_same = f"not c{writer.functions[-1].number} & {mask}" if mask else "True"
        kind = "KeyedRows" if is_keyed else "MemoRows"
        return f"{kind}({arguments}, READS, {is_same}, {not mask})"

    def _write_key(self, number: int, key: RowKey) -> None:
        """Compare the row's key with the next old one; else find the row that had it."""
        writer = self.writer
        for expression in (*key.before, key.expression):
            writer.load_leaves(expression, self.frame)
        writer.writeline(f"y{number} = ", key.expression)
        writer.visit(key.expression, self.frame)
        writer.writeline(
            f"if y{number} is not k{number} and"
            f" (type(y{number}) not in SIMPLE_KEYS or y{number} != k{number}):"
        )
        writer.writeline(f"    __seek_{number}__")
        writer.use_key(key, f"y{number}")

    def _write_head(self, number: int, key: str) -> None:
        writer = self.writer
        writer.writeline("for ", self.node)
        if self.loop_name:
            writer.write("(")
        writer.visit(self.node.target, self.frame)
        if self.loop_name:
            writer.write(f", {self.loop_name})")
        writer.write(f", {key}__row_{number}__ in rows{number}.pairs(")
        writer.write(self._loop_context_start)
        if self.filter_name:
            writer.write(f"{self.filter_name}(")
        if self.node.recursive:
            writer.write("reciter")
        else:
            writer.visit(self.node.iter, self.outer)
        if self.filter_name:
            writer.write(")")
        writer.write(f"{self._loop_context_end}):")

    @property
    def _loop_context_start(self) -> str:
        return "LiveLoopContext(" if self.loop_name else ""

    @property
    def _loop_context_end(self) -> str:
        if self.node.recursive:
            is_markup = bool(self.outer.eval_ctx.autoescape)
            return f", undefined, loop_render_func, depth, {is_markup})"
        return ", undefined)" if self.loop_name else ""

    def _write_row_end(self) -> None:
        writer = self.writer
        body = writer.body
        number = body.number
        if body.is_constant:
            # A row must hold something, or nobody could count the rows.
            memory = writer.add_memory()
            writer.writeline(f"w{memory} = None")
            writer.writeline(f"if m{memory} is nothing: d{number} = True")
        writer.bodies.pop()
        values = f"({', '.join(body.new_names)},)"
        writer.writeline(f"if d{number}:")
        writer.indent()
        writer.writeline(f"d{number} = False")
        writer.writeline(f"if {body.previous_names[0]} is nothing:")
        writer.writeline(f"    rows{number}.fresh += {values}")
        writer.writeline("else:")
        writer.writeline(f"    rows{number}.note({values})")
        writer.outdent()

    def _write_else(self, slot: int) -> None:
        writer, node = self.writer, self.node
        else_frame = self.outer.inner()
        else_frame.symbols.analyze_node(node, for_branch="else")
        writer.writeline(f"if not v{slot}.count:")
        writer.indent()
        writer.enter_frame(else_frame)
        writer.write_node(node, node.else_, else_frame, slot)
        writer.leave_frame(else_frame)
        writer.outdent()


_USES_LOOP_VARIABLES = (nodes.Call, nodes.CallBlock, nodes.Assign, nodes.AssignBlock)


def _leaves_early(body: Iterable[nodes.Node]) -> bool:
    """There is a `break` or `continue` that belongs to this loop."""
    return any(isinstance(node, nodes.Break | nodes.Continue) for node in _own_nodes(body))


def _own_nodes(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for node in body:
        yield node
        if not isinstance(node, nodes.For | nodes.Macro | nodes.CallBlock | nodes.Block):
            yield from _own_nodes(node.iter_child_nodes())
