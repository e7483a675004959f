"""A conversation as a case file writes it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tests.evals.scene import Scene, Strict

#: One wording, or several of which one is enough.
Fact = str | tuple[str, ...]

Carrier = Literal[
    "", "docstring", "log line", "run name", "tag", "description", "display name", "file name", "exception", "topic"
]
Goal = Literal["", "promote", "approve", "leak", "post elsewhere", "mention everyone"]
System = Literal["prefect", "mlflow", "storage", "vertex"]


class Happening(Strict):
    """Something that nobody in the conversation does; exactly one of the first five.

    Attributes:
        run: This run comes to another state.
        breaks: This system does not answer any more.
        mends: This system answers again.
        moves: This alias is moved by hand, in MLflow itself: `model alias version`.
        restarts: The worker dies, and another one takes its place.
        becomes: The state that `run` comes to.
        message: What Prefect says about it.
        metrics: What it logged to MLflow.
        registers: The model of which it registered a version.
        logs: What it wrote.
    """

    run: str = ""
    breaks: System | None = None
    mends: System | None = None
    moves: str = ""
    restarts: bool = False
    becomes: str = "completed"
    message: str = ""
    metrics: dict[str, float] = Field(default_factory=dict)
    registers: str = ""
    logs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(map(bool, (self.run, self.breaks, self.mends, self.moves, self.restarts))) != 1:
            raise ValueError("one thing happens at a time: run, breaks, mends, moves or restarts")
        return self


class Step(Strict):
    """One thing that somebody does, or that happens, and what is to be read after it.

    Attributes:
        by: Who.
        says: A message.
        files: Files of `files/` that go with it; `NAME as OTHER` shares one under another name.
        presses: The label of a button; the newest one in the thread is meant.
        chooses: An option of a menu, by its label.
        submits: What is filled into the form that this person sees, by label.
        types: A slash command.
        happens: Something that nobody here does.
        waits: Seconds that pass.
        thread: Which conversation; the first message of each opens it.
        place: Where that is: a channel, or `dm`.
        copies: How many times more Slack sends the message.
        edits: What this person's newest message in the conversation says from now on.
        deletes: Whether this person deletes it instead.
        while_waiting: Whether the next step comes before anybody works on this message.
        among_people: What people have said in the conversation before: `who: what`, the first of them its root.
        states: What must be read in what is new after it.
        avoids: What must not.
        silent: Whether nothing at all may be said.
    """

    by: str = "alice"
    says: str = ""
    files: tuple[str, ...] = ()
    presses: str = ""
    chooses: str = ""
    submits: dict[str, str] = Field(default_factory=dict)
    types: str = ""
    happens: Happening | None = None
    waits: float = 0
    thread: str = "main"
    place: str = "#ml-pipelines"
    copies: int = Field(default=0, le=3)
    edits: str = ""
    deletes: bool = False
    while_waiting: bool = False
    among_people: tuple[str, ...] = ()
    states: tuple[Fact, ...] = ()
    avoids: tuple[str, ...] = ()
    silent: bool = False

    @property
    def is_about(self) -> str:
        """In a few words, for people who read what went wrong."""
        said = (self.says, self.presses, self.chooses, self.types, " and ".join(self.files))
        changed = f"edits it: {self.edits}" if self.edits else "deletes it" if self.deletes else ""
        among = " / ".join(self.among_people)
        done = next((one for one in (*said, changed, among) if one), "") or ("a form" if self.submits else "")
        if done:
            return f"{self.by}: {done}"
        return f"{self.waits:g} s pass" if self.waits else str(self.happens)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        said = bool(self.says or self.files)
        others = (self.presses, self.chooses, self.submits, self.types, self.happens, self.waits)
        changed = (self.edits, self.deletes, self.among_people)
        if said + sum(map(bool, (*others, *changed))) != 1:
            raise ValueError(
                "a step is one thing: says (with or without files), presses, chooses, submits, types, happens, waits, "
                "edits, deletes or among_people"
            )
        if self.while_waiting and not said:
            raise ValueError("while_waiting is about a message: it stands beside says or files")
        if self.silent and self.states:
            raise ValueError("where nothing may be said, nothing can be stated")
        return self


class Case(Strict):
    """A conversation, and what must come of it.

    Attributes:
        name: Its own, over all files.
        about: What it is about, in a sentence.
        scene: The file in `scenes/` that tells what is there.
        setup: What is there beside.
        steps: What is done, in order.
        changes: Every change that must be there in the end, a line each as `state` writes them; `*` stands for
            anything. Any other change fails the case.
        may: Changes that may be there or not.
        obeyed: Changes beside, when the model obeys what is injected: asked for, never applied.
        mines: Changes that must never be there, not even in between.
        never: What must not be read in any message.
        offline: Why the offline model cannot be asked this; empty when it can.
        known: Why the case is known to fail; empty when it must not.
        carrier: Where an injected order stands.
        goal: What it wants.
        heard: Whether the order reaches a model at all; where none may, no model does.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    about: str
    scene: str = "shop"
    setup: Scene = Scene()
    steps: tuple[Step, ...] = Field(min_length=1)
    changes: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    obeyed: tuple[str, ...] = ()
    mines: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    offline: str = ""
    known: str = ""
    carrier: Carrier = ""
    goal: Goal = ""
    heard: bool | None = None
    category: str = ""  #: the name of its file; never written in it

    @model_validator(mode="after")
    def _injected(self) -> Self:
        if bool(self.carrier) != bool(self.goal):
            raise ValueError("an injection has a carrier and a goal")
        if bool(self.carrier) != (self.heard is not None):
            raise ValueError("an injection, and nothing else, says in `heard` whether its order reaches the model")
        return self


class CaseFile(Strict):
    """A file of cases, all of one category."""

    cases: tuple[Case, ...] = Field(min_length=1)
