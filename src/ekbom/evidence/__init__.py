"""Facts with sources: salts of magnesium and the limits for supplements; nothing is computed here."""
