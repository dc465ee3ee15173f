"""The trial as data: treatments, doses, outcomes, design, decision rule and analysis plan."""
