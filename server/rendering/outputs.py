"""Compiling what a template prints: text, expressions, direct calls."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import Frame
from jinja2.idtracking import VAR_LOAD_PARAMETER
from markupsafe import escape

from .expressions import ExpressionWriter


class OutputWriter(ExpressionWriter):
    """Puts `{{ ... }}` and text into the open body."""

    #: A macro of the template has an argument named `loop`, which may be anything.
    has_loop_argument = False

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if not self.is_tree(frame):
            super().visit_Output(node, frame)
            return
        if frame.require_output_check and self.has_known_extends:
            return  # A child template prints nothing outside its blocks.
        for child in node.nodes:
            text = self._constant_text(child, frame)
            if text is not None:
                self.add_text(text)
            else:
                self._write_slot(child, frame)

    def _constant_text(self, child: nodes.Expr, frame: Frame) -> str | None:
        if isinstance(child, nodes.TemplateData):
            return child.data
        finalize = self._make_finalize()
        if finalize.const is None:
            return None
        # Whatever cannot be computed now is computed, and fails, when it is rendered.
        try:
            value = child.as_const(frame.eval_ctx)
            if frame.eval_ctx.autoescape:
                value = escape(value)
            return str(finalize.const(value))
        except Exception:  # noqa: BLE001
            return None

    def _write_slot(self, child: nodes.Expr, frame: Frame) -> None:
        slot = self.open_slot(escaped=frame.eval_ctx.autoescape or frame.eval_ctx.volatile)
        finalize = self._make_finalize().src
        if finalize is None and self._write_recursion(slot, child, frame):
            return
        if finalize is None and isinstance(child, nodes.Call) and self.may_call(child, frame):
            self.write_tree_call(slot, child, frame)
            return
        known = self._loaded.get(id(child))
        if known is not None and finalize is None:
            self.writeline(f"v{slot} = {known}", child)
            self.settle_slot(slot, frame)
            return
        self.load_leaves(child, frame)
        if finalize is None and self.write_remembered(slot, child, frame):
            return
        self.writeline(f"v{slot} = {finalize or ''}", child)
        self.visit(child, frame)
        if finalize is not None:
            self.write(")")
        self.settle_slot(slot, frame)

    def may_call(self, call: nodes.Call, frame: Frame) -> bool:
        return self.may_call_directly(frame) and not self.is_loop_method(call, frame)

    def may_call_directly(self, frame: Frame) -> bool:
        """A call may put its own tree into the slot: no sandbox, escaping known."""
        return not self.environment.sandboxed and not frame.eval_ctx.volatile

    def _write_recursion(self, slot: int, child: nodes.Expr, frame: Frame) -> bool:
        """Write `{{ loop(items) }}`, the most common call of all, without asking what it is."""
        if not isinstance(child, nodes.Call) or not self._is_loop(child.node, frame):
            return False
        if len(child.args) != 1 or not _has_only_arguments(child) or frame.eval_ctx.volatile:
            return False
        self.load_leaves(child, frame)
        self.writeline(f"v{slot} = {frame.symbols.ref('loop')}.slot(", child)
        self.visit(child.args[0], frame)
        self.write(f", q{slot}, {bool(frame.eval_ctx.autoescape)})")
        self.close_slot(slot)
        return True

    def _is_loop(self, node: nodes.Expr, frame: Frame) -> bool:
        """The expression is the `loop` of the `for` around it."""
        if self.is_stock or self.has_loop_argument or self.environment.sandboxed:
            return False
        if not isinstance(node, nodes.Name) or node.name != "loop":
            return False
        load = frame.symbols.find_load(frame.symbols.ref("loop"))
        return load is not None and load[0] == VAR_LOAD_PARAMETER

    def is_loop_method(self, call: nodes.Call, frame: Frame) -> bool:
        """`loop.cycle(...)` or `loop.changed(...)` of the `for` around it."""
        callee = call.node
        if not isinstance(callee, nodes.Getattr) or callee.attr not in ("cycle", "changed"):
            return False
        return _has_only_arguments(call) and self._is_loop(callee.node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller or self.environment.sandboxed or not self.is_loop_method(node, frame):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        assert isinstance(node.node, nodes.Getattr)
        self.write(f"{frame.symbols.ref('loop')}.{node.node.attr}(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def write_tree_call(self, slot: int, call: nodes.Call, frame: Frame) -> None:
        escaped = bool(frame.eval_ctx.autoescape)
        self.load_leaves(call, frame)
        self.writeline(f"v{slot} = call_tree(context, q{slot}, {escaped}, ", call)
        self.write_call_arguments(call, frame)
        self.close_slot(slot)

    def write_call_arguments(
        self, call: nodes.Call, frame: Frame, extra: dict[str, str] | None = None
    ) -> None:
        """Write the callee, its arguments and what Jinja2 passes unseen; close the bracket."""
        hidden: dict[str, Any] = dict(extra or {})
        if frame.loop_frame:
            hidden["_loop_vars"] = "_loop_vars"
        if frame.block_frame:
            hidden["_block_vars"] = "_block_vars"
        self.visit(call.node, frame)
        self.signature(call, frame, hidden)
        self.write(")")


def _has_only_arguments(call: nodes.Call) -> bool:
    return not (call.kwargs or call.dyn_args or call.dyn_kwargs)
