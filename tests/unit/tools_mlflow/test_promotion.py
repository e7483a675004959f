"""Promoting: what is planned, what is done, and what is found out after a crash."""

from dataclasses import replace

import pytest

from tests.unit.tools_mlflow.registries import Death, Killed, again, promoted, tags_of, trained
from tests.unit.tools_prefect.conftest import THREAD, Bench
from tools.errors import BadArguments, Refused, Unavailable
from tools.mlflow import finding
from tools.mlflow.moving import AliasMoved, Outcome
from tools.mlflow.promotion import promote_model
from tools.mlflow.records import note_approval
from tools.mlflow.results import Dataset, RegisteredModel
from tools.spec import Done, Evidence, NotDone, ToolResult, Unknown

CHANGES = 9  #: six things that are known beforehand, the key, the alias and the mark make nine


@pytest.fixture(autouse=True)
def churn(bench: Bench) -> None:
    """Versions 1, the champion, and 2 of churn."""
    for auc in (0.91, 0.89):
        trained(bench, roc_auc=auc)
    bench.mlflow.move_by_hand("churn", "champion", "1")


def test_the_alias_moves_and_the_answer_says_where_it_was(bench: Bench) -> None:
    result = bench.use(promote_model, model="churn", version="v2")
    assert result.text == (
        "**champion** of churn points to [v2](http://mlflow.invalid/#/models/churn/versions/2) now; "
        "before, it pointed to v1."
    )
    assert bench.mlflow.model("churn").aliases == {"champion": "2"}


def test_who_asked_when_where_and_what_was_before_is_written_before_the_alias_moves(bench: Bench) -> None:
    promoted(bench, 2, key="k1")
    tags = tags_of(bench, "2")
    assert tags.pop("at").startswith("2026-01-05T09:")
    assert tags == {
        "key": "k1",
        "done": "k1",
        "left": "1",
        "previous": "1",
        "requester": "U0ALICE",
        "proposal": "",
        "thread": THREAD,
    }
    assert bench.mlflow.changes[-3:] == [
        "set tag trainmaster.alias.champion.key",
        "set alias champion",
        "set tag trainmaster.alias.champion.done",
    ]


def test_a_version_that_is_there_already_is_left_alone(bench: Bench) -> None:
    assert promoted(bench, 1).outcome is Outcome.UNCHANGED
    assert bench.mlflow.changes == []
    with pytest.raises(BadArguments, match=r"^champion of churn is v1 already: there is nothing to promote\.$"):
        bench.plan(promote_model, model="churn", version=1)


def test_names_are_taken_forgivingly_and_the_answer_says_so(bench: Bench) -> None:
    trained(bench)
    bench.mlflow.move_by_hand("churn", "challenger", "2")
    text = bench.use(promote_model, model="chur", version="challenger", alias="Champion").text
    assert "I took “chur” for the model **churn**." in text
    assert "challenger of churn is v2 now." in text
    assert "I took “Champion” for the alias **champion**." in text
    assert "The latest version of churn is v3." in bench.use(promote_model, model="churn", version="latest").text
    assert bench.mlflow.model("churn").aliases == {"challenger": "2", "champion": "3"}


