"""From a request to a confirmed campaign: chosen, checked, priced, confirmed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk import compose, money, reading
from desk.compose import Offer, Rules
from desk.reading import OptionProblem, Problem, Request
from desk.recipients import Audience
from desk.wall_clock import Span
from providers.errors import GatewayError, InsufficientFunds, NotReached, OutcomeUnknown
from providers.model import Balance, Capabilities, Kind, KindLimits, MessageState, Quote, Submission
from providers.sms import size
from storage import drafts, queues
from storage.accounts import Account
from storage.drafts import Place
from storage.schema import campaigns, messages

from ..storage.seeds import NOON, PERSON, msisdns, rows
from .rig import Rig
from .scripted_gateway import ScriptedGateway, capable, raising

MOSCOW = ZoneInfo("Europe/Moscow")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATIENT, SHORT = timedelta(seconds=10), timedelta(milliseconds=20)
RULES = Rules(region="RU", recipients=3, segments=2, zone=MOSCOW, undo=timedelta(seconds=5))


def account(name: str = "main", *, stopped: str | None = None, sender_id: str | None = "ACME") -> Account:
    return Account(
        id=len(name),
        name=name,
        gateway="smsc",
        sender_id=sender_id,
        login_tail="me",
        sealed="",
        stopped=stopped,
        provisioned=False,
    )


def offered(can: Capabilities | None = None, *, now: datetime = NOON, **asked: Any) -> Offer:
    request = Request(**{"numbers": ("+79030000000",), "text": "Hello"} | asked)
    return compose.offer(request, account(), can or capable(), RULES, now)


def problem(can: Capabilities | None = None, **asked: Any) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(Problem) as raised:
        offered(can, **asked)
    return raised.value.word, raised.value.details


# Choosing


ONE, TWO = [account()], [account(), account("second")]


@pytest.mark.parametrize(
    ("request_", "accounts", "asked_for"),
    [
        (Request(), TWO, "account"),
        (Request(account="main"), TWO, "numbers"),
        (Request(), ONE, "numbers"),
        (Request(), [], "numbers"),
        (Request(text="Hi"), ONE, "numbers"),
        (Request(numbers=("1",)), ONE, "text"),
        (Request(numbers=("1",), text=" \n"), ONE, "text"),
        (Request(numbers=("1",), text="Hi"), ONE, None),
    ],
)
def test_what_is_missing_is_asked_for_in_order(
    request_: Request, accounts: list[Account], asked_for: str | None
) -> None:
    assert reading.missing(request_, accounts) == asked_for


def test_the_account_named_or_the_only_one() -> None:
    assert compose.choose(Request(), ONE) == ONE[0]
    assert compose.choose(Request(account="second"), TWO) == TWO[1]


@pytest.mark.parametrize(
    ("named", "accounts", "word", "details"),
    [
        (None, [], "no-account", {}),
        ("mian", TWO, "unknown-account", {"name": "mian", "known": "main, second"}),
        (
            "main",
            [account(stopped="auth_failed")],
            "account-stopped",
            {"name": "main", "kind": "auth_failed"},
        ),
    ],
)
def test_no_account_to_send_by(
    named: str | None, accounts: list[Account], word: str, details: dict[str, str]
) -> None:
    with pytest.raises(Problem) as raised:
        compose.choose(Request(account=named), accounts)
    assert (raised.value.word, raised.value.details) == (word, details)


# Checking


def test_an_offer_is_what_will_be_sent() -> None:
    offer = offered(
        numbers=("+7 903 000-00-00", "12", "89030000001"),
        text="Привет " * 12,
        validity="2h",
        sender_id="SHOP",
    )
    assert offer.audience.msisdns == ("79030000000", "79030000001")
    assert [one.why for one in offer.audience.dropped] == ["malformed"]
    assert (offer.each, offer.segments) == (2, 4)
    assert (offer.sender_id, offer.validity, offer.send_at) == ("SHOP", 2 * HOUR, None)
    submission = offer.submission()
    assert [(one.msisdn, one.text) for one in submission.sms] == [
        (msisdn, "Привет " * 12) for msisdn in offer.audience.msisdns
    ]


def test_the_sender_of_the_account_is_the_usual_one() -> None:
    assert offered().sender_id == "ACME"
    assert (
        compose.offer(
            Request(numbers=("89030000000",), text="Hi"), account(sender_id=None), capable(), RULES, NOON
        ).sender_id
        is None
    )


@pytest.mark.parametrize(
    ("asked", "word", "details"),
    [
        ({"numbers": ("89030000000",) * 4}, "too-many-numbers", {"count": 4, "limit": 3}),
        (
            {"numbers": ("+74951234567", "1")},
            "all-dropped",
            {"raw": "+74951234567", "why": "landline", "count": 2},
        ),
        ({"text": " \n\t"}, "no-text", {}),
        ({"text": "a" * 1001}, "text-too-long", {"length": 1001, "limit": 1000, "gateway": "smsc"}),
        ({"text": "a" * 307}, "too-many-segments", {"segments": 3, "limit": 2, "length": 307, "room": 306}),
        ({"text": "я" * 135}, "too-many-segments", {"segments": 3, "limit": 2, "length": 135, "room": 134}),
        ({"sender_id": "TWELVE-CHARS"}, "bad-sender", {"sender": "TWELVE-CHARS", "latin": 11, "digits": 15}),
        ({"sender_id": "АКМЕ"}, "bad-sender", {"sender": "АКМЕ", "latin": 11, "digits": 15}),
        ({"at": "tomorrow"}, "no-hour", {"typed": "tomorrow"}),
        ({"at": "2026-09-01T15:00"}, "past-time", {"typed": "2026-09-01T15:00"}),
        ({"at": "2027-10-01T00:00"}, "far-time", {"typed": "2027-10-01T00:00"}),
        ({"validity": "soon"}, "bad-validity", {"typed": "soon"}),
        ({"validity": "1.5h"}, "bad-validity", {"typed": "1.5h"}),
        ({"validity": "0m"}, "validity-range", {"shortest": 1, "longest": 2880}),
        ({"validity": "49h"}, "validity-range", {"shortest": 1, "longest": 2880}),
    ],
)
def test_problems_are_found_before_anybody_is_asked(
    asked: dict[str, Any], word: str, details: dict[str, str | int]
) -> None:
    assert problem(**asked) == (word, details)


@pytest.mark.parametrize(
    "asked",
    [
        {"numbers": ("89030000000", "89030000001", "89030000002")},
        {"text": "a" * 306},
        {"text": "я" * 134},
        {"sender_id": "ELEVEN-CHAR"},
        {"sender_id": "123456789012345"},
        {"at": "2026-09-01T15:00:01"},
        {"at": "2027-09-02T15:00"},
        {"validity": "1m"},
        {"validity": "2d"},
    ],
)
def test_the_limits_themselves_are_allowed(asked: dict[str, Any]) -> None:
    assert isinstance(offered(**asked), Offer)


def test_a_gateway_without_validity_says_so() -> None:
    assert problem(capable(validity=None), validity="1h") == ("no-validity", {})


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-12-01T10:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),  # the desk's zone
        ("2026-12-01 10:00:30", datetime(2026, 12, 1, 7, 0, 30, tzinfo=UTC)),
        ("1 dec at 10:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01T10:00Z", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        ("2026-12-01T10:00+07:00", datetime(2026, 12, 1, 3, tzinfo=UTC)),
    ],
)
def test_times_are_in_the_zone_of_the_desk_unless_they_name_one(typed: str, moment: datetime) -> None:
    read = reading.read_time(typed, MOSCOW, NOON)
    assert read == moment
    assert read.utcoffset() is not None


def test_the_zone_knows_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = [
        reading.read_time(f"2026-{day}T10:00", berlin, NOON).astimezone(UTC).hour
        for day in ("10-24", "10-26")
    ]
    assert hours == [8, 9]


@pytest.mark.parametrize(
    ("send_at", "cancel", "dated", "hands_over"),
    [
        (True, True, True, True),
        (True, True, False, False),
        (True, False, True, False),  # it would leave whatever /cancel says
        (False, True, True, False),
    ],
)
def test_a_schedule_is_handed_over_only_where_it_can_be_called_back(
    send_at: bool, cancel: bool, dated: bool, hands_over: bool
) -> None:
    at = "2026-12-01T10:00Z" if dated else None
    offer = offered(capable(send_at=send_at, cancel=cancel), at=at)
    assert offer.hands_over is hands_over
    assert offer.submission().send_at == (offer.send_at if hands_over else None)


# Pricing


def to_price(count: int = 3) -> Offer:
    return replace(offered(), audience=Audience(msisdns=msisdns(count), dropped=()), size=size("Hello"))


async def test_the_price_is_the_sum_over_the_requests_it_takes() -> None:
    gateway = ScriptedGateway(capable(batch_max=2))
    asked: list[int] = []

    async def quote(submission: Submission) -> Quote:
        asked.append(len(submission.sms))
        return Quote(cost=Decimal("2.50") * len(submission.sms), refused=1, currency="RUB")

    gateway.on_quote = quote
    price = await money.price(gateway, to_price(5), PATIENT)
    assert asked == [2, 2, 1]
    assert price.quote == Quote(cost=Decimal("12.50"), segments=5, refused=3, currency="RUB")
    assert price.balance == Balance(amount=Decimal("1000.00"), currency="RUB")
    assert price.trouble is None


async def test_a_gateway_that_cannot_quote_is_not_asked() -> None:
    gateway = ScriptedGateway(capable(quote=False))
    gateway.on_quote = raising(AssertionError("asked"))
    price = await money.price(gateway, to_price(), PATIENT)
    assert price.quote is None
    assert price.balance is not None


async def test_a_part_without_a_price_leaves_the_whole_unpriced() -> None:
    gateway = ScriptedGateway(capable())

    async def quote(_: Submission) -> Quote:
        return Quote(cost=None)

    gateway.on_quote = quote
    assert (await money.price(gateway, to_price(), PATIENT)).quote is None


@pytest.mark.parametrize("error", [NotReached(), InsufficientFunds(code="3")])
@pytest.mark.parametrize("which", ["on_quote", "on_balance"])
async def test_a_gateway_in_trouble_never_stops_the_offer(which: str, error: GatewayError) -> None:
    gateway = ScriptedGateway(capable())
    setattr(gateway, which, raising(error))
    price = await money.price(gateway, to_price(), PATIENT)
    assert price.trouble is error
    assert (price.quote is None, price.balance is None) == (which == "on_quote", which == "on_balance")


async def test_nobody_waits_longer_than_patience() -> None:
    gateway = ScriptedGateway(capable())

    async def never(_: None) -> Balance:
        await asyncio.Event().wait()
        raise AssertionError

    gateway.on_balance = never
    async with asyncio.timeout(5):
        price = await money.price(gateway, to_price(), SHORT)
    assert price.balance is None
    assert isinstance(price.trouble, OutcomeUnknown)
    assert price.trouble.raw == "no answer"
    assert price.quote is not None
    assert gateway.at_once == 0  # the question was taken back


async def test_quote_and_balance_are_asked_at_the_same_time() -> None:
    gateway = ScriptedGateway(capable())
    both = asyncio.Barrier(2)

    async def balance(_: None) -> Balance:
        await both.wait()
        return Balance(amount=Decimal(1))

    async def quote(_: Submission) -> Quote:
        await both.wait()
        return Quote(cost=Decimal(1))

    gateway.on_balance, gateway.on_quote = balance, quote
    price = await money.price(gateway, to_price(), PATIENT)
    assert price.balance is not None
    assert price.quote is not None


# Confirming


async def confirmed(desk: Rig, *, undo: timedelta, can: Capabilities | None = None, **asked: Any) -> int:
    return await confirmed_offer(desk, offered(can, **asked), undo=undo)


async def confirmed_offer(desk: Rig, made: Offer, *, undo: timedelta) -> int:
    offer = replace(made, account_id=desk.account.id)
    place = Place(chat_id=-5, thread_id=3, person_id=PERSON)
    async with desk.database.write() as tx:
        draft_id = await drafts.start(
            tx, place, kind="send", state="offered", content=compose.as_json(offer), expires_at=NOON + HOUR
        )
        draft = await drafts.get(tx, draft_id)
        assert draft is not None
        return await compose.confirm(tx, draft, author_id=PERSON, author="Анна", undo=undo, now=NOON)


async def test_what_is_confirmed_is_what_was_offered(desk: Rig) -> None:
    campaign_id = await confirmed(
        desk,
        undo=timedelta(),
        numbers=("89030000000", "89030000001"),
        text="Привет " * 12,
        sender_id="SHOP",
        validity="2h",
    )
    (campaign,) = await rows(desk.database, campaigns)
    assert (campaign.id, campaign.chat_id, campaign.thread_id) == (campaign_id, -5, 3)
    assert (campaign.author_id, campaign.author, campaign.sender_id) == (PERSON, "Анна", "SHOP")
    assert (campaign.text, campaign.validity, campaign.not_after) == ("Привет " * 12, 7200, NOON + 2 * HOUR)
    found = await rows(desk.database, messages)
    assert [(one.msisdn, one.state, one.segments) for one in found] == [
        ("79030000000", MessageState.QUEUED, 2),
        ("79030000001", MessageState.QUEUED, 2),
    ]


KEEPS, GIVES = capable(send_at=True, cancel=False), capable(send_at=True, cancel=True)
IN_3_SECONDS, IN_AN_HOUR = "2026-09-01T12:00:03Z", "2026-09-01T13:00Z"


@pytest.mark.parametrize(
    ("can", "at", "undo", "due_after"),
    [
        (KEEPS, None, 0, 0),
        (KEEPS, None, 5, 5),
        (KEEPS, IN_AN_HOUR, 5, 3600),  # waits in the ledger
        (KEEPS, IN_3_SECONDS, 5, 5),  # the hold is kept all the same
        (GIVES, IN_AN_HOUR, 5, 5),  # handed over at once: the gateway keeps the date
    ],
)
async def test_when_it_may_leave(
    desk: Rig, can: Capabilities, at: str | None, undo: int, due_after: int
) -> None:
    await confirmed(desk, undo=timedelta(seconds=undo), can=can, at=at)
    async with desk.database.read() as tx:
        assert await queues.heads(tx) == {desk.account.id: NOON + timedelta(seconds=due_after)}


# Kinds of messages


FLASH = KindLimits(text_max=50, validity=None, send_at=False)
KINDS_OF = {Kind.FLASH: FLASH, Kind.HLR: KindLimits(text_max=0, validity=None, send_at=False)}


def test_an_account_that_cannot_says_what_it_can_and_who_else_can() -> None:
    able = {"main": capable(), "two": capable(also=KINDS_OF), "off": capable(also=KINDS_OF)}
    usable = [account("main"), account("two"), account("off", stopped="auth_failed")]
    with pytest.raises(Problem) as raised:
        compose.limits_of(Kind.FLASH, usable[0], lambda one: able[one.name], usable)
    assert raised.value.word == "unsupported-kind"
    assert raised.value.details == {"gateway": "smsc", "asked": "flash", "kinds": "sms", "others": "two"}
    assert compose.limits_of(Kind.FLASH, usable[1], lambda one: able[one.name], usable) == FLASH
    word, details = problem(capable(also=KINDS_OF), kind="voice")
    assert (word, details["kinds"], details["others"]) == ("unsupported-kind", "sms, flash, hlr", "none")


def test_limits_are_those_of_the_kind() -> None:
    can = capable(also=KINDS_OF, send_at=True, cancel=True)
    assert problem(can, kind="flash", text="x" * 51)[0] == "text-too-long"
    assert offered(can, text="x" * 51).kind == Kind.SMS
    assert problem(can, kind="flash", validity="2h")[0] == "no-validity"
    at = "2026-09-02T10:00"
    assert offered(can, at=at).hands_over
    assert not offered(can, at=at, kind="flash").hands_over


def test_a_kind_without_text_is_not_asked_for_one_and_takes_none() -> None:
    can = capable(also=KINDS_OF)
    request = Request(kind="hlr", numbers=("+79030000000",))
    assert reading.missing(request, [account()]) is None
    lookup = offered(can, kind="hlr", text=" ")
    assert (lookup.size, lookup.segments, lookup.submission().sms[0].text.strip()) == (None, 1, "")
    assert lookup.submission().kind == Kind.HLR
    assert problem(can, kind="hlr") == ("text-unwanted", {"asked": "hlr", "typed": "Hello"})


# By the recipients' clocks


ABROAD = replace(RULES, region="US")
NEW_YORK, LOS_ANGELES = "+1 212 555 1234", "+1 415 555 1234"


def local(can: Capabilities | None = None, *, now: datetime = NOON, **asked: Any) -> Offer:
    request = Request(**{"numbers": (NEW_YORK, LOS_ANGELES), "text": "Hello", "local": "yes"} | asked)
    return compose.offer(request, account(), can or capable(), ABROAD, now)


def at(moment: datetime) -> Span:
    return Span(earliest=moment, latest=moment)


def test_by_our_own_schedule_each_number_has_its_moment() -> None:
    made = local(at="2026-09-01T10:00", now=NOON)  # 08:00 in New York
    assert made.local is not None
    assert made.local.spans == {
        "12125551234": at(NOON + 2 * HOUR),
        "14155551234": at(NOON + 5 * HOUR),
    }
    assert (made.send_at, made.hands_over, made.by_recipient_time) == (NOON + 2 * HOUR, False, False)
    assert made.submission().send_at is None


def test_a_gateway_that_knows_the_clocks_gets_their_digits() -> None:
    made = local(capable(by_recipient_time=True), at="2026-09-01T10:00")
    assert (made.hands_over, made.by_recipient_time) == (True, True)
    assert made.send_at == datetime(2026, 9, 1, 10, tzinfo=UTC)
    submission = made.submission()
    assert (submission.send_at, submission.by_recipient_time) == (made.send_at, True)


def test_only_sms_go_by_the_clocks_a_gateway_knows() -> None:
    made = local(capable(by_recipient_time=True, also=KINDS_OF), at="2026-09-01T10:00", kind="flash")
    assert (made.hands_over, made.by_recipient_time) == (False, False)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({}, "local-without-time"),
        ({"at": "soon"}, "bad-time"),
        ({"at": "2026-09-01T10:00+03:00"}, "local-with-zone"),
        ({"at": "2028-09-01T10:00"}, "far-time"),
        ({"at": "2026-09-01T10:00", "local": "perhaps"}, "bad-local"),
    ],
)
def test_what_is_no_time_by_the_recipients_clocks(asked: dict[str, Any], word: str) -> None:
    with pytest.raises(Problem) as raised:
        local(**asked)
    assert raised.value.word == word


def test_a_time_that_has_passed_for_some_is_refused_with_their_number() -> None:
    with pytest.raises(Problem) as raised:
        local(at="2026-09-01T07:00")  # 08:00 in New York, 05:00 in Los Angeles
    assert raised.value.word == "local-past"
    assert raised.value.details == {"typed": "2026-09-01T07:00", "count": 1, "total": 2, "known": "yes"}


def test_a_time_that_may_have_passed_where_only_the_gateway_knows_is_refused() -> None:
    asked: dict[str, Any] = {"at": "2026-09-01T18:00", "local": "да"}  # 15:00 in Moscow, 24:00 in Kamchatka
    word, details = problem(capable(by_recipient_time=True), **asked)
    assert (word, details["count"], details["known"]) == ("local-past", 1, "no")
    assert offered(**asked).send_at == NOON + 3 * HOUR


def test_local_no_is_the_desks_clock() -> None:
    made = offered(at="2026-09-01T18:00", local="no")
    assert (made.local, made.send_at) == (None, NOON + 3 * HOUR)


async def test_confirmed_each_message_waits_for_its_own_moment(desk: Rig) -> None:
    made = local(at="2026-09-01T10:00", validity="1h")
    await confirmed_offer(desk, made, undo=timedelta())
    found = {row.msisdn: row for row in await rows(desk.database, messages)}
    first, second = found["12125551234"], found["14155551234"]
    assert (first.due_at, first.send_at, first.not_after) == (NOON + 2 * HOUR,) * 2 + (NOON + 3 * HOUR,)
    assert (second.due_at, second.send_at, second.not_after) == (NOON + 5 * HOUR,) * 2 + (NOON + 6 * HOUR,)


async def test_confirmed_both_ends_are_kept_of_what_only_the_gateway_knows(desk: Rig) -> None:
    made = offered(capable(by_recipient_time=True), at="2026-09-02T10:00", local="yes", validity="1h")
    await confirmed_offer(desk, made, undo=timedelta())
    (found,) = await rows(desk.database, messages)
    first, last = datetime(2026, 9, 1, 22, tzinfo=UTC), datetime(2026, 9, 2, 8, tzinfo=UTC)
    assert (found.send_at, found.latest_at) == (first, last)  # Kamchatka, Kaliningrad
    assert (found.due_at, found.not_after) == (NOON, last + HOUR)


# ✅ comes too late


@pytest.mark.parametrize(
    ("can", "asked", "passes"),
    [
        (KEEPS, {"at": None}, None),
        (KEEPS, {"at": IN_AN_HOUR}, NOON + HOUR),
        (GIVES, {"at": IN_AN_HOUR}, NOON + HOUR),  # the gateway that keeps the date would send at once
        # Kamchatka, though its digits in UTC lie nine hours ahead
        (
            capable(by_recipient_time=True),
            {"at": "2026-09-02T10:00", "local": "yes"},
            datetime(2026, 9, 1, 22, tzinfo=UTC),
        ),
        (capable(), {"at": "2026-09-02T10:00", "local": "yes"}, datetime(2026, 9, 2, 7, tzinfo=UTC)),
    ],
)
async def test_an_offer_whose_time_has_passed_is_known(
    desk: Rig, can: Capabilities, asked: dict[str, Any], passes: datetime | None
) -> None:
    place = Place(chat_id=-5, thread_id=3, person_id=PERSON)
    content = compose.as_json(offered(can, **asked))
    async with desk.database.write() as tx:
        draft_id = await drafts.start(
            tx, place, kind="send", state="offered", content=content, expires_at=NOON + DAY
        )
        draft = await drafts.get(tx, draft_id)
    assert draft is not None
    if passes is None:
        assert not compose.has_passed(draft, NOON + DAY)
    else:
        assert not compose.has_passed(draft, passes - timedelta(seconds=1))
        assert compose.has_passed(draft, passes)


# Options, before anything more is asked for


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("at=soon", "bad-time"),
        ("at=2026-01-01T10:00", "past-time"),
        ("valid=long", "bad-validity"),
        ("local=yes", "local-without-time"),
        ("local=yes at=0001-01-01T00:00", "past-time"),
        ("at=2026-09-02T10:00 valid=2h", None),
        ("local=yes at=2026-09-02T10:00", None),
    ],
)
def test_options_are_checked_without_an_account(typed: str, word: str | None) -> None:
    request = reading.read(typed)
    if word is None:
        compose.check_options(request, RULES, NOON)
        return
    with pytest.raises(OptionProblem) as raised:
        compose.check_options(request, RULES, NOON)
    assert raised.value.word == word


@pytest.mark.parametrize(
    ("can", "typed", "word"),
    [
        (capable(), "valid=99d", "validity-range"),
        (capable(), "from=TWELVE-CHARS", "bad-sender"),
        (capable(sender_required=True), "", "sender-needed"),
        (capable(), "from=SHOP valid=2h", None),
    ],
)
def test_options_are_checked_against_what_the_gateway_takes(
    can: Capabilities, typed: str, word: str | None
) -> None:
    request, theirs = reading.read(typed), account(sender_id=None)
    if word is None:
        compose.check_options_for(request, theirs, lambda _: can, [theirs])
        return
    with pytest.raises(OptionProblem) as raised:
        compose.check_options_for(request, theirs, lambda _: can, [theirs])
    assert raised.value.word == word
