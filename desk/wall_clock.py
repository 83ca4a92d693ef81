"""What a recipient's clock shows: the zone of a number, and the moment at which its clock shows a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

# The first and the last clock of the world to show a time show it so long before and after UTC does.
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The first and the last moment, in UTC, at which a recipient's clock may show a time."""

    earliest: datetime
    latest: datetime

    @property
    def certain(self) -> bool:
        return self.earliest == self.latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A time by each recipient's own clock. `wall` has no zone; `spans` are by MSISDN.

    `unknown` counts the numbers of which nothing tells the zone, Russian mobile numbers among them;
    `otherwise` stands in for it where we keep the schedule.
    """

    wall: datetime
    spans: Mapping[str, Span]
    unknown: int
    otherwise: ZoneInfo

    @property
    def earliest(self) -> datetime:
        return min(span.earliest for span in self.spans.values())

    @property
    def latest(self) -> datetime:
        return max(span.latest for span in self.spans.values())

    def settled(self) -> "Local":
        """The same by a schedule of our own, which needs one moment each: `otherwise` decides the doubts."""
        ours = moment(self.wall, self.otherwise)
        one = Span(earliest=ours, latest=ours)
        return replace(
            self, spans={msisdn: span if span.certain else one for msisdn, span in self.spans.items()}
        )


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When clocks in a zone show this, in UTC.

    As RFC 5545 has it (3.3.5): a time that occurs twice is the first of the two; one that is skipped is read
    with the offset from before the gap, so 02:30 becomes 03:30.
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def candidates(msisdn: str) -> tuple[ZoneInfo, ...]:
    """The zones that numbers of this range may be in; none where nothing is known."""
    names = timezone.time_zones_for_number(phonenumbers.parse(f"+{msisdn}"))
    # libphonenumber has Bucharest for Kaliningrad, and that is an hour ahead of it in summer.
    at_home = {"Europe/Bucharest": "Europe/Kaliningrad"} if msisdn.startswith("7") else {}
    zones = [_zone(at_home.get(name, name)) for name in names]
    return tuple(zone for zone in zones if zone is not None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return None  # "Etc/Unknown", or a name from before the zone was renamed


def span(msisdn: str, wall: datetime) -> Span:
    """Between which moments its clock shows this: any clock of the world where nothing is known of it.

    Several zones whose clocks agree on that moment are as good as one.
    """
    possible = [moment(wall, zone) for zone in candidates(msisdn)]
    if not possible:
        at = wall.replace(tzinfo=UTC)
        return Span(earliest=at - EASTERNMOST, latest=at + WESTERNMOST)
    return Span(earliest=min(possible), latest=max(possible))


def by_own_clocks(msisdns: Iterable[str], wall: datetime, *, otherwise: ZoneInfo) -> Local:
    """When each one's clock shows this, as well as we know."""
    spans = {msisdn: span(msisdn, wall) for msisdn in msisdns}
    unknown = sum(not one.certain for one in spans.values())
    return Local(wall=wall, spans=spans, unknown=unknown, otherwise=otherwise)
