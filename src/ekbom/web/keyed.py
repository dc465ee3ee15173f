"""Forms that can be sent twice and are taken once."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from ekbom.problem import RefusedError

_NO_CONTENT = ("key", "csrfmiddlewaretoken")


class BehindError(RefusedError):
    """What was sent was made before something else happened, so that its writer must look again.

    ``fields`` are the hidden fields of the form with which it can be sent again.
    """

    def __init__(self, message: str, **fields: str) -> None:
        super().__init__(message)
        self.fields = fields


def new_key() -> str:
    """Return an id for what a form will send."""
    return uuid.uuid4().hex


def mark_of(way: str, said: object) -> str:
    """Return a mark of what was sent; ``way`` names how it was written down for this."""
    text = json.dumps(said, sort_keys=True, default=str)
    return f"{way}:{hashlib.sha256(text.encode()).hexdigest()}"


def says_otherwise(first: str, second: str) -> bool:
    """Return whether two marks are of different things; what was written in two ways is not."""
    return first.partition(":")[0] == second.partition(":")[0] and first != second


class KeyedForm(forms.Form):
    """A form with an id of its own, to be given to `store.change`: a double tap does nothing twice.

    Sent without an id it is taken as it is.  ``busy``: it could not be taken because the database
    was.
    """

    busy = False

    key = forms.CharField(
        required=False,
        max_length=80,
        initial=new_key,
        validators=[RegexValidator(r"^[0-9A-Za-z._-]*$")],
        widget=forms.HiddenInput,
    )

    @property
    def mark(self) -> str:
        """Return the mark of what the form says."""
        said = {name: sorted(set(self._sent(name))) for name in self.data}
        return mark_of("page", {n: v for n, v in said.items() if n not in _NO_CONTENT and any(v)})

    def renew(self, fields: dict[str, str]) -> None:
        """Give hidden fields of a form that was sent other values, for when it is sent again."""
        sent = self.data.copy() if isinstance(self.data, QueryDict) else {**self.data}
        sent.update(fields)
        self.data = sent

    def _sent(self, name: str) -> Iterable[str]:
        many = getattr(self.data, "getlist", None)
        return (str(self.data[name]),) if many is None else many(name)
