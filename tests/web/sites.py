"""The three kinds of installation, for tests that are about the place."""

from dataclasses import replace

from django.test import Client

HOME = "https://ana-pc.local:8443"
CLINIC = "https://trial.example.org"
_ADDRESSES = {"machine": "", "home": HOME, "clinic": CLINIC}


def become(settings, kind: str) -> None:
    """Make the application one of this kind, under its own name."""
    address = _ADDRESSES[kind]
    host = address.partition("://")[2].partition(":")[0]
    settings.SITE = replace(settings.SITE, kind=kind, address=address)
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, *filter(None, [host])]


def over_https(kind: str) -> dict[str, object]:
    """Return what a request carries that comes over HTTPS to this kind of installation."""
    return {"secure": True, "headers": {"host": _ADDRESSES[kind].partition("://")[2]}}


class ClinicBrowser(Client):
    """A browser at a clinic's address, over HTTPS."""

    def generic(self, *args, **kwargs):
        kwargs |= over_https("clinic")
        return super().generic(*args, **kwargs)
