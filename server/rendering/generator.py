"""The compiler: an ordinary Jinja2 template becomes functions that return a tree.

It leans on the insides of Jinja2 3.1 (frames, symbols, how calls and macros are passed);
the dependency is pinned, and the oracle test compares every construct with stock Jinja2.
"""

from __future__ import annotations

from jinja2 import nodes
from jinja2.compiler import Frame, find_undeclared
from jinja2.nodes import EvalContext
from jinja2.runtime import exported

from .composition import CompositionWriter
from .purity import read_attributes
from .regions import cut_out_streams

_RUNTIME = {
    "activities": ("activity_tree",),
    "calls": (
        "LiveLoopContext",
        "LiveMacro",
        "as_stream",
        "call_block_tree",
        "call_tree",
        "include_constant",
        "include_tree",
        "with_tree",
    ),
    "frozen": ("STABLE", "keep", "unstable"),
    "lookup": ("item_instead", "missing_key"),
    "keyed_rows": ("KeyedRows",),
    "keys": ("SIMPLE_KEYS",),
    "memo_rows": ("MemoRows",),
    "regions": ("region_tree",),
    "rows": ("Rows",),
    "tree": ("Shape",),
    "values": ("RAW", "nothing", "settle_escaped", "settle_markup", "settle_now", "settle_plain"),
}
_PACKAGE = __name__.rpartition(".")[0]


class LiveGenerator(CompositionWriter):
    """Compiles one template to a module with `root`, `blocks` and their `.tree` functions."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self._write_runtime_imports()
        if _needs_stock(node):
            self._write_stock(node)
            return
        cut_out_streams(node, self.environment, self.fail)
        self._collect_blocks(node)
        parameters = (name for name in node.find_all(nodes.Name) if name.ctx == "param")
        self.has_loop_argument = any(name.name == "loop" for name in parameters)
        self._write_imported_names(node)
        self.writeline(f"name = {self.name!r}")
        eval_ctx = EvalContext(self.environment, self.name)
        self._write_root(node, eval_ctx)
        for name, block in self.blocks.items():
            self._write_block(name, block, eval_ctx)
        self._write_tail(read_attributes(node))
        lines = {f"inputs_{part.number}": part.input_line for part in self.all_functions}
        lines |= {f"guards_{part.number}": part.guard_line for part in self.all_functions}
        self.fill_headers(lines)

    # --- the parts of a module

    def _write_runtime_imports(self) -> None:
        self.writeline("from jinja2.runtime import " + ", ".join(sorted(exported)))
        for module, names in _RUNTIME.items():
            self.writeline(f"from {_PACKAGE}.{module} import {', '.join(names)}")

    def _write_stock(self, node: nodes.Template) -> None:
        self.is_stock = True
        super().visit_Template(node)
        self.writeline("with_tree(root)", extra=1)
        for name in self.blocks:
            self.writeline(f"with_tree(block_{name})")

    def _collect_blocks(self, node: nodes.Template) -> None:
        for block in node.find_all(nodes.Block):
            if block.name in self.blocks:
                self.fail(f"block {block.name!r} defined twice", block.lineno)
            self.blocks[block.name] = block

    def _write_imported_names(self, node: nodes.Template) -> None:
        for imported in node.find_all(nodes.ImportedName):
            path = imported.importname
            if path in self.import_aliases:
                continue
            self.import_aliases[path] = alias = self.temporary_identifier()
            module, _, attribute = path.rpartition(".")
            source = f"from {module} import {attribute}" if module else f"import {attribute}"
            self.writeline(f"{source} as {alias}")

    def _write_root(self, node: nodes.Template, eval_ctx: EvalContext) -> None:
        has_parent = node.find(nodes.Extends) is not None
        frame = Frame(eval_ctx)
        self._open_function("root_tree", node)
        if "self" in find_undeclared(node.body, ("self",)):
            reference = frame.symbols.declare_parameter("self")
            self.writeline(f"{reference} = TemplateReference(context)")
        frame.symbols.analyze_node(node)
        frame.toplevel = frame.rootlevel = True
        frame.require_output_check = has_parent
        if has_parent:
            self.writeline("parent_template = None")
        self._write_function_body(node.body, frame)
        if has_parent:
            self._write_parent()
        self._close_function("root")

    def _write_parent(self) -> None:
        """The parent's tree is the child's last slot, or all of it."""
        parent = "parent_template.root_render_func.tree(context, {})"
        if self.body.is_empty:
            self.writeline(f"return {parent.format('previous')}")
            return
        slot = self.open_slot()
        self.writeline(f"v{slot} = {parent.format(f'q{slot}')}")
        self.close_slot(slot)

    def _write_block(self, name: str, block: nodes.Block, eval_ctx: EvalContext) -> None:
        # Not a child of the root's frame: what the root sets is found in the context.
        frame = Frame(eval_ctx)
        frame.block_frame = True
        self._open_function(f"block_{name}_tree", block)
        undeclared = find_undeclared(block.body, ("self", "super"))
        if "self" in undeclared:
            reference = frame.symbols.declare_parameter("self")
            self.writeline(f"{reference} = TemplateReference(context)")
        if "super" in undeclared:
            reference = frame.symbols.declare_parameter("super")
            self.writeline(f"{reference} = context.super({name!r}, block_{name})")
        frame.symbols.analyze_node(block)
        frame.block = name
        self.writeline("_block_vars = {}")
        self._write_function_body(block.body, frame)
        self._close_function(f"block_{name}")

    def _open_function(self, name: str, node: nodes.Template | nodes.Block) -> None:
        self.writeline(
            f"def {name}(context, previous=nothing, missing=missing, environment=environment):",
            node,
            extra=1,
        )
        self.indent()
        self.writeline("resolve = context.resolve_or_missing")
        self.writeline("undefined = environment.undefined")
        self.writeline("concat = environment.concat")
        # An inline `if` without `else` is always the plain kind of undefined.
        self.writeline("cond_expr_undefined = Undefined")
        body = self.open_body("previous", node, is_function=True)
        self.open_function_part(body, node.body)

    def _write_function_body(self, body: list[nodes.Node], frame: Frame) -> None:
        self.enter_frame(frame)
        self.pull_dependencies(body)
        self.blockvisit(body, frame)

    def _close_function(self, name: str) -> None:
        self.writeline(f"return {self.close_body()}")
        self.functions.pop()
        self.outdent()
        self.writeline(f"{name} = as_stream({name}_tree)", extra=1)

    def _write_tail(self, reads: frozenset[str] | None) -> None:
        self.writeline(f"READS = {None if reads is None else sorted(reads)!r}")
        if reads is not None:
            self.writeline("READS = frozenset(READS)")
        self.write_definitions()
        blocks = ", ".join(f"{name!r}: block_{name}" for name in self.blocks)
        self.writeline(f"blocks = {{{blocks}}}", extra=1)
        lines = "&".join(f"{template}={code}" for template, code in self.debug_info)
        self.writeline(f"debug_info = {lines!r}")


def _needs_stock(node: nodes.Template) -> bool:
    """Which template is the parent is known only while rendering, or there are several."""
    extends = list(node.find_all(nodes.Extends))
    return len(extends) > 1 or any(extend not in node.body for extend in extends)
