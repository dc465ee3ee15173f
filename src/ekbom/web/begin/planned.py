"""What a person's choices make: the steps of their dose, and the protocol that is registered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.conf import settings

from ekbom.design.clock import Clock
from ekbom.design.plan import check_design
from ekbom.problem import RefusedError
from ekbom.protocol.doses import Label, Supplement, exceeds
from ekbom.protocol.files import BUILT_IN, built_in, checked, with_design, with_mids
from ekbom.protocol.model import Protocol, TitrationStep, Way
from ekbom.safety.dose_plan import AGREEMENT_DAYS, Agreement, DosePlan, plan_dose
from ekbom.safety.hiding import refuse_unhidden
from ekbom.web import present
from ekbom.web.begin.said import Plan, Product, product_of, said_by, today_of
from ekbom.web.models import Person
from ekbom.web.store import current_row, load

_OTHERS = "other sources"


def dose_plan(product: Product, *, today: date) -> DosePlan:
    """Return what a product makes of the wanted dose; raises InputError as `plan_dose` does.

    An agreement that is not recent, or not to as much as is wanted, counts as none.
    """
    holds = _agreement_holds(product, today=today)
    return _planned(product, today=today, agreement=_agreement_of(product) if holds else None)


def _planned(product: Product, *, today: date, agreement: Agreement | None) -> DosePlan:
    return plan_dose(
        label=Label(product.amount_mg, product.states, product.salt),
        unit=product.unit,
        target_mg=product.target_mg,
        region=product.region,
        today=today,
        other=[Supplement(_OTHERS, Label(product.others_mg, "elemental"))],
        agreement=agreement,
    )


def _agreement_of(product: Product) -> Agreement | None:
    if not product.agreed_by or product.agreed_on is None:
        return None
    return Agreement(product.agreed_by, product.agreed_on, product.agreed_mg)


def _agreement_holds(product: Product, *, today: date) -> bool:
    """Return whether the agreement beside a product is recent and to as much as is wanted."""
    if product.agreed_on is None or product.agreed_mg is None:
        return False
    recent = 0 <= (today - product.agreed_on).days <= AGREEMENT_DAYS
    return recent and not exceeds(product.target_mg + product.others_mg, product.agreed_mg)


def dose_plan_of(person: Person) -> DosePlan | None:
    """Return the steps of a person's dose, ``None`` before they named a product.

    Once the trial is registered, an agreement stays what it was then.
    """
    product, row = product_of(person), current_row(person)
    if product is None:
        return None
    if row is not None and row.registered and product.agreed_on:
        agreed = _agreement_of(product)
        return _planned(product, today=product.agreed_on, agreement=agreed)
    return dose_plan(product, today=today_of(person))


def ways_here() -> tuple[Way, ...]:
    """Return the ways of blinding that are offered: a clinic's only where it has a key."""
    clinic: tuple[Way, ...] = ("clinic",) if getattr(settings, "EKBOM_CLINIC_KEY", "") else ()
    return ("open", "helper", "alone", *clinic)


def planned_protocol(plan: Plan, dose: DosePlan) -> Protocol:
    """Return the protocol of a plan, its dose ladder that of the product.

    Raises InputError where the choices contradict each other, RefusedError where the product gives
    no dose, or where the way of blinding is not offered here or cannot hide this product.
    """
    if plan.blinding not in ways_here():
        raise RefusedError("This way is not offered here any more. Choose another one.")
    protocol = with_design(
        with_dose(replace(built_in(plan.protocol), blinding=plan.blinding), dose),
        pairs=plan.pairs,
        period_nights=plan.period_nights,
        unanalysed_nights=plan.unanalysed_nights,
    )
    check_design(protocol, file=protocol.name)
    refuse_unhidden(protocol, plan=dose)
    return with_mids(protocol, plan.mids or {})


def protocol_of(person: Person) -> Protocol | None:
    """Return the protocol that a person has planned, ``None`` before they have."""
    plan, dose = said_by(person).plan, dose_plan_of(person)
    if plan is None or dose is None or plan.protocol not in BUILT_IN:
        return None
    return planned_protocol(plan, dose)


def earliest_start(person: Person, protocol: Protocol, *, zone: str) -> date:
    """Return the first night that a trial may have: tonight, or one that the diary has already.

    At most as many nights of the diary count as the protocol's baseline has.
    """
    now, clock = present.now(), Clock(zone, boundary_hour=protocol.boundary_hour)
    tonight = clock.night_of(now)
    row = current_row(person)
    kept = [] if row is None or row.registered else [e.night for e in load(row, now=now).entries]
    longest = tonight - timedelta(days=protocol.phases.baseline_nights)
    return max(longest, min([*kept, tonight]))


def with_dose(protocol: Protocol, plan: DosePlan) -> Protocol:
    """Return the protocol on the product's own ladder, each step as long as the protocol's."""
    base = protocol.dose
    if base is None:
        return protocol
    found = plan.to_dose()
    dose = replace(
        base,
        substance=found.substance,
        ladder=found.ladder,
        region=found.region,
        limit_mg=found.limit_mg,
        agreed_by=found.agreed_by,
    )
    steps = protocol.phases.titration
    titration = tuple(
        TitrationStep(nights=steps[min(n, len(steps) - 1)].nights, mg=mg)
        for n, mg in enumerate(dose.ladder)
    )
    treatments = protocol.treatments
    if plan.reaches_study == "other salt":
        treatments = tuple(
            replace(t, label=found.substance) if t.role == "treatment" else t for t in treatments
        )
    phases = replace(protocol.phases, titration=titration)
    changed = replace(protocol, dose=dose, phases=phases, treatments=treatments)
    return checked(changed, file=protocol.name)
