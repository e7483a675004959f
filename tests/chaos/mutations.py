"""Guarantees taken away on purpose: a scenario that does not notice shows nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from demo.services.product import CHECKOUT

COPIED = ("bot", "worker", "tools", "demo")


class NotFound(AssertionError):
    """The text to be replaced is not in the file (any more), or is there several times."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A guarantee, and how it is taken away.

    Attributes:
        name: How it is asked for.
        guarantee: What is so without it.
        file: Where it is given, relative to the checkout.
        before: The text that gives it.
        after: What stands there instead.
        scenario: Which scenario must notice.
    """

    name: str
    guarantee: str
    file: str
    before: str
    after: str
    scenario: str


ALL = (
    Mutation(
        "fence",
        "a worker whose lease has passed on may still have things said",
        "bot/outbox.py",
        "if KEYS[4] and redis.call('HGET', KEYS[4], 'token') ~= ARGV[3] then return -1 end\n",
        "",
        "worker-orphan-late-failure",
    ),
    Mutation(
        "dedupe",
        "what was accepted is not remembered",
        "bot/mailbox_scripts.py",
        "redis.call('SET', KEYS[1], ARGV[7], 'EX', ARGV[4])\nredis.call('EXPIRE', KEYS[2], ARGV[5])",
        "redis.call('EXPIRE', KEYS[2], ARGV[5])",
        "bot-copies",
    ),
    Mutation(
        "outbox",
        "a post that may have arrived is not looked for",
        "bot/sending.py",
        "if (found := self._found(parcel)) is not None:",
        "if False:",
        "worker-after-post",
    ),
    Mutation(
        "probe",
        "what a dead worker may have changed is not looked for",
        "worker/agent/calls.py",
        "outcome = self._asked(request)\n",
        "outcome = None\n",
        "approval-moved-meanwhile",
    ),
)


def copy_with(name: str, folder: Path, *, source: Path = CHECKOUT) -> Path:
    """A copy of the product in `source` in which a guarantee is gone.

    Raises:
        NotFound: The mutation does not fit the product any more.
    """
    [mutation] = [one for one in ALL if one.name == name]
    for package in COPIED:
        shutil.copytree(source / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / mutation.file
    file.write_text(mutated(mutation, file.read_text("utf-8")), encoding="utf-8")
    return folder


def mutated(mutation: Mutation, text: str) -> str:
    """The text without the guarantee.

    Raises:
        NotFound: See above.
    """
    if text.count(mutation.before) != 1:
        raise NotFound(f"{mutation.name}: {mutation.file} has {text.count(mutation.before)} times {mutation.before!r}")
    return text.replace(mutation.before, mutation.after)
