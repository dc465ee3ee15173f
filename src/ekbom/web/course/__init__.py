"""The course of a trial: dose, draw, packs, pauses, zones, guesses, its end."""
