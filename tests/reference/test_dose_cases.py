"""Products and what they make of a dose; each case names its row of the clinical facts, 2a and 2b.

Shares of magnesium are those of the salts' table, limits those of the regions' bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from ekbom.protocol.doses import Label, Supplement
from ekbom.safety.dose_plan import Agreement, DosePlan, plan_dose
from ekbom.safety.dose_steps import Unit

CHEN = Agreement("Dr. Chen", date(2026, 3, 1))
VITAMIN = Supplement("multivitamin", Label(56, "elemental"))


@dataclass(frozen=True)
class Case:
    row: str
    label: Label
    region: str
    target: float
    steps: tuple[tuple[float, str], ...]
    """Units a night and their magnesium."""
    reached: str
    needs: tuple[str, ...] = ()
    unit: Unit = "capsule"
    other: tuple[Supplement, ...] = ()
    agreement: Agreement | None = None

    def plan(self) -> DosePlan:
        return plan_dose(
            label=self.label,
            unit=self.unit,
            target_mg=self.target,
            region=self.region,
            today=date(2026, 3, 2),
            other=self.other,
            agreement=self.agreement,
        )


FORM, PRODUCT, POWDER = "exact form", "smaller capsules", "capsules instead of powder"

CASES = [
    Case("2a: as citrate 100 mg is elemental", Label(100, "elemental", "citrate"), "EU", 200,
         ((1, "100 mg"), (2, "200 mg")), "at least"),
    Case("2a: 500 mg citrate of unknown form is 52 to 81 mg", Label(500, "compound", "citrate"),
         "EU", 200, ((1, "52 to 81 mg"), (2, "104 to 162 mg")), "below", (FORM, PRODUCT)),
    Case("2a: 500 mg anhydrous dicitrate is 81 mg",
         Label(500, "compound", "trimagnesium_dicitrate_anhydrous"), "US", 350,
         ((1, "81 mg"), (2, "162 mg"), (3, "242 mg"), (4, "323 mg")), "at least", (PRODUCT,)),
    Case("2a: 500 mg nonahydrate is 59 mg",
         Label(500, "compound", "trimagnesium_dicitrate_9h2o"), "EU", 200,
         ((1, "59 mg"), (3, "178 mg")), "below", (PRODUCT,)),
    Case("2a: 500 mg hydrogen citrate is 57 mg",
         Label(500, "compound", "magnesium_hydrogen_citrate"), "EU", 230,
         ((1, "57 mg"), (3, "170 mg"), (4, "227 mg")), "at least", (PRODUCT,)),
    Case("2a: 1.24 g of anhydrous dicitrate is 200 mg",
         Label(620, "compound", "trimagnesium_dicitrate_anhydrous"), "EU", 201,
         ((1, "100 mg"), (2, "200 mg")), "at least", (PRODUCT,)),
    Case("2a: 500 mg oxide is 302 mg", Label(500, "compound", "oxide"), "EU", 200, (), "other salt",
         (PRODUCT,)),
    Case("2a: powder of unknown form, 10.4-16.2 %", Label(1000, "compound", "citrate"), "EU", 200,
         ((0.6, "62 to 97 mg"), (1.2, "124 to 194 mg")), "below", (FORM, POWDER), unit="gram"),
    Case("2b: EU 250, all sources summed", Label(100, "elemental"), "EU", 200, ((1, "100 mg"),),
         "below", ("agreement", "less from other sources"), other=(VITAMIN,)),
    Case("2b: DE 250, split in 2 doses", Label(125, "elemental"), "DE", 300,
         ((1, "125 mg"), (2, "250 mg")), "at least", ("agreement", "one dose a night")),
    Case("2b: US 350", Label(50, "elemental"), "US", 300, ((2, "100 mg"), (4, "200 mg"),
         (6, "300 mg")), "at least"),
    Case("2b: US 350, the article's 400 is above", Label(100, "elemental"), "US", 400,
         ((1, "100 mg"), (2, "200 mg"), (3, "300 mg")), "at least", ("agreement",)),
    Case("2b: above only with clinician agreed, name and date", Label(100, "elemental"), "US", 400,
         ((1, "100 mg"), (2, "200 mg"), (3, "300 mg"), (4, "400 mg")), "at least",
         agreement=CHEN),
    Case("2b: UK 400 shown, 350 enforced", Label(200, "elemental"), "UK", 400,
         ((1, "200 mg"),), "at least", ("agreement",)),
    Case("2b: unknown region 250", Label(150, "elemental"), "unknown", 300, ((1, "150 mg"),),
         "below", ("agreement",)),
    Case("2b: others alone at the limit", Label(100, "elemental"), "EU", 200, (), "below",
         ("agreement", "less from other sources"),
         other=(Supplement("antacid", Label(600, "compound", "hydroxide")),)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.row)
def test_a_product_and_its_steps(case: Case) -> None:
    plan = case.plan()
    assert tuple((s.units, str(s.mg)) for s in plan.steps) == case.steps
    assert (plan.reaches_study, plan.needs) == (case.reached, case.needs)
