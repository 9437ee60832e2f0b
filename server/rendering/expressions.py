"""Compiling expressions: attributes are loaded directly, pure results are remembered.

The attributes that an expression certainly reads are loaded by statements in front of it,
in the order in which it would read them, up to the first call that might change something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from keyword import iskeyword

from jinja2 import Environment, nodes
from jinja2.compiler import Frame
from jinja2.idtracking import VAR_LOAD_ALIAS, VAR_LOAD_RESOLVE, VAR_LOAD_UNDEFINED

from .bodies import Body, BodyWriter
from .purity import Purity, assigned_names

#: Expressions with more leaves are evaluated every time.
_MOST_LEAVES = 3
_DICT_ATTRIBUTES = frozenset(dir(dict))
#: Python refuses more than a hundred levels; plain templates stay far below.
_DEEPEST_GUARD = 40


@dataclass(slots=True)
class FunctionPart:
    """One function of the module: a template's root, a block, or a macro."""

    number: int
    body: Body
    assigned: frozenset[str]
    #: Names that the function looks up once, at its start: `i<number>`.
    inputs: dict[str, int] = field(default_factory=dict)
    #: Inputs whose earlier value is remembered, each with a bit of `c<number>`.
    guarded: dict[str, int] = field(default_factory=dict)
    is_macro: bool = False

    @property
    def input_line(self) -> str:
        loads = [f"i{number} = resolve({name!r})" for name, number in self.inputs.items()]
        return "; ".join(loads) or "pass"

    @property
    def guard_line(self) -> str:
        """Compare the inputs with those of the last run; keep the frozen ones."""
        if not self.guarded:
            return "pass"
        pairs = [(self.inputs[name], memory) for name, memory in self.guarded.items()]
        changed = " | ".join(f"(i{i} is not m{m}) << {bit}" for bit, (i, m) in enumerate(pairs))
        kept = "; ".join(
            f"w{m} = m{m} if i{i} is m{m} else keep(i{i}, m{m}, READS)" for i, m in pairs
        )
        differs = " or ".join(f"w{m} is not m{m}" for _, m in pairs)
        return f"c{self.number} = {changed}; {kept}; d{self.body.number} |= {differs}"


