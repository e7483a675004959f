"""What goes wrong on purpose, and how often."""

import random
import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "rate_limited", "server_error", "error", "timeout", "timeout_after", "reset", "reset_after", "hidden"
]


class MethodFault(BaseModel):
    """A fault of one Web API method.

    Attributes:
        kind: `rate_limited` (429 with `retry_after`), `server_error` (500), `error` (`ok: false` with `error`),
            `timeout` (no answer for `seconds`; nothing happens), `timeout_after` (no answer, but it was done),
            `reset` (the connection is cut before anything happens), `reset_after` (it is done, then cut),
            `hidden` (`unknown_method`).
        times: How many calls it hits; None until it is taken away.
        probability: How likely it hits a call; which ones is decided by the `seed`.
        channel: It hits calls about this channel only.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    times: int | None = Field(default=1, ge=1)
    retry_after: int = Field(default=1, ge=0)
    seconds: float = Field(default=60.0, gt=0)
    error: str = "internal_error"
    probability: float = Field(default=1.0, gt=0, le=1)
    channel: str = ""


class FaultSettings(BaseModel):
    """The knobs; what is left out of a change stays as it is.

    Attributes:
        drop_ack: So many acknowledgements of the app are lost on their way.
        drop_acks: How likely any other acknowledgement is lost.
        duplicate: Each event is sent this many more times (0 to 3).
        duplicate_up_to: Each event is sent at random this many more times at most.
        reorder: Of two events that follow each other closely, the second is sent first.
        delay: Seconds before each event, click or command is sent.
        disconnect_after: Cut all sockets after so many further envelopes; None never.
        refresh_after: Ask for new sockets after so many further envelopes; None never.
        stall_new: Nothing goes over a socket that is made now, but the greeting.
        seed: Decides what is decided at random; setting it begins the same row anew.
        mention_files: Whether `app_mention` carries the message's files (Slack does not say; by default not).
        login_page: So many file downloads get Slack's login page.
        methods: Faults by method name, `*` for any other one; `{}` takes all away, a null takes one away.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    drop_ack: int = Field(default=0, ge=0)
    drop_acks: float = Field(default=0.0, ge=0, le=1)
    duplicate: int = Field(default=0, ge=0, le=3)
    duplicate_up_to: int = Field(default=0, ge=0, le=3)
    reorder: bool = False
    delay: float = Field(default=0.0, ge=0)
    disconnect_after: int | None = Field(default=None, ge=1)
    refresh_after: int | None = Field(default=None, ge=1)
    stall_new: bool = False
    seed: int = 0
    mention_files: bool = False
    login_page: int = Field(default=0, ge=0)
    methods: dict[str, MethodFault | None] = Field(default_factory=dict)


class Faults(FaultSettings):
    """The knobs in force. Set attributes in-process, or `change` several at once; counters run down as they strike."""

    def model_post_init(self, context: object, /) -> None:
        """Make the lock that counters run down under."""
        del context
        self._lock = threading.Lock()
        self._random = random.Random(self.seed)  # noqa: S311 - faults are to be repeatable

    _lock: threading.Lock
    _random: random.Random

    def change(self, settings: FaultSettings) -> None:
        """Turn the knobs that `settings` names, and no others."""
        with self._lock:
            for name in settings.model_fields_set - {"methods"}:
                setattr(self, name, getattr(settings, name))
            if "seed" in settings.model_fields_set:
                self._random.seed(self.seed)
            if "methods" in settings.model_fields_set:
                merged = {**self.methods, **settings.methods} if settings.methods else {}
                self.methods = {name: fault for name, fault in merged.items() if fault is not None}

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            for name, field in FaultSettings.model_fields.items():
                setattr(self, name, field.get_default(call_default_factory=True))

    def on(self, method: str, kind: FaultKind, *, times: int | None = 1, **details: float | str) -> None:
        """Let a method fail: `faults.on("chat.postMessage", "reset_after")`."""
        fault = MethodFault.model_validate({"kind": kind, "times": times, **details})
        with self._lock:
            self.methods = {**self.methods, method: fault}

    def strike(self, method: str, channel: str = "") -> MethodFault | None:
        """The fault that hits this call, if one does."""
        with self._lock:
            name = method if method in self.methods else "*"
            fault = self.methods.get(name)
            if fault is None or (fault.channel and fault.channel != channel):
                return None
            if fault.probability < 1 and self._random.random() >= fault.probability:
                return None
            if fault.times is not None:
                left = fault.times - 1
                rest = {k: v for k, v in self.methods.items() if k != name}
                self.methods = {**rest, name: fault.model_copy(update={"times": left})} if left else rest
            return fault

    def lose_ack(self) -> bool:
        """Whether this acknowledgement gets lost."""
        with self._lock:
            if self.drop_ack == 0:
                return self._random.random() < self.drop_acks
            self.drop_ack -= 1
            return True

    def copies(self) -> int:
        """How many more times this event is sent."""
        with self._lock:
            return self.duplicate + (self._random.randint(0, self.duplicate_up_to) if self.duplicate_up_to else 0)

    def cut_now(self) -> bool:
        """Whether the sockets are cut after the envelope that was just sent."""
        with self._lock:
            if self.disconnect_after is None:
                return False
            left = self.disconnect_after - 1
            self.disconnect_after = left or None
            return left == 0

    def refresh_now(self) -> bool:
        """Whether new sockets are asked for after the envelope that was just sent."""
        with self._lock:
            if self.refresh_after is None:
                return False
            left = self.refresh_after - 1
            self.refresh_after = left or None
            return left == 0

    def show_login(self) -> bool:
        """Whether this download gets the login page."""
        with self._lock:
            if self.login_page == 0:
                return False
            self.login_page -= 1
            return True
