"""What the names of a file mean, as far as its imports and its own definitions tell."""

import ast
import builtins
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tools.pipelines.syntax import module_level

Function = ast.FunctionDef | ast.AsyncFunctionDef

_STAR = {"prefect": ("flow", "task"), "typing": ("Any", "Optional", "Union", "List", "Dict", "Literal")}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a module binds at its top level.

    Attributes:
        imported: Local name to the dotted name that it stands for, such as `f` to `prefect.flow`.
        classes: Classes of the file.
        functions: Functions of the file.
        assigned: Names that are assigned once, with what they are assigned.
    """

    imported: Mapping[str, str]
    classes: Mapping[str, ast.ClassDef]
    functions: Mapping[str, Function]
    assigned: Mapping[str, ast.expr]

    def dotted(self, node: ast.expr) -> str:
        """The full name of what an expression such as `p.flow` names; empty unless imported or built in."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        base = self._root(node.id)
        return ".".join([base, *reversed(parts)]).replace("typing_extensions.", "typing.", 1) if base else ""

    def _root(self, name: str) -> str:
        if name in self.imported:
            return self.imported[name]
        own = name in self.classes or name in self.functions or name in self.assigned
        return f"builtins.{name}" if not own and hasattr(builtins, name) else ""


def scope_of(tree: ast.Module) -> Scope:
    """The names that a module binds, main block left out."""
    imported: dict[str, str] = {}
    classes: dict[str, ast.ClassDef] = {}
    functions: dict[str, Function] = {}
    assigned: dict[str, ast.expr] = {}
    times: Counter[str] = Counter()
    for node in module_level(tree.body):
        imported.update(_imported(node))
        match node:
            case ast.ClassDef():
                classes[node.name] = node
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned[name] = value
                times[name] += 1
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                assigned[name] = value
                times[name] += 1
            case ast.AugAssign(target=ast.Name(id=name)):
                times[name] += 2
            case _:
                pass
    once = {name: value for name, value in assigned.items() if times[name] == 1}
    return Scope(imported=imported, classes=classes, functions=functions, assigned=once)


def _imported(node: ast.stmt) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else alias.name.partition(".")[0]
            for alias in node.names
        }
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        if names.pop("*", ""):
            names |= {name: f"{node.module}.{name}" for name in _STAR.get(node.module, ())}
        return names
    return {}
