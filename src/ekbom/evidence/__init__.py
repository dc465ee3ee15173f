"""Facts with sources: salts of magnesium and limits for supplements; nothing is computed here."""
