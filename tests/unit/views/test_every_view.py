"""Whatever is put into a view, Slack takes what comes out, and nobody is notified by what others wrote."""

import json
import re
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.views import (
    approval,
    decided,
    enclosed,
    evidence,
    failure,
    final,
    help,  # noqa: A004  # the module's name, as in `bot/views/help.py`
    lineage,
    logs,
    markdown,
    moved,
    offer,
    plan,
    plan_details,
    progress,
    queued,
    refusal,
    reply,
    run,
    stopped,
)
from bot.views.limits import violations
from bot.views.text import prose
from bot.views.view import View
from tests.unit.views.hostile import foreign, many, number, seconds

STATES = st.sampled_from(("Running", "COMPLETED", "Failed", "Crashed", "Cancelled", "Late", "Cancelling")) | foreign
ALICE = st.just("U0ALICE") | foreign
PAIR = st.tuples(foreign, foreign)
URL = st.sampled_from(("https://prefect.example/runs/1", "", "javascript:alert(1)", "https://a|b>c")) | foreign.map(
    "x".__add__
)
PARAMETER = st.builds(plan_details.Parameter, foreign, foreign, foreign, st.booleans(), foreign)
FLOW = st.builds(plan_details.Flow, foreign, foreign, number, foreign, foreign, many(PARAMETER), many(foreign))
REGISTERED = st.builds(decided.Registered, ALICE, st.floats(), foreign, foreign, URL)
STOPPED = st.builds(stopped.Stopped, ALICE, many(foreign), many(foreign), many(foreign))
DECIDED = st.one_of(
    st.none(),
    st.none(),
    REGISTERED,
    st.builds(decided.Discarded, ALICE, st.floats()),
    st.builds(decided.Failed, foreign, foreign),
    st.builds(decided.Expired, st.floats()),
)
PLAN = st.builds(
    plan.Plan,
    reference=st.just("p-1"),
    filename=foreign,
    digest=foreign,
    size=number,
    shared_by=ALICE,
    pool=foreign,
    flows=many(FLOW).filter(len),
    imports=many(st.builds(plan_details.Import, foreign, st.sampled_from(("present", "missing", "unknown")))),
    probe_age=seconds,
    findings=many(st.builds(plan_details.Finding, number, foreign, foreign)),
    status=st.sampled_from(("new", "changed", "registered")),
    diff=st.none() | st.builds(plan_details.Diff, number, number, foreign, number),
    registered_digest=foreign,
    chosen=foreign,
    expires=seconds,
    decided=DECIDED,
)
TASK = st.builds(run.Task, foreign, STATES, seconds)
RUN = st.builds(
    run.Run,
    reference=st.just("r-1"),
    pipeline=foreign,
    name=foreign,
    url=URL,
    state=STATES,
    seconds=seconds,
    parameters=many(PAIR),
    tasks=many(TASK),
    started_by=ALICE,
    note=foreign,
)
TRACKED = st.builds(final.TrackedRun, foreign, URL, many(st.tuples(foreign, st.floats())))
PROBLEM = st.builds(final.Problem, foreign, foreign, many(foreign), number, foreign, st.booleans())
FINAL = st.builds(
    final.Final,
    reference=st.just("r-1"),
    pipeline=foreign,
    name=foreign,
    url=URL,
    state=STATES,
    seconds=seconds,
    started_by=ALICE,
    tracked=many(TRACKED),
    versions=many(st.builds(final.ModelVersion, foreign, st.just("4") | foreign, URL)),
    parameter=foreign,
    problem=st.none() | PROBLEM,
    unread=foreign,
    pool=foreign,
)
FAILURE = st.builds(failure.Failure, foreign, foreign, foreign, foreign, foreign, st.sampled_from(("", "t-1")))
PROGRESS = st.builds(
    progress.Progress,
    foreign,
    number,
    st.floats(),
    st.sampled_from(("working", "done", "failed", "stopped")),
    st.sampled_from(("", "T-C1-10.000001")),
)
HELP = st.builds(help.Help, many(st.builds(help.Entry, foreign, foreign, foreign)), foreign, many(foreign), foreign)
REPLY = st.builds(
    reply.Answer,
    text=foreign,
    footer=st.none() | st.builds(reply.Footer, foreign, st.floats(), many(foreign)),
    hosts=st.just(("prefect.example",)),
)

