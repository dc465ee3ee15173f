"""The web application: a trial in a person's hand, on this machine, at home, or in a clinic."""
