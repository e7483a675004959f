"""The plan card: what a pipeline file holds, and what will be registered, before anything is done with it."""

from dataclasses import dataclass
from typing import Literal

from bot.views import actions
from bot.views.blocks import actions as row
from bot.views.blocks import button, confirm, context, message, section
from bot.views.decided import Decided, Discarded, Expired, Failed, Registered
from bot.views.limits import OPTION, OPTIONS
from bot.views.plan_details import (
    Diff,
    Finding,
    Flow,
    Import,
    changed,
    described,
    findings,
    packages,
)
from bot.views.text import clip, code, codes, count, file_size, link, moment, person, plain
from bot.views.view import Block, View

MOST_FLOWS_DESCRIBED = 3
SHOWN_VALUES = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan card.

    Attributes:
        reference: The plan's id; comes back as the value of its buttons. At most 100 characters.
        filename: The file's name.
        digest: SHA-256 of the file, hex.
        size: Bytes.
        shared_by: The id of the person who shared it, who alone may decide.
        pool: The work pool on which it will run.
        flows: What the file holds.
        imports: What it imports beyond the standard library.
        probe_age: Seconds since the pool was last asked what it has; None when it never was.
        probed_again: Whether it is being asked again now.
        findings: What a person should look at.
        status: How the file stands to what is registered.
        diff: Against the registered version, when `status` is "changed".
        not_compared: Why it could not be held against what is registered; empty when it was.
        registered_digest: Digest of the registered version, when there is one.
        chosen: The flow that was chosen among several; empty while none is.
        expires: When the buttons stop counting (seconds since 1970); None for never.
        decided: What became of it; None while it waits for a decision.
    """

    reference: str
    filename: str
    digest: str
    size: int
    shared_by: str
    pool: str
    flows: tuple[Flow, ...]
    imports: tuple[Import, ...] = ()
    probe_age: float | None = None
    probed_again: bool = False
    findings: tuple[Finding, ...] = ()
    status: Literal["new", "changed", "registered"] = "new"
    diff: Diff | None = None
    not_compared: str = ""
    registered_digest: str = ""
    chosen: str = ""
    expires: float | None = None
    decided: Decided | None = None


def plan(card: Plan) -> View:
    """The card, for whatever state it is in."""
    if card.decided:
        return _decided(card, card.decided)
    flow = _chosen(card)
    blocks = [section(_headline(card)), context(_origin(card)), *_contents(card)]
    if flow:
        blocks += [section(_outlook(card, flow)), _decision(card, flow)]
    else:
        blocks.append(section(f"*Which of the {len(card.flows)} flows shall I register?*{_beyond(card)}"))
        blocks.append(row(_menu(card), _discard(card)))
    blocks.append(context(_who_decides(card)))
    return message(f"{_headline(card)} {_question(card, flow)}", *blocks)


def _contents(card: Plan) -> list[Block]:
    flow = _chosen(card)
    blocks: list[Block] = []
    for found in (flow,) if flow else card.flows[:MOST_FLOWS_DESCRIBED]:
        blocks += described(found, show_name=len(card.flows) > 1)
    if not flow and (more := len(card.flows) - MOST_FLOWS_DESCRIBED) > 0:
        blocks.append(context(f"{count(more, 'more flow')} not described here; choose one to see it."))
    blocks += packages(card.imports, pool=card.pool, probe_age=card.probe_age, again=card.probed_again)
    blocks += findings(card.findings)
    if card.diff:
        blocks += changed(card.diff, since=card.registered_digest)
    if card.not_compared:
        blocks.append(section(f"⚠️ I could not compare it with what is registered: {plain(card.not_compared, 600)}"))
    return blocks


def _question(card: Plan, flow: Flow | None) -> str:
    if not flow:
        return "Which one shall I register?"
    return "Run it?" if card.status == "registered" else "Register it?"


def choice_of(value: str) -> tuple[str, int]:
    """The plan's reference and the place of the flow in `Plan.flows`, from the value of the menu.

    Raises:
        ValueError: The value is not one that the menu gave out.
    """
    reference, _, place = value.rpartition(":")
    if not reference or not place.isdecimal():
        raise ValueError("not a choice of a flow")
    return reference, int(place)


def _chosen(card: Plan) -> Flow | None:
    if len(card.flows) == 1:
        return card.flows[0]
    return next((flow for flow in card.flows if flow.name == card.chosen), None)


def _headline(card: Plan) -> str:
    name = code(card.filename)
    match card.status:
        case "registered":
            return f"{name} is already registered, exactly as it is here."
        case "changed":
            return f"{name} differs from the version that is registered."
    if len(card.flows) == 1:
        return f"{name} holds the pipeline *{plain(card.flows[0].name, 100)}*."
    if flow := _chosen(card):
        return f"{name} holds {count(len(card.flows), 'flow')}; you chose *{plain(flow.name, 100)}*."
    return f"{name} holds {count(len(card.flows), 'flow')}: {codes(flow.name for flow in card.flows)}."


def _origin(card: Plan) -> str:
    return f"{_source(card)} · I have read the file, not run it"


def _source(card: Plan) -> str:
    return f"{file_size(card.size)} · SHA-256 {code(card.digest[:12])} · shared by {person(card.shared_by)}"


def _outlook(card: Plan, flow: Flow) -> str:
    where = f"the Prefect deployment {code(flow.deployment, 120)} on work pool {code(card.pool)}"
    version = code(card.digest[:12])
    if card.status == "registered":
        return f"*Nothing to register:* {where} is this very file, version {version}. {_first_run(flow)}"
    does = f"moves {where} to version" if card.status == "changed" else f"makes {where}, version"
    return f"*Registering* {does} {version}, and keeps the file under that digest. {_first_run(flow)}"


def _first_run(flow: Flow) -> str:
    if not flow.required:
        return "A run from here takes the defaults above." if flow.parameters else "It can run right away."
    have, values = ("has", "a value") if len(flow.required) == 1 else ("have", "values")
    return (
        f"It cannot run on defaults alone: {codes(flow.required, limit=8)} {have} none. "
        f"Once it is registered, ask me to run it with {values}."
    )


def _decision(card: Plan, flow: Flow) -> Block:
    buttons = []
    if not flow.required:
        run = "Run it" if card.status == "registered" else "Register & run"
        buttons.append(button(run, actions.PLAN_REGISTER_AND_RUN, card.reference, style="primary"))
    if card.status != "registered":
        style: Literal["primary"] | None = "primary" if flow.required else None
        buttons.append(button("Register only", actions.PLAN_REGISTER, card.reference, style=style))
    another = [_menu(card, chosen=card.flows.index(flow))] if len(card.flows) > 1 else []
    return row(*buttons, *another, _discard(card))


def _discard(card: Plan) -> Block:
    if card.status == "registered":
        return button("Leave it", actions.PLAN_DISCARD, card.reference)
    asked = confirm(
        "Discard this plan?",
        f"Nothing is registered from {clip(card.filename, 120)}. Share the file again to get a new plan.",
        yes="Discard",
        no="Keep it",
    )
    return button("Discard", actions.PLAN_DISCARD, card.reference, confirm=asked)


def _menu(card: Plan, *, chosen: int = OPTIONS) -> Block:
    """The flows to choose from; the one chosen stands in it, so that another can be."""
    options = [
        {
            "text": {"type": "plain_text", "text": clip(flow.name.strip(), OPTION) or f"flow {place + 1}"},
            "value": f"{card.reference}:{place}",
        }
        for place, flow in enumerate(card.flows[:OPTIONS])
    ]
    menu: Block = {
        "type": "static_select",
        "action_id": actions.PLAN_CHOOSE_FLOW,
        "placeholder": {"type": "plain_text", "text": "Choose a flow"},
        "options": options,
    }
    if chosen < len(options):
        menu["initial_option"] = options[chosen]
    return menu


def _beyond(card: Plan) -> str:
    beyond = len(card.flows) - OPTIONS
    if beyond <= 0:
        return ""
    return f" The menu holds the first {OPTIONS}; for one of the other {beyond}, share a file with it alone."


def _who_decides(card: Plan) -> str:
    until = f" until {moment(card.expires)}" if card.expires is not None else ""
    return f"Only {person(card.shared_by)}, who shared the file, can decide{until}."


def _decided(card: Plan, decided: Decided) -> View:
    words = _outcome(card, decided)
    flow = _chosen(card)
    if flow and isinstance(decided, Registered):
        return message(words, section(words), context(_source(card), _in_short(flow)))
    blocks = [section(words), context(_origin(card))]
    if flow and isinstance(decided, Failed) and decided.again:
        blocks.append(_decision(card, flow))
    return message(words, *blocks)


def _in_short(flow: Flow) -> str:
    holds = f"{count(len(flow.parameters), 'parameter')} · {count(len(flow.tasks), 'task')}"
    return f"function {code(flow.function)}, line {flow.line} · {holds}"


def _run_of(flow: Flow | None, deployment: str) -> str:
    """How to ask for a run: with a place for each value that it cannot do without."""
    run = f"run {plain(flow.name if flow else deployment, 80)}"
    values = " ".join(f"{plain(name, 40)}=…" for name in flow.required[:SHOWN_VALUES]) if flow else ""
    return f"{run} with {values}" if values else run


def _outcome(card: Plan, decided: Decided) -> str:
    name = code(card.filename)
    flow = _chosen(card)
    what = f"*{plain(flow.name, 100)}*" if flow else name
    match decided:
        case Registered(by=by, at=at, awaits=awaits, deployment=deployment) if awaits:
            registered = f"✅ {what} is registered as {code(deployment, 120)}, by {person(by)}, {moment(at)}."
            return f"{registered} Its first run awaits approval: the card of {code(awaits)} asks for it."
        case Registered(by=by, at=at, run_name="", deployment=deployment):
            return (
                f"✅ {what} is registered as {code(deployment, 120)}, by {person(by)}, {moment(at)}. "
                f"It has not been run: say “{_run_of(flow, deployment)}” when you want it to."
            )
        case Registered(by=by, at=at, deployment=deployment, run_name=run, run_url=url):
            registered = f"✅ {what} is registered as {code(deployment, 120)} and running as {link(url, run)}"
            return f"{registered}, by {person(by)}, {moment(at)}."
        case Discarded(by=by, at=at):
            left = "It stays registered as it was." if card.status == "registered" else "Nothing was registered."
            return f"🗑 The plan for {name} was discarded by {person(by)}, {moment(at)}. {left}"
        case Failed(reason=reason, remedy=remedy):
            return f"❌ {name} could not be registered: {plain(reason, 600)} {plain(remedy, 400)}".rstrip()
        case Expired(at=at):
            when = f"⌛ The plan for {name} expired {moment(at)}."
            return f"{when} Nothing was registered; share the file again for a new plan."
