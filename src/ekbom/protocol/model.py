"""The trial as data: frozen values that say everything a trial does, before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Nights = Annotated[int, Field(ge=0, le=3650)]
Count = Annotated[int, Field(ge=1, le=10_000)]

STRICT: ConfigDict = ConfigDict(extra="forbid")
"""How a protocol file is read: an unknown field is an error.  The texts below fields are its help;
`files.json_schema` reads them, and not pydantic, which would do so at every start of ekbom."""

DesignKind = Literal["pairs", "counterbalanced", "blocks", "complete", "fixed", "start_points"]
OutcomeKind = Literal["rating", "minutes", "count", "measure", "total", "impression"]
Direction = Literal["lower", "higher"]
Way = Literal["open", "helper", "alone", "clinic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One of the two compared conditions."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Name
    """Short name used in files, such as `magnesium`."""
    label: Text
    """What a person reads."""
    role: Literal["treatment", "reference"]
    """The effect is always the treatment minus the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Something that is measured, with its meaning fixed before the start."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Name
    """Column name in the diary."""
    question: Text
    """What the person is asked, in our own words."""
    label: str = ""
    """A short name for results; the id if empty."""
    kind: OutcomeKind
    """rating: whole numbers; minutes; count: whole numbers from 0; measure: any number;
    total: a questionnaire's total, entered as one number; impression: change against before."""
    role: Literal["primary", "secondary"]
    """Only the primary outcome gets a verdict's word."""
    direction: Direction
    """Which way is better."""
    minimum: Number
    """Smallest value the scale allows."""
    maximum: Number
    """Largest value the scale allows."""
    prior_range: Positive
    """R, the range that scales the priors, in the outcome's units."""
    mid: Positive
    """Minimal important difference, in the outcome's units."""
    unit: Text
    """What one step is called: points, minutes, ..."""
    schedule: Literal["nightly", "period"] = "nightly"
    """Asked every night, or once at the end of each period."""
    speaks_of: Literal["last_night", "today"] = "last_night"
    """Whether the answer speaks of the night before or of the evening it is given on."""
    recall_nights: Annotated[int, Field(ge=1, le=90)] | None = None
    """For a period outcome: how many nights its answer looks back on."""
    mid_also: tuple[Positive, ...] = ()
    """Further differences at which the probabilities are shown."""
    mid_note: str = ""
    """Where the MID comes from."""

    @property
    def name(self) -> str:
        """Return what a person reads it as in a result."""
        return self.label or self.id.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect:
    """A complaint asked about every night."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Name
    """Column name in the diary."""
    question: Text
    """What the person is asked."""
    minimum: Number = 0.0
    """Smallest grade."""
    maximum: Number = 10.0
    """Largest grade."""
    present_from: Number = 1.0
    """The grade from which it counts as present."""
    reveals: bool = False
    """Whether it can give the treatment away, as loose stools can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TitrationStep:
    """Nights on one open dose, to see how it is tolerated."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    nights: Count
    """How many nights."""
    mg: Positive
    """Elemental milligrams a night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """The frozen dose ladder; the dose itself is fixed later, by the event `dose fixed`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    substance: Text
    """What is swallowed, such as magnesium citrate."""
    ladder: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Allowed doses, elemental mg a night, rising; never more than the last after registration."""
    region: Name = "unknown"
    """Whose limit for supplements counts."""
    limit_mg: Positive = 250.0
    """Most elemental mg a day from all supplements together."""
    agreed_by: str = ""
    """The clinician who agreed to more than the limit; empty when nobody did."""
    max_capsules: Annotated[int, Field(ge=1, le=20)] = 6
    """Most capsules a night."""
    spare_share: Share = 0.15
    """Spare capsules in a pack, as a share of the planned ones."""
    proof_capsules: Annotated[int, Field(ge=0, le=20)] = 2
    """Capsules of every pack that are kept to the end as proof."""
    least_hours: Annotated[float, Field(ge=0, le=48)] = 16.0
    """Fewest hours between two doses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """What comes before the randomised nights."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    baseline_nights: Nights = 0
    """Nights of diary alone."""
    titration: tuple[TitrationStep, ...] = ()
    """Open doses that rise step by step."""
    washout_nights: Nights = 0
    """Nights without the substance before the first randomised one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivedPeriod:
    """A period of an imported trial, with the nights it really had."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    position: Count
    """Its place in the sequence, from 1."""
    first: date
    """First night."""
    last: date
    """Last night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPlan:
    """How the order of treatments is drawn, and how long each period lasts."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: DesignKind
    """pairs: a fair coin for each pair; counterbalanced: as many pairs of either order; blocks:
    shuffled blocks; complete: shuffled as a whole, with a largest run; fixed: not randomised;
    start_points: phases whose changes fall on random nights."""
    period_nights: Count = 7
    """Nights of one period."""
    unanalysed_nights: Nights = 0
    """First nights of every period that are not analysed."""
    washout_nights: Nights = 0
    """Nights without capsules between two periods, not analysed either."""
    short_pause_nights: Nights = 3
    """Nights of a pause after which a period simply goes on; after more, its unanalysed nights are
    run again if the pack has spares."""
    pairs: Count | None = None
    """For pairs and counterbalanced: how many pairs."""
    max_pairs: Count | None = None
    """Most pairs this protocol offers."""
    blocks: Count | None = None
    """For blocks: how many blocks."""
    block: tuple[Name, ...] = ()
    """For blocks: the treatments in one block, such as [magnesium, magnesium, placebo, placebo]."""
    periods: Count | None = None
    """For complete and start_points: how many periods (for start_points mostly single nights)."""
    max_run: Count | None = None
    """For complete: most periods in a row on one treatment."""
    order: tuple[Name, ...] = ()
    """For fixed: the treatment of each period."""
    pattern: str = ""
    """For start_points: AB, ABA or ABAB, where A is the reference."""
    minimum_phase: Count | None = None
    """For start_points: fewest periods of one phase."""
    lived: tuple[LivedPeriod, ...] = ()
    """For imported trials: the nights of each period, where they differ from the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRule:
    """When the data may say a word."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    probability_better: Share = 0.975
    """`helps` needs at least this probability of any benefit."""
    probability_mid: Share = 0.5
    """`helps` also needs at least this probability of a benefit beyond the MID."""
    max_revealed_gap: Share = 0.05
    """Largest difference in share of nights with a revealing side effect, treatment minus
    reference, at which the blinding is taken to have held."""
    probability_mid_revealed: Share = 0.87
    """Beyond it, the probability of a benefit beyond the MID that `helps` needs."""
    probability_negligible: Share = 0.9
    """`no worthwhile difference` needs this probability of less than the MID either way."""
    randomisation_p: Share = 0.05
    """Largest one-sided p of the randomisation test that agrees with the model."""
    min_pairs: Count = 2
    """Fewest pairs with enough reports in both periods."""
    min_reports: Count = 5
    """Enough reports of a period."""
    max_sd_ratio: Positive = 0.5
    """Largest posterior sd as a share of the prior sd."""
    max_missing: Share = 0.4
    """Largest share of analysed nights without a report."""
    max_reported_gap: Share = 0.2
    """Largest difference in reported share between the treatments."""
    min_side_effect_nights: Count = 28
    """Reported nights per treatment below which side-effect counts are called few."""
    min_period_pairs: Count = 4
    """Fewest complete pairs from which a per-period outcome is put in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisPlan:
    """The analysis that is fixed before the start. Prior sds are shares of R."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    tau_median: Positive
    """Prior median of the onset and offset time, nights."""
    tau_log_sd: Annotated[float, Field(ge=0, le=5)]
    """Prior sd of log tau; 0 means that tau is known."""
    tau_test: Positive
    """tau0, at which the randomisation test looks."""
    rho_test: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """rho0, the autocorrelation at which the randomisation test looks."""
    intercept_sd: Positive = 1.0
    """Prior sd of the level."""
    trend_sd: Positive = 0.2
    """Prior sd of the change over the whole randomised part."""
    effect_sd: Positive = 0.2
    """Prior sd of the effect at full exposure."""
    effect_sd_sensitivity: tuple[Positive, ...] = (0.1, 0.4)
    """Other prior sds of the effect that are tried."""
    sigma_sd: Positive = 0.25
    """Scale of the half-normal prior of the night-to-night sd."""
    rho_mean: Number = 0.4
    """Prior mean of the autocorrelation."""
    rho_sd: Positive = 0.5
    """Prior sd of the autocorrelation."""
    rho_bound: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Largest autocorrelation either way."""
    tau_nodes: Annotated[int, Field(ge=5, le=201)] = 21
    """Grid points over tau."""
    unanalysed_sensitivity: tuple[Count, ...] = (7, 10, 21)
    """Other numbers of unanalysed nights that are tried, where shorter than the period."""
    slow_tau_median: Positive = 21.0
    """Prior median of tau in the slow-onset sensitivity analysis, nights."""
    enumerate_up_to: Annotated[int, Field(ge=1, le=2_000_000)] = 200_000
    """Most sequences that the randomisation test enumerates; above, it samples."""
    sampled_sequences: Annotated[int, Field(ge=1_000, le=2_000_000)] = 100_000
    """How many sequences it samples then."""
    sampling_seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1945
    """Seed of that sample, stored so that the p value can be reproduced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look at the data before the end, declared before the start."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    after_pair: Count
    """The pair after which it is taken."""
    probability_better: Share
    """The probability of benefit, or of harm, at which the trial stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A whole trial as data."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    format: Literal[1] = 1
    """Version of this file format."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
    """Short name, such as `magnesium-rls`."""
    title: Text
    """One line a person reads."""
    summary: str = ""
    """What the trial can and cannot tell."""
    blinding: Way = "open"
    """Who knows the allocation: open (everyone), helper, alone or clinic."""
    screening_required: bool = False
    """Whether a safety screening must be on record before the order is drawn."""
    screening_days: Count = 28
    """How old that screening may be when the order is drawn."""
    imported: bool = False
    """Whether the data were collected elsewhere."""
    randomised: bool = True
    """Whether chance decided the order; if not, there is no randomisation p."""
    boundary_hour: Annotated[int, Field(ge=0, le=23)] = 12
    """Local hour at which one night ends and the next begins (noon; shift workers may differ)."""
    evening_hour: Annotated[int, Field(ge=0, le=23)] = 18
    """Local hour at which the evening begins."""
    treatments: Annotated[tuple[Treatment, ...], Field(min_length=2, max_length=2)]
    """The two compared conditions."""
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    """What is measured."""
    side_effects: tuple[SideEffect, ...] = ()
    """Complaints that are asked about."""
    dose: Dose | None = None
    """The dose ladder; absent where nothing is swallowed."""
    phases: Phases = Phases()
    """What comes before the randomised nights."""
    design: DesignPlan
    """How the order is drawn."""
    decision: DecisionRule = DecisionRule()
    """When the data may say a word."""
    analysis: AnalysisPlan
    """The analysis, fixed before the start."""
    looks: tuple[Look, ...] = ()
    """Looks before the end, declared before the start."""

    @property
    def treatment(self) -> Treatment:
        """Return the condition under test."""
        return next(t for t in self.treatments if t.role == "treatment")

    @property
    def reference(self) -> Treatment:
        """Return the condition it is compared with."""
        return next(t for t in self.treatments if t.role == "reference")

    @property
    def primary(self) -> Outcome:
        """Return the outcome that gets the verdict's word."""
        return next(o for o in self.outcomes if o.role == "primary")

    def outcome(self, name: str) -> Outcome:
        """Return the outcome called ``name``; raises KeyError if there is none."""
        found = next((o for o in self.outcomes if o.id == name), None)
        if found is None:
            raise KeyError(name)
        return found