class ExpressionWriter(BodyWriter):
    """Writes expressions into tree functions."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.purity = Purity(self.environment)
        self.functions: list[FunctionPart] = []
        self.all_functions: list[FunctionPart] = []
        self._loaded: dict[int, str] = {}
        kind = type(self.environment)
        self._loads_directly = (
            kind.getattr is Environment.getattr and kind.getitem is Environment.getitem
        )

    # --- functions and their inputs

    def open_function_part(
        self, body: Body, statements: list[nodes.Node], *, is_macro: bool = False
    ) -> FunctionPart:
        part = FunctionPart(body.number, body, assigned_names(statements), is_macro=is_macro)
        self.functions.append(part)
        self.all_functions.append(part)
        return part

    def input_of(self, name: str) -> int | None:
        """The number of a name that is looked up at the function's start, if it may be."""
        part = self.functions[-1]
        if part.is_macro or name in part.assigned or self.get_context_ref() != "context":
            return None
        if name not in part.inputs:
            part.inputs[name] = self.next_number()
        return part.inputs[name]

    def mask_of(self, names: Iterable[str] | None) -> int | None:
        """The bits of these names in the function's `c`; `None` if one is no input."""
        if names is None:
            return None
        part = self.functions[-1]
        mask = 0
        for name in sorted(names):
            if self.input_of(name) is None:
                return None
            if name not in part.guarded:
                part.guarded[name] = self.add_memory(part.body)
            mask |= 1 << list(part.guarded).index(name)
        return mask

    def write_guard(self, node: nodes.Stmt, slot: int, frame: Frame) -> bool:
        """Start a statement that is skipped while its names' values are the same."""
        if frame.eval_ctx.volatile or self._indentation > _DEEPEST_GUARD:
            return False
        mask = self.mask_of(self.purity.names_of([node]))
        if not mask:
            return False
        self.writeline(f"if c{self.functions[-1].number} & {mask} or q{slot} is nothing:")
        self.indent()
        return True

    def end_guard(self, slot: int) -> None:
        self.outdent()
        self.writeline(f"else: v{slot} = q{slot}")

    def enter_frame(self, frame: Frame) -> None:
        """Load a frame's names; those of the context once a function, not once a row."""
        if self.is_stock or not self.functions:
            super().enter_frame(frame)
            return
        undefined = []
        for target, (action, name) in frame.symbols.loads.items():
            if action == VAR_LOAD_RESOLVE:
                number = self.input_of(name)
                known = f"i{number}" if number is not None else None
                self.writeline(f"{target} = {known or f'{self.get_resolve_func()}({name!r})'}")
            elif action == VAR_LOAD_ALIAS:
                self.writeline(f"{target} = {name}")
            elif action == VAR_LOAD_UNDEFINED:
                undefined.append(target)
        if undefined:
            self.writeline(f"{' = '.join(undefined)} = missing")

    # --- attributes

    def load_leaves(self, expression: nodes.Node, frame: Frame) -> None:
        """Load what the expression certainly reads, in front of its statement."""
        if self._loads_directly and not self.environment.sandboxed:
            leaves = _Leaves(self.purity)
            leaves.visit(expression)
            for leaf in leaves.found:
                self._load(leaf, frame)

    def _load(self, leaf: nodes.Expr, frame: Frame) -> str:
        """Write the statements that load a chain of attributes; return its variable."""
        if id(leaf) in self._loaded:
            return self._loaded[id(leaf)]
        if isinstance(leaf, nodes.Name):
            return self._load_name(leaf, frame)
        assert isinstance(leaf, nodes.Getattr | nodes.Getitem)
        base = self._load(leaf.node, frame)
        name = f"x{self.next_number()}"
        if isinstance(leaf, nodes.Getattr):
            self._write_attribute(name, base, leaf)
        else:
            assert isinstance(leaf.arg, nodes.Const)
            key = leaf.arg.value
            self.writeline(f"try: {name} = {base}[{key!r}]", leaf)
            self.writeline("except (AttributeError, TypeError, LookupError):")
            self.writeline(f"    {name} = environment.getitem({base}, {key!r})")
        self._loaded[id(leaf)] = name
        return name

    def _load_name(self, leaf: nodes.Name, frame: Frame) -> str:
        reference = frame.symbols.ref(leaf.name)
        load = frame.symbols.find_load(reference)
        is_given = load is not None and load[0] == "param"
        if is_given and not self.parameter_is_undeclared(reference):
            return reference
        name = f"x{self.next_number()}"
        self.writeline(f"{name} = ", leaf)
        self.visit(leaf, frame)
        return name

    def _write_attribute(self, name: str, base: str, leaf: nodes.Getattr) -> None:
        attribute = leaf.attr
        if attribute.isascii() and attribute.isidentifier() and not iskeyword(attribute):
            load = f"{base}.{attribute}"
        else:
            load = f"getattr({base}, {attribute!r})"
        if attribute in _DICT_ATTRIBUTES:
            self.writeline(f"try: {name} = {load}", leaf)
        else:
            self.writeline(
                f"try: {name} = {base}[{attribute!r}] if type({base}) is dict else {load}", leaf
            )
            self.writeline(
                f"except KeyError: {name} = missing_key(environment, {base}, {attribute!r})"
            )
        self.writeline(
            f"except AttributeError: {name} = item_instead(environment, {base}, {attribute!r})"
        )

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        loaded = self._loaded.get(id(node))
        if loaded is not None:
            self.write(loaded)
        else:
            super().visit_Getattr(node, frame)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        loaded = self._loaded.get(id(node))
        if loaded is not None:
            self.write(loaded)
        else:
            super().visit_Getitem(node, frame)

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:
        loaded = self._loaded.get(id(node))
        if loaded is not None:
            self.write(loaded)
        else:
            super().visit_Name(node, frame)

    def visit_Assign(self, node: nodes.Assign, frame: Frame) -> None:
        if self.is_tree(frame):
            self.load_leaves(node.node, frame)
        super().visit_Assign(node, frame)

    # --- remembered results

    def write_remembered(self, slot: int, expression: nodes.Expr, frame: Frame) -> bool:
        """Write a slot whose expression is not evaluated for the same scalars again."""
        if frame.eval_ctx.volatile or not isinstance(expression, _WORTHWHILE):
            return False
        if self.purity.names_of([expression]) is None:
            return False
        leaves = list(_all_leaves(expression))
        if not 0 < len(leaves) <= _MOST_LEAVES:
            return False
        variables = []
        for leaf in leaves:
            variable = self._loaded.get(id(leaf))
            if isinstance(leaf, nodes.Name):
                variable = frame.symbols.ref(leaf.name)
            if variable is None:
                return False
            variables.append(variable)
        self._write_memo(slot, expression, frame, dict.fromkeys(variables))
        return True

    def _write_memo(
        self, slot: int, expression: nodes.Expr, frame: Frame, variables: Iterable[str]
    ) -> None:
        pairs = [(variable, self.add_memory()) for variable in variables]
        same = " and ".join(f"{variable} is m{memory}" for variable, memory in pairs)
        kept = "; ".join(f"w{memory} = m{memory}" for _, memory in pairs)
        self.writeline(f"if {same}: v{slot} = q{slot}; {kept}")
        self.writeline("else:")
        self.indent()
        self.writeline(f"v{slot} = ", expression)
        self.visit(expression, frame)
        self.settle_slot(slot, frame)
        for variable, memory in pairs:
            self.writeline(f"w{memory} = {variable} if type({variable}) in STABLE else unstable")
            self.writeline(f"if w{memory} is not m{memory}: d{self.body.number} = True")
        self.outdent()


