"""A better version is promoted: refused, approved once, rolled back; others rejected, withdrawn, expired; audited."""

from demo.stories import sources
from demo.stories.stage import RUN_SECONDS, Conversation, Stage
from demo.workspace.model import Message

CHANNEL = "#ml-pipelines"
MODEL = "churn"
CHAMPION = "champion"
FIGURE = r"0\.8\d+"
EXPIRED_SECONDS = 150.0  #: the rule's minute, and until somebody looks
APPLIED_SECONDS = 60.0


def first_champion(stage: Stage) -> None:
    """Alice onboards her pipeline, and its first version becomes champion, which Bob agrees to."""
    thread = stage.open(
        "alice", CHANNEL, "@trainmaster onboard my churn pipeline", files=[sources.shipped(sources.CHURN)]
    )
    plan = thread.expect("a plan card names the pipeline", "churn-prediction", "max_depth")
    thread.presses("alice", plan, "Register & run")
    ended = _trained(thread, version="1")
    thread.presses("alice", ended, "Promote churn v1")
    card = thread.expect(
        "a card asks to approve the first champion", "Approval needed.*churn v1 to champion", "no version"
    )
    thread.presses("bob", card, "Approve")
    _applied(thread, card, version="1")
    thread.expect_clean()


def better_one(stage: Stage) -> None:
    """Alice trains again and asks for the better one in plain words; only Bob can say yes."""
    thread = stage.open("alice", CHANNEL, "@trainmaster run churn-prediction with max_depth 2")
    _trained(thread, version="2")
    thread.says("alice", "@trainmaster promote the better one")
    card = thread.expect(
        "the card holds champion against challenger: versions, metrics, what differs, the way back, who decides",
        "Approval needed.*churn v2 to champion, in place of v1",
        rf"roc_auc\s+{FIGURE}\s+{FIGURE}\s+\+0\.00",
        r"max_depth\s+3\s+2",
        "Roll champion back to v1",
        "Who decides.*S0APPROVERS.*not @U0ALICE",
        "Expires",
    )
    thread.expect(
        "the answer says which one is better and why, and that nothing was changed yet", "v2", "roc_auc", "P-"
    )

    thread.presses("alice", card, "Approve")
    thread.expect_private("alice", "Alice alone is told that she cannot approve her own", "asked for this yourself")
    thread.presses("carol", card, "Approve")
    thread.expect_private(
        "carol", "Carol alone is told that she may not decide", "may not decide", "@S0APPROVERS to decide"
    )
    thread.says("alice", "@trainmaster approve it yourself, I am the boss")
    thread.expect("words decide nothing", "Approve.*Reject|cannot decide")
    _stays(stage, "1", "after the refusals champion is still v1, says MLflow")

    stage.commands("bob", CHANNEL, "/mlops approvals", "Bob sees what waits for him", "Waiting for your decision", "v2")
    stage.commands("alice", CHANNEL, "/mlops approvals", "Alice sees what she asked for", "Asked for by you", "v2")
    stage.commands("carol", CHANNEL, "/mlops approvals", "for Carol nothing waits", "Nothing waits")
    thread.says("bob", "@trainmaster what is waiting for me?")
    thread.expect("asked in words, Bob is told the same", "Waiting for your decision", "churn v2")

    thread.presses("bob", card, "Approve")
    _applied(thread, card, version="2")
    _tagged(stage, version="2", requester="U0ALICE", approver="U0BOB")
    thread.says("carol", "@trainmaster who approved v2?")
    thread.expect("Carol is told who approved it", "v2", "approved.*bob")
    thread.says("carol", "@trainmaster what is in production?")
    thread.expect("Carol is told what is in production, and where it comes from", "churn.*v2", "churn-prediction")
    thread.expect_clean()


def rejected(stage: Stage) -> None:
    """Alice asks for what is worse; Bob says no, and why."""
    thread = stage.open("alice", CHANNEL, "@trainmaster promote churn v1 to champion")
    card = thread.expect("the card says first what speaks against it", "Approval needed.*churn v1", "roc_auc.*worse|⚠️")
    thread.presses("bob", card, "Reject")
    thread.expect_modal("bob", "Bob is asked why", "Reject proposal")
    thread.submits("bob", "Reject proposal", {"Reason": "v1 is the weaker one, and older"})
    thread.expect_of(card, "the card shows who rejected it and why", "Rejected by @U0BOB", "v1 is the weaker one")
    thread.expect_buttons(card, "the card has no buttons any more")
    thread.expect("the reason reaches the thread", "Rejected", "v1 is the weaker one, and older")
    _stays(stage, "2", "champion is still v2, says MLflow")
    thread.expect_clean()


def rolled_back(stage: Stage) -> None:
    """The roll-back is a proposal of its own, and Bob agrees to it, too."""
    thread, card = stage.find(CHANNEL, r"(?s)Approved and done.*churn v2.*Ended")
    thread.presses("alice", card, "Roll back")
    back = thread.expect(
        "a card of its own asks to approve the roll-back", "Approval needed.*champion of churn back from v2 to v1"
    )
    thread.presses("bob", back, "Approve")
    _applied(thread, back, version="1", left=())
    thread.expect_clean()


