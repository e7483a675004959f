"""Where a model comes from, linked into Slack."""

import pytest

from tests.fakes.world import CHANNEL, TEAM, World
from tools.mlflow.results import ACTOR_TAG, THREAD_TAG


def test_what_is_in_production_is_traced_to_the_thread_in_which_it_was_asked_for(world: World) -> None:
    thread = world.says("@trainmaster hello")
    run = world.mlflow.add_run("churn", tags={THREAD_TAG: f"{TEAM}:{CHANNEL}:{thread}", ACTOR_TAG: "U0ALICE"})
    world.mlflow.add_version("churn", run_id=run.id, aliases=("champion",))
    link = world.services.gateway.permalink(channel=CHANNEL, ts=thread)
    [told] = [line for line in world.commands("/mlops lineage churn").splitlines() if "Asked for" in line]
    assert "in a thread by alice" in told
    assert link in told


@pytest.mark.parametrize("ref", [f"T0OTHER:{CHANNEL}:1.1", "nonsense", f"{TEAM}:C0NOWHERE:1.1", ""])
def test_a_thread_that_cannot_be_linked_is_not(world: World, ref: str) -> None:
    assert world.services.backends.desk.thread_link(ref) == ""
