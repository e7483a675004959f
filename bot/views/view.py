"""The output of every view."""

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A message as Slack takes it.

    Attributes:
        text: What notifications and screen readers read; always set, at most 4,000 characters.
        blocks: Block Kit blocks; empty for a message of text alone.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
