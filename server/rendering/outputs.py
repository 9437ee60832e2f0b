"""Compiling what a template prints: text, expressions, direct calls."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import Frame
from markupsafe import escape

from .expressions import ExpressionWriter


class OutputWriter(ExpressionWriter):
    """Puts `{{ ... }}` and text into the open body."""

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
        if isinstance(child, nodes.Call) and finalize is None and self.may_call_directly(frame):
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

    def may_call_directly(self, frame: Frame) -> bool:
        """A call may put its own tree into the slot: no sandbox, escaping known."""
        return not self.environment.sandboxed and not frame.eval_ctx.volatile

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
