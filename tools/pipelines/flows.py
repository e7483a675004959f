"""The flows and tasks of a file, found by their decorators."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.credentials import hidden
from tools.pipelines.annotations import Annotations
from tools.pipelines.classes import Opaque
from tools.pipelines.models import FlowFound
from tools.pipelines.parameters import read_parameters
from tools.pipelines.scope import Function, Scope
from tools.pipelines.source_text import SourceText
from tools.pipelines.syntax import module_level
from tools.pipelines.text import encodable
from tools.pipelines.unreadable import Unreadable

FLOW = frozenset({"prefect.flow", "prefect.flows.flow", "prefect.main.flow"})
TASK = frozenset({"prefect.task", "prefect.tasks.task", "prefect.main.task", "prefect.assets.materialize"})
_CALLING = frozenset({"submit", "map", "delay", "apply_async"})
_BANNED_IN_NAMES = re.compile(r"[/%&<>]")
_LONGEST_DESCRIPTION = 2000
_LONGEST_NAME = 120
_MOST_FLOWS = 30


@dataclass(frozen=True, slots=True)
class Decorated:
    """A function that Prefect's decorator makes a flow or a task.

    Attributes:
        variable: The module's name for it, which an entrypoint uses.
        function: Its definition.
        options: What the decorator is given by name.
        has_unread_options: Whether the decorator is given `**options` too.
    """

    variable: str
    function: Function
    options: Mapping[str, ast.expr]
    has_unread_options: bool


def decorated(tree: ast.Module, scope: Scope, decorators: frozenset[str]) -> dict[str, Decorated]:
    """Functions at the top level that carry one of the decorators, by the module's name for them."""
    found: dict[str, Decorated] = {}
    for node in module_level(tree.body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.pop(node.name, None)  # a later definition of the name takes its place
                for decorator in node.decorator_list:
                    if is_decorator(decorator, scope, decorators):
                        found[node.name] = _decorated(node.name, node, decorator)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func, args=[ast.Name(id=inner)]) as call):
                if inner in scope.functions and is_decorator(func, scope, decorators):
                    maker = func if isinstance(func, ast.Call) else call
                    found[name] = _decorated(name, scope.functions[inner], maker)
            case _:
                continue
    return found


def is_decorator(node: ast.expr, scope: Scope, decorators: frozenset[str]) -> bool:
    """Whether an expression is one of the decorators, called or not."""
    return scope.dotted(node.func if isinstance(node, ast.Call) else node) in decorators


def flows_found(tree: ast.Module, scope: Scope, text: SourceText) -> tuple[FlowFound, ...]:
    """The flows of a file in its order; empty when there is none.

    Raises:
        Unreadable: A flow's name cannot be told, is one that Prefect refuses, or is another flow's, too.
    """
    annotations = Annotations(scope)
    tasks = task_names(tree, scope)
    found = decorated(tree, scope, FLOW)
    if len(found) > _MOST_FLOWS:
        raise Unreadable(
            f"The file has {len(found)} flows; {_MOST_FLOWS} is the most I take.",
            "Split it into several files.",
            line=list(found.values())[_MOST_FLOWS].function.lineno,
        )
    flows = tuple(_flow(one, scope, annotations, tasks, text) for one in found.values())
    _refuse_one_name_for_two(flows)
    return flows


def _refuse_one_name_for_two(flows: tuple[FlowFound, ...]) -> None:
    """Prefect keeps one deployment by a flow's name, and nobody could say which of two is meant."""
    first: dict[str, FlowFound] = {}
    for flow in flows:
        if flow.name in first:
            raise Unreadable(
                f"The flow {flow.name} has the name of the one in line {first[flow.name].line}.",
                'Give it another name: @flow(name="…").',
                line=flow.line,
            )
        first[flow.name] = flow


def task_names(tree: ast.Module, scope: Scope) -> dict[str, str]:
    """The names of a file's tasks in its order, by the module's name for them."""
    annotations = Annotations(scope)
    return {
        variable: (_option(one, "name", annotations) or one.function.name)[:_LONGEST_NAME]
        for variable, one in decorated(tree, scope, TASK).items()
    }


