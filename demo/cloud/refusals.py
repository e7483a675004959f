"""What the service answers when it says no, in Google's words and shape."""

from collections.abc import Mapping


class Refusal(Exception):
    """The request is not done.

    Attributes:
        status: The HTTP status.
        message: What Google would say.
        reason: Google's word for it, such as `conditionNotMet`.
    """

    def __init__(self, status: int, message: str, *, reason: str = "invalid") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason

    @property
    def body(self) -> Mapping[str, object]:
        """The same as JSON."""
        errors = [{"message": self.message, "domain": "global", "reason": self.reason}]
        return {"error": {"code": self.status, "message": self.message, "errors": errors}}
