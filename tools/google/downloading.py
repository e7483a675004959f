"""The tool that puts an object into the thread, unless it is large or holds a secret."""

import hashlib
import mimetypes

from pydantic import ConfigDict, Field

from tools import credentials
from tools.errors import BadArguments, Refused
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
    File,
    Plan,
    Result,
    ToolResult,
    tool,
)

MOST_BYTES = 5_000_000
KINDS_TOLD = 3


class DownloadObject(Arguments):
    """Which object goes into the thread."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    object: str = Field(min_length=1, max_length=1_100, description=allowed.WHICH_OBJECT)
    bucket: str = Field(default="", max_length=222, description=allowed.WHICH_BUCKET)


class ObjectDownloaded(Result):
    """An object that goes into the thread.

    Attributes:
        object: The object.
        sha256: The digest of its content.
        note: What was understood.
    """

    object: StoredObject
    sha256: str
    note: str = ""


def plan_download(args: DownloadObject, backends: Backends, call: Call) -> Plan:
    """Which object would be given to everybody who reads the thread.

    Raises:
        BadArguments: There is no such object, or it is too large.
    """
    found, _ = allowed.find_object(backends, args.object, args.bucket)
    _fits(found)
    everybody = Fact(label="Goes to", value="everybody who reads this thread")
    return giving.plan_of(found, call, summary=f"Put {found.uri} into the thread.", to=everybody)


@tool(
    permission="storage:object:download",
    effect=Effect.CHANGE,
    timeout=60,
    arguments=DownloadObject,
    result=ObjectDownloaded,
    command=Command("object download", "OBJECT", "Put an object of at most 5 MB into a thread; it is audited."),
    plan=plan_download,
    probe=giving.probe,
)
def download_object(args: DownloadObject, backends: Backends, _: Call) -> ToolResult:
    """Put an object of Cloud Storage of at most 5 MB into the thread as a file, for everybody who reads it.

    Only when a person asks for the file itself; it is written into the audit log. A text that holds what looks like a
    credential is refused. For the beginning of a text use read_object, for something larger sign_object_url.
    """
    found, note = allowed.find_object(backends, args.object, args.bucket)
    _fits(found)
    content = backends.storage.read(found, length=MOST_BYTES)
    _holds_no_secret(found, content, backends)
    digest = hashlib.sha256(content).hexdigest()
    told = f"{heads.size(found.size)}, generation {found.generation}, SHA-256 {digest[:12]}"
    link = f"[{found.uri}]({found.url})" if found.url else f"`{found.uri}`"
    text = wording.joined(note, f"**{link}** is in the thread: {told}.")
    data = ObjectDownloaded(object=found, sha256=digest, note=note)
    return ToolResult(text, data, files=(_file(found, content, told),))


def _fits(found: StoredObject) -> None:
    """Make sure that an object is not too large for a thread, and not empty.

    Raises:
        BadArguments: It is.
    """
    if found.size > MOST_BYTES:
        raise BadArguments(
            f"{found.uri} has {heads.size(found.size)}; I put at most {heads.size(MOST_BYTES)} into a thread. "
            f"`/mlops object url {found.uri}` gives an address to fetch it from."
        )
    if not found.size:
        raise BadArguments(f"{found.uri} is empty, and Slack takes no empty file.")


def _holds_no_secret(found: StoredObject, content: bytes, backends: Backends) -> None:
    """Make sure that nobody reads a secret in the thread. What is no text is only looked through for our own.

    Raises:
        Refused: There is one; which it is stays unsaid.
    """
    if backends.desk.gives_away(content):
        raise Refused(f"{found.uri} holds a secret of this installation, so I do not put it into a thread.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    kinds = credentials.SOURCE if found.name.endswith(".py") else credentials.WORDS
    seen = credentials.found_in(text, kinds)
    if seen:
        places = wording.listed([f"{each.kind} in line {each.line}" for each in seen], KINDS_TOLD)
        raise Refused(
            f"{found.uri} holds what looks like {places}, so I do not put it into a thread, where others would read "
            f"it. Take it out and keep the file anew; or ask for an address, which opens it for you alone to give on: "
            f"`/mlops object url {found.uri}`."
        )


def _file(found: StoredObject, content: bytes, told: str) -> File:
    name = found.name.rstrip("/").rpartition("/")[2] or "object"
    kind = found.content_type or mimetypes.guess_type(name)[0] or ""
    picture = f"{name}, a picture kept as {found.uri}" if kind.startswith("image/") else ""
    return File(name, content, found.uri, said=f"From Cloud Storage: {told}.", alt=picture)
