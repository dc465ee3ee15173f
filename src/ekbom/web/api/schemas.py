"""What the interface for devices takes and gives, each field with its meaning."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from ekbom.diary.table import YEARS, is_zone

MOST_ITEMS = 200
"""How many entries a device may send at once."""


def _known_zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError("it is no time zone, such as Europe/Berlin")
    return name


def _in_years(day: datetime) -> datetime:
    # A year less at both ends, as clocks and calendars look around.
    if not YEARS[1] <= day.year <= YEARS[-2]:
        raise ValueError(f"its year is not between {YEARS[1]} and {YEARS[-2]}")
    return day


def _night(text: str) -> str:
    if date.fromisoformat(text).year not in YEARS[1:-1]:
        raise ValueError(f"its year is not between {YEARS[1]} and {YEARS[-2]}")
    return text


def _wall(text: str) -> str:
    time.fromisoformat(text)
    return text


Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,80}$", description="made on the device")]
ItemId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Answers = Annotated[
    dict[ItemId, Number], Field(max_length=60, description="numbers by item, in their own units")
]
Night = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="the date of the night's evening"),
    AfterValidator(_night),
]
Wall = Annotated[
    str,
    Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="a time on the wall clock"),
    AfterValidator(_wall),
]
Text = Annotated[str, Field(max_length=2000)]
Pack = Annotated[int, Field(ge=1, le=1000)]
Seen = Annotated[
    str,
    Field(max_length=8000, description="`seen` of the page, or of the refusal, that is corrected"),
]


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class AnswersData(_Strict):
    """Answers about a night."""

    answers: Answers = Field(min_length=1)
    correct: bool = Field(False, description="whether earlier answers are to be replaced")
    worst: bool = Field(False, description="whether only what is worse than before counts")
    seen: Seen = ""


class DoseData(_Strict):
    """The capsules of a night, and the evening's answers if there are any."""

    capsules: Annotated[float, Field(ge=0, le=100)]
    whole: bool = Field(False, description="whether these were all that the plan had")
    at: Wall | None = Field(None, description="when; left out, at the item's instant")
    pack: Pack | None = Field(None, description="the number that was read from the pack")
    swallowed: bool = Field(False, description="whether they are swallowed, though it is another's")
    answers: Answers = Field(default_factory=dict)
    correct: bool = Field(False, description="whether the dose on record is to be corrected")
    worst: bool = Field(False, description="whether only what is worse than before counts")
    seen: Seen = ""


class EventData(_Strict):
    """Something that happened."""

    event: Literal[
        "skipped",
        "signs",
        "break glass",
        "side effect",
        "emergency",
        "deviation",
        "incident",
        "note",
    ]
    part: Literal["evening", "morning"] | None = Field(None, description="of `skipped`")
    signs: list[ItemId] = Field(default_factory=list, max_length=40, description="of `signs`")
    pack: Pack | None = Field(None, description="of `break glass`; left out, the one in use")
    note: Text = Field("", description="in the person's own words")


class _Item(_Strict):
    id: Id
    account: Annotated[str, Field(max_length=64, description="as the plan names it")]
    trial: UUID = Field(description="as the plan names it")
    night: Night
    instant: Annotated[
        AwareDatetime,
        AfterValidator(_in_years),
        Field(description="when it was written on the device"),
    ]
    zone: Annotated[
        str, Field(max_length=64, description="the device's zone"), AfterValidator(_known_zone)
    ]


class AnswersItem(_Item):
    """Answers that were given on a device."""

    kind: Literal["answers"]
    data: AnswersData


class DoseItem(_Item):
    """A dose that was written down on a device."""

    kind: Literal["dose"]
    data: DoseData


class EventItem(_Item):
    """An event that was written down on a device."""

    kind: Literal["event"]
    data: EventData


Item = Annotated[AnswersItem | DoseItem | EventItem, Field(discriminator="kind")]


