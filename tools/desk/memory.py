"""Tools about what is remembered: of a conversation, and of the person who asks."""

from pydantic import Field

from tools.desk.remembered import Forgotten, Stored
from tools.errors import BadArguments
from tools.names import shown
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Done,
    Effect,
    NotDone,
    Plan,
    Probed,
    ToolResult,
    tool,
)

#: Of an export in words; a model, and a person by command, get no more than 8,000 characters of any answer.
MOST_CHARACTERS = 7_000
ME = "me"
ALONE = "What you asked and what I answered I show to you alone: type `/mlops export me`."
REST = "Whoever runs me can write all of it to a file: `python -m bot export --person {person}`."


class WhichConversation(Arguments):
    """One conversation."""

    thread: str = Field(
        default="",
        max_length=400,
        description="The link of a message in its thread, as a person gave it; empty for this very thread.",
    )


class AboutWhom(Arguments):
    """Whoever asks."""

    person: str = Field(default=ME, max_length=60, description="Always `me`: nobody is told what is kept of others.")


def plan_forgetting(args: WhichConversation, backends: Backends, call: Call) -> Plan:
    """Which conversation would be forgotten."""
    thread = backends.desk.conversation(args.thread, asked_in=call.origin)
    return Plan(
        arguments={"thread": thread},
        summary="Forget what was said in a conversation",
        resources=(f"trainmaster:conversation:{thread}",),
    )


def probe_forgetting(args: WhichConversation, backends: Backends, call: Call) -> Probed:
    """Whether nothing of it is remembered."""
    thread = backends.desk.conversation(args.thread, asked_in=call.origin)
    if backends.desk.remembers(thread):
        return NotDone()
    return Done(ToolResult("That conversation is forgotten.", Forgotten()))


@tool(
    permission="trainmaster:conversation:forget",
    effect=Effect.DESTROY,
    timeout=20,
    arguments=WhichConversation,
    result=Forgotten,
    command=Command("forget", "[THREAD]", "Forget a conversation; THREAD is the link of a message in it."),
    plan=plan_forgetting,
    probe=probe_forgetting,
    by_hand=True,
)
def forget_conversation(args: WhichConversation, backends: Backends, call: Call) -> ToolResult:
    """Forget what was said in this thread, or in the one whose link is given; it cannot be brought back.

    Only when asked for in so many words. Tell the person everything of the answer: what is forgotten, and what is kept.
    """
    thread = backends.desk.conversation(args.thread, asked_in=call.origin)
    return _forgotten(backends.desk.forget_conversation(thread))


def plan_forgetting_me(args: AboutWhom, __: Backends, call: Call) -> Plan:
    """Who would be forgotten."""
    _only_me(args)
    return Plan(
        arguments={"person": ME},
        summary="Forget what the person who asks has said, in every conversation",
        resources=(f"trainmaster:person:{call.origin.actor}",),
    )


def probe_forgetting_me(args: AboutWhom, backends: Backends, call: Call) -> Probed:
    """Whether no conversation of theirs is remembered."""
    _only_me(args)
    if backends.desk.stored(actor=call.origin.actor, words=False).turns:
        return NotDone()
    return Done(ToolResult("What you asked is forgotten.", Forgotten()))


@tool(
    permission="trainmaster:person:forget",
    effect=Effect.DESTROY,
    timeout=30,
    arguments=AboutWhom,
    result=Forgotten,
    command=Command("forget me", "", "Forget what you asked, in every conversation, and your profile."),
    plan=plan_forgetting_me,
    probe=probe_forgetting_me,
    by_hand=True,
)
def forget_me(args: AboutWhom, backends: Backends, call: Call) -> ToolResult:
    """Forget what the person who asks has asked, in every conversation, and their profile; it cannot be brought back.

    Only when asked for in so many words. Tell the person everything of the answer: what is forgotten, and what is kept.
    """
    _only_me(args)
    return _forgotten(backends.desk.forget_person(actor=call.origin.actor))


@tool(
    permission="trainmaster:person:read",
    effect=Effect.READ,
    timeout=20,
    arguments=AboutWhom,
    result=Stored,
    command=Command("export", "[PERSON]", "Show what is stored about you, for you alone; PERSON is `me`."),
)
def export_me(args: AboutWhom, backends: Backends, call: Call) -> ToolResult:
    """Say what is stored about the person who asks, and for how long: what kinds of things, never their words.

    Their words they see alone, by the command `/mlops export me`.
    """
    _only_me(args)
    words = not call.origin.thread  # in a thread others read along, and so does the model
    found = backends.desk.stored(actor=call.origin.actor, words=words)
    return ToolResult(_told(found) if words else f"{_kinds(found)}\n\n{ALONE}", found)


def _only_me(args: AboutWhom) -> None:
    if args.person.strip().lower() != ME:
        raise BadArguments(
            f"I tell nobody what is stored about “{shown(args.person)}” but themselves: each person types "
            "`/mlops export me`. " + REST.format(person="U…")
        )


def _forgotten(found: Forgotten) -> ToolResult:
    gone = [f"- {one}" for one in found.forgotten] or ["- nothing: there was nothing to forget"]
    kept = [f"- {one.what}, {one.until}: {one.why}" for one in found.kept]
    return ToolResult("\n".join(["**Forgotten**", *gone, "", "**Kept, and why**", *kept]), found)


def _kinds(found: Stored) -> str:
    lines = [f"- {one.what}, {one.until}" for one in found.kinds]
    return "\n".join([f"**Stored about {_person(found)}**", *lines])


def _told(found: Stored) -> str:
    """All that fits: the kinds, then what was asked and answered, newest first, each whole."""
    text = _kinds(found)
    if not found.said:
        return f"{text}\n\n{REST.format(person=found.person)}"
    text += "\n\n**What you asked, newest first**"
    for number, one in enumerate(found.said):
        line = f"\n- {one.at:%d %b %H:%M} in <#{one.channel}>: {one.asked}\n  → {one.answered}"
        if len(text) + len(line) > MOST_CHARACTERS:
            return f"{text}\n{_left_out(found, shown_so_far=number)}"
        text += line
    return f"{text}\n{_left_out(found, shown_so_far=len(found.said))}"


def _left_out(found: Stored, *, shown_so_far: int) -> str:
    missing = found.turns - shown_so_far
    more = f"{missing} older ones are not shown here. " if missing else ""
    cut = "What each tool gave, and what is longer than a few lines, is left out. "
    return f"\n{more}{cut}{REST.format(person=found.person)}"


def _person(found: Stored) -> str:
    return f"<@{found.person}>"
