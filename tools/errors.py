"""What can go wrong in a tool, by what the caller can do about it.

ToolError
├── BadArguments   the caller may correct the arguments and call again
├── Unavailable    the system behind the tool did not answer; we may try again
│   ├── Late       it did not answer in time, so that asking again would only wait once more
│   ├── Busy       it is there and did nothing, because it has too much to do
│   ├── Failing    it is there and failed at this one request
│   ├── Resting    it was not asked: it has not answered for a while
│   └── Underway   it is at it; the same call asks how far it is
└── Refused        the system answered no; the caller must do something else
    └── Outdated   what was asked for rests on what is no longer so

Every message is one that a person and a model may read: what is wrong, then what to do next. It never holds a
stack trace, a token, or a path of ours.
"""


class ToolError(Exception):
    """Base of everything a tool raises on purpose."""


class BadArguments(ToolError):
    """The arguments do not fit; the message says which, why, and what would fit."""


class Unavailable(ToolError):
    """The system behind the tool could not be reached or did not answer in time.

    Attributes:
        system: The system's own name, such as `Prefect` or `MLflow`.
        reason: What happened, such as `connection refused`.
        maybe_done: A change was sent and its answer never came.
    """

    def __init__(self, system: str, reason: str, *, maybe_done: bool = False) -> None:
        super().__init__(f"I could not reach {system}: {reason}.")
        self.system = system
        self.reason = reason
        self.maybe_done = maybe_done


class Busy(Unavailable):
    """The system is there and did nothing, because it has too much to do."""


class Late(Unavailable):
    """The system did not answer in time; asked again it would keep its caller as long once more."""


class Failing(Unavailable):
    """The system is there and failed at this one request; it may well do others."""


class Resting(Unavailable):
    """The system was not asked, because it has not answered for a while; the message says since when and why."""


class Underway(Unavailable):
    """What was asked for was begun and takes long; the same call, made again later, goes on with it."""

    def __init__(self, what: str) -> None:
        super().__init__("", what)
        self.args = (what,)


class Refused(ToolError):
    """The system understood and said no; the message says why and what would help."""


class Outdated(Refused):
    """What was asked for rests on what is no longer so; asked for anew it may well be done."""
