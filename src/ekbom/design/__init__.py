"""The order of treatments: sequences, how they are drawn, the night and the calendar."""
