"""Signed HTTP requests to the app's request URL."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from bot.trust import authorities
from demo.workspace.delivery import ACK_SECONDS, Attempt, Outgoing
from demo.workspace.faults import Faults
from demo.workspace.identifiers import new_id
from demo.workspace.model import JSON

MOST_REDIRECTS = 2
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `X-Slack-Signature`: HMAC-SHA256 of `v0:{timestamp}:{body}`."""
    base = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpDelivery:
    """A `Transport` that posts to the app and reads its answer.

    Args:
        url: The app's request URL, for events, clicks and commands alike.
        ack_seconds: How long an answer may take.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        faults: Faults,
        *,
        ack_seconds: float = ACK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret
        self._faults = faults
        self._ack_seconds = ack_seconds
        self._clock = clock

    async def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Post it once; any 2xx acknowledges."""
        content_type, body = _encoded(outgoing)
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
        try:
            response = await self._post(body, {"Content-Type": content_type, **retry})
        except httpx.TimeoutException:
            return Attempt(ok=False, reason="http_timeout")
        except httpx.TooManyRedirects:
            return Attempt(ok=False, reason="too_many_redirects")
        except httpx.HTTPError:
            return Attempt(ok=False, reason="connection_failed")
        if self._faults.lose_ack():
            return Attempt(ok=False, reason="http_timeout")
        if not response.is_success:
            unwanted = response.headers.get("X-Slack-No-Retry") == "1"
            return Attempt(ok=False, reason="http_error", give_up=unwanted)
        return Attempt(ok=True, body=_answer(response))

    async def verify(self) -> bool:
        """Ask the request URL to echo a challenge, as Slack does when it is entered."""
        challenge = new_id("", 40)
        body = json.dumps({"type": "url_verification", "token": "", "challenge": challenge}).encode()
        try:
            response = await self._post(body, {"Content-Type": _JSON})
        except httpx.HTTPError:
            return False
        return response.is_success and challenge in response.text

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        now = int(self._clock())
        signed = {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature(self._secret, now, body)}
        agent = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        async with httpx.AsyncClient(
            timeout=self._ack_seconds,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            trust_env=False,
            verify=authorities(),
        ) as client:
            return await client.post(self._url, content=body, headers={**headers, **signed, **agent})


def _encoded(outgoing: Outgoing) -> tuple[str, bytes]:
    if outgoing.type == "events_api":
        return _JSON, json.dumps(outgoing.payload).encode()
    if outgoing.type == "interactive":
        return _FORM, urlencode({"payload": json.dumps(outgoing.payload)}).encode()
    return _FORM, urlencode(outgoing.payload).encode()


def _answer(response: httpx.Response) -> JSON:
    if response.headers.get("Content-Type", "").startswith(_JSON):
        try:
            answer = response.json()
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}
    return {"text": response.text} if response.text else {}
