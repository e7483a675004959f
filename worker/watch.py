"""Notices an alias that moved without an approval of ours, writes it down and says so.

Whoever may write to MLflow can move an alias there, a pipeline too: that cannot be prevented from here. But it is
noticed within a minute, and nobody takes it for approved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from threading import Thread as Threading
from typing import cast

import redis
import structlog

from bot.audit import Action
from bot.errors import BotError
from bot.events import Thread
from bot.outbox import Address
from bot.proposals import Proposal, State
from bot.views.moved import Moved, moved
from tools.errors import ToolError
from tools.mlflow.results import THREAD_TAG
from worker.proposal_desk import look_at, outdo
from worker.services import Services

log = structlog.get_logger()

EVERY_SECONDS = 20.0
KEPT_SECONDS = 90 * 86_400
MOST_MODELS = 1_000  #: in one answer of MLflow
RECENT = 200  #: proposals among which the one is looked for that moved an alias
#: A look may come between the move of an alias and the record of it.
SLACK_SECONDS = 60.0
MOVED = frozenset({State.APPLYING, State.APPLIED, State.UNCERTAIN})
BY_HAND = "somebody in MLflow itself"
_NONE = "-"  #: no version, in what is remembered


@dataclass(frozen=True, slots=True)
class Move:
    """An alias that points to another version than when it was looked at before; empty for none."""

    model: str
    alias: str
    before: str
    after: str
    since: float  #: when it had come to point where it pointed before, in seconds since 1970


class AliasWatch:
    """Looks at the aliases of all models in the background; one process at a time need do it."""

    def __init__(self, services: Services, *, every: float = EVERY_SECONDS, most: int = MOST_MODELS) -> None:
        self._services = services
        self._key = f"tm:{services.team}:aliases:v1"
        self._every = every
        self._most = most
        self._stop = Event()
        self._thread = Threading(target=self._run, name="aliases", daemon=True)

    def start(self) -> None:
        """Look every 20 seconds, whatever comes of a look, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join(timeout=2)

    def look(self) -> int:
        """Look once; the first look only remembers.

        Returns:
            How many aliases were found moved without an approval.

        Raises:
            tools.errors.ToolError: MLflow could not be read.
            redis.RedisError: Redis is away.
        """
        found = self._aliases()
        known = cast("dict[str, str]", self._services.connection.hgetall(self._key))
        moves = list(_moves(known, found)) if known else []
        unapproved = [move for move in moves if self._is_gated(move) and not self._explained(move)]
        for move in unapproved:
            self._tell(move)
        self._remember(known, found)
        return len(unapproved)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.look()
            except (ToolError, BotError) as exc:
                log.info("aliases_not_looked_at", reason=str(exc))
            except redis.RedisError as exc:
                log.warning("alias_watch_lost_redis", reason=type(exc).__name__)
            except Exception:  # a watch that ended would not be missed
                log.exception("alias_watch_stumbled")

    def _aliases(self) -> dict[str, str]:
        mlflow = self._services.backends.mlflow
        page = mlflow.models(limit=self._most)
        models = list(page.models)
        while page.more:
            page = mlflow.models(limit=self._most, after=page.next)
            models += page.models
        return {f"{model.name}:{alias}": version for model in models for alias, version in model.aliases.items()}

    def _is_gated(self, move: Move) -> bool:
        """Whether somebody would have had to approve it here."""
        permission = "mlflow:alias:set" if move.after else "mlflow:alias:delete"
        facts = {"model": move.model, "alias": move.alias, "version": move.after or move.before}
        return self._services.policy().rule_for(permission, facts) is not None

    def _explained(self, move: Move) -> bool:
        """Whether a proposal has done it since the alias pointed elsewhere."""
        return any(_did(proposal, move) for proposal in self._services.proposals.recent(RECENT))

    def _tell(self, move: Move) -> None:
        services = self._services
        details = {"before": move.before, "after": move.after}
        name = f"{move.model}:{move.alias}:{move.before or _NONE}:{move.after or _NONE}:{move.since:.0f}"
        subject = f"{move.model}@{move.alias}"
        services.auditor.event(Action.ALIAS_MOVED, actor="", subject=subject, details=details, once=f"alias:{name}")
        log.warning("alias_moved_without_approval", model=move.model, alias=move.alias, **details)
        view = moved(Moved(model=move.model, alias=move.alias, before=move.before, after=move.after))
        if thread := self._thread_of(move):
            address = Address(team=thread.team, channel=thread.channel, thread=thread.root)
            services.outbox.post(f"alias:{name}", address, view)
        outdo(services, ("alias", move.model, move.alias), by=BY_HAND, at=services.clock())
        for proposal in services.proposals.open():
            if f"mlflow:model:{move.model}" in proposal.resources:
                look_at(services, proposal.id)

    def _thread_of(self, move: Move) -> Thread | None:
        """Where people talked of the model last: its newest proposal's thread, else that of the version's run."""
        resource = f"mlflow:model:{move.model}"
        for proposal in self._services.proposals.recent(RECENT):
            if resource in proposal.resources:
                return proposal.thread
        mlflow = self._services.backends.mlflow
        try:
            version = mlflow.model_version(move.model, move.after or move.before)
            return Thread.from_ref(mlflow.run(version.run_id).tags[THREAD_TAG])
        except (ToolError, KeyError, ValueError):
            return None

    def _remember(self, known: dict[str, str], found: dict[str, str]) -> None:
        now = self._services.clock()
        changed = {
            name: f"{found.get(name, _NONE)} {now}"
            for name in known.keys() | found.keys()
            if known.get(name, "").partition(" ")[0] != found.get(name, _NONE)
        }
        pipe = self._services.connection.pipeline(transaction=True)
        if changed or not known:
            changed[""] = f"{_NONE} {now}"  # so that no alias at all is remembered, too
            pipe.hset(self._key, items=[part for pair in changed.items() for part in pair])
        pipe.expire(self._key, KEPT_SECONDS)
        pipe.execute()


def _moves(known: dict[str, str], found: dict[str, str]) -> Iterator[Move]:
    for name in sorted((known.keys() | found.keys()) - {""}):
        version, _, since = known.get(name, f"{_NONE} 0").partition(" ")
        before, after = version.replace(_NONE, ""), found.get(name, "")
        if before != after:
            model, _, alias = name.rpartition(":")
            yield Move(model=model, alias=alias, before=before, after=after, since=float(since or 0))


def _did(proposal: Proposal, move: Move) -> bool:
    named = {name: str(proposal.arguments.get(name, "")) for name in ("model", "alias", "version")}
    removes = proposal.permission == "mlflow:alias:delete"
    wanted = {"model": move.model, "alias": move.alias, "version": move.before if removes else move.after}
    recent = not proposal.ended or proposal.ended > move.since - SLACK_SECONDS
    return named == wanted and removes is not bool(move.after) and proposal.state in MOVED and recent
