"""Calls of Slack's Web API, one at a time or page by page, each within its limit."""

import time
from collections.abc import Iterator
from typing import Any, cast

from slack_sdk import WebClient

from bot import budgets
from bot.budgets import Budgets, Limit
from bot.errors import SlackUnavailable, SlackUncertain
from bot.slack_faults import slack_errors

PAGE_SECONDS = 10.0  #: how long the next page of something is waited for
LOOK_SECONDS = 30.0  #: for all pages together; a courier's claim is renewed for a minute
_MOST_PAGES = 20
#: Slack takes the arguments of these as a form alone.
_FORMS = ("files.getUploadURLExternal", "files.completeUploadExternal")
_READS = ("conversations.", "files.info", "chat.getPermalink", "usergroups.", "users.")


class WebCalls:
    """What the gateway calls Slack by."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._budgets: Budgets | None = None

    def keep_to(self, limits: Budgets) -> None:
        """Call within these limits from now on."""
        self._budgets = limits

    def pages(self, method: str, arguments: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
        """Everything, a page at a time as it is needed.

        Raises:
            SlackUncertain: It is more than anybody would look through.
        """
        cursor = ""
        until = time.monotonic() + LOOK_SECONDS
        for page in range(_MOST_PAGES):
            # Whoever began to look goes on: to begin anew would spend the same calls again, and never come to the end.
            patience = min(PAGE_SECONDS, max(0.0, until - time.monotonic())) if page else 0.0
            answer = self.call(method, {**arguments, **({"cursor": cursor} if cursor else {})}, patience=patience)
            yield from answer.get(field) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise SlackUncertain(method)

    def call(
        self, method: str, arguments: dict[str, Any], *, limits: tuple[Limit, ...] = (), patience: float = 0.0
    ) -> dict[str, Any]:
        """Call one method, and give what Slack answered.

        Args:
            method: Its name.
            arguments: Its arguments; those that are None are left out.
            limits: What it counts towards, where that is not what `budgets.METHODS` says.
            patience: Seconds to wait for its turn.

        Raises:
            SlackUncertain: It may have been done.
            SlackUnavailable: It was not done: Slack did not answer, or its turn did not come in time.
            SlackRefused: Slack will not do it.
        """
        limits = limits or budgets.METHODS.get(method, ())
        self._take(method, limits, patience=patience)
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            with slack_errors(method):
                if method.startswith(_READS):
                    response = self._client.api_call(method, http_verb="GET", params=given)
                elif method in _FORMS:
                    response = self._client.api_call(method, params=given)
                else:
                    response = self._client.api_call(method, json=given)
        except SlackUnavailable as exc:
            if self._budgets is not None and limits and exc.retry_after:
                self._budgets.pause(limits[0], exc.retry_after)
            raise
        return cast("dict[str, Any]", response.data)

    def _take(self, method: str, limits: tuple[Limit, ...], *, patience: float) -> None:
        if self._budgets is None or not limits:
            return
        until = time.monotonic() + patience
        while (wait := self._budgets.take(limits)) > 0:
            if time.monotonic() + wait > until:
                raise SlackUnavailable(method, retry_after=wait)
            time.sleep(wait)
