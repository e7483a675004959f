"""The tool that makes an address under which whoever has it may read one object, for a short time."""

from datetime import datetime, timedelta

from pydantic import ConfigDict, Field

from tools.google import allowed, giving, heads
from tools.google.results import StoredObject
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
    Effect,
    Fact,
    Plan,
    Result,
    ToolResult,
    tool,
)

MINUTES, MOST_MINUTES = 15, 60


class SignObjectUrl(Arguments):
    """Which object may be read, and for how long."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    object: str = Field(min_length=1, max_length=1_100, description=allowed.WHICH_OBJECT)
    bucket: str = Field(default="", max_length=222, description=allowed.WHICH_BUCKET)
    minutes: int = Field(default=MINUTES, ge=1, le=MOST_MINUTES, description="For how many minutes it opens.")


class SignedUrl(Result):
    """An address that opens one object.

    Attributes:
        object: The object; another generation of it is not opened.
        url: The address; whoever has it may read the object.
        until: Until when.
        note: What was understood.
    """

    object: StoredObject
    url: str
    until: datetime
    note: str = ""


def plan_signing(args: SignObjectUrl, backends: Backends, call: Call) -> Plan:
    """Which object would be opened to whoever has the address.

    Raises:
        BadArguments: There is no such object.
    """
    found, _ = allowed.find_object(backends, args.object, args.bucket)
    return giving.plan_of(
        found,
        call,
        summary=f"Make an address that opens {found.uri} for {args.minutes} minutes.",
        to=Fact(label="Opens for", value=f"{args.minutes} minutes, to whoever has the address"),
        more={"minutes": args.minutes},
    )


@tool(
    permission="storage:object:sign",
    effect=Effect.CHANGE,
    timeout=30,
    arguments=SignObjectUrl,
    result=SignedUrl,
    command=Command("object url", "OBJECT", "Make an address that opens an object for minutes=15; it is audited."),
    plan=plan_signing,
    probe=giving.probe,
)
def sign_object_url(args: SignObjectUrl, backends: Backends, call: Call) -> ToolResult:
    """Make an address under which whoever has it may read one object of Cloud Storage for some minutes, at most 60.

    Only when a person asks for it: it cannot be taken back before its time is over, and it is written into the audit
    log. For the beginning of a text use read_object.
    """
    found, note = allowed.find_object(backends, args.object, args.bucket)
    url = backends.storage.signed_url(found, seconds=args.minutes * 60)
    until = call.now + timedelta(minutes=args.minutes)
    plural = "s" if args.minutes != 1 else ""
    text = wording.joined(
        note,
        f"Whoever has this address can read `{found.uri}` ({heads.size(found.size)}) for "
        f"{args.minutes} minute{plural}, until {wording.moment(until, call.timezone)}:",
        wording.fenced(url),
    )
    return ToolResult(text, SignedUrl(object=found, url=url, until=until, note=note))