def _decorated(variable: str, function: Function, decorator: ast.expr) -> Decorated:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return Decorated(
        variable=variable,
        function=function,
        options={keyword.arg: keyword.value for keyword in keywords if keyword.arg},
        has_unread_options=any(keyword.arg is None for keyword in keywords),
    )


def _flow(
    found: Decorated, scope: Scope, annotations: Annotations, tasks: Mapping[str, str], text: SourceText
) -> FlowFound:
    function = found.function
    parameters, schema = read_parameters(function, annotations, text)
    description = encodable(_option(found, "description", annotations) or ast.get_docstring(function) or "")
    return FlowFound(
        name=_flow_name(found, annotations),
        function=found.variable,
        line=function.lineno,
        is_async=isinstance(function, ast.AsyncFunctionDef),
        description=hidden(description[:_LONGEST_DESCRIPTION]),
        parameters=parameters,
        parameter_schema=schema,
        tasks=tuple(dict.fromkeys(_tasks_called(function, scope, tasks))),
    )


def _flow_name(found: Decorated, annotations: Annotations) -> str:
    line = found.function.lineno
    unread = "name" in found.options and not _is_text(found.options["name"], annotations)
    if unread or (found.has_unread_options and "name" not in found.options):
        raise Unreadable(
            f"The name of the flow {found.function.name[:60]} is computed when the file is loaded.",
            'Write it as text: @flow(name="…").',
            line=line,
        )
    name = _option(found, "name", annotations) or found.function.name.replace("_", "-")
    if _BANNED_IN_NAMES.search(name) or len(name) > _LONGEST_NAME:
        raise Unreadable(
            f"The flow's name is not one that Prefect takes: it must be without / % & < > and at most "
            f"{_LONGEST_NAME} characters long.",
            'Rename it: @flow(name="…").',
            line=line,
        )
    return name


def _is_text(node: ast.expr, annotations: Annotations) -> bool:
    try:
        return isinstance(annotations.value_of(node), str | None)
    except Opaque:
        return False


def _option(found: Decorated, option: str, annotations: Annotations) -> str:
    """An option of the decorator, if it is text."""
    node = found.options.get(option)
    if node is None or not _is_text(node, annotations):
        return ""
    return annotations.value_of(node) or ""


def _tasks_called(function: Function, scope: Scope, tasks: Mapping[str, str]) -> Iterator[str]:
    """The tasks that a flow calls, itself or through the file's plain functions, in the order of evaluation."""
    entered: set[str] = set()

    def called(nodes: list[ast.stmt]) -> Iterator[str]:
        for call in (call for node in nodes for call in _calls(node)):
            name = _called_name(call.func)
            if name in tasks:
                yield tasks[name]
            elif name in scope.functions and name not in entered and not scope.functions[name].decorator_list:
                entered.add(name)
                yield from called(scope.functions[name].body)

    return called(function.body)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a statement, an inner one before the one that it is an argument of."""
    match node:
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            children: list[ast.AST] = sorted(ast.iter_child_nodes(node), key=lambda child: not _is_generator(child))
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
            children = sorted(ast.iter_child_nodes(node), key=lambda child: child is not _first(node))
        case _:
            children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _calls(child)
    if isinstance(node, ast.Call):
        yield node


def _is_generator(node: ast.AST) -> bool:
    return isinstance(node, ast.comprehension)


def _first(node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For | ast.AsyncFor) -> ast.expr | None:
    return node.iter if isinstance(node, ast.For | ast.AsyncFor) else node.value


def _called_name(func: ast.expr) -> str:
    """The name that is called in `t()`, `t.submit()`, `t.with_options(…).map()`."""
    if isinstance(func, ast.Attribute) and func.attr == "with_options":
        return ""  # makes another task and calls none
    while True:
        match func:
            case ast.Attribute(value=inner, attr=attribute) if attribute in _CALLING:
                func = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="with_options")):
                func = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""
