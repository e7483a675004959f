"""Slack's JSON in, what a person did out. The only file that knows the shapes of payloads."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thread(_Frozen):
    """A thread: the team, the channel, and the `ts` of its root message."""

    team: str
    channel: str
    root: str

    @property
    def ref(self) -> str:
        """`TEAM:CHANNEL:TS`: how the thread is named on runs, in Redis keys and in logs."""
        return f"{self.team}:{self.channel}:{self.root}"

    @classmethod
    def from_ref(cls, ref: str) -> "Thread":
        """The thread of a `ref`.

        Raises:
            ValueError: `ref` has not three parts.
        """
        team, channel, root = ref.split(":")
        return cls(team=team, channel=channel, root=root)


class Actor(_Frozen):
    """A person, with the workspace the person belongs to (another one in a Slack Connect channel)."""

    user: str
    team: str


class FileRef(_Frozen):
    """A file as a message names it; its content is fetched by the worker."""

    id: str
    name: str = ""
    size: int = 0
    url: str = ""


class Turn(_Frozen):
    """A message to which an answer is owed. Its id is (team, channel, ts): one per message, however often told."""

    kind: Literal["turn"] = "turn"
    id: str
    thread: Thread
    actor: Actor
    ts: str
    text: str
    files: tuple[FileRef, ...] = ()
    files_known: bool = True  #: False when the event may have left out the files (`app_mention`): read again by ts
    mention: bool = False
    direct: bool = False


class Click(_Frozen):
    """A press of a button under a message of ours."""

    kind: Literal["click"] = "click"
    id: str
    thread: Thread
    actor: Actor
    action: str
    value: str
    message_ts: str
    response_url: str


class Command(_Frozen):
    """An exact command, `/mlops text`. It knows no thread."""

    kind: Literal["command"] = "command"
    id: str
    team: str
    channel: str
    actor: Actor
    text: str
    response_url: str


class RunChanged(_Frozen):
    """Something happened to a run that is followed."""

    kind: Literal["run"] = "run"
    id: str
    team: str
    run: str


Item = Annotated[Turn | Click | Command | RunChanged, Field(discriminator="kind")]
ITEMS: TypeAdapter[Turn | Click | Command | RunChanged] = TypeAdapter(Item)
