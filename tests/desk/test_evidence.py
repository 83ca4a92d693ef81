"""What may be concluded from evidence: every case of it, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.evidence import (
    REPEATS,
    Decision,
    Learnt,
    contradicts,
    decide,
    next_check,
    next_reminder,
    of_history,
    of_report,
    wants_history,
)
from providers.faces import Past
from providers.gateways import KINDS
from providers.model import Kind, MessageState, Report
from storage.doubts import Doubt, Doubtful, Evidence

from ..storage.seeds import NOON
from .rig import FIRST_CHECK, LONGEST_PAUSE, TIMES
from .scripted_gateway import capable

REPORT, BOTH = ("report",), ("report", "history")
SETTLED = NOON + TIMES.settle


def piece(source: str, says: str, *, positive: bool | None, settled: bool = True, times: int = 1) -> Evidence:
    return Evidence(
        message_id=1,
        source=source,
        says=says,
        positive=positive,
        settled=settled,
        times=times,
        at=NOON,
        last_at=NOON,
    )


def absent(times: int, source: str = "report", *, settled: bool = True) -> Evidence:
    return piece(source, "absent", positive=False, settled=settled, times=times)


FOUND = piece("push", "delivered", positive=True, settled=False)
TOTALS = piece("totals", "0/0", positive=None)


@pytest.mark.parametrize(
    ("evidence", "absence", "decision"),
    [
        ([], (), Decision.PERSON),
        ([TOTALS], (), Decision.PERSON),
        ([absent(9), absent(9, "history")], (), Decision.PERSON),
        ([FOUND], (), Decision.ACCEPTED),
        ([], REPORT, Decision.WAIT),
        ([absent(99, settled=False)], REPORT, Decision.WAIT),
        ([absent(1)], REPORT, Decision.WAIT),
        ([absent(2), absent(99, settled=False)], REPORT, Decision.WAIT),
        ([absent(3)], REPORT, Decision.NOT_SENT),
        ([absent(3, "push")], REPORT, Decision.WAIT),
        ([absent(3), FOUND], REPORT, Decision.ACCEPTED),
        ([absent(3)], BOTH, Decision.WAIT),
        ([absent(2), absent(1, "history")], BOTH, Decision.WAIT),
        ([absent(3), absent(1, "history")], BOTH, Decision.NOT_SENT),
        ([absent(3), piece("history", "accepted", positive=True)], BOTH, Decision.ACCEPTED),
    ],
)
def test_what_evidence_comes_to(
    evidence: list[Evidence], absence: tuple[str, ...], decision: Decision
) -> None:
    assert decide(evidence, absence=absence, unseen=0, late=False) is decision


def test_absence_is_not_enough_where_it_is_late_or_the_gateway_has_counted_more() -> None:
    assert decide([absent(3)], absence=REPORT, unseen=0, late=True) is Decision.PERSON
    assert decide([absent(3)], absence=REPORT, unseen=1, late=False) is Decision.PERSON
    assert decide([FOUND], absence=REPORT, unseen=1, late=True) is Decision.ACCEPTED


def test_which_gateways_prove_absence_and_how() -> None:
    """SMS-Pager by its report, SMSC by status and history, Devino never."""
    assert {kind: made.capabilities.absence for kind, made in KINDS.items()} == {
        "devino_rest": (),
        "devino_soap": (),
        "sms_pager": REPORT,
        "smsc": BOTH,
    }
    assert set(REPEATS) == set(BOTH)


def report(**changes: Any) -> Report:
    return replace(Report(msisdn="7", state=None, raw=""), **changes)


@pytest.mark.parametrize(
    ("told", "learnt"),
    [
        (None, None),
        (report(), None),
        (report(silence=True, raw="501"), None),
        (report(silence=True, absent=True, raw="-3"), ("absent", False)),
        (report(state=MessageState.DELIVERED, raw="1"), ("delivered", True)),
        (report(state=MessageState.REJECTED, raw="20"), ("rejected", True)),
        (report(raw="a new word"), ("unknown", True)),
    ],
)
def test_what_a_report_proves(told: Report | None, learnt: tuple[str, bool] | None) -> None:
    found = of_report(told)
    assert (found and (found.says, found.positive)) == learnt


def test_what_a_history_proves() -> None:
    past = [Past(gateway_id="r-1", at=NOON, text="", msisdn="7"), Past(gateway_id="r-2", at=NOON, text="")]
    assert of_history(past, "r-1", "7").positive is True
    for ref, msisdn in (("r-1", "8"), ("r-2", "7"), ("r-3", "7")):
        assert of_history(past, ref, msisdn).positive is False


@pytest.mark.parametrize("says", ["delivered", "sent", "unknown", "rejected"])
def test_what_comes_late_contradicts_a_decision(says: str) -> None:
    told = Learnt(source="push", says=says, positive=True)
    failed = says == "rejected"
    assert contradicts(MessageState.ABANDONED, told) != failed
    assert contradicts(MessageState.DELIVERED, told) != failed, "another attempt has sent it"
    assert contradicts(MessageState.ASSUMED_SENT, told) == failed
    assert not contradicts(MessageState.ABANDONED, Learnt(source="report", says="absent", positive=False))


# When to ask, and when to show.

DOUBT = Doubt(
    attempt_id=1,
    campaign_id=1,
    account_id=1,
    ref="r-1",
    kind=Kind.SMS,
    started_at=NOON,
    accepted=None,
    opened_at=NOON,
    version=1,
    asks=0,
    asked_at=None,
    check_at=NOON,
    told_at=None,
    remind_at=NOON,
    notice_id=None,
    closed_at=None,
    decision=None,
    decided_by=None,
)
OPEN = Doubtful(id=1, msisdn="7", state=MessageState.UNCERTAIN, segments=1, gateway_ids=(), over=False)
REPLACED = replace(OPEN, state=MessageState.DELIVERED, over=True)
FOUND_THERE = replace(OPEN, state=MessageState.ACCEPTED)
ASKED = capable(lookup_by_ref=True, absence=REPORT)
SECOND = timedelta(seconds=1)


def seconds(doubt: Doubt, one: Doubtful, *, waits: bool, after: timedelta) -> float | None:
    """How long until it is asked about again."""
    at = next_check(doubt, [one], waits=waits, can=ASKED, times=TIMES, now=NOON + after)
    return None if at is None else (at - NOON - after).total_seconds()


def test_pauses_grow_to_the_settle_time_and_are_short_while_absence_is_being_proved() -> None:
    assert seconds(DOUBT, OPEN, waits=True, after=5 * SECOND) == 10
    assert seconds(replace(DOUBT, asks=20), OPEN, waits=True, after=10 * SECOND) == LONGEST_PAUSE.seconds
    assert seconds(replace(DOUBT, asks=20), OPEN, waits=True, after=TIMES.settle - 3 * SECOND) == 3
    assert seconds(DOUBT, OPEN, waits=True, after=TIMES.settle) == TIMES.spacing.seconds == 60
    assert seconds(DOUBT, OPEN, waits=False, after=timedelta(hours=5)) == LONGEST_PAUSE.seconds
    assert seconds(DOUBT, OPEN, waits=True, after=timedelta(days=30)) is None, "the gateway knows no more"


def test_what_is_over_is_watched_for_a_day_and_what_is_settled_is_not() -> None:
    assert seconds(DOUBT, REPLACED, waits=False, after=timedelta(hours=5)) == 2 * FIRST_CHECK.seconds
    assert seconds(DOUBT, REPLACED, waits=False, after=timedelta(hours=25)) is None
    assert seconds(DOUBT, FOUND_THERE, waits=False, after=5 * SECOND) is None


def test_a_gateway_that_cannot_be_asked_is_not_asked_again() -> None:
    can = capable(lookup_by_ref=False)
    assert next_check(DOUBT, [OPEN], waits=False, can=can, times=TIMES, now=NOON) is None


def test_history_is_asked_for_with_the_last_proof_only() -> None:
    assert not wants_history(capable(absence=REPORT), DOUBT, [absent(9)])
    both = capable(absence=BOTH)
    assert not wants_history(both, DOUBT, [absent(1)])
    assert not wants_history(both, DOUBT, [absent(9, settled=False)])
    assert wants_history(both, DOUBT, [absent(2)])
    assert not wants_history(both, replace(DOUBT, closed_at=NOON), [absent(9)])


def test_reminders_after_an_hour_then_daily_and_none_is_made_up_for() -> None:
    hours = [0, 0.5, 1, 2, 23, 24, 25, 48, 100]
    due = [next_reminder(NOON, NOON + timedelta(hours=one), TIMES) - NOON for one in hours]
    assert [span / timedelta(hours=1) for span in due] == [1, 1, 24, 24, 24, 48, 48, 72, 120]


def test_it_is_late_when_a_message_would_leave_much_after_its_time() -> None:
    limit = NOON + TIMES.settle + TIMES.late
    assert not TIMES.is_late(DOUBT, limit)
    assert TIMES.is_late(DOUBT, limit + SECOND)
    assert TIMES.settles_at(DOUBT) == SETTLED
    assert TIMES.concludes_at(DOUBT) == SETTLED + 2 * TIMES.spacing
