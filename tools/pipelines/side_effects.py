"""What a file would do when it is merely imported, which Prefect does before every run."""

import ast
from collections.abc import Iterator

from tools.pipelines.models import Finding
from tools.pipelines.scope import Function, Scope
from tools.pipelines.syntax import is_main_block

_MOST_FINDINGS = 20
_REMEDY = "Move it into a task or into the flow, so that it happens once per run and its failure shows there."
_QUIET_STATEMENTS = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue)
_QUIET_CALLS = frozenset(
    {
        *("logging.getLogger", "prefect.get_run_logger", "prefect.logging.get_logger", "prefect.flow", "prefect.task"),
        *("prefect.flows.flow", "prefect.tasks.task", "re.compile", "os.getenv", "os.environ.get", "os.path.join"),
        *("os.path.dirname", "os.path.abspath", "typing.TypeVar", "typing.NewType", "collections.namedtuple"),
        *("typing.NamedTuple", "typing.cast", "collections.OrderedDict", "collections.defaultdict"),
        *("pydantic.Field", "pydantic.ConfigDict", "dataclasses.field", "enum.auto", "decimal.Decimal"),
        *("datetime.timedelta", "datetime.datetime", "datetime.date", "datetime.timezone", "zoneinfo.ZoneInfo"),
        *("types.MappingProxyType", "functools.partial", "operator.itemgetter", "operator.attrgetter"),
        *("pathlib.Path", "pathlib.PurePath", "pathlib.Path.home", "pathlib.Path.cwd", "random.Random"),
        # these change only the process that the run has to itself
        *("logging.basicConfig", "warnings.filterwarnings", "warnings.simplefilter", "matplotlib.use", "random.seed"),
        *("numpy.random.seed", "numpy.random.default_rng", "numpy.array"),
        *(f"builtins.{name}" for name in ("int", "float", "str", "bool", "bytes", "list", "dict", "set", "tuple")),
        *(
            f"builtins.{name}"
            for name in ("frozenset", "range", "len", "min", "max", "sorted", "sum", "round", "object")
        ),
        *(f"builtins.{name}" for name in ("zip", "enumerate", "map", "filter", "type", "isinstance", "abs", "super")),
    }
)
_QUIET_METHODS = frozenset(
    {
        *("resolve", "absolute", "joinpath", "with_suffix", "with_name", "expanduser"),  # of a path
        *("join", "format", "strip", "lower", "upper", "split", "replace", "removesuffix", "removeprefix"),  # of text
        *("keys", "values", "items", "get", "copy", "union"),  # of a dictionary or set
    }
)
_STATEMENTS: tuple[tuple[type[ast.stmt] | tuple[type[ast.stmt], ...], str], ...] = (
    ((ast.For, ast.AsyncFor, ast.While), "a loop runs"),
    ((ast.With, ast.AsyncWith), "a `with` block runs"),
    (ast.Raise, "an exception is raised"),
    (ast.Delete, "something is deleted"),
)


def side_effects(tree: ast.Module, scope: Scope, flows: frozenset[str]) -> tuple[Finding, ...]:
    """Warnings about what the file does at import, one for a line, and a note about its main block.

    Args:
        tree: The file.
        scope: Its names.
        flows: The module's names for its flows; calling one at import would start a run inside every run.
    """
    seen: dict[int, str] = {}
    for line, what in _effects(tree.body, scope, flows):
        seen.setdefault(line, what)
    places = sorted(seen.items())
    findings = [_finding(line, f"When the file is imported, {what}.") for line, what in places[:_MOST_FINDINGS]]
    if len(places) > _MOST_FINDINGS:
        left_out = len(places) - _MOST_FINDINGS + 1
        line = places[_MOST_FINDINGS - 1][0]
        findings[-1] = _finding(line, f"{left_out} more lines from here on do something when the file is imported.")
    return (*findings, *(_main_block(node) for node in tree.body if is_main_block(node)))