@pytest.mark.parametrize(
    ("model", "version", "alias", "said"),
    [
        ("fraud", "1", "champion", "There is no model “fraud”. There are: churn."),
        ("churn", "9", "champion", "churn has no version 9. It has v2, v1."),
        ("churn", "best", "champion", "There is no alias of churn “best”. There are: champion."),
        ("churn", "2", "v2", "“v2” cannot be an alias"),
        ("churn", "2", "latest", "“latest” cannot be an alias"),
        ("churn", "2", "a/b", "“a/b” cannot be an alias"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    bench: Bench, model: str, version: str, alias: str, said: str
) -> None:
    with pytest.raises(BadArguments, match=said):
        bench.use(promote_model, model=model, version=version, alias=alias)
    assert bench.mlflow.changes == []


def test_an_alias_that_looks_like_a_number_is_never_taken_for_a_version(bench: Bench) -> None:
    bench.mlflow.move_by_hand("churn", "2", "1")
    assert promoted(bench, 2).version == "2"


# ---- the plan --------------------------------------------------------------------------------------------------------


def test_a_plan_binds_resolved_names_and_what_must_still_be_true(bench: Bench) -> None:
    plan = bench.plan(promote_model, model="Churn", version="latest")
    assert plan.arguments == {"model": "churn", "version": "2", "alias": "champion"}
    assert plan.summary == "Promote churn v2 to champion, in place of v1."
    assert plan.resources == ("mlflow:model:churn",)
    assert plan.preconditions == {"alias champion of churn": "1", "status of churn v2": "READY"}
    assert plan.facts == {"alias": "champion", "model": "churn", "version": "2", "replaces": "1"}
    assert plan.rollback == "Roll champion back to v1."
    assert bench.plan(promote_model, **plan.arguments).arguments == plan.arguments
    assert bench.mlflow.changes == []


def test_a_plan_that_is_made_once_more_to_compare_it_reads_nothing_that_people_are_shown(bench: Bench) -> None:
    shown = bench.plan(promote_model, model="churn", version="2")
    bench.mlflow.run = bench.mlflow.has_signature = None  # type: ignore[method-assign,assignment]  # a call is a TypeError
    brief = bench.plan_again(promote_model, **shown.arguments)
    assert (brief.arguments, brief.preconditions) == (shown.arguments, shown.preconditions)
    assert shown.evidence.metrics
    assert (brief.evidence, brief.measured) == (Evidence(), None)


def test_a_model_that_is_named_exactly_is_found_without_a_list_of_all(bench: Bench) -> None:
    bench.mlflow.models = None  # type: ignore[method-assign,assignment]  # a call is a TypeError
    assert promoted(bench, 2).version == "2"


def test_a_name_that_may_not_be_read_is_told_as_one_that_is_not_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bench.mlflow.model

    def refuses(name: str) -> RegisteredModel:
        if name == "secret":
            raise Refused("MLflow said no: permission denied.")
        return known(name)

    monkeypatch.setattr(bench.mlflow, "model", refuses)
    with pytest.raises(BadArguments, match=r"There is no model “secret”\. There are: churn\."):
        finding.find_model(bench.mlflow, "secret")


def test_a_plan_for_an_alias_that_nothing_has_says_so(bench: Bench) -> None:
    plan = bench.plan(promote_model, model="churn", version=2, alias="champoin")
    assert plan.preconditions["alias champoin of churn"] == ""
    assert plan.rollback == "Take the alias champoin away again."
    assert "churn has no alias champoin yet; there is champion." in plan.evidence.warnings


def test_evidence_has_metrics_parameters_code_and_data_of_both(bench: Bench) -> None:
    old = trained(bench, "x = 1\ny = 2\n", roc_auc=0.8, loss=0.4)
    digest_run = bench.mlflow.run(old.run_id)
    bench.mlflow._runs[old.run_id] = digest_run.model_copy(
        update={"datasets": (Dataset(name="train-set", digest="16ddaf4a", context="training"),)}
    )
    bench.mlflow.move_by_hand("churn", "champion", old.version)
    trained(bench, "x = 1\ny = 3333\n", roc_auc=0.85, loss=0.3)
    shown = bench.plan(promote_model, model="churn", version=4).evidence
    assert [(each.name, each.before, each.after) for each in shown.metrics] == [
        ("roc_auc", 0.8, 0.85),
        ("loss", 0.4, 0.3),
    ]
    assert [(each.name, each.before, each.after) for each in shown.differences] == [("depth", "14", "17")]
    assert "-y = 2\n+y = 3333" in shown.diff
    facts = {fact.label: fact for fact in shown.facts}
    assert facts["From"].value.startswith("v3, registered ")
    assert facts["To"].url.endswith("/models/churn/versions/4")
    assert facts["Data of v3"].value == "train-set (16ddaf4a, training)"
    assert facts["Run of v4"].url
    assert (shown.warnings, shown.unread) == ((), ())


def test_what_speaks_against_it_is_warned_of(bench: Bench) -> None:
    run = bench.mlflow.add_run("churn", metrics={"roc_auc": 0.5, "f1": float("nan")}, status="FAILED")
    bench.mlflow.add_version("churn", run_id=run.id, status="PENDING_REGISTRATION", signature=False)
    assert bench.plan(promote_model, model="churn", version=3).evidence.warnings == (
        "roc_auc falls from 0.91 to 0.5.",
        "v3 is PENDING_REGISTRATION, not READY.",
        "The run of v3 is FAILED, not FINISHED.",
        "f1 of v3 is not a number.",
        "v3 has no signature: what it takes is not checked.",
    )
    bench.mlflow.move_by_hand("churn", "champion", "2")
    older = bench.plan(promote_model, model="churn", version=1).evidence
    assert "v1 is older than v2, which has champion now." in older.warnings


def test_what_cannot_be_read_is_named(bench: Bench) -> None:
    bench.mlflow.add_version("churn", run_id="gone", signature=None)
    bench.mlflow.add_version("churn")
    shown = bench.plan(promote_model, model="churn", version=3).evidence
    assert shown.unread == (
        "I could not read the run of v3: MLflow has no run with the id gone.",
        "I could not read whether v3 has a signature: its files are not kept where I can read them.",
    )
    bench.mlflow.unreadable = Unavailable("MLflow", "connection refused")
    shown = bench.plan(promote_model, model="churn", version=4).evidence
    assert shown.unread[0] == "v4 names no run, so its metrics are not known."
    assert "whether v4 has a signature: I could not reach MLflow: connection refused." in shown.unread[1]


def test_a_source_that_is_not_kept_is_named_and_an_equal_one_said(bench: Bench) -> None:
    for source in ("x = 1", "x = 1", "x = 22"):
        trained(bench, source)
    bench.mlflow.move_by_hand("churn", "champion", "3")
    assert "Both were made by the same source" in bench.plan(promote_model, model="churn", version=4).evidence.diff_note
    run = bench.mlflow.run(bench.mlflow.model_version("churn", "5").run_id)
    bench.mlflow._runs[run.id] = run.model_copy(update={"tags": {"trainmaster.digest": "b" * 64}})
    shown = bench.plan(promote_model, model="churn", version=5).evidence
    (unread,) = shown.unread
    assert unread.startswith(
        "I could not compare the sources: No pipeline source with the digest bbbbbbbbbbbb is kept."
    )
    none = bench.plan(promote_model, model="churn", version=2).evidence
    assert none.diff_note == "There is no code to compare: v2 did not come from a pipeline of mine."


def test_evidence_is_bounded_and_says_what_it_left_out(bench: Bench) -> None:
    many = {f"metric_{place}_auc": 0.5 for place in range(35)}
    trained(bench, "".join(f"x{place} = 'a rather long line of source that fills it'\n" for place in range(99)), **many)
    trained(bench, "".join(f"y{place} = 'a rather long line of source that fills it'\n" for place in range(99)), **many)
    bench.mlflow.move_by_hand("churn", "champion", "3")
    shown = bench.plan(promote_model, model="churn", version=4).evidence
    assert len(shown.metrics) == 30
    assert {fact.label: fact.value for fact in shown.facts}["Left out"] == "5 more metrics"
    assert len(shown.diff) <= 3_000
    assert shown.diff_note.endswith("more lines of the difference left out.")


# ---- crashes ---------------------------------------------------------------------------------------------------------


def test_this_many_changes_are_made(bench: Bench) -> None:
    promoted(bench, 2)
    assert len(bench.mlflow.changes) == CHANGES


@pytest.mark.parametrize("made", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(CHANGES))
def test_killed_at_any_change_it_is_promoted_once(bench: Bench, at: int, made: bool) -> None:  # noqa: FBT001 - a row of the table
    Death(bench, at, made=made)
    with pytest.raises(Killed):
        promoted(bench, 2, key="k1")
    result = again(bench, promote_model, key="k1", model="churn", version="2")
    assert isinstance(result, ToolResult)
    assert isinstance(result.data, AliasMoved)
    assert (result.data.before, result.data.now, result.data.outcome) == ("1", "2", Outcome.MOVED)
    assert bench.mlflow.model("churn").aliases == {"champion": "2"}
    assert bench.mlflow.changes.count("set alias champion") == 1
    assert (tags_of(bench, "2")["key"], tags_of(bench, "2")["previous"]) == ("k1", "1")


@pytest.mark.parametrize("others", ["3", ""])
def test_killed_before_the_alias_and_moved_by_somebody_else_a_person_must_look(bench: Bench, others: str) -> None:
    trained(bench)
    Death(bench, CHANGES - 2, made=False)
    with pytest.raises(Killed):
        promoted(bench, 2, key="k1")
    bench.mlflow.move_by_hand("churn", "champion", others)
    found = bench.probe(promote_model, key="k1", model="churn", version="2")
    assert isinstance(found, Unknown)
    assert "the alias champion of churn" in found.look_at
    assert "from v1 to v2" in found.look_at


def test_killed_before_its_key_was_written_nothing_was_done_wherever_the_alias_is_now(bench: Bench) -> None:
    trained(bench)
    Death(bench, CHANGES - 3, made=False)
    with pytest.raises(Killed):
        promoted(bench, 2, key="k1")
    bench.mlflow.move_by_hand("churn", "champion", "3")
    assert bench.probe(promote_model, key="k1", model="churn", version="2") == NotDone()


def test_done_and_moved_by_somebody_else_since_it_stays_done_and_is_said(bench: Bench) -> None:
    trained(bench)
    promoted(bench, 2, key="k1")
    bench.mlflow.move_by_hand("churn", "champion", "3")
    found = bench.probe(promote_model, key="k1", model="churn", version="2")
    assert isinstance(found, Done)
    assert "was moved from v1 to [v2]" in found.result.text
    assert "somebody has moved it to v3 since" in found.result.text
    bench.mlflow.move_by_hand("churn", "champion", "1")
    assert isinstance(bench.probe(promote_model, key="k1", model="churn", version="2"), Done), "moved back by hand"


def test_another_calls_promotion_is_not_taken_for_ours(bench: Bench) -> None:
    promoted(bench, 2, key="k1")
    assert bench.probe(promote_model, key="k2", model="churn", version="2") == NotDone()
    assert promoted(bench, 2, key="k2").outcome is Outcome.UNCHANGED
    assert tags_of(bench, "2")["key"] == "k1"


def test_what_latest_meant_is_told_by_the_key_after_a_crash(bench: Bench) -> None:
    bench.use(promote_model, key="k1", model="churn", version="latest")
    trained(bench)
    found = bench.probe(promote_model, key="k1", model="churn", version="latest")
    assert isinstance(found, Done)
    assert isinstance(found.result.data, AliasMoved)
    assert found.result.data.version == "2"


def test_somebody_who_moves_it_at_the_same_moment_is_told_of(bench: Bench) -> None:
    trained(bench)

    def overtake(change: str) -> None:
        if change == "set alias champion":
            bench.mlflow.move_by_hand("churn", "champion", "3")

    bench.mlflow.after_change = overtake
    assert promoted(bench, 2).now == "3"


@pytest.mark.parametrize("change", ["set tag trainmaster.alias.champion.key", "set alias champion"])
def test_mlflow_that_goes_away_leaves_no_doubt_before_the_alias_was_asked_for(bench: Bench, change: str) -> None:
    def away(what: str) -> None:
        if what == change:
            raise Unavailable("MLflow", "connection refused", maybe_done=True)

    bench.mlflow.before_change = away
    with pytest.raises(Unavailable) as caught:
        promoted(bench, 2)
    assert caught.value.maybe_done is (change == "set alias champion")


# ---- the record ------------------------------------------------------------------------------------------------------


def test_who_approved_is_noted_on_the_version_and_gone_with_the_next_promotion(bench: Bench) -> None:
    call = bench.call(key="k1")
    tagged = replace(call, origin=replace(call.origin, thread=THREAD, proposal="P-1"))
    promote_model.function(promote_model.arguments(model="churn", version=2), bench.backends, tagged)  # type: ignore[call-arg]  # the tool's own
    noted = {"model": "churn", "version": "2", "alias": "champion", "permalink": "https://slack.invalid/p1"}
    assert not note_approval(bench.mlflow, **noted, approvers=("U0BOB",), proposal="P-2")
    assert note_approval(bench.mlflow, **noted, approvers=("U0BOB", "U0CAROL"), proposal="P-1")
    tags = tags_of(bench, "2")
    assert (tags["approvers"], tags["link"]) == ("U0BOB, U0CAROL", "https://slack.invalid/p1")
    promoted(bench, 1)
    promoted(bench, 2)
    assert "approvers" not in tags_of(bench, "2")
    assert "link" not in tags_of(bench, "2")


def test_a_look_that_is_refused_after_the_alias_was_moved_leaves_open_what_happened(bench: Bench) -> None:
    def breaks(what: str) -> None:
        if what == "set alias champion":
            bench.mlflow.broken = Refused("You may not read this.")

    bench.mlflow.after_change = breaks
    with pytest.raises(Unavailable, match="You may not read this") as caught:
        promoted(bench, 2, key="k1")
    assert caught.value.maybe_done
