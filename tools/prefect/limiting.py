"""The tool that changes how much may go on at once: in a work pool, a queue, a pipeline, or with a tag."""

import re
from dataclasses import dataclass

from pydantic import Field

from tools.errors import BadArguments, Refused
from tools.prefect import wording
from tools.prefect.causes import slots_are, taken_by
from tools.prefect.circumstances import Slots
from tools.prefect.client import PrefectBackend
from tools.prefect.limits import Limited, LimitOf
from tools.prefect.pausing import WhichPool, meant_of
from tools.prefect.resolving import find_pipeline
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Difference,
    Done,
    Effect,
    Evidence,
    Fact,
    NotDone,
    Plan,
    Probed,
    Result,
    ToolResult,
    tool,
)

MOST = 10_000
NONE = "none"
_NO_LIMIT = frozenset({NONE, "unlimited", "null", "no"})
_TAGS_NAMED = 5
#: What no tag may hold that has a limit: Prefect keeps it under a name, and breaks on these in names.
_BANNED = frozenset("/%&<>")


class NewLimit(Arguments):
    """How much may go on at once, and of what."""

    of: LimitOf = Field(
        description="What is limited: runs in a pool, in a queue or of a pipeline, or tasks with a tag."
    )
    name: str = Field(
        default="",
        max_length=200,
        description="Its name; empty for the pool that pipelines are registered on, or its queue `default`.",
    )
    limit: str = Field(
        max_length=20,
        coerce_numbers_to_str=True,
        description="How many may go on at once, from 1; `none` for any number.",
    )
    pool: str = Field(
        default="",
        max_length=200,
        description="The pool of a queue; empty for the one that pipelines are registered on.",
    )


