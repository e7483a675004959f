"""Concurrency limits: whose they are, and how they are read and changed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tools.prefect.circumstances import Slots


class LimitOf(StrEnum):
    """What a concurrency limit belongs to."""

    POOL = "pool"
    QUEUE = "queue"
    PIPELINE = "pipeline"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Something that has a concurrency limit, or could have one.

    Attributes:
        of: What it is.
        name: The pool's, the queue's or the tag's name; the pipeline's id.
        pool: The pool of a queue; empty for everything else.
    """

    of: LimitOf
    name: str
    pool: str = ""


class LimitsBackend(Protocol):
    """The half of Prefect that says how much may go on at once. See `PrefectBackend` for what is raised."""

    def limit_of(self, limited: Limited) -> Slots | None:
        """A limit as it is now, with what is taken of it; None without one."""

    def set_limit(self, limited: Limited, limit: int | None) -> None:
        """Let so many go on at once, at least 1; None for any number. What goes on already is left alone."""

    def limited_tags(self) -> tuple[str, ...]:
        """The tags that have a limit, in alphabetical order."""
