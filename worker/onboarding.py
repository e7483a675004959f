"""From a shared file to a registered pipeline: read it, show the plan, do what its owner decides.

Nothing of the file is run here, at any step.
"""

import structlog

from bot.errors import BotError
from bot.events import Click, FileRef, Submission, Turn
from bot.transfers import FileGone
from bot.views import actions
from bot.views.plan import choice_of
from bot.views.refusal import Refusal, refusal
from bot.views.text import person, plain
from bot.views.view import View
from tools.errors import ToolError
from tools.pipelines import imports, reading
from tools.pipelines.diff import source_diff
from tools.pipelines.models import PipelineReading
from tools.pipelines.store import Shared
from tools.pipelines.text import worth_fetching
from tools.pipelines.unreadable import Unreadable
from worker import cards, probing, remembering
from worker.agent.guard import Request
from worker.agent.journal import Outcome, Status
from worker.plans import PLAN_SECONDS, Plan
from worker.runs import calls_for
from worker.services import Services, Work

log = structlog.get_logger()

MOST_FILES = 5
MOST_FLOWS, MOST_PARAMETERS = 5, 12  #: named to whoever answers
#: What is data by its name: with words beside it, it is what they speak of, and no pipeline that somebody misnamed.
DATA = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".xlsx", ".npy", ".npz", ".pkl", ".joblib", ".onnx", ".zip")


def take_files(services: Services, turn: Turn, files: tuple[FileRef, ...], work: Work) -> list[str]:
    """Read the files of a message; each gets a plan card or a refusal.

    Returns:
        What was shown, a line a file, for whoever answers the words of the message.
    """
    files = tuple(file for file in files if not _spoken_of(turn, file))
    taken = [_take(services, turn, file, place, work) for place, file in enumerate(files[:MOST_FILES])]
    shown = [line for line in taken if line]
    if left_out := files[MOST_FILES:]:
        names = ", ".join(f"`{file.name or file.id}`" for file in left_out)
        text = f"I read {MOST_FILES} files of a message. Left out: {names}. Please share them in another message."
        services.outbox.post(f"files:{turn.id}", services.address(turn.thread), cards.note(text), fence=work.fence)
        shown.append(f"{len(left_out)} more files were left out")
    return shown


def pressed(services: Services, click: Click, work: Work) -> None:
    """Register & run, Register only, Discard, or the choice of a flow."""
    reference, place = choice_of(click.value) if click.action == actions.PLAN_CHOOSE_FLOW else (click.value, -1)
    plan = services.plans.load(reference)
    if plan is None:
        _tell(services, click, work, "I no longer have this plan. Please share the file again.")
    elif click.actor.user != plan.shared_by:
        _tell(services, click, work, f"Only {person(plan.shared_by)}, who shared the file, can decide this.")
    elif plan.state == "pending" and services.clock() > plan.expires:
        _close(services, plan, plan.model_copy(update={"state": "expired"}), work)
    elif click.action == actions.PLAN_CHOOSE_FLOW:
        _choose(services, plan, place, click, work)
    elif plan.state == "deciding" and plan.click == work.id:
        _decided(services, plan, click, work)  # taken up again after a crash
    elif plan.state != "pending":
        _tell(services, click, work, f"This was decided already: {plan.state}.")
    elif plan.flow() is None and click.action != actions.PLAN_DISCARD:
        _tell(services, click, work, "Please choose a flow first.")
    else:
        _decide(services, plan, click, work)


def reopen(services: Services, click: Click | Submission, work: Work) -> None:
    """Let a plan be decided again whose decision failed through a fault of ours."""
    plan = services.plans.load(click.value)
    if plan is not None and plan.state == "deciding" and plan.click == work.id:
        _close(services, plan, plan.model_copy(update={"state": "pending"}), work)


def _spoken_of(turn: Turn, file: FileRef) -> bool:
    return bool(turn.text) and file.name.lower().endswith(DATA)