class LimitChanged(Result):
    """A concurrency limit after a call.

    Attributes:
        of: What is limited.
        name: Its name.
        limit: How many may go on at once now; None for any number.
        slots: The limit with what is taken of it; None without one.
        changed: Whether anything was changed.
    """

    of: LimitOf
    name: str
    limit: int | None
    slots: Slots | None = None
    changed: bool = True


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is limited, and how it is limited now.

    Attributes:
        limited: The same for Prefect.
        name: Its name.
        called: What people call it.
        resource: What is changed.
        pool: The pool of a queue; empty for everything else.
        now: The limit; None without one.
        note: What was understood; empty where it was named exactly.
    """

    limited: Limited
    name: str
    called: str
    resource: str
    pool: str = ""
    now: Slots | None = None
    note: str = ""

    @property
    def limit(self) -> int | None:
        """How many may go on at once; None for any number."""
        return self.now.limit if self.now and not self.now.off else None

    def is_as(self, limit: int | None) -> bool:
        """Whether the limit is this one; one that is switched off is none that anybody asked for."""
        return self.limit == limit and not (self.now and self.now.off)


def _meant(args: NewLimit, prefect: PrefectBackend) -> _Meant:
    """What is to be limited.

    Raises:
        BadArguments: Prefect does not have it, or it was not named.
        Refused: Its limit is not its own.
    """
    if args.pool and args.of is not LimitOf.QUEUE:
        raise BadArguments(f"`pool` names the pool of a queue; leave it out for a {args.of.value}.")
    name = args.name.strip().strip("`")
    match args.of:
        case LimitOf.PIPELINE:
            return _pipeline(_named(name, args.of), prefect)
        case LimitOf.TAG:
            return _tag(_named(name, args.of), prefect)
        case LimitOf.POOL:
            return _in_pool(WhichPool(pool=name), prefect)
        case LimitOf.QUEUE:
            return _in_pool(WhichPool(pool=args.pool, queue=name or "default"), prefect)


def _named(name: str, of: LimitOf) -> str:
    if not name:
        raise BadArguments(f"Say the name of the {of.value} whose limit is meant.")
    return name


def _in_pool(which: WhichPool, prefect: PrefectBackend) -> _Meant:
    found = meant_of(which, prefect)
    pool, queue = found.pool.name, found.queue.name if found.queue else ""
    limited = Limited(of=LimitOf.QUEUE, name=queue, pool=pool) if queue else Limited(of=LimitOf.POOL, name=pool)
    return _Meant(
        limited,
        queue or pool,
        f"the {found.called}",
        f"prefect:pool:{pool}",
        pool=pool if queue else "",
        now=prefect.limit_of(limited),
    )


def _pipeline(name: str, prefect: PrefectBackend) -> _Meant:
    found = find_pipeline(prefect, name)
    limited = Limited(of=LimitOf.PIPELINE, name=found.pipeline.id)
    now = prefect.limit_of(limited)
    if now and now.shared:
        raise Refused(
            f"What limits {found.pipeline.name} is the global limit {wording.shortened(now.shared)}, for which others "
            "may wait, too. Change it on its page in Prefect."
        )
    return _Meant(
        limited,
        found.pipeline.exact,
        f"the pipeline {found.pipeline.name}",
        f"prefect:pipeline:{found.pipeline.name}",
        now=now,
        note=found.note,
    )


def _tag(name: str, prefect: PrefectBackend) -> _Meant:
    """A tag as it was written; in another case only where exactly one has a limit, for any tag may get one.

    Raises:
        BadArguments: Prefect cannot limit such a tag.
    """
    if banned := sorted(_BANNED & set(name)):
        raise BadArguments(
            f"Prefect keeps no limit for a tag with {' or '.join(banned)} in it. Give those tasks another tag as well, "
            "and limit that one."
        )
    known = prefect.limited_tags()
    alike = [tag for tag in known if tag == name] or [tag for tag in known if tag.lower() == name.lower()]
    tag = alike[0] if len(alike) == 1 else name
    note = "" if tag == name else f"I took “{wording.shortened(name)}” for the tag **{tag}**."
    if tag not in known:
        has = f"These have one: {wording.listed(list(known), _TAGS_NAMED)}." if known else "No tag has one."
        note = f"The tag {wording.shortened(tag)} has no limit so far. {has}"
    limited = Limited(of=LimitOf.TAG, name=tag)
    return _Meant(limited, tag, f"the tag {tag}", f"prefect:tag:{tag}", now=prefect.limit_of(limited), note=note)


def _wanted(args: NewLimit, meant: _Meant) -> int | None:
    """The limit that is asked for; None for none.

    Raises:
        BadArguments: It is no limit, or one that lets nothing begin; the message says what to do instead.
    """
    said = args.limit.strip().strip("`").lower()
    if said in _NO_LIMIT:
        return None
    limit = int(said) if re.fullmatch(r"\d{1,6}", said) else -1
    if limit == 0:
        raise BadArguments(f"A limit of 0 {_nothing(meant)}")
    if not 1 <= limit <= MOST:
        raise BadArguments(
            f"“{wording.shortened(args.limit)}” is no limit: say a whole number from 1 to {MOST:,}, or `{NONE}` for "
            "any number at once."
        )
    return limit


def _nothing(meant: _Meant) -> str:
    """What 0 would do to something, and what to do instead."""
    match meant.limited.of:
        case LimitOf.TAG:
            return (
                "makes Prefect turn away every task with that tag instead of letting it wait. Say 1 to let one go on "
                "at a time; to stop what carries it, pause the schedules of those pipelines."
            )
        case LimitOf.PIPELINE:
            return (
                f"makes Prefect turn away every run of {meant.name} instead of letting it wait. Say 1 to let one "
                f"go on at a time, or pause its schedule: `/mlops schedule pause {meant.name}`."
            )
        case _:
            pool, queue = meant.pool or meant.name, f" {meant.name}" if meant.pool else ""
            return (
                "lets nothing begin there, and looks like a fault. Pause it instead: "
                f"`/mlops pool pause {pool}{queue}`."
            )


def _spoken(limit: int | None) -> str:
    return "none" if limit is None else str(limit)


def plan_set_limit(args: NewLimit, backends: Backends, _: Call) -> Plan:
    """Which limit would become which."""
    meant = _meant(args, backends.prefect)
    wanted = _wanted(args, meant)
    facts = [Fact(label="Goes on now", value=_taken(meant.now))] if meant.now else []
    before = f"{_spoken(meant.now.limit)}, switched off" if meant.now and meant.now.off else _spoken(meant.limit)
    return Plan(
        arguments={"of": meant.limited.of.value, "name": meant.name, "limit": _spoken(wanted), "pool": meant.pool},
        summary=f"Change the concurrency limit of {meant.called} from {before} to {_spoken(wanted)}.",
        resources=(meant.resource,),
        evidence=Evidence(
            facts=tuple(facts),
            differences=(Difference(name="Limit", before=before, after=_spoken(wanted)),),
            warnings=_warnings(meant, wanted),
        ),
        preconditions={f"the concurrency limit of {meant.called}": before},
        rollback=f"Set it to {_spoken(meant.limit)} again.",
    )


def _warnings(meant: _Meant, wanted: int | None) -> tuple[str, ...]:
    taken = meant.now.taken if meant.now else 0
    if wanted is not None and taken > wanted:
        return (f"{taken} go on now: none begins until fewer than {wanted} do. What goes on is left alone.",)
    return (meant.note,) if meant.note and meant.now is None else ()


def _taken(slots: Slots) -> str:
    return f"{slots.taken} of {slots_are(slots.limit)} taken{taken_by(slots)}"


def probe_set_limit(args: NewLimit, backends: Backends, _: Call) -> Probed:
    """Whether the limit is as it was asked for."""
    meant = _meant(args, backends.prefect)
    return Done(_told(meant)) if meant.is_as(_wanted(args, meant)) else NotDone()


@tool(
    permission="prefect:limit:set",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=NewLimit,
    result=LimitChanged,
    command=Command(
        "limit",
        "OF NAME LIMIT",
        "Change how much may go on at once in a pool or a queue, of a pipeline, or with a tag.",
    ),
    plan=plan_set_limit,
    probe=probe_set_limit,
)
def set_concurrency_limit(args: NewLimit, backends: Backends, _: Call) -> ToolResult:
    """Change how many runs of a work pool, a queue or a pipeline, or tasks with a tag, may go on at once.

    `why_late` says which limit is reached and by whom. What goes on already is left alone, also when the limit becomes
    lower. `none` takes the limit away. To let nothing begin, use `pause_pool` or `pause_schedule`: 0 is refused.
    """
    meant = _meant(args, backends.prefect)
    wanted = _wanted(args, meant)
    if meant.is_as(wanted):
        return _told(meant, changed=False)
    backends.prefect.set_limit(meant.limited, wanted)
    return _told(_meant(args, backends.prefect), before=meant)


def _told(meant: _Meant, *, before: _Meant | None = None, changed: bool = True) -> ToolResult:
    named = f"The concurrency limit of **{meant.called.removeprefix('the ')}**"
    limit = f"is {meant.limit}" if meant.limit is not None else "is taken away: any number may go on at once"
    if not changed:
        limit = f"was {_spoken(meant.limit)} before; nothing was changed"
    elif before and before.limit is not None and meant.limit is not None:
        limit = f"is {meant.limit} now; it was {before.limit}"
    elif before and meant.limit is not None:
        limit = f"is {meant.limit} now; there was none before"
    elif before and before.limit is not None:
        limit += f"; it was {before.limit}"
    text = wording.joined(
        before.note if before else meant.note,
        f"{named} {limit}.",
        f"{_taken(meant.now)}." if meant.now else "",
        "What waits for it begins within half a minute." if before and _more(before.limit, meant.limit) else "",
    )
    data = LimitChanged(of=meant.limited.of, name=meant.name, limit=meant.limit, slots=meant.now, changed=changed)
    return ToolResult(text, data)


def _more(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
