"""The shares of magnesium against atomic weights, and the doses that follow from them."""

from __future__ import annotations

import re

import pytest

from ekbom.evidence.facts import salts
from ekbom.protocol.doses import Label, elemental

# IUPAC, abridged standard atomic weights 2021.
ATOMIC_WEIGHT = {
    "H": 1.0080,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "Mg": 24.305,
    "S": 32.06,
    "Cl": 35.45,
}

# Published by Molecules 2020, 25, 3172, table 3, in percent.
PUBLISHED = {
    "oxide": 60.3,
    "magnesium_hydrogen_citrate": 11.3,
    "chloride_anhydrous": 25.5,
    "hydroxide": 41.7,
    "carbonate": 28.8,
    "malate": 15.5,
    "taurate": 8.9,
    "threonate": 8.3,
}


def _atoms(formula: str) -> dict[str, int]:
    """Count the atoms of, say, ``Mg3(C6H5O7)2.9H2O``."""
    count = dict.fromkeys(ATOMIC_WEIGHT, 0)
    for part in formula.split("."):
        times, rest = re.fullmatch(r"(\d*)(.*)", part).groups()
        flat = re.sub(r"\((\w+)\)(\d+)", lambda m: m[1] * int(m[2]), rest)
        for element, number in re.findall(r"([A-Z][a-z]?)(\d*)", flat):
            count[element] += int(times or 1) * int(number or 1)
    return count


@pytest.mark.parametrize("salt", salts())
def test_share_of_magnesium_agrees_with_iupac_atomic_weights(salt: str) -> None:
    atoms = _atoms(salts()[salt].formula)
    weight = sum(ATOMIC_WEIGHT[e] * n for e, n in atoms.items())
    share = 100 * ATOMIC_WEIGHT["Mg"] * atoms["Mg"] / weight
    assert salts()[salt].percent_elemental == pytest.approx(share, abs=0.006)


def test_formula_weights_agree_with_known_ones() -> None:
    def weight(formula: str) -> float:
        return sum(ATOMIC_WEIGHT[e] * n for e, n in _atoms(formula).items())

    assert weight("Mg3(C6H5O7)2") == pytest.approx(451.11, abs=0.006)
    assert weight("Mg3(C6H5O7)2.9H2O") == pytest.approx(613.25, abs=0.006)
    assert weight("MgO") == pytest.approx(40.30, abs=0.006)


@pytest.mark.parametrize(("salt", "percent"), PUBLISHED.items())
def test_share_of_magnesium_agrees_with_published_table(salt: str, percent: float) -> None:
    # Half a unit of the table's last digit, and .0001 for a share that lies on the half.
    assert salts()[salt].percent_elemental == pytest.approx(percent, abs=0.0501)
    assert "S27" in [s.id for s in salts()[salt].sources]


# Our own dose table: elemental mg in 500 mg, and grams of the compound that hold 200 mg.
@pytest.mark.parametrize(
    ("salt", "in_500_mg", "grams_for_200_mg"),
    [
        ("trimagnesium_dicitrate_anhydrous", 81, 1.24),
        ("trimagnesium_dicitrate_9h2o", 59, 1.68),
        ("trimagnesium_dicitrate_14h2o", 52, 1.93),
        ("magnesium_hydrogen_citrate", 57, 1.76),
        ("oxide", 302, 0.33),
        ("hydroxide", 208, 0.48),
        ("carbonate", 144, 0.69),
        ("bisglycinate_anhydrous", 71, 1.42),
        ("bisglycinate_2h2o", 58, 1.72),
        ("chloride_anhydrous", 128, 0.78),
        ("chloride_6h2o", 60, 1.67),
        ("lactate_anhydrous", 60, 1.67),
        ("lactate_2h2o", 51, 1.96),
        ("malate", 78, 1.29),
        ("taurate", 45, 2.24),
        ("threonate", 41, 2.42),
        ("gluconate", 29, 3.41),
    ],
)
def test_doses_agree_with_the_dose_table(
    salt: str, in_500_mg: int, grams_for_200_mg: float
) -> None:
    assert elemental(Label(500, "compound", salt)).high == pytest.approx(in_500_mg, abs=0.5)
    per_gram = elemental(Label(1000, "compound", salt)).low
    assert 200 / per_gram == pytest.approx(grams_for_200_mg, abs=0.0051)


def test_the_cramp_trial_gave_204_to_291_mg() -> None:
    """Frusso 1999: 900 mg magnesium citrate compound twice a day, form unknown."""
    mg = elemental(Label(1800, "compound", "citrate"))
    assert mg.high == pytest.approx(291, abs=0.5)
    assert mg.low == pytest.approx(1800 * 0.1037)
    known = elemental(Label(1800, "compound", "magnesium_hydrogen_citrate"))
    assert known.low == pytest.approx(204, abs=0.5)
