"""`response_url`: five answers within half an hour."""

import pytest

from demo.workspace.api import ApiError
from demo.workspace.model import Message
from demo.workspace.responses import Responses
from demo.workspace.workspace import Workspace

from .samples import CallApi, Clock


@pytest.fixture
def responses(workspace: Workspace) -> Responses:
    return Responses(workspace)


@pytest.fixture
def card(workspace: Workspace, api: CallApi) -> Message:
    root = workspace.post("alice", "#ml-pipelines", "hello")
    ts = api("chat.postMessage", channel="C0MLPIPE", text="card", thread_ts=root.ts)["ts"]
    return workspace.message("C0MLPIPE", ts)


def test_by_default_only_the_person_sees_the_answer_in_the_thread(
    workspace: Workspace, responses: Responses, card: Message
) -> None:
    responses.answer(responses.issue("U0ALICE", "C0MLPIPE", card), {"text": "for you"})
    assert [m.text for m in workspace.ephemerals("U0ALICE", "C0MLPIPE", card.root)] == ["for you"]
    assert len(workspace.thread("C0MLPIPE", card.root)) == 2


def test_in_channel_everybody_sees_it(workspace: Workspace, responses: Responses) -> None:
    path = responses.issue("U0ALICE", "C0RANDOM", None)
    responses.answer(path, {"text": "for all", "response_type": "in_channel"})
    assert [m.text for m in workspace.messages("C0RANDOM")] == ["for all"]  # no membership is needed


def test_the_original_is_replaced_or_deleted(workspace: Workspace, responses: Responses, card: Message) -> None:
    path = responses.issue("U0ALICE", "C0MLPIPE", card)
    responses.answer(path, {"text": "new", "replace_original": True})
    assert workspace.message("C0MLPIPE", card.ts).text == "new"
    responses.answer(path, {"delete_original": True})
    assert [m.text for m in workspace.thread("C0MLPIPE", card.root)] == ["hello"]
    with pytest.raises(ApiError, match="message_not_found"):
        responses.answer(path, {"text": "new", "replace_original": True})


def test_an_ephemeral_original_is_replaced_for_its_reader(workspace: Workspace, responses: Responses) -> None:
    shown = workspace.show(Message("C0MLPIPE", workspace.next_ts(), "U0TRAINMSTR", "old", ephemeral_to="U0BOB"))
    responses.answer(responses.issue("U0BOB", "C0MLPIPE", shown), {"text": "new", "replace_original": True})
    assert [m.text for m in workspace.ephemerals("U0BOB", "C0MLPIPE")] == ["new"]


def test_the_sixth_answer_is_refused(responses: Responses) -> None:
    path = responses.issue("U0ALICE", "C0MLPIPE", None)
    for number in range(5):
        responses.answer(path, {"text": str(number)})
    with pytest.raises(ApiError, match="used_url"):
        responses.answer(path, {"text": "6"})


def test_after_half_an_hour_it_is_over(responses: Responses, clock: Clock) -> None:
    path = responses.issue("U0ALICE", "C0MLPIPE", None)
    clock.passes(1801)
    with pytest.raises(ApiError, match="expired_url"):
        responses.answer(path, {"text": "late"})


@pytest.mark.parametrize(("body", "error"), [({}, "no_text"), ({"blocks": [{}]}, "invalid_blocks"), ([], "invalid")])
def test_an_answer_that_says_nothing_is_refused(responses: Responses, body: object, error: str) -> None:
    with pytest.raises(ApiError, match=error):
        responses.answer(responses.issue("U0ALICE", "C0MLPIPE", None), body)
