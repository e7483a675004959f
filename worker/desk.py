"""The desk behind the tools: open proposals, freezes, roles and the audit chain, of this installation."""

from datetime import UTC, datetime

from bot.access import Rule
from bot.audit import Action, AuditEvent
from bot.errors import BotError, Denied
from bot.events import Actor, Thread
from bot.freeze import Frozen
from bot.proposal_store import Kept
from bot.proposals import Proposal, State
from bot.views.approval import selector
from bot.views.text import plain
from tools.desk.client import AuditLine, Freeze, Granted, Held, LeftAlone, MachinePrice, ProposalSeen, ThreadFile
from tools.desk.remembered import Forgotten, Stored
from tools.errors import BadArguments, Refused, Unavailable
from tools.spec import Effect, Measured, Origin, Tool
from worker import remembered
from worker.deciding import settled
from worker.noting import card_link
from worker.proposal_desk import rule_now
from worker.resting import Resting
from worker.services import Services
from worker.shared_files import shared

MOST_LINKS = 10
ELSEWHERE = "(said in another channel)"


class Desk:
    """Answers for the tools of `tools.desk`; built before the services, of which it is a part."""

    def __init__(self) -> None:
        self._services: Services | None = None

    def attach(self, services: Services) -> None:
        """Serve for these services from now on."""
        self._services = services

    def approvals(self, *, actor: str, thread: str) -> tuple[ProposalSeen, ...]:
        """The open proposals that this person may decide or asked for, oldest first, with the links of their cards.

        Slack is asked for ten links at most, first for what this person may decide, and for none after it fails once.
        """
        del thread
        found = [(proposal, self._seen(proposal, actor)) for proposal in self._own.proposals.open()]
        own = [(proposal, seen) for proposal, seen in found if seen.for_me or seen.mine]
        links: dict[str, str] = {}
        for proposal, _ in sorted(own, key=lambda one: not one[1].for_me)[:MOST_LINKS]:
            if not (link := card_link(self._own, proposal)):
                break
            links[proposal.id] = link
        return tuple(seen.model_copy(update={"link": links.get(seen.id, "")}) for _, seen in own)

    def proposal(self, proposal: str, *, actor: str) -> ProposalSeen:
        """One proposal."""
        return self._seen(self._kept(proposal).proposal, actor)

    def left_alone(self) -> tuple[LeftAlone, ...]:
        """The systems that some worker leaves alone just now."""
        return Resting(self._own.connection, clock=self._own.clock).read()

    def withdraw(self, proposal: str, *, actor: str, reason: str = "") -> ProposalSeen:
        """Take back a proposal that this person asked for; one that is withdrawn already stays so."""
        services = self._own
        while True:
            kept = self._kept(proposal)
            if kept.proposal.state is State.WITHDRAWN and kept.proposal.requester == actor:
                settled(services, kept)
                return self._seen(kept.proposal, actor)
            try:
                after = kept.proposal.withdrawn(by=actor, at=services.clock(), reason=plain(reason, 400))
            except BotError as exc:
                raise Refused(str(exc)) from exc
            if (now := services.proposals.change(kept, after)) is not None:
                settled(services, now)
                return self._seen(after, actor)

    def thread_link(self, thread: str) -> str:
        """Where a thread of this workspace can be read; empty for any other, and while Slack does not tell."""
        services = self._own
        try:
            found = Thread.from_ref(thread)
            if found.team != services.team:
                return ""
            return services.gateway.permalink(channel=found.channel, ts=found.root)
        except (ValueError, BotError):  # it is no reference, or Slack does not tell
            return ""

    def frozen(self) -> Freeze:
        """The freeze in force."""
        return _freeze(self._own.freezer.current())

    def freeze(self, reason: str, *, actor: str, key: str) -> Freeze:
        """Refuse all changes from now on."""
        services = self._own
        frozen = Frozen(by=actor, at=services.clock(), reason=reason)
        services.auditor.event(
            Action.FREEZE_SET, actor=actor, subject="changes", details={"reason": reason}, once=f"{key}:freeze"
        )
        services.freezer.set(frozen)
        return _freeze(frozen)

    def unfreeze(self, *, actor: str, key: str) -> Freeze:
        """Let changes through again; gives the freeze that was lifted."""
        services = self._own
        before = services.freezer.current()
        if before is not None:  # written down first: a crash must not leave changes possible and nobody named for it
            services.auditor.event(
                Action.FREEZE_LIFTED,
                actor=actor,
                subject="changes",
                details={"reason": before.reason},
                once=f"{key}:unfreeze",
            )
        services.freezer.lift()
        return _freeze(before)

    def granted(self, *, actor: str, channel: str) -> Granted:
        """What this person may do here."""
        services = self._own
        policy = services.policy()
        try:
            found = policy.grants(
                self._person(actor),
                channel=channel,
                directory=services.directory,
                gateable=gateable(services.catalogue),
            )
        except BotError as exc:
            raise Unavailable("Slack", str(exc)) from exc
        return Granted(
            person=actor,
            roles=tuple(found.roles),
            permissions=tuple(found.permissions),
            rules=tuple(_in_words(rule) for rule in found.rules),
            policy=policy.digest,
        )

    def buckets(self) -> tuple[str, ...]:
        """The buckets that may be worked with: the policy's, or this installation's own where it names none."""
        own = self._own.settings.gcs_bucket
        return self._own.policy().buckets or ((own,) if own else ())

    def machine_price(self, machine: str) -> MachinePrice | None:
        """What a type of machine costs by the policy; None when it does not say."""
        found = next((one for one in self._own.policy().machines if one.type == machine), None)
        return MachinePrice(found.hourly, found.currency, found.as_of) if found else None

    def gates(self, model: str, measured: Measured) -> Held:
        """A model held against the thresholds of the policy."""
        policy, before, after = self._own.policy(), measured.before, measured.after
        return Held(
            failing=policy.failing(model, before=before, after=after),
            holding=policy.holding(model, before=before, after=after),
        )

    def thread_file(self, name: str, *, thread: str, limit: int) -> ThreadFile:
        """The file of this name that was shared last in a thread; the one that was shared last where none is named."""
        if not thread:
            raise BadArguments("There is no thread here, so nothing was shared in one. Ask me in the file's thread.")
        return shared(self._own.gateway, Thread.from_ref(thread), name, limit=limit)

    def gives_away(self, content: bytes) -> bool:
        """Whether a file holds a secret of this installation itself."""
        return any(secret.encode() in content for secret in self._own.hide.held)

    def audit(self, matching: str, *, limit: int, channel: str) -> tuple[AuditLine, ...]:
        """The newest records of the chain that fit, newest first; what was said in another channel is left out."""
        found = self._own.auditor.log.read(newest=limit, matching=matching)
        known = [(entry.seq, entry.event) for entry in found.entries if entry.event is not None]
        return tuple(
            AuditLine(
                seq=seq,
                at=datetime.fromtimestamp(event.at, UTC),
                action=str(event.action),
                actor=event.actor,
                subject=event.subject,
                outcome=event.outcome,
                details=_details(event, channel),
            )
            for seq, event in known
        )

    def conversation(self, named: str, *, asked_in: Origin) -> str:
        """The thread that is meant by a link, or by nothing; `Refused` when it is none of theirs."""
        return remembered.conversation_named(self._own, named, asked_in)

    def remembers(self, thread: str) -> bool:
        """Whether anything of a conversation is remembered."""
        return remembered.remembers(self._own, thread)

    def forget_conversation(self, thread: str) -> Forgotten:
        """Forget what was said in a thread."""
        return remembered.forget_conversation(self._own, thread)

    def forget_person(self, *, actor: str) -> Forgotten:
        """Forget what this person has asked, wherever that was."""
        return remembered.forget_person(self._own, actor)

    def stored(self, *, actor: str, words: bool) -> Stored:
        """What is stored about this person; with what they asked, where `words` says so."""
        return remembered.stored(self._own, actor, words=words)

    def _kept(self, proposal: str) -> Kept:
        kept = self._own.proposals.load(proposal)
        if kept is None:
            raise BadArguments(f"There is no proposal {proposal}. `/mlops approvals` lists those that wait.")
        return kept

    def _seen(self, proposal: Proposal, actor: str) -> ProposalSeen:
        return ProposalSeen(
            id=proposal.id,
            summary=proposal.summary,
            state=str(proposal.state),
            requester=proposal.requester,
            rule=proposal.terms.rule,
            missing=proposal.missing,
            expires=datetime.fromtimestamp(proposal.expires, UTC),
            for_me=self._may_decide(proposal, actor),
            mine=proposal.requester == actor,
        )

    def _may_decide(self, proposal: Proposal, actor: str) -> bool:
        services = self._own
        policy = services.policy()
        if proposal.state is not State.PENDING or actor in proposal.approvers:
            return False
        try:
            policy.may_decide(
                rule_now(policy, proposal),
                self._person(actor),
                requester=proposal.requester,
                directory=services.directory,
                fresh=False,
            )
        except Denied:
            return False
        except BotError as exc:
            raise Unavailable("Slack", str(exc)) from exc
        return True

    def _person(self, user: str) -> Actor:
        return Actor(user=user, team=self._own.team)

    @property
    def _own(self) -> Services:
        if self._services is None:
            raise Unavailable("the desk", "it was not opened")
        return self._services


def _details(event: AuditEvent, channel: str) -> dict[str, str]:
    """What else a record says: outside of the channel that it belongs to, not what people wrote there."""
    kept = dict(event.details)
    if event.thread and "reason" in kept and event.thread.split(":")[1:2] != [channel]:
        kept["reason"] = ELSEWHERE
    return kept


def gateable(catalogue: tuple[Tool, ...]) -> tuple[str, ...]:
    """The permissions of the tools that change something."""
    return tuple(sorted({tool.permission for tool in catalogue if tool.effect is not Effect.READ}))


def _freeze(frozen: Frozen | None) -> Freeze:
    if frozen is None:
        return Freeze()
    return Freeze(by=frozen.by, at=datetime.fromtimestamp(frozen.at, UTC), reason=frozen.reason)


def _in_words(rule: Rule) -> str:
    where = ", ".join(f"{name} = {' or '.join(wanted)}" for name, wanted in rule.where.items())
    who = " or ".join(selector(one) for one in rule.approvers)
    number = f"{rule.quorum} of " if rule.quorum > 1 else ""
    alone = "" if rule.self_approval else ", never by the person who asked"
    return f"`{rule.permission}`{f' where {where}' if where else ''}: by {number}{who}{alone} (rule `{rule.name}`)"