#: Cheaper to evaluate than to remember: names, attributes, constants.
_WORTHWHILE = (nodes.Filter, nodes.Test, nodes.BinExpr, nodes.Concat, nodes.Compare)


def _is_chain(node: nodes.Node) -> bool:
    """Attributes or constant items of a name."""
    if isinstance(node, nodes.Getitem):
        is_constant = isinstance(node.arg, nodes.Const) and type(node.arg.value) in (str, int)
        return is_constant and (_is_chain(node.node) or isinstance(node.node, nodes.Name))
    if isinstance(node, nodes.Getattr):
        return _is_chain(node.node) or isinstance(node.node, nodes.Name)
    return False


def _all_leaves(node: nodes.Node) -> Iterator[nodes.Expr]:
    """The names and chains that an expression is computed from."""
    if _is_chain(node) or isinstance(node, nodes.Name):
        assert isinstance(node, nodes.Expr)
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _all_leaves(child)


class _Leaves:
    """Collects the chains that are read for certain, before anything might be changed."""

    def __init__(self, purity: Purity) -> None:
        self.found: list[nodes.Expr] = []
        self._purity = purity
        self._is_over = False

    def visit(self, node: nodes.Node) -> None:
        if self._is_over:
            return
        if _is_chain(node):
            self.found.append(node)  # type: ignore[arg-type]
            return
        if isinstance(node, nodes.CondExpr):
            self.visit(node.test)
        elif isinstance(node, nodes.And | nodes.Or):
            self.visit(node.left)
        elif isinstance(node, nodes.Compare):
            self.visit(node.expr)
            self.visit(node.ops[0].expr)
            self._is_over |= len(node.ops) > 1
            return
        elif isinstance(node, nodes.Call):
            for child in (node.node, *node.args, *node.kwargs):
                self.visit(child)
            self._is_over = True
        elif isinstance(node, _EAGER):
            for child in node.iter_child_nodes():
                self.visit(child)
            if not isinstance(node, nodes.Filter | nodes.Test):
                return
            if self._purity.is_pure_function(node):
                return
        # What follows is evaluated later or not at all, or after something was called.
        self._is_over = self._is_over or not isinstance(node, nodes.Const | nodes.Name)


_EAGER = (
    nodes.BinExpr, nodes.UnaryExpr, nodes.Concat, nodes.Tuple, nodes.List, nodes.Filter,
    nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Keyword,
)  # fmt: skip
