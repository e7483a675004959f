"""What is remembered of a conversation and of a person: shown to them alone, and forgotten when they want that."""

import argparse
import json
import re

import pytest
import redis
from langchain_core.messages import AIMessage, HumanMessage, messages_to_dict

from bot import export_command, policy_file
from bot.conversations import Exchange, Summary
from bot.retention import DAY
from bot.settings import AuditSettings
from tests.fakes.world import CHANNEL, TEAM, ScriptedThinker, World, calls, words
from worker.agent.limits import ModelAway

FLOW = b"from prefect import flow\n\n\n@flow\ndef adding() -> int:\n    return 1\n"
REF = f"{TEAM}:{CHANNEL}:1764000000.000001"
ALICE, BOB = "U0ALICE", "U0BOB"


def keys(world: World, family: str) -> list[str]:
    return sorted(str(key) for key in world.redis.scan_iter(f"tm:{TEAM}:{family}:*"))


def talks(world: World, *questions: str, user: str = "alice", thread: str | None = None) -> str:
    """Somebody asks, and each question is answered by a model; the thread."""
    world.think_with(ScriptedThinker(*(AIMessage(f"about {question}") for question in questions)))
    for question in questions:
        thread = world.says(f"@trainmaster {question}", user=user, thread=thread)
    assert thread
    return thread


def forgets(world: World, thread: str, *, user: str = "alice", named: str = "") -> str:
    """A model forgets for somebody; what the tool gave it."""
    thinker = ScriptedThinker(calls("forget_conversation", thread=named), AIMessage("done"))
    world.think_with(thinker)
    world.says(f"@trainmaster forget this conversation {named}", user=user, thread=thread)
    return thinker.asked[-1][-1].text


def posted(world: World) -> list[str]:
    """What the outbox holds of every message."""
    return [str(world.redis.hget(key, "view")) for key in keys(world, "outbox:v1")]


def link(thread: str, channel: str = CHANNEL) -> str:
    return f"https://local.slack.com/archives/{channel}/p{thread.replace('.', '')}"


def remembered(world: World, thread: str) -> list[str]:
    """What the model is told was said before."""
    thinker = ScriptedThinker(AIMessage("here"))
    world.think_with(thinker)
    world.says("@trainmaster now", thread=thread)
    return [message.text for message in thinker.asked[0][1:-1]]


def test_a_forgotten_conversation_is_gone_with_the_steps_and_the_questions_kept_for_it(world: World) -> None:
    thread = talks(world, "one", "two")
    world.think_with(ScriptedThinker(ModelAway("The model did not answer.")))
    world.says("@trainmaster three", thread=thread)
    assert len(keys(world, "failed")) == 1
    steps = keys(world, "checkpoint:v1:index")
    told = forgets(world, thread)
    assert "3 turns: what was asked" in told  # that one had no answer is remembered, too
    assert "1 question kept for `Try again`" in told
    assert keys(world, "failed") == []
    assert not set(steps) & set(keys(world, "checkpoint:v1:index"))
    assert [text for text in posted(world) if "about one" in text or "about two" in text] == []
    assert remembered(world, thread) == ["forget this conversation", "", told, "done"]


def test_it_is_asked_for_in_words_without_a_model_that_costs(world: World) -> None:
    thread = world.says("@trainmaster hello")
    told = world.texts(world.says("@trainmaster what do you know about me?", thread=thread))[-1]
    assert "1 question of yours in 1 conversation" in told
    assert "/mlops export me" in told
    told = world.texts(world.says("@trainmaster forget this conversation", thread=thread))[-1]
    assert "2 turns: what was asked" in told
    assert "Kept, and why" in told
    assert [one.turn for one in world.services.conversations.load(f"{TEAM}:{CHANNEL}:{thread}")][1:] == []


def test_it_is_said_what_is_kept_for_how_long_and_why(world: World) -> None:
    world.decides_by(policy_file.DEFAULT + '\n[retention]\nproposals = "400d"\n')
    told = forgets(world, talks(world, "one"))
    assert "- Proposals and decisions, for 400 days after the last change: " in told
    assert "- The audit log, for good: " in told
    assert "- What was spent, for 2 days: a budget does not begin anew by forgetting" in told