FIGURE = st.none() | st.floats()
EVIDENCE = st.builds(
    evidence.Evidence,
    warnings=many(foreign),
    unread=many(foreign),
    facts=many(st.builds(evidence.Fact, foreign, foreign, URL)),
    metrics=many(st.builds(evidence.Metric, foreign, FIGURE, FIGURE)),
    differences=many(st.builds(evidence.Difference, foreign, foreign, foreign)),
    diff=foreign,
    diff_note=foreign,
)
APPROVAL = st.builds(
    approval.Approval,
    reference=st.just("P-1"),
    summary=foreign,
    state=st.sampled_from(get_args(approval.State)),
    requester=ALICE,
    rule=foreign,
    approvers=many(st.sampled_from(("*", "U0ALICE")) | foreign | foreign.map("role:".__add__)),
    expires=st.floats(),
    quorum=number,
    self_approval=st.booleans(),
    confirmation=foreign,
    evidence=EVIDENCE,
    rollback=foreign,
    said=many(st.builds(approval.Said, ALICE, st.booleans(), st.floats(), foreign)),
    ended=st.floats(),
    reason=foreign.map(prose),
    rolls_back=st.booleans(),
    successor=foreign,
)
TOLD = st.builds(markdown.mrkdwn, foreign, st.just(("prefect.example",)))

VIEWS: dict[str, st.SearchStrategy[View | list[View]]] = {
    "plan": st.builds(plan.plan, PLAN),
    "run": st.builds(run.run, RUN),
    "approval": st.builds(approval.approval, APPROVAL),
    "approval_outcome": st.builds(lambda card, told: approval.outcome(card, told=told), APPROVAL, TOLD),
    "approval_reminder": st.builds(approval.reminder, APPROVAL),
    "enclosed": st.builds(enclosed.enclosed, foreign, foreign),
    "without": st.builds(enclosed.without, st.builds(enclosed.enclosed, foreign, foreign), foreign, foreign),
    "moved": st.builds(moved.moved, st.builds(moved.Moved, foreign, foreign, foreign, foreign)),
    "offer": st.builds(offer.offer, st.builds(offer.Offer, st.just("1.0"), st.just("U0ALICE"), many(foreign))),
    "offer_taken_up": st.builds(offer.taken_up, many(foreign)),
    "final": st.builds(final.final, FINAL),
    "logs": st.builds(logs.logs, st.builds(logs.Logs, foreign, URL, many(foreign), number)),
    "failure": st.builds(failure.failure, FAILURE),
    "progress": st.builds(progress.progress, PROGRESS),
    "stopped": st.builds(stopped.stopped, STOPPED),
    "refusal": st.builds(refusal.refusal, st.builds(refusal.Refusal, foreign, foreign, foreign, number, foreign)),
    "queued": st.builds(queued.queued, st.builds(queued.Queued, number, foreign)),
    "lineage": st.builds(
        lineage.lineage,
        st.builds(
            lineage.Lineage,
            foreign,
            many(st.builds(lineage.Hop, foreign, foreign, URL, foreign)),
            st.just(("prefect.example",)),
        ),
    ),
    "help": st.builds(help.command_list, HELP),
    "reply": st.builds(reply.reply, REPLY),
}
OURS = {"<@U0ALICE>"}


@pytest.mark.parametrize("view_name", VIEWS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_input_gives_messages_that_slack_takes_and_that_notify_nobody(view_name: str, data: st.DataObject) -> None:
    drawn = data.draw(VIEWS[view_name])
    for view in drawn if isinstance(drawn, list) else [drawn]:
        assert violations(view) == []
        json.dumps([view.text, view.blocks]).encode()
        for text in texts(view):
            assert text.encode()
            assert text.count("```") % 2 == 0
            for token in re.findall(r"<[^>]*>?", text):
                assert token in OURS or token.startswith("<https://prefect.example/runs/1")
            assert not re.search(r"@(channel|here|everyone)\b", text)


def texts(view: View) -> list[str]:
    return [view.text, *_strings(view.blocks)]


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            return [value["text"]]
        return [text for item in value.values() for text in _strings(item)]
    return [text for item in value for text in _strings(item)] if isinstance(value, list) else []
