"""Many people, many presses and several workers at once: one decision, one application, one outcome for all."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import redis

from bot.events import AnyItem
from bot.mailbox import READY
from bot.proposals import State
from bot.views import actions
from tests.fakes.churn import ALICE, BOB, CAROL, asks, champion, click, form, moves, policy, register, said, talk
from tests.fakes.world import World
from tests.fixtures.waiting import until
from worker.attend import attend
from worker.services import Services

ROOT = Path(__file__).parents[3]
#: Bots, each a process: it takes in what stands in its line. One parent forks them, which spares three imports.
BOTS = """
import os, sys
import redis
from bot.events import ITEMS
from bot.mailbox import Mailbox

lines = sys.stdin.read().splitlines()
children = []
for line in lines:
    if child := os.fork():
        children.append(child)
        continue
    mailbox = Mailbox(redis.Redis.from_url(sys.argv[1], decode_responses=True))
    for item in line.split("\\t"):
        mailbox.accept(ITEMS.validate_json(item))
    os._exit(0)
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


def pressed(url: str, items: list[AnyItem], *, bots: int) -> None:
    """Have so many bots, each a process of its own, take in what they were sent, at the same time."""
    lines = ["\t".join(item.model_dump_json() for item in items[place::bots]) for place in range(bots)]
    command = [sys.executable, "-c", BOTS, url]
    subprocess.run(command, cwd=ROOT, input="\n".join(lines), text=True, check=True, timeout=60)


@contextmanager
def working(world: World, url: str, *, workers: int) -> Iterator[list[Services]]:
    """So many workers, each with a connection of its own, until the block ends."""
    over = Event()
    connections = [redis.Redis.from_url(url, decode_responses=True, socket_timeout=5) for _ in range(workers)]
    made = [world.colleague(connection) for connection in connections]

    def work(services: Services) -> None:
        while not over.wait(0.01):
            for box in services.connection.zrange(READY, 0, -1):
                attend(services, str(box))

    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(work, services) for services in made]
        try:
            yield made
        finally:
            over.set()
    for each in running:
        each.result()
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("quorum", [1, 3])
def test_fifty_presses_from_four_bots_at_four_workers_are_one_decision_and_one_application(
    world: World, valkey_url: str, quorum: int
) -> None:
    register(world)
    people = [world.workspace.add_person(f"p{n}", f"Person {n}", channels=["#ml-pipelines"]).id for n in range(4)]
    deciders = [BOB, *people]
    named = ", ".join(f'"{one}"' for one in deciders)
    world.decides_by(policy(approvers=f"[{named}]", more=f"quorum = {quorum}"))
    here = talk(world)
    proposal = asks(world, here)
    everybody = [*deciders, ALICE, CAROL]
    yes = [
        click(actions.PROPOSAL_APPROVE, proposal, by=everybody[n % 7], at=here, number=str(n // 14)) for n in range(42)
    ]
    no = [form(actions.PROPOSAL_REJECT, proposal, "no", by=deciders[n % 5], at=here, number=str(n)) for n in range(8)]
    told: list[AnyItem] = [*yes, *no]
    random.Random(quorum).shuffle(told)  # an order, no secret
    with working(world, valkey_url, workers=4):
        pressed(valkey_url, told, bots=4)
        until(lambda: not world.redis.zcard(READY), seconds=30)
    ended = world.proposal_now(proposal)
    assert ended.state in {State.APPLIED, State.REJECTED}
    applied = ended.state is State.APPLIED
    assert (moves(world), champion(world)) == ((1, "2") if applied else (0, "1"))
    assert len(ended.approvers) == len(set(ended.approvers)) <= quorum
    assert ALICE not in ended.approvers
    assert CAROL not in ended.approvers
    events = Counter(str(one.action) for one in world.audited(subject=proposal))
    assert events["proposal.applied"] + events["proposal.rejected"] == 1
    assert events["proposal.applying"] == int(applied)
    assert events["proposal.approved"] == len(ended.approvers)
    head = "Approved and done" if applied else "Rejected"
    assert [head in said(world, f"proposal:{proposal}:{entry}") for entry in ("card", "told")] == [True, True]
    alone = [said(world, key.split(":outbox:v1:")[1]) for key in world.redis.scan_iter("tm:*:outbox:v1:told:*")]
    late = [text for text in alone if "can no longer be decided" in text]
    assert late
    assert all(ended.standing in text or "it is being applied" in text or "is approved" in text for text in late)
    assert world.services.auditor.log.verify().intact


def test_two_proposals_for_one_model_are_never_interleaved_and_the_second_is_overtaken(
    world: World, valkey_url: str
) -> None:
    register(world)
    world.mlflow.add_version("churn")
    world.decides_by(policy(approvers='["U0BOB"]'))
    here, there = talk(world), talk(world)
    first = asks(world, here)
    third = click(actions.MODEL_PROMOTE, "churn:3", by=ALICE, at=there)
    world.receives(third)
    second = world.proposal.id
    begun, go_on, inside = Event(), Event(), []

    def slowly(what: str) -> None:
        inside.append(what)
        if "set alias" in what:
            begun.set()
            assert go_on.wait(10)

    world.mlflow.before_change = slowly
    with working(world, valkey_url, workers=2) as (one, other):
        one.mailbox.accept(click(actions.PROPOSAL_APPROVE, first, by=BOB, at=here))
        assert begun.wait(10)
        other.mailbox.accept(click(actions.PROPOSAL_APPROVE, second, by=BOB, at=there))
        until(lambda: world.proposal_now(second).state is State.APPROVED)
        until(lambda: f"waits for `{first}`" in said(world, f"proposal:{second}:card"))
        seen = len(inside)
        assert world.proposal_now(first).state is State.APPLYING
        go_on.set()
        until(lambda: world.proposal_now(second).announced)
    assert len([what for what in inside[:seen] if "set alias" in what]) == 1
    assert world.proposal_now(first).state is State.APPLIED
    assert world.proposal_now(second).state is State.SUPERSEDED
    assert (moves(world), champion(world)) == (1, "2")