class Outbox(_Strict):
    """What a device has kept, in the order in which it was written."""

    items: Annotated[list[Item], Field(max_length=MOST_ITEMS)]


class Taken(Schema):
    """What became of one item."""

    id: str
    status: Literal["accepted", "duplicate", "refused"]
    reason: Literal["", "other account", "other trial", "not possible"] = ""
    words: list[str] = Field(default_factory=list, description="what is wrong, and what to do")
    seen: Annotated[str, Field(description="of a refused one: `seen` of its correction")] = ""


class Answer(Schema):
    """What became of each item, in the order in which they were sent."""

    results: list[Taken]


class Contact(_Strict):
    """A sign of life of a device."""

    unsent: Annotated[int, Field(ge=0, le=100_000, description="entries that are still kept")]
    wiped: bool = Field(False, description="whether it has just forgotten everything, as ordered")


class Order(Schema):
    """What a device is to do, and which state of the diary a page must be made from."""

    order: Literal["go on", "wipe"] = Field(description="go on, or forget everything kept here")
    state: str = Field(description="a page made from another state is old; empty without a diary")


class Token(Schema):
    """What a device sends along as X-CSRFToken, so that no other page can write, and who it is."""

    token: str
    account: str = Field(description="as the plan names it; empty for a removed device")


class Wrong(Schema):
    """Why nothing was done."""

    detail: str


class PlanItem(Schema):
    """A question with its scale."""

    id: str
    question: str
    kind: Literal["scale", "number"]
    minimum: float
    maximum: float
    unit: str
    whole: bool


class PlanNight(Schema):
    """What a night is, as far as it is known now."""

    night: date
    label: str = Field(description="weekday and date in the reader's language")
    begins: datetime
    ends: datetime
    evening_begins: datetime
    phase: str = Field(description="where in the trial it lies, in words")
    pack: int | None
    name_pack: bool = Field(description="whether the number is to be read from the pack first")
    capsules: float | None = Field(description="capsules due, where their number is known")
    dose: str = Field(description="what the registered plan says of the capsules, in words")
    doses: bool = Field(description="whether capsules can be written down")
    evening: list[str] = Field(description="items to answer in the evening")
    morning: list[str] = Field(description="items to answer in the morning after")


class PlanRule(Schema):
    """A stop rule that a device can apply to what it keeps."""

    id: str
    at_least: dict[str, float]
    settled_below: dict[str, float]
    count: int
    of: int
    gap: int
    headline: str
    text: str


class PlanSign(Schema):
    """A warning sign, and what to do at once."""

    id: str
    level: str = Field(description="EMERGENCY or SAME DAY")
    wording: str
    headline: str
    text: str


class PlanGlass(Schema):
    """What is said where the blind is broken in an emergency; `{pack}` stands for the number."""

    advice: list[str] = Field(description="what to do at once, most urgent first")
    pack: int | None = Field(description="the pack in use where no night of the plan has one yet")
    way: str = Field(description="the way to what a pack holds")
    none: str = Field(description="what is said while no pack is in use")
    recorded: str = Field(description="what is said once it is on record")
    means: str = Field(description="what follows from it for the trial")
    broken: list[int] = Field(description="the packs of which it is on record")
    opened: bool = Field(description="whether the whole order is known")


class Plan(Schema):
    """All that a device needs for the next nights without a network; no answer, and no name."""

    format: Literal[1] = 1
    account: str
    trial: UUID
    state: str = Field(description="the state of the diary that this plan was made from")
    registered: bool
    language: str
    zone: str
    nights: list[PlanNight]
    items: list[PlanItem]
    rules: list[PlanRule]
    signs: list[PlanSign]
    glass: PlanGlass | None = Field(description="nothing where there is no trial")
    table: list[str] = Field(description="what to do about complaints, as plain text")
    words: dict[str, str] = Field(description="what the pages say without a network")
