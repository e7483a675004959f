"""A clock that moves only when a test says so."""


class Clock:
    """Seconds since the start of a test."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
