"""How much fits into an hour: no hour that holds the moment may have more than the limit."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.limits import SPANS, Full, full

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("given", "count", "left", "free"),
    [
        ([], 3, None, None),
        ([(-60, 3)], 3, None, None),  # an hour ago is another hour
        ([(-59, 3)], 1, 0, 1),
        ([(-59, 1), (-30, 2)], 1, 0, 1),
        ([(-59, 1), (-30, 2)], 2, 0, 30),
        ([(30, 3)], 1, 0, 90),  # what is scheduled is counted in its hour, also against what leaves before
        ([(60, 3)], 3, None, None),
        ([(-40, 2), (40, 2)], 1, None, None),  # no one hour has both
        ([(-40, 2), (10, 2)], 1, -1, 20),
        ([], 4, 3, None),
    ],
)
def test_what_fits(given: list[tuple[int, int]], count: int, left: int | None, free: int | None) -> None:
    found = full(
        [(at(minutes), many) for minutes, many in given], at=NOON, amount=count, limit=3, span=SPANS["hour"]
    )
    if left is None:
        assert found is None
    else:
        assert found == Full(limit=3, left=max(0, left), free_at=None if free is None else at(free))