def _take(services: Services, turn: Turn, file: FileRef, place: int, work: Work) -> str:
    """What was shown of a file; empty when nothing was, because the words of the message speak of it."""
    plan_id = f"{turn.id}-{place}"
    if services.plans.load(plan_id) is None:
        try:
            file = services.gateway.described(file)
            if _spoken_of(turn, file):
                return ""
            source = _content(services, file)
            found = reading.read(source, file.name, max_bytes=services.settings.max_file_bytes)
        except Unreadable as exc:
            _refuse(services, turn, place, Refusal(file.name, exc.reason, exc.remedy, exc.line), work)
            return f"{file.name} — refused: {exc}"
        except BotError as exc:
            name = f"`{file.name}`" if file.name else "the file"
            text = str(exc) if isinstance(exc, FileGone) else f"I could not fetch {name}. {exc}"
            services.outbox.post(
                f"refusal:{plan_id}", services.address(turn.thread), cards.note(text), fence=work.fence
            )
            return f"{file.name or 'a file'} — could not be fetched"
        services.plans.add(_planned(services, turn, plan_id, found, source), fence=work.fence)
    plan = services.plans.load(plan_id)
    if plan is not None:
        view = cards.plan_card(services.hide.within(plan), pool=services.settings.prefect_work_pool)
        services.outbox.post(f"plan:{plan_id}", services.address(turn.thread), view, fence=work.fence)
    return f"{file.name or 'a file'} — plan card shown{_in_short(plan) if plan else ''}"


def _in_short(plan: Plan) -> str:
    """The flows of a file with their parameters, for whoever reads what was said in the thread."""
    told = []
    for flow in plan.reading.flows[:MOST_FLOWS]:
        names = [parameter.name for parameter in flow.parameters]
        left_out = f" and {len(names) - MOST_PARAMETERS} more" if len(names) > MOST_PARAMETERS else ""
        takes = f" ({', '.join(names[:MOST_PARAMETERS])}{left_out})" if names else ""
        told.append(f"`{plain(flow.name, 60)}`{takes}")
    more = f" and {len(plan.reading.flows) - MOST_FLOWS} more flows" if len(plan.reading.flows) > MOST_FLOWS else ""
    state = "registered as another version" if plan.registered_digest else "not registered yet"
    same = plan.registered_digest == plan.reading.digest
    return f", with {', '.join(told)}{more}, {'registered already' if same else state}"


def _content(services: Services, file: FileRef) -> bytes:
    limit = services.settings.max_file_bytes
    worth_fetching(file.name, file.size, max_bytes=limit)
    return services.gateway.download(file, limit=limit)


def _planned(services: Services, turn: Turn, plan_id: str, found: PipelineReading, source: bytes) -> Plan:
    plan = Plan(
        id=plan_id,
        thread=turn.thread,
        shared_by=turn.actor.user,
        source=source.decode(),
        reading=found,
        expires=services.clock() + PLAN_SECONDS,
    )
    return _compared(services, plan, source)


def _compared(services: Services, plan: Plan, source: bytes) -> Plan:
    """The plan beside what the pool has and what is registered, as far as Prefect can be asked."""
    flow = plan.flow()
    prefect = services.backends.prefect
    try:
        environment = prefect.pool_environment()
        registered = prefect.registered(flow.name) if flow else None
    except ToolError as exc:
        log.warning("plan_not_compared", reason=str(exc))
        return plan.model_copy(update={"not_compared": str(exc)})
    age = services.clock() - environment.as_of.timestamp() if environment else None
    digest = registered.digest if registered else ""
    reading = imports.checked(plan.reading, environment)
    asked = probing.lacks(reading) and probing.doubted(services, environment)
    told = {"reading": reading, "probe_age": age, "probed_again": asked, "registered_digest": digest}
    differs = digest and digest != plan.reading.digest
    difference = _difference(services, digest, source) if differs else {"diff": None, "not_compared": ""}
    return plan.model_copy(update=told | difference)


def _difference(services: Services, digest: str, source: bytes) -> dict[str, object]:
    """What a plan says of how a file differs from the registered one, or why that cannot be told."""
    try:
        return {"diff": source_diff(services.backends.sources.get(digest).source, source), "not_compared": ""}
    except ToolError as exc:
        return {"diff": None, "not_compared": str(exc)}


def _choose(services: Services, plan: Plan, place: int, click: Click, work: Work) -> None:
    if plan.state != "pending" or not 0 <= place < len(plan.reading.flows):
        return
    chosen = plan.model_copy(update={"chosen": plan.reading.flows[place].name})
    _close(services, plan, _compared(services, chosen, chosen.source.encode()), work)
    remembering.pressed(services, click, f"{_of(plan)} the flow `{plain(chosen.chosen, 60)}` was chosen", (), work)


