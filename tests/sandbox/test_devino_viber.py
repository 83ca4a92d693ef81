"""Viber at Devino's stand-in: nothing of it is in the seeds, all of it in section 9.1 of the sheet."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from sandbox.devino import DevinoServer
from tests.sandbox.devino import NOON, Clock, log_in, rest

GOOD = {"DestinationAddress": "79161002030", "SourceAddress": "ACME", "Data": "test"}
BAD = "79161002001"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stand(clock: Clock) -> AsyncIterator[DevinoServer]:
    async with DevinoServer(clock=clock, pace=10) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def viber(
    http: aiohttp.ClientSession, stand: DevinoServer, operation: str, **fields: str
) -> tuple[int, Any]:
    session = await log_in(http, stand)
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    return await rest(http, stand, "POST", f"Viber/{operation}", f"SessionID={session}&{query}")


async def state_of(http: aiohttp.ClientSession, stand: DevinoServer, message_id: str) -> Any:
    session = await log_in(http, stand)
    status, state = await rest(
        http, stand, "GET", "Viber/State", f"sessionId={session}&messageId={message_id}"
    )
    assert status == 200
    return state


@pytest.mark.parametrize(
    ("operation", "number"),
    [
        ("Send", "DestinationAddress"),
        ("SendBulk", "DestinationAddresses"),
        ("SendWithResend", "DestinationAddress"),
        ("SendWithResendBulk", "DestinationAddresses"),
    ],
)
async def test_every_send_answers_an_id_with_letters_and_writes_the_journal(
    http: aiohttp.ClientSession, stand: DevinoServer, operation: str, number: str
) -> None:
    fields = {number: "%2B79161002030", "SourceAddress": "ACME", "Data": "a%0Ab", "Validity": "1440"}
    assert await viber(http, stand, operation, **fields) == (200, ["GW0261BBD6B3"])
    (accepted,) = stand.journal.accepted
    assert (accepted.kind, accepted.gateway, accepted.msisdn) == ("viber", "devino_rest", "79161002030")
    assert (accepted.text, accepted.gateway_ids, accepted.segments) == ("a\nb", ("GW0261BBD6B3",), 1)
    assert stand.balance == Decimal("997.50")
    assert stand.requests[-1][0] == f"Viber{operation}"


async def test_an_sms_is_of_another_kind_in_the_journal(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    session = await log_in(http, stand)
    query = f"SessionID={session}&DestinationAddress=79161002030&SourceAddress=ACME&Data=x"
    await rest(http, stand, "POST", "Sms/Send", query)
    assert [entry.kind for entry in stand.journal.accepted] == ["sms"]


async def test_a_bulk_answers_one_id_a_recipient_in_their_order(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    numbers = "79161002030&DestinationAddresses=79161002031"
    fields = {"DestinationAddresses": numbers, "SourceAddress": "ACME", "Data": "x" * 1000, "Optionals": "1"}
    _, ids = await viber(http, stand, "SendBulk", **fields)
    assert ids == ["GW0261BBD6B3", "GW0261BBD6B4"]
    entries = [(entry.msisdn, entry.gateway_ids) for entry in stand.journal.accepted]
    assert entries == [("79161002030", (ids[0],)), ("79161002031", (ids[1],))]


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"DestinationAddress": ""}, 1, "error-address-not-specified"),
        ({"DestinationAddress": "89161002030"}, 1, "error-address-format"),
        ({"DestinationAddress": "79161002006"}, 1, "error-address-unknown"),
        ({"SourceAddress": ""}, 1, "error-subject-not-specified"),
        ({"SourceAddress": "TWELVELETTER"}, 1, "error-subject-format"),
        ({"SourceAddress": "A B"}, 1, "error-subject-format"),
        ({"SourceAddress": "NOBODY"}, 1, "error-subject-unknown"),
        ({"Data": ""}, 1, "error-content-not-specified"),
        ({"Data": "x" * 1001}, 2, "Invalid argument\r\nParameter name: data"),
        ({"Validity": "0"}, 1, "error-validity-period-seconds-format"),
        ({"Validity": "86400"}, 1, "error-validity-period-seconds-format"),
        ({"Validity": "1441"}, 1, "error-validity-period-seconds-format"),
        ({"Validity": "ten"}, 1, "error-validity-period-seconds-format"),
    ],
)
async def test_a_bad_field_is_one_word(
    http: aiohttp.ClientSession, stand: DevinoServer, wrong: dict[str, str], code: int, words: str
) -> None:
    answer = await viber(http, stand, "Send", **(GOOD | wrong))
    assert answer == (400, {"Code": code, "Desc": words})
    assert stand.journal.accepted == []


async def test_session_and_money_are_checked_as_for_an_sms(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    query = "DestinationAddress=1&SourceAddress=ACME&Data=x"
    answer = await rest(http, stand, "POST", "Viber/Send", f"SessionID={'Z' * 36}&{query}")
    assert answer == (400, {"Code": 3, "Desc": "Invalid session id"})
    stand.balance = Decimal(1)
    assert await viber(http, stand, "Send", **GOOD) == (403, {"Code": 5, "Desc": "Not enough credits"})


async def test_a_bulk_takes_a_thousand_numbers(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    stand.balance = Decimal(10_000)
    form = {"SessionID": await log_in(http, stand), "SourceAddress": "ACME", "Data": "x"}
    numbers = [f"7916100{place:04}" for place in range(100, 2000) if place % 100 != 6]
    for count, status in ((1001, 400), (1000, 200)):
        pairs = [*form.items(), *(("DestinationAddresses", number) for number in numbers[:count])]
        async with http.post(f"{stand.rest_url}Viber/SendBulk", data=pairs) as response:
            assert response.status == status
    assert [entry.msisdn for entry in stand.journal.accepted] == numbers[:1000]


async def test_one_bad_number_refuses_the_whole_bulk(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    numbers = "79161002030&DestinationAddresses=12"
    fields = {"DestinationAddresses": numbers, "SourceAddress": "ACME", "Data": "x"}
    assert (await viber(http, stand, "SendBulk", **fields))[1]["Desc"] == "error-address-format"
    assert stand.journal.accepted == []
    assert stand.balance == Decimal("1000.00")


@pytest.mark.parametrize(
    ("number", "states"),
    [
        ("79161002030", [0, 1, 2, 3, 3]),
        ("79161002001", [0, 1, 4, 4]),
        ("79161002002", [0, 1, 7, 7]),
        ("79161002003", [0, 1, 5, 5]),
        ("79161002005", [0, 0, 1, 2, 3]),
        ("79161002007", [6, 6]),
    ],
)
async def test_the_number_scripts_a_life_in_states_of_their_own(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, number: str, states: list[int]
) -> None:
    _, (message_id,) = await viber(http, stand, "Send", **(GOOD | {"DestinationAddress": number}))
    for expected in states:
        state = await state_of(http, stand, message_id)
        assert (state["State"], state["ResentSms"]) == (expected, [])
        clock.forward(seconds=10)


async def test_a_state_has_the_keys_of_an_sms_and_the_sms_sent_instead(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    session = await log_in(http, stand)
    _, (message_id,) = await viber(http, stand, "SendWithResend", **(GOOD | {"DestinationAddress": BAD}))
    clock.forward(seconds=20)
    at = int(NOON.timestamp() * 1000)
    url = f"{stand.rest_url}Viber/State?sessionId={session}&messageId={message_id}"
    async with http.get(url) as response:
        assert await response.text() == (
            f'{{"State":4,"CreationDateUtc":"\\/Date({at})\\/",'
            f'"SubmittedDateUtc":"\\/Date({at + 10_000})\\/",'
            f'"ReportedDateUtc":"\\/Date({at + 20_000})\\/","TimeStampUtc":"\\/Date({at + 20_000})\\/",'
            '"StateDescription":"Не доставлено","Price":2.50,'
            '"ResentSms":[{"Id":"579700854169272358","State":-2,'
            f'"CreationDateUtc":"\\/Date({at + 20_000})\\/","SubmittedDateUtc":null,"ReportedDateUtc":null,'
            f'"TimeStampUtc":"\\/Date({at + 20_000})\\/","StateDescription":"В очереди","Price":2.50}}]}}'
        )


@pytest.mark.parametrize(
    ("number", "states"),
    [("79161002001", [-2, -1, 0]), ("79161002002", [-2, -1, 46]), ("79161002003", [-2, -1, 42])],
)
async def test_an_sms_sent_instead_has_a_life_of_its_own_in_the_table_of_sms(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock, number: str, states: list[int]
) -> None:
    session = await log_in(http, stand)
    _, (message_id,) = await viber(http, stand, "SendWithResend", **(GOOD | {"DestinationAddress": number}))
    clock.forward(seconds=19)
    assert (await state_of(http, stand, message_id))["ResentSms"] == []
    clock.forward(seconds=1)
    for expected in states:
        (resent,) = (await state_of(http, stand, message_id))["ResentSms"]
        assert resent["State"] == expected
        query = f"sessionId={session}&messageId={resent['Id']}"
        _, asked = await rest(http, stand, "GET", "Sms/State", query)
        assert asked == {name: value for name, value in resent.items() if name != "Id"}
        clock.forward(seconds=10)


async def test_an_sms_sent_instead_is_paid_for_counted_and_not_in_the_journal(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    numbers = f"{BAD}&DestinationAddresses=79161002030"
    fields = {"DestinationAddresses": numbers, "SourceAddress": "ACME", "Data": "а" * 71}
    _, (failing, _) = await viber(http, stand, "SendWithResendBulk", **fields)
    assert stand.balance == Decimal("990.00")  # two messages and an SMS of two segments
    session = await log_in(http, stand)
    period = "startDateTime=2026-03-01T00:00:00&endDateTime=2026-03-02T00:00:00"
    statistics = f"sessionId={session}&{period}"
    query = f"sessionId={session}&messageId=579700854169272358"
    assert (await rest(http, stand, "GET", "Sms/State", query))[1]["State"] == 255
    assert (await rest(http, stand, "GET", "Sms/Statistics", statistics))[1]["Total"] == 0
    clock.forward(seconds=40)
    assert (await rest(http, stand, "GET", "Sms/Statistics", statistics))[1]["Delivered"] == 2
    stand.quirks.numeric_ids = True
    resent = (await state_of(http, stand, failing))["ResentSms"]
    assert [sms["Id"] for sms in resent] == [579700854169272358, 579700854169272359]
    assert [entry.msisdn for entry in stand.journal.accepted] == [BAD, "79161002030"]


async def test_without_resend_nothing_is_sent_instead(
    http: aiohttp.ClientSession, stand: DevinoServer, clock: Clock
) -> None:
    _, (message_id,) = await viber(http, stand, "Send", **(GOOD | {"DestinationAddress": BAD}))
    clock.forward(seconds=60)
    assert (await state_of(http, stand, message_id))["ResentSms"] == []
    assert stand.balance == Decimal("997.50")


async def test_an_id_never_given_is_unknown_and_no_id_is_an_error(
    http: aiohttp.ClientSession, stand: DevinoServer
) -> None:
    state = await state_of(http, stand, "GW0000000000")
    assert (state["State"], state["CreationDateUtc"], state["ResentSms"]) == (6, None, [])
    session = await log_in(http, stand)
    status, error = await rest(http, stand, "GET", "Viber/State", f"sessionId={session}")
    assert (status, error["Code"]) == (400, 1)
    assert json.dumps(error).count("messageId") == 1


async def test_a_state_needs_a_session(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    _, (message_id,) = await viber(http, stand, "Send", **GOOD)
    stand.expire_sessions()
    stale = stand.requests[-1][1]["SessionID"]
    answer = await rest(http, stand, "GET", "Viber/State", f"sessionId={stale}&messageId={message_id}")
    assert answer == (401, {"Code": 4, "Desc": "SessionID expired"})


async def test_a_viber_send_by_get_is_not_found(http: aiohttp.ClientSession, stand: DevinoServer) -> None:
    async with http.get(f"{stand.rest_url}Viber/Send?SessionID=x") as response:
        assert response.status == 404