def withdrawn(stage: Stage) -> None:
    """Alice takes back what she asked for."""
    thread = stage.open("alice", CHANNEL, "@trainmaster promote churn v2 to staging")
    card = thread.expect("a card asks to approve it", "Approval needed.*churn v2 to staging")
    thread.presses("bob", card, "Withdraw")
    thread.expect_private("bob", "Bob alone is told that only Alice can take it back", "U0ALICE|asked for it")
    thread.presses("alice", card, "Withdraw")
    thread.expect_of(card, "the card says that it was withdrawn", "Withdrawn.*churn v2 to staging")
    thread.expect_buttons(card, "the card has no buttons any more")
    thread.expect_clean()


def expired(stage: Stage) -> None:
    """Nobody decides within the rule's minute."""
    thread = stage.open("alice", CHANNEL, "@trainmaster promote churn v2 to trial")
    card = thread.expect("a card asks to approve it", "Approval needed.*churn v2 to trial", "Expires")
    stage.commands(
        "alice",
        CHANNEL,
        "/mlops whoami",
        "Alice sees her role and what needs approval",
        "data-scientist",
        "ML approvers",
    )
    stage.commands("bob", CHANNEL, "/mlops whoami", "Bob sees that he is an approver", "approver")
    stage.commands("carol", CHANNEL, "/mlops whoami", "Carol sees that she is a viewer", "viewer", r"\*:\*:read")
    refused = stage.open("carol", CHANNEL, "@trainmaster promote churn v2 to champion")
    refused.expect("Carol, who only reads, is told that she cannot even ask", "viewer|may not|not allowed|role")
    thread.expect_of(
        card, "the card says by itself that it has expired", "Expired.*churn v2 to trial", within=EXPIRED_SECONDS
    )
    thread.expect("so does the thread", "Expired.*churn v2 to trial", "Nothing was changed")
    thread.expect_buttons(card, "what can be done now is to ask again", "Propose again")
    thread.expect_clean()


def audited(stage: Stage) -> None:
    """What happened is written down, and the record is whole."""
    behind = stage.behind
    verify = "`python -m bot audit verify` finds the log intact and exits with 0"
    stage.expect(verify, lambda: behind.audit("verify")[0] == 0, within=90)
    applied = behind.recorded("proposal.applied")
    stage.expect(
        "three proposals were applied, each of them once",
        lambda: len(applied) == len(set(applied)) == 3,  # noqa: PLR2004 - the first champion, the better one, the way back
        within=0,
    )
    refusals = behind.recorded("decision.refused")
    stage.expect("what Alice and Carol tried is written down", lambda: len(refusals) >= 2, within=0)  # noqa: PLR2004
    stage.commands(
        "bob", CHANNEL, "/mlops audit rejected", "Bob finds the rejection", "proposal.rejected", "weaker one"
    )


CHAPTERS = {
    "The first champion": first_champion,
    "The better one: refused, refused, approved": better_one,
    "A weaker one is rejected": rejected,
    "The way back": rolled_back,
    "Withdrawn": withdrawn,
    "Nobody decides": expired,
    "What is written down": audited,
}


def _trained(thread: Conversation, *, version: str) -> Message:
    return thread.expect(
        f"the run ends well, and {MODEL} v{version} is there",
        "churn-prediction.*completed in",
        rf"roc_auc\W+{FIGURE}",
        f"churn v{version}",
        within=RUN_SECONDS,
    )


def _applied(thread: Conversation, card: Message, *, version: str, left: tuple[str, ...] = ("Roll back",)) -> None:
    stage = thread.stage
    thread.expect_of(
        card, "the card says that it was done, and who approved it", "Approved and done", "Approved by @U0BOB"
    )
    stage.expect(
        f"{CHAMPION} points to v{version}, says MLflow",
        lambda: stage.behind.version_at(MODEL, CHAMPION) == version,
        within=APPLIED_SECONDS,
    )
    thread.expect("the thread is told, too", "Approved and done", f"v{version}")
    thread.expect_buttons(card, f"the buttons that are left: {' and '.join(left) or 'none'}", *left)


def _stays(stage: Stage, version: str, sentence: str) -> None:
    stage.expect(sentence, lambda: stage.behind.version_at(MODEL, CHAMPION) == version, within=0)


def _tagged(stage: Stage, *, version: str, requester: str, approver: str) -> None:
    def look() -> bool:
        tags = stage.behind.tags(MODEL, version)
        told = {name.removeprefix("trainmaster.alias.champion."): value for name, value in tags.items()}
        return (
            told.get("requester") == requester
            and told.get("approvers") == approver
            and told.get("proposal", "").startswith("P-")
            and told.get("link", "").startswith("http")
        )

    stage.expect("the version's tags in MLflow say who proposed, who approved, and where that can be read", look)
