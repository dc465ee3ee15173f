"""What a check of a verdict looked at, what its failing means, and what other analyses assume."""

from __future__ import annotations

from collections.abc import Mapping

from ekbom.language import Text

BECAUSE: Mapping[str, Text] = {
    "too_few_nights": "there are too few different answers to learn from",
    "pairs_with_enough_reports": "too few pairs have enough analysed reports in both periods",
    "missing_share": "too many of the analysed nights have no report",
    "reported_share_gap": "reports are missing far more often on one of the two",
    "posterior_sd_over_prior_sd": "the nights taught too little",
    "computation_settled": "the computation did not reach its accuracy",
    "randomisation_test_possible": "the order was not drawn by chance, or only one was possible",
    "sure_although_revealed": "side effects may have given the treatment away, and then an effect "
    "must be clearer than this",
    "randomisation_agrees": "model and design disagree: by the randomisation test alone the "
    "difference could be chance",
}
"""Why there is no word, by the name of the check that took it back."""

CHECKS: Mapping[str, Text] = {
    "pairs_with_enough_reports": "Pairs with enough analysed reports in both periods",
    "missing_share": "Share of analysed nights without a report",
    "reported_share_gap": "Difference in reported share between the two",
    "posterior_sd_over_prior_sd": "What is still unknown, as a share of what was unknown before",
    "computation_settled": "The computation reached its accuracy (1 yes, 0 no)",
    "revealing_side_effects_gap": "By how much more nights on the treatment had a side effect "
    "that can give it away (share)",
    "sure_although_revealed": "Probability of more than the MID, where side effects may have "
    "given the treatment away",
    "randomisation_test_possible": "A randomisation test is possible",
    "randomisation_p_attainable": "Smallest one-sided p that this design can reach",
    "randomisation_agrees": "One-sided p of the randomisation test, in the model's direction",
    "share_at_minimum": "Share of answers at the lowest end of the scale",
    "share_at_maximum": "Share of answers at the highest end of the scale",
    "onset_prior_posterior_overlap": "How little the data say about onset speed (1: nothing)",
    "unplanned_looks": "Unplanned looks at the data before the end",
    "brought_in": "Times that the running trial was brought in from a file",
    "stopped_early": "Stopped early for a reason that may hang on the treatment",
    "calendar_events_written_late": "Pauses or ends of periods written down days after the fact",
    "periods_interrupted": "Periods with a long pause that could not be run again",
    "nights_after_unblinding": "Nights left out because the allocation was known",
    "answers_after_unblinding": "Answers left out because they came after the opening",
    "blinded": "Blinded (1 yes, 0 no)",
    "complete_pairs": "Complete pairs of reports",
    "recall_within_analysed_nights": "Reports left out because their recall reached further back "
    "than the analysed nights",
}
"""What each check looked at."""

FAILED: Mapping[str, Text] = {
    "randomisation_test_possible": "No randomisation test is possible",
    "randomisation_p_attainable": "This design is too small for the randomisation test to confirm "
    "the model; its smallest one-sided p",
    "computation_settled": "The computation did not reach its accuracy (1 yes, 0 no)",
    "blinded": "Not blinded: the person knew what they took (1 blinded, 0 not)",
}
"""Checks whose failure is better said than named."""

SENSITIVITIES: Mapping[str, Text] = {
    "slow_onset": "if the onset were slower",
    "all_nights": "with the first nights of each period",
    "as_taken_unrecorded_taken": "by the doses taken, unrecorded ones counted as taken",
    "as_taken_unrecorded_not_taken": "by the doses taken, unrecorded ones counted as not taken",
    "quadratic_trend": "if symptoms drifted in a bend",
    "interval_censored": "with ratings as steps of a hidden scale",
    "log_minutes": "on the logarithm of minutes",
    "missing_against_treatment": "if missing nights spoke against the treatment",
    "nights_after_unblinding_kept": "with the nights after the allocation was opened",
    "nights_after_incidents_dropped": "without the nights after a period's treatment became known",
}
"""What each sensitivity analysis assumes, to follow "Probability of any benefit" or stand alone."""
