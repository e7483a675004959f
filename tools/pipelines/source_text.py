"""What a file says at a place of its syntax tree, as written."""

import ast
from dataclasses import dataclass

from tools.pipelines.text import lines_of


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text by lines.

    Attributes:
        lines: The lines without their ends, in UTF-8, because the parser counts columns in bytes.
    """

    lines: tuple[bytes, ...]

    @classmethod
    def from_text(cls, text: str) -> "SourceText":
        """The text, split as Python's parser splits it."""
        return cls(tuple(line.encode() for line in lines_of(text)))

    def of(self, node: ast.expr) -> str:
        """What was written for this expression."""
        end_line = node.end_lineno or node.lineno
        end_column = node.end_col_offset or 0
        taken = list(self.lines[node.lineno - 1 : end_line])
        taken[-1] = taken[-1][:end_column]
        taken[0] = taken[0][node.col_offset :]
        return b"\n".join(taken).decode(errors="replace")
