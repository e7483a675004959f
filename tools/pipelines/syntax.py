"""From text to a syntax tree; nothing here compiles or runs what it reads."""

import ast
import sys
import warnings
from collections.abc import Iterator

from tools.pipelines.text import lines_of
from tools.pipelines.unreadable import Unreadable

_LONGEST_MESSAGE = 200
_LONG_LINE = 500


def parsed(text: str) -> ast.Module:
    """The file's syntax tree.

    Raises:
        Unreadable: The text is not Python, or is nested too deeply to be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in somebody's string is no concern of our log
            return ast.parse(text)
    except SyntaxError as exc:
        raise _said_by_python(exc) from None
    except (RecursionError, MemoryError):
        raise too_deep(text) from None
    except ValueError:
        raise Unreadable("Python's parser refuses the file's characters.", "Save it as plain UTF-8 text.") from None


def too_deep(text: str) -> Unreadable:
    """The refusal of a file whose expressions are nested beyond what a parser can hold.

    Python does not tell where; a line so long that it must be the one is named, and else none is.
    """
    lines = lines_of(text)
    longest = max(range(len(lines)), key=lambda number: len(lines[number]))
    return Unreadable(
        "Its expressions are nested too deeply to be read.",
        "Split the deepest expression into several statements, or load generated data from a file.",
        line=longest + 1 if len(lines[longest]) > _LONG_LINE else None,
    )


def is_main_block(node: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`."""
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and len(node.test.ops) == 1):
        return False
    sides = (node.test.left, node.test.comparators[0])
    return (
        isinstance(node.test.ops[0], ast.Eq)
        and any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
        and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    )


def module_level(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that bind names of the module: those at the top, and those in its `if`, `try`, `with` and loops."""
    waiting = list(reversed(statements))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(_body(node)))


def _body(node: ast.stmt) -> list[ast.stmt]:
    if is_main_block(node) and isinstance(node, ast.If):
        return node.orelse
    if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While):
        return [*node.body, *node.orelse]
    if isinstance(node, ast.With | ast.AsyncWith):
        return node.body
    if isinstance(node, ast.Try | ast.TryStar):
        handlers = [child for handler in node.handlers for child in handler.body]
        return [*node.body, *handlers, *node.orelse, *node.finalbody]
    return []


def _said_by_python(error: SyntaxError) -> Unreadable:
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    said = (error.msg or "invalid syntax")[:_LONGEST_MESSAGE]
    if isinstance(error, TabError):
        remedy = "Indent with spaces only."
    elif isinstance(error, IndentationError):
        remedy = "Correct the indentation of this line."
    elif "parentheses" in said and "too many" in said:
        remedy = "Split the expression into several statements."
    elif "was never closed" in said or "EOF" in said or "unterminated" in said:
        remedy = "Close it, and check that the file was not cut short."
    else:
        remedy = f"Correct this line so that `python -m py_compile` passes with {version}."
    return Unreadable(f"{version} says: {said.rstrip('.')}.", remedy, line=error.lineno)
