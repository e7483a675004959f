"""The tool that tells where in Google Cloud we are, and what we may do there."""

from tools.errors import ToolError
from tools.google import allowed
from tools.google.client import ASKED_PERMISSIONS
from tools.prefect import wording
from tools.room import fitting
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

BUCKETS_SHOWN = 20
_VERBS = dict(zip(ASKED_PERMISSIONS, ("list", "read", "add", "replace or remove"), strict=True))


class DescribeProject(Arguments):
    """Nothing to say."""


class BucketAccess(Result):
    """What we may do with one bucket.

    Attributes:
        bucket: The bucket.
        permissions: What we may do there, in Google's words.
        unread: Why it could not be told; empty when it could.
    """

    bucket: str
    permissions: tuple[str, ...] = ()
    unread: str = ""


class ProjectAccess(Result):
    """A project, and what this installation may do there.

    Attributes:
        project: The project's id.
        location: Its region here.
        identity: As whom we work; empty when the credentials do not say.
        buckets: What we may do with each bucket that may be worked with.
        more: How many more buckets there are.
    """

    project: str
    location: str
    identity: str = ""
    buckets: tuple[BucketAccess, ...] = ()
    more: int = 0


@tool(
    permission="google:project:read",
    effect=Effect.READ,
    timeout=40,
    arguments=DescribeProject,
    result=ProjectAccess,
    command=Command("google", "", "Show the Google Cloud project, as whom we work there, and what that may do."),
)
def describe_project(_: DescribeProject, backends: Backends, __: Call) -> ToolResult:
    """Tell the Google Cloud project and region, as whom I work there, and what that identity may do with each bucket.

    Only buckets that the policy allows are looked at. Use it when Google refuses something, or asked where we are.
    """
    storage = backends.storage
    who = storage.identity()
    found = allowed.buckets(backends).buckets
    looked_at = tuple(_access(backends, each.name) for each in found[:BUCKETS_SHOWN])
    more = max(0, len(found) - BUCKETS_SHOWN)
    told = ProjectAccess(project=storage.project, location=storage.location, identity=who, buckets=looked_at, more=more)
    as_whom = f"as **{who}**" if who else "with credentials that name nobody"
    lines = fitting(_line(each) for each in looked_at) or ["None of the buckets that may be worked with exists."]
    untold = len(looked_at) - len(lines) if looked_at else 0
    text = wording.joined(
        f"Project **{storage.project}**, region {storage.location}, {as_whom}. What it may do:",
        "\n".join(lines),
        f"{untold} more buckets were left out." if untold else "",
        f"{more} more buckets were not looked at." if more else "",
    )
    return ToolResult(text, told)


def _access(backends: Backends, bucket: str) -> BucketAccess:
    try:
        return BucketAccess(bucket=bucket, permissions=backends.storage.permissions(bucket))
    except ToolError as error:
        return BucketAccess(bucket=bucket, unread=str(error))


def _line(access: BucketAccess) -> str:
    if access.unread:
        return f"- `{access.bucket}`: I could not tell: {access.unread}"
    held = [verb for permission, verb in _VERBS.items() if permission in access.permissions]
    missing = [verb for permission, verb in _VERBS.items() if permission not in access.permissions]
    but = f", not {wording.listed(missing)}" if held and missing else ""
    return f"- `{access.bucket}`: {wording.listed(held) or 'nothing'} objects{but}"
