"""`files.*`: uploads in three steps, and what is known of a file."""

import dataclasses

from demo.workspace import blocks as block_kit
from demo.workspace import seed
from demo.workspace.api import TIER_4, ApiError, Args, Call, Method
from demo.workspace.identifiers import new_id
from demo.workspace.mime import file_type
from demo.workspace.model import JSON, Channel, File, Message
from demo.workspace.site import Upload
from demo.workspace.timeline import NotFound
from demo.workspace.typed import normalised
from demo.workspace.wire import file_json, shares_json

LARGEST_FILE = 1_000_000_000  #: bytes, Slack's limit of 1 GB
LONGEST_ALT_TEXT = 1_000


def _announce(call: Call) -> JSON:
    name = call.args.required("filename", "invalid_arguments")
    length = call.args.number("length", 0, most=LARGEST_FILE)
    alt_text = call.args.text("alt_txt")
    if not length or len(alt_text) > LONGEST_ALT_TEXT:
        raise ApiError("invalid_arguments")
    filetype, mimetype, _ = file_type(name)
    file = File(
        new_id("F"),
        name,
        length,
        seed.BOT,
        int(call.workspace.now()),
        title=name,
        mimetype=mimetype,
        filetype=filetype,
        alt_text=alt_text,
    )
    ticket = new_id("U", 20)
    call.site.uploads[ticket] = Upload(file)
    return {"upload_url": call.site.upload_url(ticket), "file_id": file.id}


def _complete(call: Call) -> JSON:
    sent = call.args.decoded("files", "invalid_arguments")
    if not isinstance(sent, list) or not sent or not all(isinstance(f, dict) and "id" in f for f in sent):
        raise ApiError("invalid_arguments")
    channels = _channels(call)
    thread_ts = _thread(call, channels)
    blocks = _blocks(call)
    with call.workspace.locked():
        uploads = {upload.file.id: ticket for ticket, upload in call.site.uploads.items()}
        contents = {f["id"]: call.site.uploads[uploads[f["id"]]].content for f in sent if f["id"] in uploads}
        if any(contents.get(f["id"]) is None for f in sent):
            raise ApiError("file_not_found")
        done = [_keep(call, uploads[f["id"]], str(f.get("title") or "")) for f in sent]
        for channel in channels:
            _share(call, channel, thread_ts, done, blocks)
        files = [call.workspace.file(f.id) for f in done]
    return {"files": [file_json(f, call.site, call.workspace) for f in files]}


def _keep(call: Call, ticket: str, title: str) -> File:
    upload = call.site.uploads.pop(ticket)
    file = dataclasses.replace(upload.file, title=title or upload.file.name)
    return call.workspace.put_file(file, upload.content or b"")


def _share(call: Call, channel: Channel, thread_ts: str | None, files: list[File], blocks: tuple[JSON, ...]) -> None:
    ts = call.workspace.next_ts()
    shared = tuple(
        call.workspace.put_file(
            dataclasses.replace(now, shares=(*now.shares, (channel.id, ts))),
        )
        for now in (call.workspace.file(f.id) for f in files)
    )
    call.workspace.add(
        Message(
            channel.id,
            ts,
            seed.BOT,
            normalised(call.args.text("initial_comment")),
            blocks=blocks,
            files=shared,
            thread_ts=thread_ts,
            subtype="file_share",
            bot_id=call.workspace.bot.bot_id,
        )
    )


def _blocks(call: Call) -> tuple[JSON, ...]:
    """The blocks to share the files with; an initial comment wins over them."""
    sent = call.args.decoded("blocks", "invalid_blocks_format")
    if sent is None or call.args.text("initial_comment"):
        return ()
    if complaints := block_kit.problems(sent):
        raise ApiError("invalid_blocks", errors=complaints, response_metadata={"messages": complaints})
    return block_kit.with_ids(sent)


def _channels(call: Call) -> list[Channel]:
    refs = call.args.text("channel_id") or call.args.text("channels")
    return [dataclasses.replace(call, args=Args({"channel": ref.strip()})).joined() for ref in refs.split(",") if ref]


def _thread(call: Call, channels: list[Channel]) -> str | None:
    ts = call.args.text("thread_ts")
    if not ts:
        return None
    if len(channels) != 1:
        raise ApiError("invalid_arguments")
    try:
        parent = call.workspace.message(channels[0].id, ts)
    except NotFound as missing:
        raise ApiError("thread_not_found") from missing
    if parent.is_reply:
        raise ApiError("thread_not_found")
    return ts


def _info(call: Call) -> JSON:
    file = visible(call, call.args.required("file", "file_not_found"))
    shown = file_json(file, call.site, call.workspace) | {"shares": shares_json(file, call.workspace)}
    return {"file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}


def visible(call: Call, file_id: str) -> File:
    """A file that the app may see: its own, or one shared where the bot is.

    Raises:
        ApiError: `file_not_found`, `file_deleted`.
    """
    try:
        file = call.workspace.file(file_id)
    except NotFound as missing:
        raise ApiError("file_not_found") from missing
    if file.deleted:
        raise ApiError("file_deleted")
    rooms = (call.workspace.channel(channel) for channel, _ in file.shares)
    if file.user != seed.BOT and not any(seed.BOT in room.members for room in rooms):
        raise ApiError("file_not_found")
    return file


METHODS = {
    "files.completeUploadExternal": Method(_complete, ("files:write",), TIER_4),
    "files.getUploadURLExternal": Method(_announce, ("files:write",), TIER_4),
    "files.info": Method(_info, ("files:read",), TIER_4),
}
