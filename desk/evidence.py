"""What may be concluded from the evidence of a doubt, and when to ask for more: pure functions.

Nothing that a gateway says before the settle time is over proves that it has not got a message, and only the
gateways whose `Capabilities.absence` says so can prove it at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from providers.faces import Past
from providers.model import Capabilities, MessageState, Report
from storage.doubts import FAILED, Doubt, Doubtful, Evidence

from .track import next_pause

# How often each source must have said "absent" after the settle time.
REPEATS: Mapping[str, int] = {"report": 3, "history": 1}
WATCH = timedelta(days=1)  # for so long the gateway is asked about what was decided without knowing
HURRY = timedelta(hours=1)  # after the settle time; then absence has been told, or the gateway cannot tell it


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`settle`: from the last moment of an attempt on, no gateway learns of it any more. `late`: how much
    later than meant a message may leave without asking. `remind`: a person, first and then every so often.
    """

    first_check: timedelta
    longest_pause: timedelta
    settle: timedelta
    late: timedelta
    remind: timedelta
    remind_every: timedelta

    @property
    def spacing(self) -> timedelta:
        """Between two answers that count."""
        return max(self.first_check, self.settle / 10)

    def settles_at(self, doubt: Doubt) -> datetime:
        return doubt.opened_at + self.settle

    def concludes_at(self, doubt: Doubt) -> datetime:
        """When absence is proved if the gateway tells it each time."""
        return self.settles_at(doubt) + (REPEATS["report"] - 1) * self.spacing

    def is_late(self, doubt: Doubt, now: datetime) -> bool:
        """Whether its messages are too late to leave without a person's word."""
        return now > doubt.started_at + self.settle + self.late


class Decision(Enum):
    ACCEPTED = auto()
    NOT_SENT = auto()
    WAIT = auto()  # the gateway may still tell
    PERSON = auto()


def decide(evidence: Sequence[Evidence], *, absence: Sequence[str], unseen: int, late: bool) -> Decision:
    """What the evidence of one message comes to.

    `unseen`: how many messages of the attempt the gateway has counted as taken and not yet named; while there
    are any, absence proves nothing. Evidence that it was taken outweighs any absence.
    """
    if any(one.positive for one in evidence):
        return Decision.ACCEPTED
    if not absence:
        return Decision.PERSON
    told = {one.source: one.times for one in evidence if one.positive is False and one.settled}
    if any(told.get(source, 0) < REPEATS[source] for source in absence):
        return Decision.WAIT
    return Decision.PERSON if late or unseen > 0 else Decision.NOT_SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A piece of evidence as it is told; see `storage.doubts.Evidence`."""

    source: str
    says: str
    positive: bool | None
    raw: str | None = None


def of_report(report: Report | None, source: str = "report") -> Learnt | None:
    """What a report proves of an uncertain message: an unknown word, that it was taken. None: nothing."""
    if report is None or (report.silence and not report.absent):
        return None
    if report.absent:
        return Learnt(source=source, says="absent", positive=False, raw=report.raw)
    if report.state is None and not report.raw:
        return None
    return Learnt(source=source, says=report.state or "unknown", positive=True, raw=report.raw)


def of_history(past: Sequence[Past], ref: str, msisdn: str) -> Learnt:
    """What the gateway's history proves of a message that it would have under this id."""
    found = any(one.gateway_id == ref and one.msisdn == msisdn for one in past)
    return Learnt(source="history", says="accepted" if found else "absent", positive=found)


def next_check(
    doubt: Doubt, standing: Sequence[Doubtful], *, waits: bool, can: Capabilities, times: Times, now: datetime
) -> datetime | None:
    """When to ask about a doubt again; None: never. `waits`: an automatic decision is still to come."""
    settles_at = times.settles_at(doubt)
    pause = next_pause(doubt.asks + 1, times.first_check, times.longest_pause)
    if not can.lookup_by_ref:
        return None
    if not any(one.open for one in standing):
        watched = any(one.over for one in standing) and now < doubt.opened_at + WATCH
        return now + pause if watched else None
    if now < settles_at:
        return min(now + pause, settles_at)
    if now > doubt.opened_at + can.status_horizon:
        return None
    return now + (times.spacing if waits and now < settles_at + HURRY else times.longest_pause)


def next_reminder(told_at: datetime, now: datetime, times: Times) -> datetime:
    """The first time is soon, then it is every so often; what was missed is not made up for."""
    if now < told_at + times.remind:
        return told_at + times.remind
    return told_at + ((now - told_at) // times.remind_every + 1) * times.remind_every


def wants_history(can: Capabilities, doubt: Doubt, evidence: Sequence[Evidence]) -> bool:
    """Whether only the history is still to be heard; it is long, and asked for as seldom as can be."""
    nearly = REPEATS["report"] - 1  # the last time comes with this round
    absent = (one for one in evidence if one.source == "report" and one.positive is False and one.settled)
    wanted = doubt.closed_at is None and "history" in can.absence
    return wanted and any(one.times >= nearly for one in absent)


def contradicts(state: MessageState, learnt: Learnt | Evidence) -> bool:
    """That it was taken contradicts all but "it was sent", and only this that it was taken and failed."""
    return bool(learnt.positive) and (learnt.says in FAILED) == (state == MessageState.ASSUMED_SENT)
