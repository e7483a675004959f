"""What to tell the author of a file in which no flow can be used."""

import ast

from tools.pipelines.flows import FLOW, is_decorator
from tools.pipelines.scope import Function, Scope
from tools.pipelines.syntax import is_main_block, module_level
from tools.pipelines.unreadable import Unreadable

_LIKELY = ("main", "run", "pipeline", "train", "run_pipeline", "train_model")
_LOOKALIKES = frozenset({"flow", "pipeline", "dag", "workflow", "step", "task"})
_LONGEST_NAME = 60


def no_flow(tree: ast.Module, scope: Scope) -> Unreadable:
    """The refusal of a file without a usable flow, as near to the author's intention as the file lets us guess."""
    functions = [node for node in module_level(tree.body) if isinstance(node, Function)]
    return (
        _hidden_flow(tree, scope)
        or _lookalike(functions, scope)
        or _likely_function(functions)
        or Unreadable(
            "The file has no Prefect flow, so there is nothing to run.",
            "Add `from prefect import flow` and put `@flow` above the function that runs the pipeline.",
        )
    )


def _hidden_flow(tree: ast.Module, scope: Scope) -> Unreadable | None:
    """A flow that exists but cannot be named in an entrypoint."""
    owners = [(node, _owner(node)) for node in ast.walk(tree)]
    for owner, where in owners:
        if not where:
            continue
        for function in _inner_functions(owner):
            if any(is_decorator(decorator, scope, FLOW) for decorator in function.decorator_list):
                return Unreadable(
                    f"The flow {function.name[:_LONGEST_NAME]} is inside {where}, where Prefect cannot start it.",
                    "Move it to the top level of the file.",
                    line=function.lineno,
                )
    return None


def _owner(node: ast.AST) -> str:
    match node:
        case ast.ClassDef(name=name):
            return f"the class {name[:_LONGEST_NAME]}"
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return f"the function {name[:_LONGEST_NAME]}"
        case ast.If() if is_main_block(node):
            return 'the `if __name__ == "__main__"` block'
        case _:
            return ""


def _inner_functions(owner: ast.AST) -> list[Function]:
    body: list[ast.stmt] = getattr(owner, "body", [])
    return [node for node in module_level(body) if isinstance(node, Function)]


def _lookalike(functions: list[Function], scope: Scope) -> Unreadable | None:
    for function in functions:
        for decorator in function.decorator_list:
            name = _last_name(decorator)
            if name.lower() not in _LOOKALIKES:
                continue
            if scope.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator).startswith("prefect."):
                return Unreadable(
                    f"The file has tasks but no flow that calls them; the first is {function.name[:_LONGEST_NAME]}.",
                    "Add `from prefect import flow`, and a function with `@flow` above it that calls the tasks.",
                    line=function.lineno,
                )
            return Unreadable(
                f"{function.name[:_LONGEST_NAME]} carries @{name[:_LONGEST_NAME]}, but that is not Prefect's flow.",
                "Add `from prefect import flow` at the top and put `@flow` above the function.",
                line=decorator.lineno,
            )
    return None


def _likely_function(functions: list[Function]) -> Unreadable | None:
    by_name = {function.name: function for function in functions}
    for name in _LIKELY:
        if name in by_name:
            return Unreadable(
                "The file has no Prefect flow, so there is nothing to run.",
                f"If {name}() runs the pipeline, add `from prefect import flow` and put `@flow` above it.",
                line=by_name[name].lineno,
            )
    return None


def _last_name(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
