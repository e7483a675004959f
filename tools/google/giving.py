"""What is shown before an object is given to people who could not read it: by an address, or as a file."""

from collections.abc import Mapping

from tools.google import heads
from tools.google.results import StoredObject
from tools.prefect import wording
from tools.spec import Arguments, Backends, Call, Evidence, Fact, NotDone, Plan, Probed


def plan_of(found: StoredObject, call: Call, *, summary: str, to: Fact, more: Mapping[str, int] | None = None) -> Plan:
    """The plan to give one generation of an object away.

    Args:
        found: The object.
        call: Whose plan it is.
        summary: What would be done, in a sentence.
        to: Who could read it then.
        more: Arguments beside the object itself.
    """
    written = wording.ago(found.updated, now=call.now)
    facts = (Fact(label="Object", value=f"{found.uri}, {heads.size(found.size)}, written {written}", url=found.url), to)
    return Plan(
        arguments={"object": found.uri, "bucket": "", **(more or {})},
        summary=summary,
        resources=(f"storage:object:{found.bucket}/{found.name}",),
        evidence=Evidence(facts=facts),
        preconditions={f"generation of {found.uri}": found.generation},
        facts={"bucket": found.bucket},
    )


def probe(_: Arguments, __: Backends, ___: Call) -> Probed:
    """It changes nothing in the bucket, so it may always be made again."""
    return NotDone()
