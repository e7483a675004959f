"""Files that people shared in a thread, for tools that take one."""

from contextlib import suppress

from bot.errors import BotError
from bot.events import FileRef, Thread
from bot.slack import SlackGateway
from bot.transfers import FileGone
from tools import names
from tools.desk.client import ThreadFile
from tools.errors import BadArguments, Unavailable


def shared(gateway: SlackGateway, thread: Thread, name: str, *, limit: int) -> ThreadFile:
    """The file of this name that was shared last in a thread; the one that was shared last where none is named.

    Raises:
        BadArguments: There is none, it is gone, or it is too large.
        Unavailable: Slack does not answer.
    """
    try:
        known = _known(gateway, thread)
        if not known:
            raise BadArguments("Nobody has shared a file in this thread. Drop it here, then ask again.")
        wanted = names.match(name, sorted({file.name for file in known}), noun="file").name if name else known[-1].name
        found = next(file for file in reversed(known) if file.name == wanted)
        content = gateway.download(found, limit=limit)
    except FileGone as exc:
        raise BadArguments(str(exc)) from exc
    except BotError as exc:
        raise Unavailable("Slack", str(exc).rstrip(".")) from exc
    if len(content) > limit:
        raise BadArguments(f"{found.name} is larger than {limit:,} bytes, which is the most that I take from a thread.")
    return ThreadFile(found.name, content)


def _known(gateway: SlackGateway, thread: Thread) -> list[FileRef]:
    """What was shared and is still there."""
    known = []
    for file in gateway.shared_in(channel=thread.channel, thread=thread.root):
        with suppress(FileGone):
            known.append(gateway.described(file))
    return known
