"""Tools that look into Cloud Storage: buckets, objects, and the beginning of one."""

from pydantic import ConfigDict, Field

from tools.google import allowed, heads
from tools.google.results import BucketPage, ObjectPage, StoredObject
from tools.prefect import wording
from tools.room import fitting
from tools.spec import Arguments, Backends, Call, Command, Effect, Result, ToolResult, tool

BUCKETS_SHOWN = 50
METADATA_SHOWN = 20
READ_BYTES = 64_000
LONGEST_NAME = 300


class ListBuckets(Arguments):
    """Nothing to say."""


class ListObjects(Arguments):
    """Which objects to list."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    bucket: str = Field(default="", max_length=1_100, description=f"{allowed.WHICH_BUCKET} gs://BUCKET/PREFIX will do.")
    prefix: str = Field(default="", max_length=1_024, description="Only objects whose names begin with this.")
    everything: bool = Field(default=False, description="List what lies in folders too, and not the folders.")
    limit: int = Field(default=30, ge=1, le=100, description="At most this many, by name.")


class DescribeObject(Arguments):
    """Which object to describe."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    object: str = Field(min_length=1, max_length=1_100, description=allowed.WHICH_OBJECT)
    bucket: str = Field(default="", max_length=222, description=allowed.WHICH_BUCKET)


class ObjectDetail(Result):
    """An object, and what was understood."""

    object: StoredObject
    note: str = ""


class ObjectHead(Result):
    """The beginning of an object.

    Attributes:
        object: The object.
        text: Its first lines.
        what: What of it that is, in words.
        note: What was understood.
    """

    object: StoredObject
    text: str
    what: str
    note: str = ""


@tool(
    permission="storage:bucket:read",
    effect=Effect.READ,
    timeout=30,
    arguments=ListBuckets,
    result=BucketPage,
    command=Command("buckets", "", "List the buckets of Cloud Storage that may be worked with."),
)
def list_buckets(_: ListBuckets, backends: Backends, call: Call) -> ToolResult:
    """List the buckets of Cloud Storage that the policy allows to be worked with. Others are not named."""
    page = allowed.buckets(backends)
    if not page.buckets:
        return ToolResult("None of the buckets that may be worked with exists.", page)
    lines = fitting(
        f"- {_linked(each.name, each.url)}{f', {each.location}' if each.location else ''}"
        f"{f', {each.storage_class}' if each.storage_class else ''}"
        f"{f', made {wording.ago(each.created, now=call.now)}' if each.created else ''}"
        for each in page.buckets[:BUCKETS_SHOWN]
    )
    shown = page.buckets[: len(lines)]
    kept = BucketPage(buckets=shown, more=page.more or len(page.buckets) > len(shown))
    plural = "s" if len(page.buckets) != 1 else ""
    heading = f"{len(page.buckets)} bucket{plural}{f', showing {len(shown)}' if kept.more else ''}:"
    return ToolResult(wording.joined(heading, "\n".join(lines)), kept)


@tool(
    permission="storage:object:read",
    effect=Effect.READ,
    timeout=30,
    arguments=ListObjects,
    result=ObjectPage,
    command=Command("objects", "[BUCKET] [PREFIX]", "List the objects of a bucket, or under a prefix of it."),
)
def list_objects(args: ListObjects, backends: Backends, call: Call) -> ToolResult:
    """List objects of a bucket of Cloud Storage with size and age, folder by folder. Says when there are more."""
    meant = allowed.named(backends, args.bucket) if args.bucket.startswith(allowed.GS) else None
    if meant is None:
        bucket, note = allowed.bucket_of(backends, args.bucket)
        meant = allowed.Meant(bucket, "", note)
    prefix = meant.name + args.prefix
    page = backends.storage.objects(meant.bucket, prefix=prefix, flat=args.everything, limit=args.limit)
    under = f"{allowed.GS}{meant.bucket}/{prefix}"
    lines = [f"- `{folder}`" for folder in page.folders]
    lines += [
        f"- {_linked(each.name, each.url)}, {heads.size(each.size)}, {wording.ago(each.updated, now=call.now)}"
        for each in page.objects
    ]
    if not lines:
        return ToolResult(
            wording.joined(meant.note, f"There is nothing under {wording.shortened(under, LONGEST_NAME)}."), page
        )
    shown = fitting(lines)
    more = page.more or len(shown) < len(lines)
    heading = (
        f"Under {wording.shortened(under, LONGEST_NAME)}{f', the first {len(shown)}; there are more' if more else ''}:"
    )
    return ToolResult(wording.joined(meant.note, heading, "\n".join(shown)), page.model_copy(update={"more": more}))


@tool(
    permission="storage:object:read",
    effect=Effect.READ,
    timeout=30,
    arguments=DescribeObject,
    result=ObjectDetail,
    command=Command("object", "OBJECT", "Show one object of Cloud Storage: size, type, generation, metadata."),
)
def describe_object(args: DescribeObject, backends: Backends, call: Call) -> ToolResult:
    """Tell about one object of Cloud Storage: size, type, when it was written, its generation and its metadata."""
    found, note = allowed.find_object(backends, args.object, args.bucket)
    told = [f"`{wording.shortened(name)}={wording.shortened(value)}`" for name, value in sorted(found.metadata.items())]
    shown = told[:METADATA_SHOWN]
    more = f" and {len(told) - len(shown)} more" if len(told) > len(shown) else ""
    text = wording.joined(
        note,
        f"**{_linked(found.uri, found.url)}**: {heads.size(found.size)}, {found.content_type or 'type unknown'}, "
        f"written {wording.ago(found.updated, now=call.now)}, generation {found.generation}.",
        f"Metadata: {' '.join(shown)}{more}" if shown else "",
    )
    return ToolResult(text, ObjectDetail(object=found, note=note))


@tool(
    permission="storage:object:read",
    effect=Effect.READ,
    timeout=30,
    arguments=DescribeObject,
    result=ObjectHead,
    command=Command("object head", "OBJECT", "Show the first lines of a text, CSV or JSON object."),
)
def read_object(args: DescribeObject, backends: Backends, __: Call) -> ToolResult:
    """Show the first lines of an object of Cloud Storage that is text, CSV or JSON, and say what was left out."""
    found, note = allowed.find_object(backends, args.object, args.bucket)
    content = backends.storage.read(found, length=READ_BYTES)
    text, what = heads.head(found, content)
    shown = wording.fenced(text) if text else "It is empty."
    told = wording.joined(note, f"**{_linked(found.uri, found.url)}**. {what}", shown)
    return ToolResult(told, ObjectHead(object=found, text=text, what=what, note=note))


def _linked(words: str, url: str) -> str:
    shown = wording.shortened(words, LONGEST_NAME)
    return f"[{shown}]({url})" if url else f"`{shown}`"
