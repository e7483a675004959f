"""What a file imports, and whether the environment of the pool that will run it has it."""

import ast
import sys

from tools.pipelines.models import Import, ImportKind, PipelineReading, PoolEnvironment

__all__ = ["PoolEnvironment", "checked", "imports_of"]


def imports_of(tree: ast.Module) -> tuple[Import, ...]:
    """The top-level modules that a file imports anywhere, in the order of the lines that first do.

    Python's own are `standard`. A relative import is `missing`: a pipeline is one file. All else is `unknown` until
    `checked` against a pool.
    """
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        for module in _modules(node):
            line = getattr(node, "lineno", 1)
            lines[module] = min(line, lines.get(module, line))
    ordered = sorted(lines.items(), key=lambda item: (item[1], item[0]))
    return tuple(Import(module=module, kind=_kind(module), line=line) for module, line in ordered)


def checked(reading: PipelineReading, environment: PoolEnvironment | None) -> PipelineReading:
    """The reading with each import that a pool could have told to be present or missing there, where that is known.

    Args:
        reading: What was read from the file.
        environment: What the pool has; None when nobody has looked yet.
    """
    if environment is None:
        return reading
    imports = tuple(
        one.model_copy(update={"kind": _kind_in(one.module, environment)}) if _of_the_pool(one) else one
        for one in reading.imports
    )
    return reading.model_copy(update={"imports": imports})


def _of_the_pool(one: Import) -> bool:
    return one.kind != "standard" and not one.module.startswith(".")


def _kind_in(module: str, environment: PoolEnvironment) -> ImportKind:
    if module in environment.modules:
        return "present"
    return "missing" if environment.complete else "unknown"


def _kind(module: str) -> ImportKind:
    if module.startswith("."):
        return "missing"
    return "standard" if module in sys.stdlib_module_names else "unknown"


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return ["." * node.level + (node.module or "").partition(".")[0]]
        return [(node.module or "").partition(".")[0]]
    return []
