"""Medicines beside an evening dose, case by case; each names its row of the clinical facts, 3b."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import pytest

from ekbom.safety.medicine_list import medicine_in
from ekbom.safety.medicines import check_medicines


@dataclass(frozen=True)
class Case:
    row: str
    takes: str
    dose: str
    result: str
    hours: tuple[float, ...] = ()
    """The hours needed by each collision."""


CASES = [
    Case("gabapentin: 2 h after Mg", "gabapentin 22:00", "20:00", "go"),
    Case("gabapentin: 2 h after Mg", "gabapentin 21:59", "20:00", "move the dose", (2,)),
    Case("gabapentin: the side before is our caution", "gabapentin 18:01", "20:00",
         "move the dose", (2,)),
    Case("gabapentin, thrice a day", "gabapentin 300 mg 08:00 14:00 21:00", "21:30",
         "move the dose", (2,)),
    Case("gabapentin enacarbil: ~5 pm collides with Mg at dinner", "gabapentin enacarbil 17:00",
         "18:00", "move the dose", (2,)),
    Case("gabapentin enacarbil: -> Mg at bedtime", "gabapentin enacarbil 17:00", "22:30", "go"),
    Case("pregabalin: 2 h by caution", "pregabalin 22:00", "21:00", "move the dose", (2,)),
    Case("pregabalin: 2 h by caution", "pregabalin 19:00", "21:00", "go"),
    Case("pramipexole: keep constant", "pramipexole 21:00", "21:00", "go"),
    Case("ropinirole: keep constant", "ropinirole 21:00", "21:00", "go"),
    Case("rotigotine: keep constant", "rotigotine", "21:00", "go"),
    Case("levodopa/carbidopa: 2 h, clinician", "levodopa/carbidopa 12:00", "21:00",
         "clinician first"),
    Case("levodopa/carbidopa: 2 h, clinician", "levodopa 22:00", "21:00", "clinician first", (2,)),
    Case("iron: 3-4 h, the longer", "iron 17:00", "21:00", "go"),
    Case("iron: 3-4 h, the longer", "ferrous sulfate 17:30", "21:00", "move the dose", (4,)),
    Case("levothyroxine: 4 h", "levothyroxine 50 mcg 07:00", "21:00", "go"),
    Case("levothyroxine: 4 h, next morning", "levothyroxine 02:30", "23:00", "move the dose", (4,)),
    Case("levothyroxine: 4 h, at midnight", "levothyroxine 00:00", "23:59", "move the dose", (4,)),
    Case("tetracyclines: pause during antibiotics", "tetracycline 08:00", "21:00", "stop"),
    Case("tetracyclines: Mg 4 h after it", "a tetracycline 17:30", "21:00", "stop", (4,)),
    Case("tetracyclines: 2-3 h, the longer", "tetracycline 23:30", "21:00", "stop", (3,)),
    Case("quinolones: 2 h before Mg", "ciprofloxacin (quinolone) 19:00", "21:00", "stop"),
    Case("quinolones: 4-6 h after Mg, the longer", "quinolone 02:00", "21:00", "stop", (6,)),
    Case("bisphosphonates: 3-4 h, the longer", "bisphosphonate 06:00", "02:30", "move the dose",
         (4,)),
    Case("bisphosphonates: 3-4 h, the longer", "bisphosphonate 06:00", "21:00", "go"),
    Case("nitrofurantoin: 3-4 h", "nitrofurantoin 18:00", "21:00", "stop", (4,)),
    Case("penicillamine: 3-4 h", "penicillamine 18:00", "21:00", "move the dose", (4,)),
    Case("hydroxychloroquine-type: 3-4 h", "hydroxychloroquine 18:00", "21:00", "move the dose",
         (4,)),
    Case("quinidine: 3-4 h", "quinidine 17:30", "21:00", "move the dose", (4,)),
    Case("eltrombopag: 3-4 h", "eltrombopag 17:30", "21:00", "move the dose", (4,)),
    Case("nitroxoline: 3-4 h", "nitroxoline 17:30", "21:00", "stop", (4,)),
    Case("dolutegravir: 2 h before Mg", "dolutegravir 19:00", "21:00", "go"),
    Case("dolutegravir: 6 h after Mg", "dolutegravir 02:59", "21:00", "move the dose", (6,)),
    Case("Juluca: 4 h before Mg", "Juluca 19:00", "21:00", "move the dose", (4,)),
    Case("Juluca: 6 h after Mg", "Juluca 03:00", "21:00", "go"),
    Case("bictegravir: clinician", "bictegravir 08:00", "21:00", "clinician first"),
    Case("raltegravir: clinician", "raltegravir", "21:00", "clinician first"),
    Case("cabotegravir: clinician", "cabotegravir", "21:00", "clinician first"),
    Case("digoxin: clinician", "digoxin 08:00", "21:00", "clinician first"),
    Case("loop/thiazide diuretics: tell clinician", "thiazide 08:00", "21:00", "clinician first"),
    Case("PPIs: tell clinician", "PPI 08:00", "21:00", "clinician first"),
    Case("K-sparing diuretics: clinician", "potassium-sparing diuretic", "21:00",
         "clinician first"),
    Case("calcium-channel blockers: clinician", "nifedipine 08:00", "21:00", "clinician first"),
    Case("aminoglycosides: stop Mg", "aminoglycoside", "21:00", "stop"),
    Case("muscle relaxants: stop Mg", "muscle relaxant 08:00", "21:00", "stop"),
    Case("sodium polystyrene sulfonate: STOP", "sodium polystyrene sulfonate", "21:00", "stop"),
    Case("glipizide/glyburide: clinician", "glyburide 08:00", "21:00", "clinician first"),
    Case("everything else oral: 2-3 h, the longer", "sertraline (other) 18:00", "21:00", "go"),
    Case("everything else oral: 2-3 h, the longer", "sertraline (other) 23:30", "21:00",
         "move the dose", (3,)),
    *(Case("everything else oral: not known to be so", f"{name} 12:00", "21:00", "clinician first")
      for name in ("ciprofloxacin", "doxycycline", "gentamicin", "baclofen", "omeprazole",
                   "furosemide", "L-Thyroxin")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.row}: {c.takes} at {c.dose}")
def test_a_medicine_beside_the_dose(case: Case) -> None:
    check = check_medicines(
        medicines=[medicine_in(case.takes)], dose_time=time.fromisoformat(case.dose)
    )
    assert check.result == case.result
    assert tuple(c.hours_needed for c in check.collisions) == case.hours
