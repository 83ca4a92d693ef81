"""When an alarm is raised, raised again, lowered and ended: pure, over what is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from desk import burn, digest, lookout, quiet
from desk.alerts import End, Facts, Kind, Level, Lower, Raise, Times, Trouble, level, steps, troubles
from providers.errors import AuthFailed, GatewayError, NotReached, OutcomeUnknown, Throttled
from providers.model import Balance
from storage.accounts import Account
from storage.balances import Known, Probe, Sample
from storage.lateness import Stuck
from storage.rhythms import Rhythm
from storage.watches import Alarm, Watch

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)  # a Tuesday
MOSCOW = ZoneInfo("Europe/Moscow")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TIMES = Times(outage=2 * MINUTE, stuck=15 * MINUTE)
ACCOUNT = Account(
    id=1, name="main", gateway="smsc", sender_id=None, login_tail="me", sealed="", stopped=None,
    provisioned=False,
)  # fmt: skip
WATCH = Watch(
    id=7,
    account_id=1,
    home_id=5,
    chat_id=-100,
    thread_id=0,
    title="Money",
    below=Decimal(500),
    days=None,
    language="en",
)


def facts(amount: str | None = "1000", *, credit: str | None = None, rate: str | None = None) -> Facts:
    told = None
    if amount is not None:
        balance = Balance(amount=Decimal(amount), credit=None if credit is None else Decimal(credit))
        told = Known(balance=balance, at=NOON)
    return Facts(
        account=ACCOUNT,
        chats=frozenset({5}),
        known=told,
        rate=None if rate is None else Decimal(rate),
        probe=None,
        stuck=None,
    )


def alarm(kind: Kind, *, low: int = 1, amount: str | None = None, snoozed: datetime | None = None) -> Alarm:
    lowest = None if amount is None else Decimal(amount)
    return Alarm(watch_id=7, kind=kind, level=low, amount=lowest, snoozed_until=snoozed, notice_id=3)


def probe(error: GatewayError, *, since: datetime, tries: int) -> Probe:
    return Probe(at=NOON, trouble=error.kind, since=since, tries=tries)


# How low


@pytest.mark.parametrize(
    ("below", "amount", "found"),
    [
        ("500", "500.01", None),
        ("500", "500", Level.LOW),
        ("500", "250.01", Level.LOW),
        ("500", "250", Level.HALF),
        ("500", "0.01", Level.HALF),
        ("500", "0", Level.ZERO),
        ("500", "-0.01", Level.NEGATIVE),
        ("0", "0.01", None),
        ("0", "0", Level.ZERO),
        ("-100", "-99", None),
        ("-100", "-100", Level.NEGATIVE),
    ],
)
def test_how_low_by_amount(below: str, amount: str, found: Level | None) -> None:
    assert level(replace(WATCH, below=Decimal(below)), facts(amount)) == found


@pytest.mark.parametrize(
    ("amount", "credit", "rate", "found"),
    [
        ("301", None, "100", None),
        ("300", None, "100", Level.LOW),
        ("150", None, "100", Level.HALF),
        ("0", None, None, Level.ZERO),
        ("-1", None, None, Level.NEGATIVE),
        ("1", None, None, None),  # nobody can tell
        ("-50", "500", "100", None),  # the credit lasts
        ("-250", "500", "100", Level.NEGATIVE),
    ],
)
def test_how_low_by_days(amount: str, credit: str | None, rate: str | None, found: Level | None) -> None:
    by_days = replace(WATCH, below=None, days=3)
    assert level(by_days, facts(amount, credit=credit, rate=rate)) == found


def test_nothing_known_is_not_low() -> None:
    assert level(WATCH, facts(None)) is None


# What is to be done


def done(amount: str, told: Alarm | None, *, now: datetime = NOON) -> list[object]:
    known = facts(amount)
    up = {} if told is None else {told.kind: told}
    return [*steps(troubles(WATCH, known, TIMES, now), up, known, now)]


def test_an_alarm_is_raised_once_and_again_only_lower() -> None:
    (first,) = done("450", None)
    assert isinstance(first, Raise)
    assert first.trouble.amount == 450
    assert done("450", alarm(Kind.BALANCE, amount="450")) == []
    assert isinstance(done("200", alarm(Kind.BALANCE, amount="450"))[0], Raise)
    assert done("450", alarm(Kind.BALANCE, low=Level.HALF, amount="200")) == []


def test_a_lower_balance_is_remembered() -> None:
    up = alarm(Kind.BALANCE, amount="450")
    assert done("449", up) == [Lower(alarm=up, amount=Decimal(449))]


def test_a_snoozed_alarm_is_raised_when_it_wakes_up() -> None:
    up = alarm(Kind.BALANCE, amount="450", snoozed=NOON)
    assert done("450", up, now=NOON - MINUTE) == []
    assert isinstance(done("450", up)[0], Raise)
    assert isinstance(done("0", up, now=NOON - MINUTE)[0], Raise), "worse is told all the same"


def test_it_ends_when_more_is_there_than_there_was() -> None:
    up = alarm(Kind.BALANCE, amount="300")
    assert done("501", up) == [End(alarm=up)]
    by_days = replace(WATCH, below=None, days=3)
    for amount, ended in (("300", []), ("301", [End(alarm=up)])):  # nothing is spent any more
        known = facts(amount)
        assert steps(troubles(by_days, known, TIMES, NOON), {up.kind: up}, known, NOON) == ended


def test_with_new_credentials_nothing_ends_before_something_is_known() -> None:
    known, up = facts(None), alarm(Kind.BALANCE, amount="300")
    assert steps({}, {up.kind: up}, known, NOON) == []


def found(known: Facts, now: datetime = NOON, watch: Watch = WATCH) -> dict[Kind, Trouble]:
    return troubles(watch, known, TIMES, now)


@pytest.mark.parametrize("error", [NotReached(), OutcomeUnknown()])
def test_an_outage_takes_time_and_tries(error: GatewayError) -> None:
    silent = replace(facts(), probe=probe(error, since=NOON, tries=2))
    assert Kind.OUTAGE not in found(silent, NOON + MINUTE)
    assert Kind.OUTAGE in found(silent, NOON + 2 * MINUTE)
    once = replace(facts(), probe=probe(error, since=NOON, tries=1))
    assert Kind.OUTAGE not in found(once, NOON + 10 * MINUTE)


def test_refused_credentials_are_no_outage() -> None:
    refused = replace(facts(), probe=probe(AuthFailed(), since=NOON, tries=1))
    assert list(found(refused)) == [Kind.REFUSED]


def test_a_stopped_account_is_told_where_nobody_was_told() -> None:
    stopped = replace(facts(), account=replace(ACCOUNT, stopped="account_blocked"))
    assert list(found(stopped)) == [Kind.REFUSED]
    assert found(stopped, watch=replace(WATCH, chat_id=5)) == {}


def test_a_stuck_queue_is_told_unless_the_account_is_stopped() -> None:
    stuck = replace(facts(), stuck=Stuck(count=2, since=NOON))
    assert list(found(stuck)) == [Kind.QUEUE]
    assert Kind.QUEUE not in found(replace(stuck, account=replace(ACCOUNT, stopped="auth_failed")))


# How a gateway answered


def test_the_same_trouble_goes_on_and_another_begins_anew() -> None:
    first = lookout.in_trouble(None, NotReached(), NOON)
    assert (first.since, first.tries) == (NOON, 1)
    second = lookout.in_trouble(first, OutcomeUnknown(), NOON + MINUTE)
    assert (second.since, second.tries) == (NOON, 2)
    third = lookout.in_trouble(second, AuthFailed(), NOON + 2 * MINUTE)
    assert (third.since, third.tries) == (NOON + 2 * MINUTE, 1)
    assert lookout.in_trouble(third, Throttled(), NOON + 3 * MINUTE).trouble is None


# Rates


def samples(*told: tuple[float, str]) -> list[Sample]:
    """Balances so many days ago."""
    return [Sample(at=NOON - ago * DAY, amount=Decimal(amount)) for ago, amount in told]


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        ([], None),
        ([(3, "100")], None),
        ([(2, "100"), (0, "40")], "30"),
        ([(2, "100"), (1, "500"), (0, "440")], "30"),  # a top-up is not spent
        ([(0.1, "100"), (0, "40")], "60"),  # less than a day counts as one
        (
            [(30, "1000"), (8, "800"), (7, "700"), (0, "0")],
            "100",
        ),  # what was before the window does not count
        ([(30, "700"), (0, "0")], "100"),
    ],
)
def test_the_rate_of_the_last_days(told: list[tuple[float, str]], rate: str | None) -> None:
    assert burn.rate(samples(*told), NOON) == (None if rate is None else Decimal(rate))


def test_days_left_count_the_credit_and_know_zero() -> None:
    balance = Balance(amount=Decimal(-50), credit=Decimal(250))
    assert burn.days_left(balance, Decimal(100)) == 2
    assert burn.days_left(balance, None) is None
    assert burn.days_left(Balance(amount=Decimal(0)), None) == 0


def test_balances_by_day_begin_with_the_first_and_stay_where_nothing_is_said() -> None:
    told = samples((3, "100"), (1, "50"), (0.9, "40"))
    today = NOON.date()
    assert burn.by_day(told, today, 5, MOSCOW) == [
        (today - 3 * DAY, Decimal(100)),
        (today - 2 * DAY, Decimal(100)),
        (today - DAY, Decimal(40)),
        (today, Decimal(40)),
    ]


# Quiet hours and the digest


@pytest.mark.parametrize(
    ("hour", "until"),
    [(17, None), (19, 5), (23, 5), (4, 5), (5, None)],  # UTC; Moscow is three hours ahead
)
def test_quiet_hours_are_by_the_clock_of_the_chat(hour: int, until: int | None) -> None:
    rhythm = Rhythm(zone="Europe/Moscow", quiet_from=22 * 60, quiet_to=8 * 60)
    over = quiet.quiet_until(rhythm, NOON.replace(hour=hour))
    assert (None if over is None else over.hour) == until
    assert quiet.quiet_until(replace(rhythm, quiet_from=None), NOON) is None


def test_the_next_digest_is_after_now() -> None:
    nine = 9 * 60
    assert digest.next_at(nine, MOSCOW, NOON, weekly=False) == NOON.replace(day=2, hour=6)
    assert digest.next_at(16 * 60, MOSCOW, NOON, weekly=False) == NOON.replace(hour=13)
    assert digest.next_at(15 * 60, MOSCOW, NOON, weekly=False) == NOON + DAY, "this very moment is past"
    assert digest.next_at(nine, MOSCOW, NOON, weekly=True) == NOON.replace(day=7, hour=6)


def test_a_digest_is_of_whole_days_that_are_over() -> None:
    daily = digest.period(MOSCOW, NOON, weekly=False)
    assert (str(daily.first), str(daily.last)) == ("2026-08-31", "2026-08-31")
    weekly = digest.period(MOSCOW, NOON, weekly=True)
    assert (str(weekly.first), str(weekly.last)) == ("2026-08-24", "2026-08-30")
