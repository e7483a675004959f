"""The tool that keeps a file of a thread, or an artifact of MLflow, in Cloud Storage and overwrites nothing."""

import hashlib
import mimetypes
from dataclasses import dataclass

from pydantic import ConfigDict, Field

from tools.errors import BadArguments, Refused
from tools.google import allowed, heads
from tools.google.client import NewObject
from tools.google.connection import Exists
from tools.google.results import StoredObject
from tools.mlflow.metrics import find_tracked
from tools.prefect import wording
from tools.spec import (
    Arguments,
    Backends,
    Call,
    Command,
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

MOST_BYTES = 20_000_000
KEY, DIGEST, ACTOR, THREAD = "trainmaster-key", "trainmaster-sha256", "trainmaster-actor", "trainmaster-thread"
LOOK = "`/mlops object {uri}` shows it. To replace it, name its generation: generation={generation}."


class UploadObject(Arguments):
    """What is to be kept, and where."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    object: str = Field(
        min_length=1,
        max_length=1_100,
        description="Where: gs://BUCKET/NAME, or a name in this installation's bucket; a name that ends in / takes the "
        "file's own name behind it.",
    )
    file: str = Field(
        default="",
        max_length=200,
        description="The name of a file that was shared in this thread; the last one when it is left out.",
    )
    run: str = Field(default="", max_length=200, description="The MLflow run whose artifact is meant, by name or id.")
    artifact: str = Field(
        default="", max_length=500, description="The path of the artifact in that run, such as model/MLmodel."
    )
    generation: str = Field(
        default="",
        max_length=20,
        pattern=r"^\d*$",
        description="The generation that is to be replaced, as describe_object tells it. Without it nothing is "
        "replaced, ever.",
    )


class ObjectUploaded(Result):
    """An object that was kept.

    Attributes:
        object: The object.
        sha256: The digest of its content.
        source: Where the content came from, in words.
        replaced: The generation that was there before; empty for none.
        note: What was understood.
    """

    object: StoredObject
    sha256: str
    source: str
    replaced: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    name: str
    content: bytes
    source: str
    note: str = ""


def plan_upload(args: UploadObject, backends: Backends, call: Call) -> Plan:
    """What would be kept where, and what it would replace.

    Raises:
        BadArguments: There is no such file, or something under that name.
    """
    found = _content(args, backends, call)
    meant = _target(args, backends, found)
    before = _there(backends, meant)
    _may_be_kept(args, before, meant)
    facts = [
        Fact(label="From", value=found.source),
        Fact(label="Size", value=heads.size(len(found.content))),
        Fact(label="SHA-256", value=_digest(found.content)[:12]),
    ]
    if before is not None:
        written = wording.ago(before.updated, now=call.now)
        facts.append(Fact(label="Replaces", value=f"{heads.size(before.size)}, written {written}", url=before.url))
    return Plan(
        arguments={**args.model_dump(), "object": meant.uri},
        summary=f"{'Replace' if before else 'Keep'} {meant.uri} with {found.source}.",
        resources=(f"storage:object:{meant.bucket}/{meant.name}",),
        evidence=Evidence(facts=tuple(facts)),
        preconditions={f"generation of {meant.uri}": before.generation if before else "0"},
        facts={"bucket": meant.bucket, "replaces": "yes" if before else "no"},
        rollback="" if before else f"Remove {meant.uri}.",
    )


def probe_upload(args: UploadObject, backends: Backends, call: Call) -> Probed:
    """Whether the object was kept by the call with this key: it is written beside it."""
    try:
        found, _ = allowed.find_object(backends, args.object) if not args.object.endswith("/") else (None, "")
    except BadArguments:
        found = None
    return Done(_told(found, args, "", "")) if found is not None and found.metadata.get(KEY) == call.key else NotDone()


@tool(
    permission="storage:object:create",
    effect=Effect.CHANGE,
    timeout=60,
    arguments=UploadObject,
    result=ObjectUploaded,
    command=Command(
        "object upload", "OBJECT [FILE]", "Keep a file of this thread in a bucket; run= artifact= instead."
    ),
    plan=plan_upload,
    probe=probe_upload,
)
def upload_object(args: UploadObject, backends: Backends, call: Call) -> ToolResult:
    """Keep a file that was shared in this thread, or an artifact of an MLflow run, in a bucket of Cloud Storage.

    Nothing is overwritten: when there is something under the name, it is refused, unless the very generation that is
    to be replaced is named. At most 20 MB.
    """
    found = _content(args, backends, call)
    meant = _target(args, backends, found)
    new = NewObject(
        bucket=meant.bucket,
        name=meant.name,
        content=found.content,
        content_type=mimetypes.guess_type(found.name)[0] or "application/octet-stream",
        metadata={
            KEY: call.key,
            DIGEST: _digest(found.content),
            **({ACTOR: call.origin.actor} if call.origin.actor else {}),
            **({THREAD: call.origin.thread} if call.origin.thread else {}),
        },
        generation=int(args.generation or 0),
    )
    note = wording.joined(meant.note, found.note)
    try:
        kept = backends.storage.write(new)
    except Exists:
        kept = _mine(backends, meant, args, call)
    return _told(kept, args, found.source, note)


def _mine(backends: Backends, meant: allowed.Meant, args: UploadObject, call: Call) -> StoredObject:
    """What is there, when it was this very call that put it there and only the answer was lost."""
    before = _there(backends, meant)
    if before is not None and before.metadata.get(KEY) == call.key:
        return before
    _may_be_kept(args, before, meant)
    raise Refused(f"{meant.uri} was changed while I kept it, so I changed nothing; please ask again.")


def _may_be_kept(args: UploadObject, before: StoredObject | None, meant: allowed.Meant) -> None:
    if before is not None and before.generation != args.generation:
        look = LOOK.format(uri=before.uri, generation=before.generation)
        was = "is another generation by now" if args.generation else "is there already, and I overwrite nothing"
        raise Refused(f"{before.uri} {was}. {look}")
    if before is None and args.generation:
        raise BadArguments(f"There is nothing at {meant.uri} that could be replaced; leave the generation out.")


def _there(backends: Backends, meant: allowed.Meant) -> StoredObject | None:
    try:
        return backends.storage.object(meant.bucket, meant.name)
    except BadArguments:
        return None


def _target(args: UploadObject, backends: Backends, found: _Content) -> allowed.Meant:
    meant = allowed.named(backends, args.object)
    if meant.name and not meant.name.endswith("/"):
        return meant
    return allowed.Meant(meant.bucket, f"{meant.name}{found.name}", meant.note)


def _content(args: UploadObject, backends: Backends, call: Call) -> _Content:
    allowed.globs(backends)  # where there is nowhere to keep it, nothing is fetched
    if not args.run and not args.artifact:
        shared = backends.desk.thread_file(args.file, thread=call.origin.thread, limit=MOST_BYTES)
        return _Content(shared.name, shared.content, f"the file {shared.name} of this thread")
    if args.file:
        raise BadArguments("Name a file of this thread, or an artifact of a run; not both.")
    if not args.run or not args.artifact:
        raise BadArguments("An artifact is named by its run and its path: run=NAME artifact=model/MLmodel.")
    tracked = find_tracked(args.run, backends, call)
    run = tracked.run
    content = backends.mlflow.file_of(run, args.artifact.strip("/"), limit=MOST_BYTES)
    name = args.artifact.strip("/").rpartition("/")[2]
    return _Content(name, content, f"{args.artifact.strip('/')} of the MLflow run {run.name}", tracked.note)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _told(kept: StoredObject, args: UploadObject, source: str, note: str) -> ToolResult:
    digest = kept.metadata.get(DIGEST, "")
    link = f"[{kept.uri}]({kept.url})" if kept.url else f"`{kept.uri}`"
    instead = f", in place of generation {args.generation}" if args.generation else ""
    of = f" from {source}" if source else ""
    text = f"**{link}** is kept{of}: {heads.size(kept.size)}, generation {kept.generation}{instead}."
    told = ObjectUploaded(object=kept, sha256=digest, source=source, replaced=args.generation, note=note)
    return ToolResult(wording.joined(note, text), told)
