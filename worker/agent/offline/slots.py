"""What a message names beside its intent: names, versions, places, counts, times, values."""

import re
from dataclasses import dataclass, field

from worker.agent.offline.parameters import SPOKEN, Named, mentioned
from worker.agent.offline.vocabulary import word_set
from worker.agent.offline.wording import Word

_ID = re.compile(r"(?=.*\d)[0-9a-f]{8}(?:[0-9a-f]{24}|(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?|(?=.*\d)[0-9a-f]{7,32}")
_VERSION = re.compile(r"v\.?(\d+)")
_ALIASES = {"champion": "champion", "challenger": "challenger", "production": "champion", "prod": "champion"}
_PLACES = {
    "staging": "staging",
    "stage": "staging",
    "production": "production",
    "prod": "production",
    "canary": "canary",
    "dev": "dev",
}
_STATES = {
    word: state
    for state, said in {
        "FAILED": "failed failing fail fails failures failure red unsuccessful broken errored error errors",
        "CRASHED": "crashed crash",
        "COMPLETED": "completed successful succeeded finished green",
        "RUNNING": "running active ongoing in_progress live",
        "CANCELLED": "cancelled canceled aborted killed",
        "PENDING": "pending",
        "SCHEDULED": "scheduled upcoming queued late",
        "PAUSED": "paused",
    }.items()
    for word in said.split()
}
_METRIC_NAMES = word_set("accuracy auc f1 loss precision recall rmse mae r2 roc_auc log_loss mse brier pr_auc")
_METRICS = {name: name for name in sorted(_METRIC_NAMES)} | {"f1_score": "f1", "logloss": "log_loss"}
_SMALL_IS_GOOD = word_set("loss rmse mae mse log_loss brier error latency duration")
_COUNTS = {word: number for word, number in SPOKEN.items() if 1 < number <= 20} | {"both": 2, "couple": 2, "dozen": 12}  # noqa: PLR2004 - counts of runs that people say in words
_ORDINALS = {
    word: place
    for place, said in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"))
    for word in said.split()
}
_LISTED = word_set(
    """
    run runs line lines log logs execution executions job jobs failure failures training trainings version versions
    flow attempt attempts model models best flow_runs experiment experiments ones log_lines result results
    """
)  # fmt: skip
_NO_VALUES = word_set(
    """
    the a its all same default defaults standard usual parameters parameter params param settings setting values
    value configuration config options arguments please and as before
    """
)
_BEFORE_NAMES = word_set("of for pipeline flow run called named job workflow")
_AFTER_NAMES = word_set("run runs pipeline flow job jobs training workflow pipelines")
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SPAN = rf"(?:{_DAY}|day|hour|week|month|weekday|night|morning|evening|afternoon|noon|minute|weekend|quarter)s?"
_RECURRING = "|".join(
    [
        rf"(?:every|each)\s+(?:\d+\s+)?(?:other\s+)?(?:single\s+)?{_SPAN}",
        rf"(?:on\s+)?(?:{_DAY}s|weekdays|weekends)",
        r"hourly|daily|weekly|nightly|monthly|yearly|(?:once|twice)\s+a\s+(?:day|week|month|night)",
        r"tomorrow|tonight|next\s+\w+day",
    ]
)
_PART = r"(?:in\s+the\s+)?(?:morning|evening|afternoon|night)"
_HOUR = r"(?:at\s+)?(?:noon|midnight|\d{1,2}(?::\d{2})?\s*(?:am|pm|o'clock)?)(?![\w=])"
_CLOCK = rf"(?:,?\s*(?:{_PART}|{_HOUR}))*"
_WHEN = re.compile(rf"(?<![\w-])(?:{_RECURRING})(?![\w-]){_CLOCK}", re.IGNORECASE)
_CRON = re.compile(r"(?<![\w*])((?:[\d*][\d*/,\-]*\s+){4}[\d*a-z][\d*/,\-a-z]*)", re.IGNORECASE)
_ZONE = re.compile(
    r"\b((?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|US)/[A-Za-z_]+(?:/[A-Za-z_]+)?)\b|"
    r"\b(UTC|GMT|CES?T|EES?T|E[DS]T|C[DS]T|M[DS]T|P[DS]T|BST|IST|JST|AEST|WES?T|MSK)\b|"
    r"\b(?!This|That|Local|Run|Every|Same|First|Last|Any|Next|Each|My|Our)([A-Z][a-z]+(?: [A-Z][a-z]+)?) time\b"
)
_LED = re.compile(r"\b(?:the|run|start|retry|cancel|stop|of|for|trigger)\s+$", re.IGNORECASE)
_NO_NAMES = word_set(
    """
    run runs at on in please from to for and schedule retraining training starting job jobs
    """
)
_SINCE = (
    (re.compile(r"(?:last|past)\s+(\d+)\s*(?:hours?|h)\b"), 1),
    (re.compile(r"(?:last|past)\s+(\d+)\s*days?\b"), 24),
    (re.compile(r"(?:last|past)\s+(\d+)\s*weeks?\b"), 168),
    (re.compile(r"\b(\d+)\s*(?:h|hours?)\b"), 1),
    (re.compile(r"\b(?:in|for|within|over)?\s*the\s+(?:last|past)\s+()hour\b"), 1),
    (re.compile(r"\b()(?:today|this morning|tonight|overnight|last night|24h)\b"), 24),
    (re.compile(r"\b()yesterday\b"), 48),
    (re.compile(r"\b()(?:this|last|past) week\b"), 168),
    (re.compile(r"\b()(?:this|last|past) month\b"), 720),
)


