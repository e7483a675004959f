"""People ask for promotions and approve them by clicking; at the end everything that tells of them is compared."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain

import redis
from pydantic import SecretStr

from bot import audit_anchors
from bot.audit import Action
from bot.audit_log import AuditLog
from bot.proposal_store import ProposalStore
from bot.proposals import State
from bot.settings import keyring
from bot.views import actions
from demo.services import mlflow
from demo.services.state import kept_secret
from demo.workspace import seed
from demo.workspace.model import Acknowledgement, Message
from demo.workspace.workspace import NotAllowed
from tests.chaos import ledger
from tests.chaos.play import BETWEEN_SECONDS, Play, awaited, posted, with_button
from tests.chaos.traffic import words

ALIAS, BEFORE = "champion", "1"
ASKS, APPROVES, ALSO = "alice", "bob", "carol"
ASKED_SECONDS = PRESSED_SECONDS = 60.0
ACKNOWLEDGED_SECONDS = 10.0  #: Slack gives up after three
NOTICED_SECONDS = 3.0  #: after which somebody who sees nothing happen presses again
RECORDS = 2_000  #: of the newest, among which all of a run are
#: Asked anew before each change. Slack allows twenty a minute: runs that follow each other would measure just that.
MEMBERSHIP = "usergroups.users.list"
MOVED = '"POST /api/2.0/mlflow/registered-models/alias HTTP/1.1" 200'  #: as MLflow's server logs it


@dataclass(slots=True)
class Promotion:
    """A promotion that somebody has asked for.

    Attributes:
        model: The model.
        version: Which version is to be its champion.
        root: The message that asks.
        may_end: The states in which it may be at the end.
        card: The proposal's card, once it is there.
        proposal: The proposal's id.
    """

    model: str
    version: str
    root: Message
    may_end: frozenset[State]
    card: Message | None = None
    proposal: str = ""


class Approvals:
    """The promotions of one run. Alice asks, Bob approves; Carol clicks as well, now and then.

    Args:
        play: The run.
    """

    def __init__(self, play: Play) -> None:
        self._play = play
        self._stack = play.stack
        self._store = ProposalStore(self._stack.redis, team=seed.TEAM)
        self._models: list[str] = []
        self._moved_by_hand = 0
        self._moved_before = self._moves()
        self.promotions: list[Promotion] = []
        play.leave_no(self._take_away)
        play.expect(lambda: "; ".join(self.faults()))

    def ask(self, *, alone: int = 2, rivals: bool = True, undecided: bool = True) -> None:
        """Ask for promotions, and wait for the cards.

        Args:
            alone: So many models with one promotion each, to be approved.
            rivals: Also a model with two promotions, both to be approved: the second is overtaken by the first.
            undecided: Also one that nobody approves but who asked.

        Raises:
            Unfit: There were no cards.
        """
        for _ in range(alone):
            self._ask(self.model(), "2", State.APPLIED)
        if rivals:
            model = self.model()
            for version in ("2", "3"):
                self._ask(model, version, State.APPLIED, State.SUPERSEDED)
        if undecided:
            self._ask(self.model(), "2", State.PENDING)
        for promotion in self.promotions:
            self._find_card(promotion)
        self._play.answered()

    def approve(self) -> None:
        """Press the buttons, in any order: some people press twice, or both do, and who asked presses as well."""
        self._play.stack.refill(MEMBERSHIP)
        chance = self._play.random
        presses = [(one, ASKS if one.may_end == {State.PENDING} else APPROVES) for one in self.promotions]
        presses += [(one, chance.choice((APPROVES, ALSO))) for one, user in presses if user == APPROVES][:2]
        chance.shuffle(presses)
        for promotion, user in presses:
            self._press(promotion, user)

    def approve_again(self) -> None:
        """Press once more where that still can be done, until something comes of it.

        People do so who were told that it was not taken, or who see nothing happen.

        Raises:
            Unfit: It was not taken for a long time.
        """
        for promotion in self.promotions:
            if promotion.may_end != {State.PENDING}:
                taken = partial(self._taken, promotion)
                awaited(taken, seconds=PRESSED_SECONDS, what=f"nobody could approve {promotion.proposal}")

    def move_by_hand(self, promotion: Promotion, version: str) -> None:
        """Move the alias in MLflow itself: from then on nobody can tell whether the promotion was made."""
        self._stack.registry.move(promotion.model, ALIAS, version)
        self._moved_by_hand += 1
        promotion.may_end = frozenset({State.UNCERTAIN})
        self._play.expect(lambda: self._overwritten(promotion, version))

    def model(self) -> str:
        """A new model with three versions, of which the first is the champion."""
        name = f"model-{self._play.random.randrange(16**8):08x}"
        self._models.append(name)
        self._stack.registry.add(name, versions=3, alias=ALIAS)
        self._moved_by_hand += 1
        return name

    def faults(self) -> Iterator[str]:
        """What is not as promised."""
        records = self._records()
        found = [self._found(promotion, records) for promotion in self.promotions]
        yield from ledger.faults(found, moved=self._moves() - self._moved_before - self._moved_by_hand)
        anchors = audit_anchors.read(self._stack.state / "audit-anchors.jsonl").anchors
        verdict = self._log().verify(anchors)
        if not verdict.intact:
            yield f"the audit log is not intact: {verdict.faults[0].what}"
        for resource in self._stack.redis.scan_iter(match=f"tm:{seed.TEAM}:resource:v1:*"):
            yield f"nobody let go of {resource}"

    def _ask(self, model: str, version: str, *may_end: State) -> None:
        time.sleep(BETWEEN_SECONDS)
        about = f"promote {model} v{version} to {ALIAS}"
        root = self._play.traffic.question(self._play.room(), user=ASKS, about=about)
        self.promotions.append(Promotion(model, version, root, frozenset(may_end)))

    def _find_card(self, promotion: Promotion) -> None:
        promotion.card = card = awaited(
            lambda: with_button(self._stack, promotion.root, actions.PROPOSAL_APPROVE),
            seconds=ASKED_SECONDS,
            what=f"nobody was asked to approve {promotion.model} v{promotion.version}",
        )
        buttons = chain.from_iterable(block.get("elements") or () for block in card.blocks)
        promotion.proposal = next(one["value"] for one in buttons if one.get("action_id") == actions.PROPOSAL_APPROVE)

    def _press(self, promotion: Promotion, user: str) -> "Future[Acknowledgement] | None":
        """Press Approve; None when the card has no such button any more."""
        assert promotion.card is not None
        try:
            return self._play.traffic.decide(promotion.card, promotion.proposal, actions.PROPOSAL_APPROVE, user=user)
        except NotAllowed:
            return None

    def _taken(self, promotion: Promotion) -> bool:
        pressed = self._press(promotion, APPROVES)
        return pressed is None or (pressed.result(ACKNOWLEDGED_SECONDS).ok and self._noticed(promotion))

    def _noticed(self, promotion: Promotion) -> bool:
        """Whether something came of a press: one that Redis did not get is acknowledged, and refused in words."""
        until = time.monotonic() + NOTICED_SECONDS
        while time.monotonic() < until:
            with suppress(redis.RedisError):
                if (kept := self._store.load(promotion.proposal)) and kept.proposal.state is not State.PENDING:
                    return True
            time.sleep(0.1)  # between two looks, within the time above
        return False

    def _overwritten(self, promotion: Promotion, version: str) -> str:
        alias = self._stack.registry.points_to(promotion.model, ALIAS)
        return "" if alias == version else f"v{version}, which somebody chose by hand, was overwritten by v{alias}"

    def _found(self, promotion: Promotion, records: Counter[tuple[str, Action]]) -> ledger.Found:
        assert promotion.card is not None
        registry, workspace = self._stack.registry, self._stack.workspace.workspace
        kept = self._store.load(promotion.proposal)
        card = workspace.message(promotion.card.channel, promotion.card.ts)
        tags = registry.tags(promotion.model, promotion.version)
        return ledger.Found(
            proposal=promotion.proposal,
            model=promotion.model,
            version=promotion.version,
            may_end=promotion.may_end,
            state=kept.proposal.state if kept else State.FAILED,
            alias=registry.points_to(promotion.model, ALIAS),
            told=posted(self._play.traffic.said, f"proposal:{promotion.proposal}:told"),
            card=" ".join(words(card)),
            buttons=frozenset(
                str(element.get("action_id")) for block in card.blocks for element in block.get("elements") or ()
            ),
            records={action: count for (subject, action), count in records.items() if subject == promotion.proposal},
            approvers=tags.get(f"trainmaster.alias.{ALIAS}.approvers", ""),
        )

    def _log(self) -> AuditLog:
        key = SecretStr(kept_secret(self._stack.state, "audit.key"))
        return AuditLog(self._stack.redis, team=seed.TEAM, keys=keyring(key), anchors=None, clock=time.time)

    def _records(self) -> Counter[tuple[str, Action]]:
        """How often each step of each proposal was written down."""
        events = [entry.event for entry in self._log().read(newest=RECORDS).entries if entry.event]
        return Counter((event.subject, event.action) for event in events)

    def _moves(self) -> int:
        return self._stack.log(mlflow.SERVER).count(MOVED)

    def _take_away(self) -> None:
        for promotion in self.promotions:
            try:
                self._store.forget_look(promotion.proposal)
            except redis.RedisError as exc:
                self._play.notes.append(f"{promotion.proposal} stays: {type(exc).__name__}")
        for model in self._models:
            self._stack.registry.remove(model)
