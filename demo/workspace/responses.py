"""`response_url`: answers to a click or command, five times within half an hour."""

import dataclasses
import secrets
import threading
from typing import Any

from demo.workspace import blocks as block_kit
from demo.workspace import seed
from demo.workspace.api import ApiError
from demo.workspace.model import JSON, Message
from demo.workspace.timeline import NotFound
from demo.workspace.typed import normalised
from demo.workspace.workspace import Workspace

MOST_USES = 5
LIFE_SECONDS = 1800


@dataclasses.dataclass(slots=True)
class _Place:
    """Where an answer goes: to the person who clicked or commanded, in that channel."""

    user: str
    channel: str
    origin: Message | None
    expires: float
    uses: int = 0


class Responses:
    """The response URLs that were handed out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._places: dict[str, _Place] = {}
        self._lock = threading.Lock()

    def issue(self, user: str, channel: str, origin: Message | None) -> str:
        """A new path, `/actions/…`, whose answers go to `user` in `channel`; `origin` is the message clicked on."""
        path = f"/actions/{seed.TEAM}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        now = self._workspace.now()
        with self._lock:
            self._places = {p: place for p, place in self._places.items() if place.expires > now - LIFE_SECONDS}
            self._places[path] = _Place(user, channel, origin, now + LIFE_SECONDS)
        return path

    def answer(self, path: str, body: Any) -> None:
        """Take an answer that was sent to a response URL.

        Raises:
            ApiError: `expired_url`, `used_url`, and what a message can be refused for.
        """
        if not isinstance(body, dict):
            raise ApiError("invalid_payload")
        place = self._used(path)
        with self._workspace.locked():
            self.deliver(place.user, place.channel, place.origin, body)

    def deliver(self, user: str, channel: str, origin: Message | None, body: JSON) -> None:
        """Do what an answer asks: delete or replace the origin, or say something, by default to the person alone.

        Raises:
            ApiError: `no_text`, `invalid_blocks`, `message_not_found`.
        """
        if body.get("delete_original") and origin:
            return self._delete(origin)
        text, blocks = _content(body)
        if body.get("replace_original") and origin:
            return self._replace(origin, text, blocks)
        thread_ts = body.get("thread_ts") or (origin.thread_ts if origin and origin.is_reply else None)
        everyone = body.get("response_type") == "in_channel"
        message = Message(
            channel,
            self._workspace.next_ts(),
            seed.BOT,
            text,
            blocks=blocks,
            thread_ts=thread_ts,
            bot_id=self._workspace.bot.bot_id,
            ephemeral_to=None if everyone else user,
        )
        if everyone:
            self._workspace.add(message)
        else:
            self._workspace.show(message)
        return None

    def _used(self, path: str) -> _Place:
        with self._lock:
            place = self._places.get(path)
            if place is None or place.expires <= self._workspace.now():
                raise ApiError("expired_url")
            if place.uses >= MOST_USES:
                raise ApiError("used_url")
            place.uses += 1
            return place

    def _delete(self, origin: Message) -> None:
        try:
            if origin.ephemeral_to:
                self._workspace.hide(origin.channel, origin.ts)
            else:
                self._workspace.remove(origin.channel, origin.ts)
        except NotFound as missing:
            raise ApiError("message_not_found") from missing

    def _replace(self, origin: Message, text: str, blocks: tuple[JSON, ...]) -> None:
        try:
            if origin.ephemeral_to:
                now = self._workspace.ephemeral(origin.channel, origin.ts)
                self._workspace.show(dataclasses.replace(now, text=text, blocks=blocks))
            else:
                now = self._workspace.message(origin.channel, origin.ts)
                self._workspace.replace(dataclasses.replace(now, text=text, blocks=blocks))
        except NotFound as missing:
            raise ApiError("message_not_found") from missing


def _content(body: JSON) -> tuple[str, tuple[JSON, ...]]:
    text, blocks = str(body.get("text") or ""), body.get("blocks") or []
    if complaints := block_kit.problems(blocks):
        raise ApiError("invalid_blocks", response_metadata={"messages": complaints})
    if not text and not blocks:
        raise ApiError("no_text")
    return normalised(text), block_kit.with_ids(blocks)
