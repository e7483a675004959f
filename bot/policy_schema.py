"""The tables of a policy file: which keys there are, and what each may say.

The descriptions complete the sentence "`key` must be …": they are what a person reads who wrote something else.
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_PERMISSION = re.compile(r"[a-z0-9_*-]+(:[a-z0-9_*-]+){0,2}")
_USER, _GROUP, _CHANNEL = r"[UW][A-Z0-9]{2,30}", r"S[A-Z0-9]{2,30}", r"[CDG][A-Z0-9]{2,30}"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"
_DURATION = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST, LONGEST = 60.0, 30 * 86_400.0  #: for a decision, in seconds

PERMISSIONS = (
    'a list of permissions, such as "mlflow:alias:set"; `*` stands for anything, as in "prefect:*" or "*:*:read"'
)
PEOPLE = "user ids (U… or W…), user group ids (S…), or * for any full member"
DURATION = 'a number and s, m, h or d, from "1m" to "30d", such as "30m" or "24h"'

MOST_DAYS = 3650
DAYS = f'a number of days from "1d" to "{MOST_DAYS}d", such as "30d"'


def _permission(text: str) -> str:
    if not _PERMISSION.fullmatch(text) or (text.count(":") < 2 and "*" not in text):  # noqa: PLR2004 - system:noun:verb
        raise ValueError(f"`{text}` is no permission: write `system:noun:verb`, in which `*` stands for anything")
    return text


def _like(pattern: str, otherwise: str) -> AfterValidator:
    def checked(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"`{text}` is {otherwise}")
        return text

    return AfterValidator(checked)


def _duration(value: object) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(f"`{value}` is no time to wait; write {DURATION}")
    return seconds


def _days(value: object) -> int:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    days = int(found[1]) if found and found[2] == "d" else 0
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"`{value}` is no time to keep things; write {DAYS}")
    return days * _SECONDS["d"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, _like(_NAME, "no name: use up to 40 letters, digits, `-`, `_` and `.`, a letter or digit first")]
Permission = Annotated[str, AfterValidator(_permission)]
Member = Annotated[str, _like(rf"{_USER}|{_GROUP}|\*", f"nobody: write {PEOPLE}")]
Approver = Annotated[
    str, _like(rf"{_USER}|{_GROUP}|role:{_NAME}|\*", f"nobody: write {PEOPLE}, or role:NAME for the members of a role")
]
Channel = Annotated[str, _like(_CHANNEL, "no channel: write ids (C…, G… or D…), which do not change with the name")]
OfferChannel = Annotated[
    str,
    _like(
        r"[CG][A-Z0-9]{2,30}|\*",
        "no channel: write ids (C… or G…), which do not change with the name, or * for every channel that I am in",
    ),
]
BucketName = Annotated[str, _like(r"[a-z0-9*?][a-z0-9._*?-]{0,221}", "no bucket: write its name, without gs://")]
MachineType = Annotated[str, _like(r"[a-z0-9][a-z0-9-]{0,59}", "no type of machine: write it as Google does")]
Currency = Annotated[str, _like(r"[A-Z]{3}", "no currency: write its three letters, such as USD")]
Days = Annotated[int, BeforeValidator(_days)]
Glob = Annotated[str, Field(min_length=1, max_length=200)]


class Table(BaseModel):
    """Base of all tables: what is not named here is refused, and no value is bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class RoleTable(Table):
    """`[roles.NAME]`: what some people may do."""

    permissions: list[Permission] = Field(min_length=1, description=PERMISSIONS)
    members: list[Member] = Field(min_length=1, description=f"a list of {PEOPLE}")
    channels: list[Channel] | None = Field(
        default=None, min_length=1, description="a list of channel ids; left out where the role counts everywhere"
    )


