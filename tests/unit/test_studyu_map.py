from __future__ import annotations

import pytest

from ekbom.diary.studyu_map import mapped_protocol, read_map
from ekbom.problem import InputError

OUTCOME = """
[[outcomes]]
asked = "How well did you sleep last night? "
id = "sleep_quality"
kind = "rating"
role = "primary"
direction = "higher"
minimum = 1
maximum = 10
prior_range = 9
mid = 1
unit = "points"
"""
TREATMENTS = 'treatment = "Warm milk"\nreference = "Cold milk"\n'


def complaints(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_map(text.encode(), file="map.toml")
    return [str(p) for p in caught.value.problems]


def test_a_map_becomes_a_protocol_that_nobody_randomised() -> None:
    protocol = mapped_protocol(read_map((TREATMENTS + OUTCOME).encode(), file="map.toml"))
    assert (protocol.imported, protocol.randomised, protocol.design.kind) == (True, False, "fixed")
    assert [(t.name, t.label, t.role) for t in protocol.treatments] == [
        ("warm_milk", "Warm milk", "treatment"),
        ("cold_milk", "Cold milk", "reference"),
    ]
    assert protocol.title == "Warm milk against Cold milk"
    assert protocol.primary.question == "How well did you sleep last night?"
    analysis = protocol.analysis
    assert (analysis.tau_median, analysis.tau_log_sd, analysis.tau_test) == (2.0, 0.7, 2.0)


def test_a_question_can_be_put_in_own_words() -> None:
    text = TREATMENTS + OUTCOME + 'question = "Sleep, 1 to 10"\n'
    protocol = mapped_protocol(read_map(text.encode(), file="map.toml"))
    assert protocol.primary.question == "Sleep, 1 to 10"


@pytest.mark.parametrize(
    ("treatment", "reference", "names"),
    [
        ("Kräutertee", "Kein Tee", ["krautertee", "kein_tee"]),
        ("Dose 1", "Dose 2", ["dose_1", "dose_2"]),
        ("+ light", "- light", ["treatment", "reference"]),
        ("熱い牛乳", "冷たい牛乳", ["treatment", "reference"]),
        ("200 mg", "none", ["mg", "none"]),
    ],
)
def test_treatments_get_names_that_files_can_carry(
    treatment: str, reference: str, names: list[str]
) -> None:
    text = f'treatment = "{treatment}"\nreference = "{reference}"\n{OUTCOME}'
    protocol = mapped_protocol(read_map(text.encode(), file="map.toml"))
    assert [t.name for t in protocol.treatments] == names


def test_a_map_without_a_treatment_says_so() -> None:
    assert complaints('reference = "Cold milk"\n' + OUTCOME) == [
        "map.toml: treatment: Field required. Mend it in the map file."
    ]


def test_a_misspelt_field_is_an_error() -> None:
    found = complaints(TREATMENTS + "phase_night = 7\n" + OUTCOME)
    assert found == ["map.toml: phase_night: Unexpected keyword argument. Mend it in the map file."]


def test_what_a_map_must_not_say() -> None:
    same = complaints('treatment = "Milk"\nreference = " Milk "\n' + OUTCOME)
    assert same == [
        "map.toml: treatment and reference are the same. Name the two interventions of the study."
    ]
    order = complaints(TREATMENTS + 'order = ["Cold milk", "Tea"]\n' + OUTCOME)
    assert order == [
        "map.toml: order: it needs phase_nights. Say how many nights each phase had.",
        "map.toml: order: 'Tea' is neither treatment nor reference. Use the names of the two.",
    ]
    period = complaints(TREATMENTS + OUTCOME + 'schedule = "period"\nrecall_nights = 7\n')
    assert "only nightly questions can be imported" in period[-1]


def test_the_rules_of_protocols_hold_for_maps_too() -> None:
    second = OUTCOME.replace('"sleep_quality"', '"rested"')
    assert complaints(TREATMENTS + OUTCOME + second) == [
        "map.toml: outcomes: 2 have the role primary. Make exactly one outcome primary.",
        "map.toml: outcomes: 'How well did you sleep last night?' is mapped twice. "
        "Map each question to one outcome.",
    ]


def test_a_map_that_is_not_toml_says_so() -> None:
    assert "it is not TOML" in complaints("treatment: Warm milk")[0]