@dataclass(frozen=True, slots=True)
class Slots:
    """The values that a message holds; empty ones were not there.

    Attributes:
        names: Words the lexicon does not know, so that they may name something; as typed, lower case.
        pointed: Those of them that stand where a name stands: `of NAME`, `NAME pipeline`.
        said: All its words, lower case: a name may be made of words that the lexicon knows.
        run: The id of a run.
        ordinal: Which one of a list, counted from 0, or -1 for none; `the last one` is no ordinal.
        versions: Versions of a model.
        alias: An alias such as `champion`.
        environment: Where to deploy.
        limit: How many.
        hours: How far back.
        state: Prefect's type of state.
        metric: The metric's name as people say it.
        lowest: Whether the smallest value is wanted.
        when: When something is to happen again and again, as typed, or a cron rule.
        timezone: The time zone that is named, as typed.
        percent: A share of traffic.
        replicas: How many machines.
        quoted: What stands in quotes.
        values: Values given to something by name.
        unread: Words that seem to set a parameter, and hold no value: `with more trees`.
    """

    names: tuple[str, ...] = ()
    pointed: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    run: str = ""
    ordinal: int = -1
    versions: tuple[str, ...] = ()
    alias: str = ""
    environment: str = ""
    limit: int = 0
    hours: int = 0
    state: str = ""
    metric: str = ""
    lowest: bool = False
    when: str = ""
    timezone: str = ""
    percent: int | None = None
    replicas: int | None = None
    quoted: str = ""
    values: tuple[Named, ...] = field(default=())
    unread: str = ""

    @property
    def free_names(self) -> tuple[str, ...]:
        """The names without those that name what a value is for."""
        used = {word for value in self.values for words in value.names for word in words}
        return tuple(name for name in self.names if name not in used)


def extract(words: tuple[Word, ...], raw: str) -> Slots:
    """The values in some words; `raw` is the text they were read from, for what is kept as typed."""
    texts = [word.text for word in words]
    spoken = " ".join(texts)
    run = next((text for text in texts if _ID.fullmatch(text)), "")
    when = _when(raw)
    nameable = [bool(_nameable(word)) and word.typed.lower() not in when.lower().split() for word in words]
    return Slots(
        names=tuple(word.typed.lower() for word, able in zip(words, nameable, strict=True) if able),
        pointed=tuple(words[at].typed.lower() for at, able in enumerate(nameable) if able and _is_pointed(texts, at)),
        said=tuple(word.typed.lower() for word in words if word.text[0].isalnum()),
        run=run,
        ordinal=next((_ORDINALS[text] for text in texts if text in _ORDINALS), -1),
        versions=_versions(texts),
        alias=next((_ALIASES[text] for text in texts if text in _ALIASES), ""),
        environment=_environment(texts),
        limit=_limit(texts),
        hours=_hours(spoken),
        state=next((_STATES[text] for text in texts if text in _STATES), ""),
        metric=next((_METRICS[text] for text in texts if text in _METRICS), ""),
        lowest=_lowest(texts),
        when=when,
        timezone=_timezone(raw) if when else "",
        percent=_percent(texts),
        replicas=_before_word(texts, {"replica", "replicas", "nodes", "machines", "instances"}),
        quoted=next((word.typed for word in words if word.quoted), ""),
        values=mentioned(words),
        unread=_unread(words, mentioned(words)),
    )


def _nameable(word: Word) -> bool:
    if (
        not word.text[0].isalnum()
        or word.text[0].isdigit()
        or _VERSION.fullmatch(word.text)
        or _ID.fullmatch(word.text)
    ):
        return False
    return (word.quoted and " " not in word.typed) or word.foreign