def _decide(services: Services, plan: Plan, click: Click, work: Work) -> None:
    decided = {"decided_by": click.actor.user, "decided_at": services.clock(), "click": work.id}
    if click.action == actions.PLAN_DISCARD:
        _close(services, plan, plan.model_copy(update={**decided, "state": "discarded"}), work)
        remembering.pressed(services, click, f"{_of(plan)} `Discard`: nothing was registered", (), work)
        return
    deciding = plan.model_copy(update={**decided, "state": "deciding", "decision": click.action})
    if services.plans.change("pending", deciding, fence=work.fence):
        _decided(services, deciding, click, work)


def _decided(services: Services, plan: Plan, click: Click, work: Work) -> None:
    """Register, and run if that was asked. What could not be reached leaves the plan open for another press."""
    flow = plan.flow()
    if flow is None:
        return
    shared = Shared(plan.shared_by, plan.thread.ref)
    services.backends.sources.put(plan.source.encode(), plan.reading.filename, shared=shared)
    arguments: dict[str, object] = {"digest": plan.reading.digest, "flow": flow.name}
    outcome = _call(services, click, work, "register_pipeline", arguments)
    made = [("register_pipeline", arguments, outcome)]
    run, awaits = ("", ""), ""
    if outcome.status is Status.DONE and plan.decision == actions.PLAN_REGISTER_AND_RUN:
        started = _call(services, click, work, "run_pipeline", {"pipeline": flow.name})
        made.append(("run_pipeline", {"pipeline": flow.name}, started))
        if started.status is Status.DONE and started.data:
            run = (started.data["run"]["name"], started.data["run"]["url"])
        elif started.status is Status.AWAITING and started.data:
            awaits = started.data["proposal"]
        else:
            _say(services, click, work, f"*{flow.name}* is registered, but it was not started. {started.text}")
    if outcome.status is Status.DONE:
        _close(services, plan, plan.model_copy(update={"state": "registered", "run": run, "awaits": awaits}), work)
    elif outcome.status in {Status.UNAVAILABLE, Status.FAILED}:
        _close(services, plan, plan.model_copy(update={"state": "pending"}), work)
        _say(services, click, work, f"{outcome.text} Nothing was registered; the buttons still work.")
    else:
        _close(services, plan, plan.model_copy(update={"state": "failed", "reason": outcome.text}), work)
    label = "Register & run" if plan.decision == actions.PLAN_REGISTER_AND_RUN else "Register only"
    remembering.pressed(services, click, f"{_of(plan)} `{label}`", made, work)


def _of(plan: Plan) -> str:
    return f"on the card of `{plain(plan.reading.filename, 60)}`:"


def _call(services: Services, click: Click, work: Work, name: str, arguments: dict[str, object]) -> Outcome:
    request = Request(
        tool=services.tool(name),
        arguments=arguments,
        actor=click.actor,
        call=services.call(f"{work.id}:{name}", channel=click.thread.channel, thread=click.thread, actor=click.actor),
        via="button",
    )
    return calls_for(services, click.thread.team, work).make(name, request)


def _close(services: Services, before: Plan, after: Plan, work: Work) -> None:
    services.plans.change(before.state, after, fence=work.fence)
    view = cards.plan_card(services.hide.within(after), pool=services.settings.prefect_work_pool)
    services.outbox.edit(f"plan:{after.id}", view, urgent=True, fence=work.fence)


def _refuse(services: Services, turn: Turn, place: int, refused: Refusal, work: Work) -> None:
    services.outbox.post(
        f"refusal:{turn.id}-{place}", services.address(turn.thread), refusal(refused), fence=work.fence
    )


def _say(services: Services, click: Click, work: Work, text: str) -> None:
    services.outbox.post(f"said:{work.id}", services.address(click.thread), cards.note(text), fence=work.fence)


def _tell(services: Services, click: Click, work: Work, text: str) -> None:
    """Tell the person who pressed, and nobody else."""
    services.outbox.post(f"told:{work.id}", services.alone(click), View(text=text), fence=work.fence)
