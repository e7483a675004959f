"""What differs between two moments, a line each."""

from tests.evals.scene import Pipeline, Run, Scene
from tests.evals.state import changes, values


def test_what_came_went_and_changed_is_a_line_each() -> None:
    before = {"alias champion of churn": "2", "model churn": "", "pipeline old": "1a2b3c4d"}
    after = {"alias champion of churn": "3", "model churn": "", "model risk": "", "run r1": "churn max_depth=5"}
    assert changes(before, after) == (
        "- pipeline old",
        "+ model risk",
        "+ run r1: churn max_depth=5",
        "alias champion of churn: 2 -> 3",
    )
    assert changes(after, after) == ()


def test_parameters_are_written_by_name_whatever_their_order() -> None:
    assert values({"seed": 7, "C": 0.5}) == "C=0.5 seed=7"


def test_what_a_case_puts_beside_a_scene_comes_behind_it_and_its_single_values_count() -> None:
    scene = Scene(pipelines=(Pipeline(name="a"),), workers=2, topic="usual")
    more = Scene(pipelines=(Pipeline(name="b"),), runs=(Run(pipeline="b"),), topic="other")
    both = scene.and_then(more)
    assert [one.name for one in both.pipelines] == ["a", "b"]
    assert (len(both.runs), both.workers, both.topic) == (1, 2, "other")
    assert scene.and_then(Scene()) == scene
