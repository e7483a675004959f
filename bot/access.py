"""Who may do what, and who has to agree: pure decisions, over what a policy says and what a directory knows.

Why two questions: a *role* says what a person may do or ask for, a *rule* says which of these calls wait for others,
and for whom. A person who may ask for something is not thereby one who may approve it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.allowances import Allowances
from bot.errors import Denied
from bot.events import Actor
from bot.gates import Gate
from bot.globs import matches
from bot.machines import Machine
from bot.retention import Retention

ANYONE = "*"  #: any full member of the workspace
EVERYWHERE = "*"  #: any channel that we are in
ROLE = "role:"
USER, GROUP = ("U", "W"), "S"  #: how Slack's ids of users and user groups begin

OUTSIDE = "Only members of this workspace may ask me to do things."


class Directory(Protocol):
    """Who belongs to what, as Slack knows it."""

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """The user ids in a user group, which is named by its id; none when there is no such group.

        Args:
            group: The group's id, `S…`.
            fresh: Ask Slack now, whatever is remembered.

        Raises:
            bot.errors.MembershipUnknown: Nobody can tell now.
        """

    def is_member(self, user: str, *, fresh: bool = False) -> bool:
        """Whether somebody is a full member of this workspace: no guest, no bot, nobody deleted or from elsewhere.

        Args:
            user: The user's id.
            fresh: Ask Slack now, whatever is remembered.

        Raises:
            bot.errors.MembershipUnknown: Nobody can tell now.
        """

    def is_gone(self, user: str) -> bool:
        """Whether somebody's account was deactivated, as Slack says now.

        Raises:
            bot.errors.MembershipUnknown: Nobody can tell now.
        """

    def timezone(self, user: str) -> str:
        """The time zone of somebody's profile, such as `Europe/Berlin`; `UTC` while nobody can tell."""

    def forget(self, user: str) -> None:
        """Remember nothing of somebody; Slack is asked anew."""

    def name(self, user: str) -> str:
        """What somebody is called; empty when nobody has this id.

        Raises:
            bot.errors.SlackUnavailable: Nobody can tell now.
        """

    def group_name(self, group: str) -> str:
        """What a user group is called; empty when there is none of this id. Raises as `name`."""


class Policies(Protocol):
    """Where the policy in force is found."""

    def current(self) -> "Policy":
        """The policy by which everybody decides now.

        Raises:
            bot.errors.NoPolicy: None can be read: nothing is allowed until one can.
        """


@dataclass(frozen=True, slots=True)
class Role:
    """What some people may do.

    Attributes:
        name: Its name.
        permissions: Globs.
        members: User ids, user group ids, or `*` for any full member.
        channels: Ids of the channels in which it counts; empty for everywhere.
    """

    name: str
    permissions: tuple[str, ...]
    members: tuple[str, ...]
    channels: tuple[str, ...] = ()

    def grants(self, permission: str) -> bool:
        """Whether it grants a permission, to whoever holds it."""
        return any(matches(permission, glob) for glob in self.permissions)

    def counts_in(self, channel: str) -> bool:
        """Whether it counts in a channel."""
        return not self.channels or channel in self.channels


@dataclass(frozen=True, slots=True)
class Rule:
    """Which calls wait for approval, and whose.

    Attributes:
        name: Its name, as cards and the audit show it.
        permission: Glob over permissions.
        where: Name of an argument or of a plan's fact -> globs, of which one has to match its value; all names have to.
        approvers: User ids, user group ids, `role:NAME`, or `*` for any full member.
        quorum: How many people have to approve.
        self_approval: Whether the person who asked may be one of them.
        expires: Seconds after which nobody can approve any more.
        confirmation: Whether an approver has to type what is approved.
    """

    name: str
    permission: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    approvers: tuple[str, ...] = (ANYONE,)
    quorum: int = 1
    self_approval: bool = False
    expires: float = 86_400.0
    confirmation: bool = False

    def concerns(self, permission: str) -> bool:
        """Whether calls with this permission may wait for it."""
        return matches(permission, self.permission)

    def fits(self, facts: Mapping[str, str], *, unsaid: bool) -> bool:
        """Whether a call is one of its calls, by all that the call says.

        Args:
            facts: The call's arguments and its plan's facts.
            unsaid: What is said of a name that the call does not have.
        """
        return all(
            any(matches(facts[name], glob) for glob in globs) if name in facts else unsaid
            for name, globs in self.where.items()
        )


