"""What can go wrong between Slack and us, by what can be done about it.

BotError
├── Denied                this person may not do this
├── NoPolicy              no access policy can be read: nothing is allowed until one can
├── TooLong               the text is longer than the limit
├── Stale                 somebody else holds the lease now; what this process meant to write is refused
├── SlackUnavailable      Slack did not answer, or asked us to wait; try again
│   ├── SlackUncertain    the request may have arrived; look before sending it again
│   └── MembershipUnknown who somebody is cannot be told now: nothing is allowed until it can
└── SlackRefused          Slack answered no

A `BotError`'s message may be shown to a person: it says what is wrong and what to do next.
"""


class BotError(Exception):
    """Base of everything that a person may be told."""


class Denied(BotError):
    """This person may not do this; the message says who may."""


class NoPolicy(BotError):
    """No access policy can be read: nothing is allowed until one can. Nobody was refused for good."""


class TooLong(BotError):
    """The text is longer than the limit; the message says both numbers."""


class Stale(BotError):
    """The lease under which this was to be written has passed to somebody else: nothing was written."""


class SlackUnavailable(BotError):
    """Slack did not answer, or asked us to wait.

    Attributes:
        method: The Web API method.
        retry_after: Seconds to wait before the next try; None when Slack did not say.
    """

    def __init__(self, method: str, *, retry_after: float | None = None) -> None:
        why = f"Slack did not answer ({method})." if retry_after is None else f"Slack asks me to call less ({method})."
        super().__init__(f"{why} Please try again in a minute.")
        self.method = method
        self.retry_after = retry_after


class SlackUncertain(SlackUnavailable):
    """The connection broke after the request was sent: it may have arrived."""


class MembershipUnknown(SlackUnavailable):
    """Who somebody is, or who is in a user group, cannot be told now. Nobody was refused for good."""

    def __init__(self, method: str, *, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(method, retry_after=retry_after)
        if reason:
            what = f"Slack does not tell me who may do this ({method}: {reason}), so I did nothing."
            self.args = (f"{what} Whoever installed me can run `python -m worker doctor`, which says what is missing.",)
        else:
            what = f"Slack did not tell me in time who may do this ({method}), so I did nothing."
            self.args = (f"{what} Please try again in a minute.",)


class SlackRefused(BotError):
    """Slack answered no.

    Attributes:
        method: The Web API method.
        reason: Slack's own error word, such as `channel_not_found`.
    """

    def __init__(self, method: str, *, reason: str) -> None:
        super().__init__(f"Slack refused {method}: {reason}.")
        self.method = method
        self.reason = reason
