"""The one way in which Slack says no."""


class Refusal(Exception):
    """A call that Slack refuses.

    Attributes:
        error: Slack's word for it, such as `channel_not_found`.
        details: One line per fault, for `response_metadata.messages`.
        retry_after: Seconds to wait, for a call that came too fast; it is answered with HTTP 429.
    """

    def __init__(self, error: str, *, details: tuple[str, ...] = (), retry_after: int | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.details = details
        self.retry_after = retry_after