class RuleTable(Table):
    """`[[rules]]`: what waits for approval, and whose."""

    name: Name = Field(description='a name, such as "production"')
    permission: Permission = Field(description='one permission, such as "mlflow:alias:set" or "vertex:*:deploy"')
    where: dict[str, Annotated[list[Glob], BeforeValidator(_listed), Field(min_length=1)]] = Field(
        default_factory=dict,
        description='names of arguments or facts, each with a text or a list of texts, such as { alias = "champion" }',
    )
    approvers: list[Approver] = Field(min_length=1, description=f"a list of {PEOPLE}, or role:NAME")
    quorum: int = Field(default=1, ge=1, le=20, description="a whole number from 1 to 20")
    self_approval: bool = Field(default=False, description="true or false")
    expires: Annotated[float, BeforeValidator(_duration)] = Field(default=86_400.0, description=DURATION)
    confirmation: bool = Field(default=False, description="true or false")


class GateTable(Table):
    """`[[gates]]`: what a model has to measure."""

    model: Glob = Field(description='a registered model\'s name, in which `*` stands for anything, such as "churn*"')
    metric: Glob = Field(description="a metric's name")
    direction: Literal["higher", "lower"] = Field(description='"higher" or "lower", whichever is better')
    minimum: float | None = Field(default=None, description="a number")
    maximum: float | None = Field(default=None, description="a number")
    minimum_delta: float | None = Field(default=None, ge=0, description="a number of at least 0")


class BudgetTable(Table):
    """`[budgets.NAME]`: what may be spent on the model by a question, or in a day by a thread or a person."""

    tokens: int | None = Field(default=None, ge=1_000, description="a whole number of at least 1000")
    calls: int | None = Field(default=None, ge=1, description="a whole number of at least 1")
    time: Annotated[float, BeforeValidator(_duration)] | None = Field(default=None, description=DURATION)
    cost: float | None = Field(default=None, gt=0, description="a number above 0")


class PriceTable(Table):
    """`[[prices]]`: what a model costs."""

    model: Glob = Field(description='a model\'s name, in which `*` stands for anything, such as "gemini-flash*"')
    input: float = Field(ge=0, description="a number of at least 0: the price of a million tokens that it reads")
    output: float = Field(ge=0, description="a number of at least 0: the price of a million tokens that it writes")
    currency: Currency | Literal[""] = Field(default="", description='a currency by its three letters, such as "USD"')


class StorageTable(Table):
    """`[storage]`: what of Cloud Storage people may work with."""

    buckets: list[BucketName] = Field(
        min_length=1,
        description='a list of bucket names, in which `*` stands for anything, such as "ml-data" or "team-*"',
    )


class MachineTable(Table):
    """`[[machines]]`: what a machine costs that serves a model."""

    type: MachineType = Field(description='a type of machine, such as "n1-standard-4"')
    hourly: float = Field(ge=0, description="a number of at least 0: the price of one such machine for an hour")
    currency: Currency = Field(description='a currency by its three letters, such as "USD"')
    as_of: date = Field(description="the day as of which this holds, without quotes, such as 2026-11-01")


class RetentionTable(Table):
    """`[retention]`: how long things are kept."""

    conversations: Days | None = Field(default=None, description=DAYS)
    proposals: Days | None = Field(default=None, description=DAYS)
    mailboxes: Days | None = Field(default=None, description=DAYS)
    files: Days | None = Field(default=None, description=DAYS)


class OffersTable(Table):
    """`[offers]`: where a pipeline file that is shared without turning to us gets a private offer."""

    channels: list[OfferChannel] = Field(min_length=1, description='a list of channel ids, or ["*"] for every channel')


class PolicyTables(Table):
    """The whole file."""

    roles: dict[Name, RoleTable] = Field(min_length=1, description="at least one table [roles.NAME]")
    rules: list[RuleTable] = Field(default_factory=list, description="tables [[rules]]")
    gates: list[GateTable] = Field(default_factory=list, description="tables [[gates]]")
    budgets: dict[Literal["turn", "thread", "person"], BudgetTable] = Field(
        default_factory=dict, description="tables [budgets.turn], [budgets.thread] and [budgets.person]"
    )
    prices: list[PriceTable] = Field(default_factory=list, description="tables [[prices]]")
    storage: StorageTable | None = Field(default=None, description="a table [storage]")
    machines: list[MachineTable] = Field(default_factory=list, description="tables [[machines]]")
    retention: RetentionTable | None = Field(default=None, description="a table [retention]")
    offers: OffersTable | None = Field(default=None, description="a table [offers]")
