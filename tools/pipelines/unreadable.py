"""The one way in which a file is refused."""

from tools.errors import BadArguments


class Unreadable(BadArguments):
    """The file cannot be taken as a pipeline; the message names the line, the reason and the remedy.

    Attributes:
        line: The line at fault, from 1; None when the file as a whole is at fault.
        reason: What is wrong, as a sentence.
        remedy: What to do about it, as a sentence.
    """

    def __init__(self, reason: str, remedy: str, *, line: int | None = None) -> None:
        where = f"Line {line}: " if line is not None else ""
        super().__init__(f"{where}{reason} {remedy}")
        self.line = line
        self.reason = reason
        self.remedy = remedy