def test_forgetting_is_audited_and_touches_neither_journals_nor_proposals_nor_budgets(world: World) -> None:
    world.mlflow.add_version("churn")
    thread = world.says("@trainmaster promote churn v1 to champion")
    kept = [*keys(world, "journal"), *keys(world, "proposal"), *keys(world, "spent"), *keys(world, "seen")]
    assert len(kept) >= 4
    forgets(world, thread)
    assert world.redis.exists(*kept) == len(kept)
    assert world.proposal_now(world.proposal.id).open
    [noted] = world.audited(subject="forget_conversation")
    assert (noted.actor, noted.outcome) == (ALICE, "done")


def test_by_command_a_conversation_is_named_by_its_link(world: World) -> None:
    thread = talks(world, "one")
    assert "A command belongs to no thread" in world.commands("/mlops forget")
    assert "no link of a message" in world.commands("/mlops forget yesterday")
    assert "1 turn: what was asked" in world.commands(f"/mlops forget {link(thread)}")
    assert "there was nothing to forget" in world.commands(f"/mlops forget {link(thread)}?thread_ts={thread}&cid=C1")
    assert remembered(world, thread) == []


def test_nobody_forgets_a_conversation_elsewhere_in_which_they_have_asked_nothing(world: World) -> None:
    thread = talks(world, "one")
    ref = f"{TEAM}:C0SECRET:{thread}"
    world.redis.copy(f"tm:{TEAM}:conversation:v1:{TEAM}:{CHANNEL}:{thread}", f"tm:{TEAM}:conversation:v1:{ref}")
    assert "You have asked nothing in that conversation" in world.commands(f"/mlops forget {link(thread, 'C0SECRET')}")
    assert "You have asked nothing" in forgets(world, thread, user="bob", named=link(thread, "C0SECRET"))
    assert world.services.conversations.load(ref)


def test_a_policy_says_who_may_forget(world: World) -> None:
    world.decides_by('[roles.viewer]\nmembers = ["*"]\npermissions = ["*:*:read"]\n')
    thread = talks(world, "one")
    assert "trainmaster:conversation:forget" in forgets(world, thread)
    assert "one" in remembered(world, thread)


def test_one_person_is_forgotten_everywhere_and_the_others_are_not(world: World) -> None:
    shared = talks(world, "hers")
    talks(world, "his", user="bob", thread=shared)
    talks(world, "hers alone")
    told = world.commands("/mlops forget me")
    assert "2 turns in 2 conversations" in told
    assert "what Slack had said of your membership and time zone" in told
    assert keys(world, "talked") == [f"tm:{TEAM}:talked:v1:{BOB}"]
    assert remembered(world, shared) == ["his", "about his"]


def test_a_summary_goes_with_its_conversation_and_is_told_of_before(world: World) -> None:
    thread = talks(world, "one", "two")
    ref = f"{TEAM}:{CHANNEL}:{thread}"
    first = world.services.conversations.load(ref)[0].turn
    world.services.conversations.fold(ref, Summary("- alice prefers recall", 7, "rules"), upto=first, fence=None)
    told = world.commands("/mlops export me")
    assert "1 question of yours" in told
    assert "summaries of 7 older turns in 1 conversation" in told
    assert "prefers recall" not in told
    assert "the summary of 7 older turns" in world.commands("/mlops forget me")
    assert world.services.conversations.summary(ref) is None


def test_what_a_person_was_told_alone_goes_with_them(world: World) -> None:
    talks(world, "my secret plan")
    world.commands("/mlops export me")
    assert any("my secret plan" in text for text in posted(world))
    world.commands("/mlops forget me")
    assert not any("my secret plan" in text for text in posted(world))


def test_what_is_stored_is_shown_to_the_person_alone_newest_first(world: World) -> None:
    talks(world, "the first", "the second")
    talks(world, "what bob asks", user="bob")
    told = world.commands("/mlops export me")
    assert "2 questions of yours in 1 conversation" in told
    assert told.index("the second") < told.index("the first")
    assert "about the first" in told
    assert "bob" not in told
    assert f"python -m bot export --person {ALICE}" in told
    assert told == world.commands("/mlops export")


