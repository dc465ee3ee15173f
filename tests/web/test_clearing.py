"""What is over is cleared away by the server itself, and nothing that still works."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ekbom.protocol.files import built_in
from ekbom.web.devices.known import me
from ekbom.web.models import HelperLink
from ekbom.web.serving.ticks import clear_away
from ekbom.web.store import begin_diary
from web.conftest import Hands


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "left"), [(47, 1), (49, 0)])
def test_a_helpers_link_goes_when_no_visit_of_it_can_last(
    clock: Hands, hours: int, left: int
) -> None:
    now, protocol = clock(), built_in("magnesium-rls-fast")
    row = begin_diary(me(), protocol=protocol, start=now.date(), zone="Europe/Berlin", now=now)
    HelperLink.objects.create(trial=row, token_hash="00" * 32, made=now)
    clear_away(now + timedelta(hours=hours))
    assert HelperLink.objects.count() == left
