"""What a recipient's clock shows: the zone of a number, and the moment at which its clock shows a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A time by each recipient's own clock. `wall` has no zone; `moments` are UTC, by MSISDN.

    `unknown` counts the numbers of which nothing tells the zone, Russian mobile numbers among them;
    `otherwise` stands in for it.
    """

    wall: datetime
    moments: Mapping[str, datetime]
    unknown: int
    otherwise: ZoneInfo

    @property
    def earliest(self) -> datetime:
        return min(self.moments.values())

    @property
    def latest(self) -> datetime:
        return max(self.moments.values())


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When clocks in a zone show this, in UTC.

    As RFC 5545 has it (3.3.5): a time that occurs twice is the first of the two; one that is skipped is read
    with the offset from before the gap, so 02:30 becomes 03:30.
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def candidates(msisdn: str) -> tuple[ZoneInfo, ...]:
    """The zones that numbers of this range may be in; none where nothing is known."""
    names = timezone.time_zones_for_number(phonenumbers.parse(f"+{msisdn}"))
    zones = [_zone(name) for name in names]
    return tuple(zone for zone in zones if zone is not None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return None  # "Etc/Unknown", or a name from before the zone was renamed


def by_own_clocks(msisdns: Iterable[str], wall: datetime, *, otherwise: ZoneInfo) -> Local:
    """When each is to leave here; `otherwise` stands for a zone that is not known.

    Several zones whose clocks agree on that moment are as good as one.
    """
    moments: dict[str, datetime] = {}
    unknown = 0
    for msisdn in msisdns:
        possible = {moment(wall, zone) for zone in candidates(msisdn)}
        unknown += len(possible) != 1
        moments[msisdn] = possible.pop() if len(possible) == 1 else moment(wall, otherwise)
    return Local(wall=wall, moments=moments, unknown=unknown, otherwise=otherwise)


def at_the_earliest(msisdns: Iterable[str], wall: datetime, *, otherwise: ZoneInfo) -> Local:
    """The first moment at which each one's clock may show this, where the gateway knows better than we do."""
    moments: dict[str, datetime] = {}
    unknown = 0
    for msisdn in msisdns:
        possible = {moment(wall, zone) for zone in candidates(msisdn)}
        unknown += len(possible) != 1
        moments[msisdn] = min(possible, default=moment(wall, otherwise))
    return Local(wall=wall, moments=moments, unknown=unknown, otherwise=otherwise)