def _unread(words: tuple[Word, ...], values: tuple[Named, ...]) -> str:
    """What follows `with` and names no value, or an identifier such as `max_depth` that got none."""
    read = {name for value in values for names in value.names for name in names} | {
        value.value.lower() for value in values
    }
    odd = [word.typed for word in words if "_" in word.typed and word.typed.lower() not in read]
    if odd or values:
        return " ".join(odd)
    after: list[str] = []
    inside = False
    for word in words:
        if word.text in {"with", "using"}:
            inside = True
        elif inside and word.text in {",", ".", ";", "then", "again", "?"}:
            break
        elif inside and word.text[0].isalnum() and word.text not in _NO_VALUES:
            after.append(word.typed)
    return " ".join(after)


def _is_pointed(texts: list[str], at: int) -> bool:
    before = texts[at - 1] if at else ""
    after = texts[at + 1] if at + 1 < len(texts) else ""
    return "-" in texts[at] or before in _BEFORE_NAMES or after in _AFTER_NAMES


def _versions(texts: list[str]) -> tuple[str, ...]:
    found = []
    for at, text in enumerate(texts):
        if match := _VERSION.fullmatch(text):
            found.append(match[1])
        elif (text.isdigit() and at and texts[at - 1] in {"version", "versions", "v", "release"}) or (
            text.isdigit() and found and at > 1 and texts[at - 1] in {"and", "or", "to"} and texts[at - 2].isdigit()
        ):
            found.append(text)
    return tuple(dict.fromkeys(found))


def _environment(texts: list[str]) -> str:
    return next(
        (
            _PLACES[text]
            for at, text in enumerate(texts)
            if text in _PLACES and not (text in _ALIASES and texts[at - 1] == "the")
        ),
        "",
    )


def _limit(texts: list[str]) -> int:
    """The count in `last 5 runs`, `top 3`, `three latest`; 0 without one."""
    for at, text in enumerate(texts):
        count = int(text) if text.isdigit() and len(text) < 5 else _COUNTS.get(text, 0)  # noqa: PLR2004 - longer numbers count nothing here
        if not count:
            continue
        before, after = texts[at - 1] if at else "", texts[at + 1 :]
        next_word = after[0] if after else ""
        if next_word in {"hours", "days", "weeks", "h", "minutes", "percent", "replicas", "hour", "day"}:
            continue
        if before in {"last", "latest", "recent", "newest", "top", "best", "first", "past", "most_recent", "previous"}:
            return count
        if next_word in _LISTED or (
            next_word in {"latest", "last", "most_recent", "best", "newest", "recent", "failed"}
        ):
            return count
        if text == "both":
            return count
    return 0


def _hours(spoken: str) -> int:
    spoken = spoken.replace("_", " ")
    for pattern, factor in _SINCE:
        if match := pattern.search(spoken):
            return (int(match[1]) if match[1] else 1) * factor
    return 0


def _lowest(texts: list[str]) -> bool:
    if {"lowest", "smallest", "least", "minimum", "min"} & set(texts):
        return True
    if {"highest", "largest", "maximum", "max", "most"} & set(texts):
        return False
    return bool(_SMALL_IS_GOOD & set(texts))


def _when(raw: str) -> str:
    cron = _CRON.search(raw)
    if cron:
        return " ".join(cron[1].split())
    return next((found[0].strip(" ,") for found in _WHEN.finditer(raw) if not _in_a_name(raw, found)), "")


def _in_a_name(raw: str, found: re.Match[str]) -> bool:
    """Whether `daily` is part of a name, as in `the daily ingest` or `run daily ingest`."""
    after = re.match(r"\s+([a-z]\w*)", raw[found.end() :], re.IGNORECASE)
    return after is not None and after[1].lower() not in _NO_NAMES and _LED.search(raw[: found.start()]) is not None


def _timezone(raw: str) -> str:
    found = _ZONE.search(raw)
    return next(filter(None, found.groups()), "") if found else ""


def _percent(texts: list[str]) -> int | None:
    for at, text in enumerate(texts):
        if text.endswith("%") and text[:-1].isdigit():
            return int(text[:-1])
        if text in {"percent", "pct"} and at and texts[at - 1].isdigit():
            return int(texts[at - 1])
        if text == "half" and "traffic" in texts:
            return 50
    return None


def _before_word(texts: list[str], words: set[str]) -> int | None:
    for at, text in enumerate(texts):
        if text in words and at:
            before = texts[at - 1]
            return int(before) if before.isdigit() else _COUNTS.get(before)
    return None
