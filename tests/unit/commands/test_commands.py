"""The exact grammar of `/mlops …`."""

import pytest

from tools.catalogue import CATALOGUE
from tools.spec import JSONDict
from worker.commands import Decided, NotACommand, decision_in, parse


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("pipelines", "list_pipelines", {}),
        ("pipelines churn", "list_pipelines", {"search": "churn"}),
        ("PIPELINES", "list_pipelines", {}),
        ("run churn", "run_pipeline", {"pipeline": "churn"}),
        (
            "run churn max_depth=5 rate=0.2 fast=true name=ada ids=[1,2]",
            "run_pipeline",
            {
                "pipeline": "churn",
                "parameters": {"max_depth": 5, "rate": 0.2, "fast": True, "name": "ada", "ids": [1, 2]},
            },
        ),
        (
            'run "churn prediction" note="two words"',
            "run_pipeline",
            {"pipeline": "churn prediction", "parameters": {"note": "two words"}},
        ),
        ("status", "system_status", {}),
        ("status last churn", "run_status", {"run": "last churn"}),
        ("logs", "read_logs", {}),
        ("logs last lines=50 level=ERROR", "read_logs", {"run": "last", "lines": 50, "level": "ERROR"}),
        ("cancel brave-otter", "cancel_run", {"run": "brave-otter"}),
        ("runs churn limit=5", "list_runs", {"pipeline": "churn", "limit": 5}),
        ("runs since=24 who=me", "list_runs", {"since": 24, "who": "me"}),
        ("why", "why_late", {}),
        ("why last churn", "why_late", {"run": "last churn"}),
        ("explain brave-otter", "explain_failure", {"run": "brave-otter"}),
        ("schedules", "list_schedules", {}),
        ("schedule churn every Monday at 9", "set_schedule", {"pipeline": "churn", "when": "every Monday at 9"}),
        ("schedule churn 0 9 * * 1", "set_schedule", {"pipeline": "churn", "when": "0 9 * * 1"}),
        (
            "schedule churn daily at 6 timezone=Europe/Berlin",
            "set_schedule",
            {"pipeline": "churn", "when": "daily at 6", "timezone": "Europe/Berlin"},
        ),
        ("schedule pause churn", "pause_schedule", {"pipeline": "churn"}),
        ("schedule resume churn", "resume_schedule", {"pipeline": "churn"}),
        ("schedule remove churn", "remove_schedule", {"pipeline": "churn"}),
        ("pipeline remove churn", "remove_pipeline", {"pipeline": "churn"}),
        ("resume brave-otter", "resume_run", {"run": "brave-otter"}),
        ("artifacts last", "run_artifacts", {"run": "last"}),
        ("freeze a=b outage", "freeze_changes", {"reason": "a=b outage"}),
        ('freeze "release  week"', "freeze_changes", {"reason": "release  week"}),
        ('freeze the  "new" release', "freeze_changes", {"reason": 'the  "new" release'}),
        ("audit by=bob", "read_audit", {"matching": "by=bob"}),
        ("audit by=bob limit=5", "read_audit", {"matching": "by=bob", "limit": 5}),
        ("withdraw P-ABCD it is old", "withdraw_proposal", {"proposal": "P-ABCD", "reason": "it is old"}),
        ("withdraw P-ABCD", "withdraw_proposal", {"proposal": "P-ABCD"}),
        ("describe churn auc=0.9 at last", "write_description", {"model": "churn", "text": "auc=0.9 at last"}),
    ],
)
def test_a_command_is_a_tool_call(text: str, tool: str, arguments: JSONDict) -> None:
    parsed = parse(text, CATALOGUE)
    assert (parsed.tool.name, parsed.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pipelnes", "Did you mean `/mlops pipelines"),
        ("xyzzy", "I know no command `xyzzy`. `/mlops help`"),
        ("run", "PIPELINE is missing: `/mlops run PIPELINE [name=value …]`"),
        ("cancel", "RUN is missing"),
        ("run churn fast", "I do not know what to do with `fast`"),
        ("pipeline churn depth=3", "`depth` is no argument"),
        ('run "churn', "quotation mark"),
    ],
)
def test_what_is_no_command_is_answered_with_the_right_form(text: str, said: str) -> None:
    with pytest.raises(NotACommand) as refused:
        parse(text, CATALOGUE)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["approve", " Reject ", "withdraw"])
def test_a_decision_about_no_proposal_is_told_what_is_missing(text: str) -> None:
    with pytest.raises(NotACommand, match=rf"PROPOSAL is missing: `/mlops {text.strip().lower()} PROPOSAL"):
        assert decision_in(text) or parse(text.strip(), CATALOGUE)


def test_a_decision_keeps_what_was_said_with_it() -> None:
    assert decision_in("approve P-ABCD looks  good") == Decided(approves=True, proposal="P-ABCD", rest="looks  good")
    assert decision_in("reject p-abcd") == Decided(approves=False, proposal="P-ABCD")


def test_no_two_tools_share_a_command() -> None:
    forms = [(tool.command.words, bool(tool.command.usage)) for tool in CATALOGUE if tool.command]
    assert len(forms) == len(set(forms))


def test_every_tool_is_listed_once_in_the_order_of_the_alphabet() -> None:
    names = [tool.name for tool in CATALOGUE]
    assert names == sorted(set(names))
