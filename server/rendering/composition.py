"""Compiling what templates are composed of: blocks, includes, macros, call blocks."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.compiler import Frame, MacroRef, find_undeclared

from .activities import MARK
from .control import ControlWriter


class CompositionWriter(ControlWriter):
    """Writes the parts that bring trees of their own."""

    # --- blocks and inheritance

    def visit_Block(self, node: nodes.Block, frame: Frame) -> None:
        stream = getattr(node, "stream", "")
        if not self.is_tree(frame):
            if stream:
                self.fail(
                    f"The rows of streams.{stream} must stand in the page itself, "
                    "not in a {% set %} or {% filter %}.",
                    node.lineno,
                )
            super().visit_Block(node, frame)
            return
        if frame.toplevel and self.has_known_extends:
            return  # The parent decides where it stands.
        if stream:
            self._write_region(node, stream)
            return
        if node.required:
            self.writeline(f"if len(context.blocks[{node.name!r}]) <= 1:", node)
            message = f"Required block {node.name!r} not found"
            self.writeline(f"    raise TemplateRuntimeError({message!r})", node)
        context = self.derive_context(frame) if node.scoped else self.get_context_ref()
        slot = self.open_slot()
        self.writeline(f"v{slot} = context.blocks[{node.name!r}][0].tree({context}, q{slot})", node)
        self.close_slot(slot)

    def _write_region(self, node: nodes.Block, stream: str) -> None:
        slot = self.open_slot()
        tree = f"block_{node.name}_tree"
        self.writeline(f"v{slot} = region_tree(context, {stream!r}, {tree}, q{slot})", node)
        self.close_slot(slot)

    # --- include

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:
        if self.is_stock:
            super().visit_Include(node, frame)
        elif self.is_tree(frame):
            slot = self.open_slot()
            if node.ignore_missing:
                self.writeline(f"v{slot} = ''")
            self._write_include(node, frame, self._included_tree(node, frame, slot))
            self.close_slot(slot)
        elif node.with_context:
            super().visit_Include(node, frame)
        else:
            # Stock Jinja2 would turn a macro into a generator here.
            constant = f"{frame.buffer}.append(include_constant(template, nothing))"
            self._write_include(node, frame, constant)

    def _included_tree(self, node: nodes.Include, frame: Frame, slot: int) -> str:
        if not node.with_context:
            return f"v{slot} = include_constant(template, q{slot})"
        local_names = self.dump_local_context(frame)
        return f"v{slot} = include_tree(template, context, {local_names}, q{slot})"

    def _write_include(self, node: nodes.Include, frame: Frame, statement: str) -> None:
        """Find the template, then do the statement; nothing if it may be missing and is."""
        if node.ignore_missing:
            self.writeline("try:")
            self.indent()
        self.writeline(f"template = environment.{_finder(node.template)}(", node)
        self.visit(node.template, frame)
        self.write(f", {self.name!r})")
        if node.ignore_missing:
            self.outdent()
            self.writeline("except TemplateNotFound:")
            self.writeline("    pass")
            self.writeline("else:")
            self.indent()
        self.writeline(statement, node)
        if node.ignore_missing:
            self.outdent()

    # --- macros and call blocks

    def macro_body(
        self, node: nodes.Macro | nodes.CallBlock, frame: Frame
    ) -> tuple[Frame, MacroRef]:
        """Write the function of a macro; it takes what it returned before as last argument."""
        if self.is_stock:
            return super().macro_body(node, frame)
        macro_frame = frame.inner()
        macro_frame.buffer = None
        macro_frame.require_output_check = False
        macro_frame.symbols.analyze_node(node)
        reference = MacroRef(node)
        parameters = self._macro_parameters(node, macro_frame, reference)
        macro_frame.symbols.analyze_node(node)
        self.writeline(f"def macro({', '.join([*parameters, 'previous=nothing'])}):", node)
        self.indent()
        body = self.open_body("previous", node)
        self.open_function_part(body, node.body, is_macro=True)
        self.enter_frame(macro_frame)
        self._write_macro_defaults(node, macro_frame)
        self.blockvisit(node.body, macro_frame)
        self.writeline(f"return {self.close_body()}")
        self.functions.pop()
        self.leave_frame(macro_frame, with_python_scope=True)
        self.outdent()
        return macro_frame, reference

    def _macro_parameters(
        self, node: nodes.Macro | nodes.CallBlock, frame: Frame, reference: MacroRef
    ) -> list[str]:
        """The function's parameters: those declared, then the special ones that are read."""
        declared = [argument.name for argument in node.args]
        parameters = [frame.symbols.ref(name) for name in declared]
        undeclared = find_undeclared(node.body, ("caller", "kwargs", "varargs"))
        if "caller" in undeclared:
            reference.accesses_caller = True
            if "caller" not in declared:
                parameters.append(frame.symbols.declare_parameter("caller"))
            elif len(declared) - declared.index("caller") > len(node.defaults):
                self.fail(
                    "When defining macros or call blocks the special "
                    '"caller" argument must be omitted or be given a default.',
                    node.lineno,
                )
        if "kwargs" in undeclared and "kwargs" not in declared:
            reference.accesses_kwargs = True
            parameters.append(frame.symbols.declare_parameter("kwargs"))
        if "varargs" in undeclared and "varargs" not in declared:
            reference.accesses_varargs = True
            parameters.append(frame.symbols.declare_parameter("varargs"))
        return parameters

    def _write_macro_defaults(self, node: nodes.Macro | nodes.CallBlock, frame: Frame) -> None:
        self.push_parameter_definitions(frame)
        first_default = len(node.args) - len(node.defaults)
        for index, argument in enumerate(node.args):
            reference = frame.symbols.ref(argument.name)
            self.writeline(f"if {reference} is missing:")
            self.indent()
            self.writeline(f"{reference} = ")
            if index >= first_default:
                self.visit(node.defaults[index - first_default], frame)
            else:
                hint = f"parameter {argument.name!r} was not provided"
                self.write(f"undefined({hint!r}, name={argument.name!r})")
            self.mark_parameter_stored(reference)
            self.outdent()
        self.pop_parameter_definitions()

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        if not self.is_stock:
            self.write("Live")
        super().macro_def(macro_ref, frame)

    def visit_CallBlock(self, node: nodes.CallBlock, frame: Frame) -> None:
        if hasattr(node, MARK) and self.is_tree(frame):
            self._write_activity(node, frame)
            return
        if not self.is_tree(frame) or not self.may_call_directly(frame):
            if self.is_tree(frame):
                self.write_as_string(node, frame)
            else:
                super().visit_CallBlock(node, frame)
            return
        slot = self.open_slot()
        caller_frame, reference = self.macro_body(node, frame)
        self.writeline("caller = ")
        self.macro_def(reference, caller_frame)
        self.load_leaves(node.call, frame)
        self.writeline(f"v{slot} = call_block_tree(context, q{slot}, ", node)
        self.write_call_arguments(node.call, frame, {"caller": "caller"})
        self.close_slot(slot)

    def _write_activity(self, node: nodes.CallBlock, frame: Frame) -> None:
        """Write a function for what stands in a region, and what decides whether to call it."""
        if frame.require_output_check and self.has_known_extends:
            return  # A child template prints nothing outside its blocks.
        slot = self.open_slot()
        outer = self.functions[-1]
        inner = frame.inner()
        inner.symbols.analyze_node(node)
        self.writeline(f"def region{slot}(previous):", node)
        self.indent()
        body = self.open_body("previous", node, is_function=True)
        part = self.open_function_part(body, node.body, is_macro=outer.is_macro)
        # What the functions around it assign is no name of the context in here either.
        part.assigned |= outer.assigned
        self.enter_frame(inner)
        self.blockvisit(node.body, inner)
        self.writeline(f"return {self.close_body()}")
        self.functions.pop()
        self.leave_frame(inner, with_python_scope=True)
        self.outdent()
        self.load_leaves(node.call, frame)
        self.writeline(f"v{slot} = activity_tree(context, q{slot}, region{slot}, ", node)
        self.write_call_arguments(node.call, frame)
        self.close_slot(slot)

    def visit_FilterBlock(self, node: nodes.FilterBlock, frame: Frame) -> None:
        if self.is_tree(frame):
            self.write_as_string(node, frame)
        else:
            super().visit_FilterBlock(node, frame)


def _finder(template: nodes.Expr) -> str:
    """The environment's method that finds what an include names."""
    if isinstance(template, nodes.Const) and isinstance(template.value, str):
        return "get_template"
    is_several = isinstance(template, nodes.Const) and isinstance(template.value, tuple | list)
    if is_several or isinstance(template, nodes.Tuple | nodes.List):
        return "select_template"
    return "get_or_select_template"