def test_in_a_thread_nobody_reads_along_what_was_asked(world: World) -> None:
    talks(world, "a secret plan")
    thinker = ScriptedThinker(calls("export_me"), AIMessage("see above"))
    world.think_with(thinker)
    world.says("@trainmaster what do you know about me?")
    told = thinker.asked[-1][-1].text
    assert "1 question of yours" in told
    assert "secret plan" not in told
    assert "`/mlops export me`" in told


def test_nobody_is_told_what_is_stored_about_others(world: World) -> None:
    talks(world, "what bob asks", user="bob")
    assert "I tell nobody what is stored about" in world.commands(f"/mlops export {BOB}")


def test_a_long_history_is_shown_as_far_as_it_fits_and_the_rest_is_counted(world: World) -> None:
    for number in range(14):
        messages = messages_to_dict([HumanMessage(f"question {number} " + "word " * 100), AIMessage("word " * 80)])
        turn = f"{TEAM}-{CHANNEL}-17640000{number:02}.000001"
        world.services.conversations.append(REF, Exchange(turn, messages, ALICE), fence=None)
    world.commands("/mlops export me")
    told = "".join(words(message) for message in world.workspace.ephemerals(ALICE, CHANNEL))
    shown = len(set(re.findall(r"question (\d+)", told)))
    assert 5 < shown < 14
    assert f"{14 - shown} older ones are not shown here" in told
    assert "… (511 characters)" in told


def test_the_policy_says_how_long_conversations_proposals_files_and_boxes_are_kept(world: World) -> None:
    kept = 'conversations = "3d"\nproposals = "200d"\nmailboxes = "9d"\nfiles = "4d"\n'
    world.decides_by(f"{policy_file.DEFAULT}\n[retention]\n{kept}")
    world.mlflow.add_version("churn")
    world.says("@trainmaster promote churn v1 to champion")
    world.says("@trainmaster onboard this", files=[("adding.py", FLOW)])
    for family, days in {"conversation": 3, "talked": 3, "proposal": 200, "lease": 9, "joined": 9, "plan": 4}.items():
        [*found] = keys(world, family)
        assert found, family
        assert all(0 < int(world.redis.ttl(key)) <= days * DAY for key in found), family
        assert any(int(world.redis.ttl(key)) > (days - 1) * DAY for key in found), family


@pytest.fixture
def exported(world: World, capsys: pytest.CaptureFixture[str]) -> "list[dict[str, object]]":
    """What an operator gets of Alice, who has asked, shared and proposed something, beside Bob."""
    world.mlflow.add_version("churn")
    world.says("@trainmaster promote churn v1 to champion")
    world.says("@trainmaster what bob asks", user="bob")
    given = argparse.Namespace(person=ALICE, team="")
    settings = AuditSettings(redis_url=world.settings.redis_url)
    assert export_command.run(given, settings) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def test_an_operator_gets_all_of_it_as_json_lines(exported: list[dict[str, object]]) -> None:
    families = {str(line["key"]).split(":")[2] for line in exported}
    assert {"conversation", "proposal", "audit", "directory", "spent", "talked", "checkpoint", "journal"} <= families
    asked = [line for line in exported if ":conversation:" in str(line["key"])]
    assert "promote churn v1 to champion" in json.dumps(asked)
    assert "what bob asks" not in json.dumps(exported)
    assert len({(line["key"], line["part"]) for line in exported}) == len(exported)


def test_an_operator_who_names_nobody_is_told_how(
    connection: "redis.Redis", valkey_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = AuditSettings(redis_url=valkey_url)
    assert export_command.run(argparse.Namespace(person="alice", team=""), settings) == 2
    assert export_command.run(argparse.Namespace(person=ALICE, team=""), settings) == 2
    told = capsys.readouterr().err
    assert "Copy member ID" in told
    assert "nothing of any workspace" in told
    connection.set("tm:T1:x", "1")
    connection.set("tm:T2:x", "1")
    assert export_command.run(argparse.Namespace(person=ALICE, team=""), settings) == 2
    assert "--team (T1, T2)" in capsys.readouterr().err
