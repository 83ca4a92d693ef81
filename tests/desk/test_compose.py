"""From a command to a confirmed campaign: read as typed, asked for in order, checked, priced, confirmed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk import compose
from desk.compose import Offer, Problem, Request, Rules
from desk.recipients import Audience
from providers.errors import GatewayError, InsufficientFunds, NotReached
from providers.model import Balance, Capabilities, MessageState, Quote, Submission
from providers.sms import size
from storage import drafts, ledger
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


# Reading


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", Request()),
        ("+79030000000 Hi", Request(numbers=("+79030000000",), text="Hi")),
        (
            "from=ACME at=2026-12-01T10:00 +79031234567, 89031234568 Text with\nline breaks kept ",
            Request(
                sender_id="ACME",
                at="2026-12-01T10:00",
                numbers=("+79031234567", "89031234568"),
                text="Text with\nline breaks kept ",
            ),
        ),
        (
            'FROM="My Shop" via=main valid=2h +79030000000 from=text stays',
            Request(
                sender_id="My Shop",
                account="main",
                validity="2h",
                numbers=("+79030000000",),
                text="from=text stays",
            ),
        ),
        ("from= +79030000000 Hi", Request(sender_id="", numbers=("+79030000000",), text="Hi")),
        ("from=A from=B", Request(sender_id="B")),
    ],
)
def test_options_come_first_then_numbers_then_text(typed: str, request_: Request) -> None:
    assert compose.read(typed) == request_


def test_an_unknown_option_is_named_beside_the_known_ones() -> None:
    with pytest.raises(Problem) as raised:
        compose.read("form=ACME +79030000000 Hi")
    assert raised.value.word == "unknown-option"
    assert raised.value.details == {"option": "form", "known": "from=, at=, via=, valid="}


def test_a_text_without_a_number_is_not_guessed_at() -> None:
    with pytest.raises(Problem) as raised:
        compose.read("Hello there")
    assert (raised.value.word, raised.value.details) == ("no-number", {"typed": "Hello there"})


def test_a_request_survives_the_draft() -> None:
    request = compose.read('from="A B" at=2026-12-01 valid=1d via=x 89031234567 Т <b>&\n')
    assert Request.from_json(request.as_json()) == request


def test_answers_fill_in_and_keep_what_was_said() -> None:
    begun = compose.read("from=ACME")
    numbered = compose.with_numbers(begun, compose.read("via=main +79030000000"))
    assert numbered == Request(sender_id="ACME", account="main", numbers=("+79030000000",))
    texted = compose.with_text(numbered, "/looks like a command\n")
    assert texted == replace(numbered, text="/looks like a command\n")
    # Asked for numbers again, a person who gives only numbers keeps the text.
    assert compose.with_numbers(texted, Request(numbers=("89031234567",))).text == texted.text


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
    assert compose.missing(request_, accounts) == asked_for


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
    assert (offer.size.segments, offer.segments) == (2, 4)
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
        ({"text": "a" * 307}, "too-many-segments", {"segments": 3, "limit": 2}),
        ({"text": "я" * 135}, "too-many-segments", {"segments": 3, "limit": 2}),
        ({"sender_id": "TWELVE-CHARS"}, "bad-sender", {"sender": "TWELVE-CHARS", "latin": 11, "digits": 15}),
        ({"sender_id": "АКМЕ"}, "bad-sender", {"sender": "АКМЕ", "latin": 11, "digits": 15}),
        ({"at": "tomorrow"}, "bad-time", {"typed": "tomorrow"}),
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
        ("2026-12-01", datetime(2026, 11, 30, 21, tzinfo=UTC)),
        ("2026-12-01T10:00Z", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        ("2026-12-01T10:00+07:00", datetime(2026, 12, 1, 3, tzinfo=UTC)),
    ],
)
def test_times_are_in_the_zone_of_the_desk_unless_they_name_one(typed: str, moment: datetime) -> None:
    read = compose.read_time(typed, MOSCOW, NOON)
    assert read == moment
    assert read.utcoffset() is not None


def test_the_zone_knows_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = [
        compose.read_time(f"2026-{day}T10:00", berlin, NOON).astimezone(UTC).hour
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
    price = await compose.price(gateway, to_price(5), PATIENT)
    assert asked == [2, 2, 1]
    assert price.quote == Quote(cost=Decimal("12.50"), segments=5, refused=3, currency="RUB")
    assert price.balance == Balance(amount=Decimal("1000.00"), currency="RUB")
    assert price.trouble is None


async def test_a_gateway_that_cannot_quote_is_not_asked() -> None:
    gateway = ScriptedGateway(capable(quote=False))
    gateway.on_quote = raising(AssertionError("asked"))
    price = await compose.price(gateway, to_price(), PATIENT)
    assert price.quote is None
    assert price.balance is not None


async def test_a_part_without_a_price_leaves_the_whole_unpriced() -> None:
    gateway = ScriptedGateway(capable())

    async def quote(_: Submission) -> Quote:
        return Quote(cost=None)

    gateway.on_quote = quote
    assert (await compose.price(gateway, to_price(), PATIENT)).quote is None


@pytest.mark.parametrize("error", [NotReached(), InsufficientFunds(code="3")])
@pytest.mark.parametrize("which", ["on_quote", "on_balance"])
async def test_a_gateway_in_trouble_never_stops_the_offer(which: str, error: GatewayError) -> None:
    gateway = ScriptedGateway(capable())
    setattr(gateway, which, raising(error))
    price = await compose.price(gateway, to_price(), PATIENT)
    assert price.trouble is error
    assert (price.quote is None, price.balance is None) == (which == "on_quote", which == "on_balance")


async def test_nobody_waits_longer_than_patience() -> None:
    gateway = ScriptedGateway(capable())

    async def never(_: None) -> Balance:
        await asyncio.Event().wait()
        raise AssertionError

    gateway.on_balance = never
    async with asyncio.timeout(5):
        price = await compose.price(gateway, to_price(), SHORT)
    assert (price.balance, price.trouble) == (None, None)
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
    price = await compose.price(gateway, to_price(), PATIENT)
    assert price.balance is not None
    assert price.quote is not None


# Confirming


async def confirmed(desk: Rig, *, undo: timedelta, can: Capabilities | None = None, **asked: Any) -> int:
    offer = replace(offered(can, **asked), account_id=desk.account.id)
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
        assert await ledger.next_due(tx) == NOON + timedelta(seconds=due_after)