def _finding(line: int, reason: str) -> Finding:
    return Finding(kind="import-side-effect", line=line, reason=reason, remedy=_REMEDY)


def _main_block(node: ast.stmt) -> Finding:
    return Finding(
        kind="main-block",
        line=node.lineno,
        reason='The `if __name__ == "__main__"` block is not run by Prefect.',
        remedy="Nothing need be done; whatever a run depends on must not be in there.",
    )


def _effects(statements: list[ast.stmt], scope: Scope, flows: frozenset[str]) -> Iterator[tuple[int, str]]:
    waiting = list(reversed(statements))
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If() if is_main_block(node):
                waiting.extend(reversed(node.orelse))
            case ast.If(test=test):
                yield from _calls([test], scope, flows)
                waiting.extend(reversed([*node.body, *node.orelse]))
            case ast.Try() | ast.TryStar():
                handlers = [child for handler in node.handlers for child in handler.body]
                waiting.extend(reversed([*node.body, *handlers, *node.orelse, *node.finalbody]))
            case ast.ClassDef():
                waiting.extend(reversed(node.body))
            case _:
                yield from _of_statement(node, scope, flows)


def _of_statement(node: ast.stmt, scope: Scope, flows: frozenset[str]) -> Iterator[tuple[int, str]]:
    if isinstance(node, _QUIET_STATEMENTS):
        return
    if isinstance(node, Function):
        defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
        yield from _calls(defaults, scope, flows)
        return
    for kinds, what in _STATEMENTS:
        if isinstance(node, kinds):
            yield node.lineno, what
            return
    if isinstance(node, ast.Assign | ast.AugAssign):
        yield from _stored(node, scope)
    yield from _calls([node], scope, flows)


def _stored(node: ast.Assign | ast.AugAssign, scope: Scope) -> Iterator[tuple[int, str]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        inner = target.value if isinstance(target, ast.Attribute | ast.Subscript) else None
        if inner is not None and (owner := scope.dotted(inner)):
            yield node.lineno, f"{owner[:60]} is changed"


def _calls(nodes: list[ast.expr] | list[ast.stmt], scope: Scope, flows: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Calls that are made when the nodes are evaluated; what stands in a `lambda` is not."""
    waiting: list[ast.AST] = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call) and (what := _call(node, scope, flows)):
            inner = _chained_on(node)  # open(…).read(): what matters is the call that it starts with
            if inner is None or not _call(inner, scope, flows):
                yield node.lineno, what
        if isinstance(node, ast.Await):
            yield node.lineno, "something is awaited"
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _chained_on(node: ast.Call) -> ast.Call | None:
    func = node.func
    while isinstance(func, ast.Attribute):
        func = func.value
    return func if isinstance(func, ast.Call) else None


def _call(node: ast.Call, scope: Scope, flows: frozenset[str]) -> str:
    if isinstance(node.func, ast.Name) and node.func.id in flows:
        return f"the flow {node.func.id[:60]} is started, which every run of it would do again"
    dotted = scope.dotted(node.func)
    if dotted in _QUIET_CALLS or _is_quiet(node.func, scope):
        return ""
    name = dotted.removeprefix("builtins.") or _written(node.func)
    return f"{name[:60]}() is called" if name else "a function is called"


def _is_quiet(func: ast.expr, scope: Scope) -> bool:
    """Whether a call only makes a value: a decorator's maker, a class of the file, a method of text or of a path."""
    match func:
        case ast.Name(id=name):
            return name in scope.classes
        case ast.Call():
            return scope.dotted(func.func) in _QUIET_CALLS  # task(name=…)(function)
        case ast.Attribute(attr=attribute):
            return attribute in _QUIET_METHODS and not scope.dotted(func)
        case _:
            return False


def _written(func: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.append(func.attr)
        func = func.value
    return ".".join([func.id, *reversed(parts)]) if isinstance(func, ast.Name) else ".".join(reversed(parts))
