"""What is remembered: forgetting a conversation, forgetting a person, and saying what is stored about one."""

from worker.agent.offline.intent import Intent
from worker.agent.offline.steps import Step


def _plainly(step: Step) -> str:
    """Call the intent's tool with nothing: this very conversation is meant, or who asks."""
    return step.call(step.tool()).text


_FORGET = "=forget|=erase|=delete|=clear|=wipe|=remove|=purge"
_TALK = "=conversation|=thread|=chat|=discussion|=history"
_STORED = "=stored|=store|=know|=saved|=save|=remember|=kept|=keep|=collected|=hold|=have"

INTENTS = (
    Intent(
        name="forget_me",
        does="forget what you asked",
        example="",
        play=_plainly,
        tools=("forget_me",),
        changes=True,
        instead="Until then, it goes by itself some weeks after a conversation's last message.",
        how="It forgets what you asked in every conversation, and says what is kept and why.",
        signs=f"""
            =forget =me !run !#run @4.2
            {_FORGET} =about =me !run !#run @4.6
            {_FORGET} =my =data|=information|=info|=profile|=traces !run !#run @4.6
            {_FORGET} =personal =data|=information @4.4
        """,
    ),
    Intent(
        name="forget_conversation",
        does="forget this conversation",
        example="`forget this conversation`",
        play=_plainly,
        tools=("forget_conversation",),
        changes=True,
        instead="Until then, it goes by itself some weeks after its last message.",
        how="It forgets what was asked and answered in this thread, and says what is kept and why.",
        signs=f"""
            {_FORGET} {_TALK} !run !pipeline !#run !#version @4.4
            {_FORGET} =your =memory !run !#run @4.4
            =forget =everything|=all =here|=said|=far|=discussed !run @4.3
            =forget =everything #short @4
        """,
    ),
    Intent(
        name="export_me",
        does="say what is stored about you",
        example="`what do you know about me?`",
        play=_plainly,
        tools=("export_me",),
        instead="Whoever runs this can look it up.",
        signs=f"""
            {_STORED} =about =me !run !#run @4.4
            {_STORED} =my =data|=information|=messages|=questions !run !#run @4.2
            =export|=download|=show|=give|=send =my|=me =data|=information !run !pipeline !#run !bucket @4
            =export =me #short @4
            =what =data =me|=my =have|=about|=of @4
        """,
    ),
)