@dataclass(frozen=True, slots=True)
class Grants:
    """What one person may do in one channel.

    Attributes:
        roles: Names of the roles held there.
        permissions: The globs that these grant, each once, sorted.
        rules: The rules that such calls may have to wait for, in the policy's order.
        decides: The rules by which the person is an approver, of other people's requests at least.
    """

    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    rules: tuple[Rule, ...]
    decides: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that was decided beforehand.

    Attributes:
        team: The workspace whose members are served.
        roles: What people may do.
        rules: What waits for approval; the first that fits counts.
        gates: What a model has to measure.
        allowances: What may be spent on the model.
        buckets: Globs over the names of the buckets that may be worked with; none when nothing is said of them.
        machines: What machines cost that serve models.
        retention: How long things are kept.
        offers: Ids of the channels in which a shared pipeline file gets a private offer; `*` for all, none for none.
        text: The TOML that says so.
        source: Where the text came from, in words.
    """

    team: str
    roles: tuple[Role, ...]
    rules: tuple[Rule, ...] = ()
    gates: tuple[Gate, ...] = ()
    allowances: Allowances = field(default_factory=Allowances)
    buckets: tuple[str, ...] = ()
    machines: tuple[Machine, ...] = ()
    retention: Retention = field(default_factory=Retention)
    offers: tuple[str, ...] = ()
    text: str = ""
    source: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the text: two policies with one digest are the same."""
        return digest_of(self.text)

    def may(self, actor: Actor, permission: str, *, channel: str, directory: Directory, fresh: bool = False) -> None:
        """Let a person use a permission in a channel.

        Args:
            actor: Who.
            permission: What for; `system:noun:verb`.
            channel: The channel's id; empty where there is none, in which roles for some channels do not count.
            directory: Who belongs to what.
            fresh: Ask Slack now, as before a decided call is made.

        Raises:
            Denied: The person may not; the message says which roles may.
            bot.errors.MembershipUnknown: Nobody can tell now.
        """
        self._is_ours(actor)
        if not permission:
            raise Denied("This tool has no permission to its name, so nobody may use it.")
        granting = [role for role in self.roles if role.grants(permission)]
        if not granting:
            raise Denied(f"Nobody may do this: no role of the access policy grants `{permission}`.")
        here = tuple(selector for role in granting if role.counts_in(channel) for selector in role.members)
        if _among(here, actor.user, directory, fresh=fresh):
            if fresh and directory.is_gone(actor.user):  # a role that names an id outlives the account
                raise Denied("This account was deactivated, so nothing is done for it any more.")
            return
        elsewhere = [role for role in granting if _among(role.members, actor.user, directory, fresh=fresh)]
        if elsewhere:
            raise Denied(f"You may not do this here: {_roles(elsewhere)} has `{permission}` in other channels only.")
        raise Denied(f"You may not do this: `{permission}` is for {_roles(granting)}.")

    def offers_in(self, channel: str) -> bool:
        """Whether who shares a pipeline file in a channel without turning to us is asked if we shall look at it."""
        return EVERYWHERE in self.offers or channel in self.offers

    def may_be_gated(self, permission: str) -> bool:
        """Whether some call with this permission may have to wait; only then a rule has to be looked for."""
        return any(rule.concerns(permission) for rule in self.rules)

    def rule_for(self, permission: str, facts: Mapping[str, str]) -> Rule | None:
        """The first rule that fits a call; None when nobody has to agree.

        A rule that asks for what the call does not say fits when no other one does: a name that is missing, or written
        wrongly in the policy, makes no call free.

        Args:
            permission: The call's permission.
            facts: Its canonical arguments and its plan's facts, as text.
        """
        concerned = [rule for rule in self.rules if rule.concerns(permission)]
        certain = (rule for rule in concerned if rule.fits(facts, unsaid=False))
        return next(certain, None) or next((rule for rule in concerned if rule.fits(facts, unsaid=True)), None)

    def may_decide(self, rule: Rule, actor: Actor, *, requester: str, directory: Directory, fresh: bool) -> None:
        """Let a person approve or reject what waits for a rule.

        Args:
            rule: The rule.
            actor: Who decides.
            requester: The user id of who asked.
            directory: Who belongs to what.
            fresh: Ask Slack now, as when the decision is applied.

        Raises:
            Denied: The person may not; the message says why, and who may.
            bot.errors.MembershipUnknown: Nobody can tell now.
        """
        self._is_ours(actor)
        if actor.user == requester and not rule.self_approval:
            raise Denied(f"You asked for this yourself: the rule `{rule.name}` wants somebody else to decide.")
        deciders = self.deciders(rule)
        if ANYONE not in deciders and not _among(deciders, actor.user, directory, fresh=fresh):
            raise Denied(f"You may not decide this. By the rule `{rule.name}`, {self.approvers_in_words(rule)}.")
        if not directory.is_member(actor.user, fresh=fresh):
            raise Denied("Only full members of this workspace may decide: guests and bots may not.")

    def deciders(self, rule: Rule) -> tuple[str, ...]:
        """Who may decide by a rule: user ids, user group ids and `*`, roles replaced by their members, each once.

        For a view, which makes mentions of them; who asked is not left out.
        """
        found: dict[str, None] = {}
        for approver in rule.approvers:
            found.update(dict.fromkeys(self._members(approver) if approver.startswith(ROLE) else (approver,)))
        return tuple(found)

    def approvers_in_words(self, rule: Rule) -> str:
        """Who may decide by a rule, as a sentence in Slack's mrkdwn."""
        who = " or ".join(_in_words(approver) for approver in rule.approvers)
        number = "" if rule.quorum == 1 else f", {rule.quorum} of them together"
        return f"it is for {who} to decide{number}{'' if rule.self_approval else ', but not for the person who asked'}"

    def grants(self, actor: Actor, channel: str, directory: Directory, *, gateable: Iterable[str]) -> Grants:
        """What a person may do in a channel, and what that waits for.

        Args:
            actor: Who.
            channel: The channel's id.
            directory: Who belongs to what.
            gateable: The permissions of the tools that change something; what only reads waits for nobody.

        Raises:
            Denied: The person belongs to another workspace.
            bot.errors.MembershipUnknown: Nobody can tell now.
        """
        found = self.rights(actor, channel, directory, gateable=gateable)
        full = directory.is_member(actor.user)
        decides = (r for r in self.rules if full and _among(self.deciders(r), actor.user, directory))
        return replace(found, decides=tuple(decides))

    def rights(self, actor: Actor, channel: str, directory: Directory, *, gateable: Iterable[str]) -> Grants:
        """The same without what the person decides, for which Slack is asked about every group of approvers."""
        self._is_ours(actor)
        here = [role for role in self.roles if role.counts_in(channel)]
        held = [role for role in here if _among(role.members, actor.user, directory)]
        asks = [permission for permission in gateable if any(role.grants(permission) for role in held)]
        return Grants(
            roles=tuple(role.name for role in held),
            permissions=tuple(sorted({glob for role in held for glob in role.permissions})),
            rules=tuple(rule for rule in self.rules if any(rule.concerns(permission) for permission in asks)),
        )

    def failing(self, model: str, *, before: Mapping[str, float] | None, after: Mapping[str, float]) -> tuple[str, ...]:
        """What a model fails of what it has to measure, a sentence each.

        Args:
            model: The registered model's name.
            before: The metrics of the version in force; None when there is none.
            after: The metrics of the version that is to follow it.
        """
        gates = (gate for gate in self.gates if gate.concerns(model))
        return tuple(sentence for gate in gates for sentence in gate.failing(before=before, after=after))

    def holding(self, model: str, *, before: Mapping[str, float] | None, after: Mapping[str, float]) -> tuple[str, ...]:
        """What a model does not fail of it, as it is asked for; see `failing`."""
        gates = (gate for gate in self.gates if gate.concerns(model) and not gate.failing(before=before, after=after))
        return tuple(asked for gate in gates if (asked := gate.asked(compared=before is not None)))

    def _is_ours(self, actor: Actor) -> None:
        if actor.team != self.team:
            raise Denied(OUTSIDE)

    def _members(self, selector: str) -> tuple[str, ...]:
        name = selector.removeprefix(ROLE)
        return next((role.members for role in self.roles if role.name == name), ())


def digest_of(text: str) -> str:
    """The digest of a policy's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _among(selectors: tuple[str, ...], user: str, directory: Directory, *, fresh: bool = False) -> bool:
    """Whether a person is one of those selected. Slack is asked last, and only for what decides."""
    if user in selectors:
        return True
    groups = (selector for selector in selectors if selector.startswith(GROUP))
    if any(user in directory.members(group, fresh=fresh) for group in groups):
        return True
    return ANYONE in selectors and directory.is_member(user, fresh=fresh)


def _roles(roles: list[Role]) -> str:
    names = " or ".join(f"`{role.name}`" for role in roles)
    return f"the role {names}"


def _in_words(approver: str) -> str:
    if approver == ANYONE:
        return "any full member of this workspace"
    if approver.startswith(ROLE):
        return f"the role `{approver.removeprefix(ROLE)}`"
    return f"<!subteam^{approver}>" if approver.startswith(GROUP) else f"<@{approver}>"
