"""A champion is deployed after somebody else's approval and answers; a bad version follows it and is rolled back."""

from demo.stories import promotion
from demo.stories.stage import Conversation, Stage
from demo.workspace.model import Message

CHANNEL = "#ml-pipelines"
ENDPOINT = "churn-staging"
DEPLOYED_SECONDS = 120.0  #: a deployment of the stand-in, and a model that starts for each question
CUSTOMER = (
    "contract=month-to-month tenure_months=2.0 monthly_charge=99.0 support_calls=5.0 late_payments=3.0 usage_trend=-2.0"
)
ASK = f"/mlops predict {ENDPOINT} {CUSTOMER}"


def deployed(stage: Stage) -> None:
    """Alice asks for it in plain words; it is Bob who says yes, and it takes a while."""
    thread = stage.open("alice", CHANNEL, f"@trainmaster deploy champion of churn to {ENDPOINT}")
    card = thread.expect(
        "the card says what would serve where, on what, for how much, and what serves there now",
        f"Approval needed.*churn v1 to {ENDPOINT}",
        "1 of n1-standard-2",
        r"Cost.*about 0\.11 USD an hour by your table of 2026-06-15",
        "Serves there now.*nothing",
        r"roc_auc 0\.8\d+",
        r"Gates that hold.*roc_auc at least 0\.8",
        "Who decides.*S0APPROVERS",
    )
    thread.presses("alice", card, "Approve")
    thread.expect_private("alice", "Alice alone is told that she cannot approve her own", "asked for this yourself")
    stage.expect("nothing is deployed yet, says Vertex AI", lambda: stage.behind.traffic(ENDPOINT) == {}, within=0)
    thread.presses("bob", card, "Approve")
    _done(thread, card, "churn v1")
    thread.expect("the thread is told what the model answered to its own example", "churn v1 answers", "deployed to")
    _serves(stage, "churn v1")
    thread.expect_clean()


def asked(stage: Stage) -> None:
    """Carol, who only reads, asks the model about a customer, and what is deployed."""
    stage.commands(
        "carol",
        CHANNEL,
        ASK,
        "churn v1 says that the customer leaves",
        "churn v1",
        "`1",
    )
    stage.commands("carol", CHANNEL, "/mlops endpoints", "Carol sees what is deployed", f"{ENDPOINT}.*churn v1 100 %")
    refused = stage.open("carol", CHANNEL, "@trainmaster deploy champion of churn to churn-carol")
    refused.expect("Carol, who only reads, is told that she cannot even ask for a deployment", "may not|role")


def bad_version(stage: Stage) -> None:
    """A version that learned next to nothing is trained, and deployed all the same."""
    thread = stage.open("alice", CHANNEL, "@trainmaster run churn-prediction with n_estimators 1")
    thread.expect("the run ends well, and churn v2 is there", "completed in", "churn v2", within=240)
    thread = stage.open("alice", CHANNEL, f"@trainmaster deploy churn v2 to {ENDPOINT}")
    card = thread.expect(
        "the card names what serves there now",
        f"churn v2 to {ENDPOINT}",
        "churn v1 100 %",
        "roc_auc` is 0.*before it was 0",
    )
    thread.presses("bob", card, "Approve")
    _done(thread, card, "churn v2")
    _serves(stage, "churn v2")
    stage.commands(
        "carol",
        CHANNEL,
        ASK,
        "churn v2 does not see it coming",
        "churn v2",
        "`0",
    )
    thread.expect_clean()


def rolled_back(stage: Stage) -> None:
    """Alice asks for the way back, Bob agrees, and the first version serves again."""
    stage.workspace.command("alice", CHANNEL, f"/mlops endpoint rollback {ENDPOINT}")
    thread, card = stage.expect(
        "a card of its own asks to approve the way back",
        lambda: stage.newest(CHANNEL, f"(?s)Approval needed.*traffic of {ENDPOINT} to churn v1 100 %"),
    )
    thread.presses("bob", card, "Approve")
    thread.expect_of(card, "the card says that it was done", "Approved and done", within=DEPLOYED_SECONDS)
    _serves(stage, "churn v1")
    stage.commands("carol", CHANNEL, ASK, "churn v1 answers again", "churn v1", "`1")


CHAPTERS = {
    "The first champion": promotion.first_champion,
    "Deployed": deployed,
    "Asked": asked,
    "A bad version": bad_version,
    "The way back": rolled_back,
}


def _done(thread: Conversation, card: Message, model: str) -> None:
    thread.expect_of(
        card,
        f"the card says that {model} was deployed, and who approved it",
        "Approved and done",
        "Approved by @U0BOB",
        within=DEPLOYED_SECONDS,
    )


def _serves(stage: Stage, model: str) -> None:
    stage.expect(
        f"all traffic of {ENDPOINT} goes to {model}, says Vertex AI",
        lambda: stage.behind.traffic(ENDPOINT) == {model: 100},
        within=DEPLOYED_SECONDS,
    )
