"""Plans: files that were shared and read, and wait for the person who shared them to decide."""

from typing import Literal, cast

import redis
from pydantic import BaseModel, ConfigDict

from bot.errors import Stale
from bot.events import Thread
from bot.mailbox import Fence
from bot.retention import Kept, Retention
from tools.pipelines.diff import SourceDiff
from tools.pipelines.models import FlowFound, PipelineReading

PLAN_SECONDS = 86_400  #: a plan waits for a day; for how much longer it can be looked at, the policy says

State = Literal["pending", "deciding", "registered", "discarded", "failed", "expired"]

#: KEYS plan, [fence] · ARGV expected state, new record, ttl, token
_REPLACE = """
if KEYS[2] and redis.call('HGET', KEYS[2], 'token') ~= ARGV[4] then return -1 end
local kept = redis.call('GET', KEYS[1])
if ARGV[1] == '' then
  if kept then return 0 end
elseif not kept or cjson.decode(kept)['state'] ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class Plan(BaseModel):
    """One shared file.

    Attributes:
        id: Names it on its card's buttons.
        thread: Where it was shared.
        shared_by: Who shared it, and alone may decide.
        source: The file's text.
        reading: What was found in it.
        diff: Against the registered version, when it differs.
        not_compared: Why it could not be held against what is registered; empty when it was.
        probe_age: Seconds since the pool was asked what it has; None when it never was.
        probed_again: Whether the pool is asked again, because that was long ago and something is missing.
        registered_digest: Digest of the version registered when the card was drawn; empty for none.
        expires: When it can no longer be decided (seconds since 1970).
        chosen: The flow chosen among several.
        state: What became of it.
        decision: What was pressed.
        decided_by: Who pressed.
        decided_at: When.
        click: The click that decided: the same click, taken up again after a crash, goes on.
        run: Name and address of the first run.
        awaits: The proposal that asks for the first run, where the policy wants one.
        reason: Why it failed.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    thread: Thread
    shared_by: str
    source: str
    reading: PipelineReading
    diff: SourceDiff | None = None
    not_compared: str = ""
    probe_age: float | None = None
    probed_again: bool = False
    registered_digest: str = ""
    expires: float
    chosen: str = ""
    state: State = "pending"
    decision: str = ""
    decided_by: str = ""
    decided_at: float = 0.0
    click: str = ""
    run: tuple[str, str] = ("", "")
    awaits: str = ""
    reason: str = ""

    def flow(self) -> FlowFound | None:
        """The flow it is about; None while one of several is to be chosen."""
        if len(self.reading.flows) == 1:
            return self.reading.flows[0]
        return next((flow for flow in self.reading.flows if flow.name == self.chosen), None)


class PlanStore:
    """Plans in Redis; every change names the state it expects."""

    def __init__(self, connection: "redis.Redis", *, team: str, kept: Kept = Retention) -> None:
        self._redis = connection
        self._team = team
        self._kept = kept
        self._replace = connection.register_script(_REPLACE)

    def add(self, plan: Plan, *, fence: Fence) -> bool:
        """Keep a new plan; one of the same id stays as it is.

        Raises:
            Stale: The lease has passed to somebody else.
        """
        return self._replaced("", plan, fence)

    def load(self, plan_id: str) -> Plan | None:
        """A plan; None when it is not kept any longer or never was."""
        text = cast("str | None", self._redis.get(self._key(plan_id)))
        return Plan.model_validate_json(text) if text else None

    def change(self, before: State, plan: Plan, *, fence: Fence) -> bool:
        """Put a plan's new record in the place of the old one, if that is still in the state named.

        Returns:
            Whether it was; when not, somebody else was quicker and nothing was changed.

        Raises:
            Stale: The lease has passed to somebody else.
        """
        return self._replaced(before, plan, fence)

    def _replaced(self, before: str, plan: Plan, fence: Fence) -> bool:
        arguments: list[str | int] = [before, plan.model_dump_json(), self._kept().files, fence.token]
        answer = cast("int", self._replace(keys=[self._key(plan.id), fence.key], args=arguments))
        if answer < 0:
            raise Stale("the lease has passed on; the plan was not changed")
        return answer == 1

    def _key(self, plan_id: str) -> str:
        return f"tm:{self._team}:plan:v1:{plan_id}"
