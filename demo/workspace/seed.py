"""Who and what a new workspace starts with."""

from demo.workspace.model import Channel, Person, UserGroup

TEAM = "T0LOCAL"
TEAM_NAME = "Local workspace"
BOT = "U0TRAINMSTR"
SLACKBOT = "USLACKBOT"

PEOPLE = (
    Person("U0ALICE", "alice", "Alice Moreau", "Data scientist"),
    Person("U0BOB", "bob", "Bob Lindqvist", "Approver, ML platform"),
    Person("U0CAROL", "carol", "Carol Adeyemi", "Viewer, product"),
    Person(BOT, "trainmaster", "Trainmaster", "MLOps agent", bot_id="B0TRAINMSTR"),
    Person(SLACKBOT, "slackbot", "Slackbot", bot_id="B0SLACKBOT"),
)

HUMANS = ("U0ALICE", "U0BOB", "U0CAROL")

CHANNELS = (
    Channel(
        "C0MLPIPE",
        "ml-pipelines",
        members=(*HUMANS, BOT),
        topic="Training pipelines: onboard, run, compare, promote",
        purpose="Where models are trained",
    ),
    Channel("C0RANDOM", "random", members=HUMANS, topic="Anything else", purpose="Not about work"),
    Channel("D0ALICE", "", "im", members=("U0ALICE", BOT)),
    Channel("D0BOB", "", "im", members=("U0BOB", BOT)),
    Channel("D0CAROL", "", "im", members=("U0CAROL", BOT)),
)

GROUPS = (
    UserGroup("S0APPROVERS", "ml-approvers", "ML approvers", "Who may approve changes to models", members=("U0BOB",)),
    UserGroup("S0DATA", "data-science", "Data science", "Who trains models", members=("U0ALICE",)),
)
