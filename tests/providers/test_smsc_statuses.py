"""SMSC: what became of messages, and forgetting them."""

from datetime import datetime, timedelta

import pytest

from providers.errors import AuthFailed, NotReached, OutcomeUnknown, RequestRefused, Throttled
from providers.faces import Forgets, face
from providers.gateways import smsc
from providers.gateways.smsc.statuses import build_forget, build_status
from providers.model import MessageRef, MessageState, Reason, Report
from providers.wire import Pace
from tests.providers.contract import Case, Raises, reply, run
from tests.providers.smsc.samples import (
    CONFIG,
    DATED,
    ONE,
    PAIR,
    REF,
    TWO,
    WHEN,
    Call,
    answer,
    build,
    error,
    form,
    message,
    reports,
)


def report(
    state: MessageState | None,
    raw: str,
    *,
    msisdn: str = ONE,
    gateway_id: str = REF,
    code: str | None = None,
    reason: Reason | None = None,
    at: datetime | None = WHEN,
    read: bool = False,
    provisional: bool = False,
    silence: bool = False,
    absent: bool = False,
    entry: str | None = None,
    note: str | None = None,
) -> Report:
    return Report(
        msisdn=msisdn,
        ref=REF,
        gateway_id=gateway_id,
        state=state,
        raw=raw,
        code=code,
        reason=reason,
        at=at,
        read=read,
        provisional=provisional,
        silence=silence,
        absent=absent,
        entry=entry,
        note=note,
    )


# Every status of the table, and what it means without a delivery error.
STATUSES: dict[str, Report] = {
    "-2": report(MessageState.ACCEPTED, "-2"),
    "-1": report(MessageState.ACCEPTED, "-1"),
    "0": report(MessageState.SENT, "0"),
    "1": report(MessageState.DELIVERED, "1"),
    "2": report(MessageState.DELIVERED, "2", read=True),
    "3": report(MessageState.EXPIRED, "3", reason=Reason.EXPIRED, entry="smsc-status-3"),
    "4": report(MessageState.DELIVERED, "4", read=True),
    "6": report(MessageState.DELIVERED, "6"),
    "20": report(MessageState.UNDELIVERED, "20", reason=Reason.UNEXPLAINED, entry="smsc-status-20"),
    "22": report(MessageState.REJECTED, "22", reason=Reason.RECIPIENT, entry="smsc-status-22"),
    "23": report(MessageState.REJECTED, "23", reason=Reason.UNEXPLAINED, entry="smsc-status-23"),
    "24": report(
        MessageState.UNDELIVERED, "24", reason=Reason.MONEY, provisional=True, entry="smsc-status-24"
    ),
    "25": report(MessageState.UNDELIVERED, "25", reason=Reason.ROUTE, entry="smsc-status-25"),
}

# Every delivery error of the table.
DELIVERY: dict[str, Reason] = {
    "1": Reason.RECIPIENT,
    "2": Reason.UNREACHABLE,
    "3": Reason.RECIPIENT,
    "4": Reason.BARRED,
    "6": Reason.UNREACHABLE,
    "11": Reason.RECIPIENT,
    "12": Reason.UNREACHABLE,
    "13": Reason.BARRED,
    "21": Reason.RECIPIENT,
    "200": Reason.ACCOUNT,
    "219": Reason.BARRED,
    "220": Reason.LIMIT,
    "237": Reason.UNREACHABLE,
    "238": Reason.TEXT,
    "239": Reason.ACCOUNT,
    "240": Reason.UNREACHABLE,
    "241": Reason.UNEXPLAINED,
    "242": Reason.UNREACHABLE,
    "243": Reason.ACCOUNT,
    "244": Reason.TEXT,
    "245": Reason.UNEXPLAINED,
    "246": Reason.SCHEDULE,
    "247": Reason.LIMIT,
    "248": Reason.ROUTE,
    "249": Reason.RECIPIENT,
    "250": Reason.ACCOUNT,
    "251": Reason.LIMIT,
    "252": Reason.BARRED,
    "253": Reason.TEXT,
    "254": Reason.SENDER,
    "255": Reason.OPERATOR,
}


def several(count: int) -> tuple[MessageRef, ...]:
    return tuple(message(str(79000000000 + place)) for place in range(count))


REPORTS = [
    *(
        Case(
            name=f"status {status} as {type(written).__name__}",
            call=reports(message()),
            wire=[answer({"status": written, **DATED, "flag": 0, "err": 0})],
            expect=[expected],
            operations=("status",),
        )
        for status, expected in STATUSES.items()
        for written in (status, int(status))
    ),
    *(
        Case(
            name=f"failed with err {code}",
            call=reports(message()),
            wire=[answer({"status": 22, **DATED, "err": int(code)})],
            expect=[
                report(
                    MessageState.UNTRACKED if code == "245" else MessageState.REJECTED,
                    "22",
                    code=code,
                    reason=reason,
                    entry=f"smsc-err-{code}",
                )
            ],
        )
        for code, reason in DELIVERY.items()
    ),
    Case(
        name="an error the table lacks",
        call=reports(message()),
        wire=[answer({"status": 20, **DATED, "err": "999"})],
        expect=[
            report(
                MessageState.UNDELIVERED, "20", code="999", reason=Reason.UNEXPLAINED, entry="smsc-status-20"
            )
        ],
    ),
    Case(
        name="an error of a message that did not fail: kept and explained, no reason",
        call=reports(message()),
        wire=[answer({"status": 0, **DATED, "err": "220"})],
        expect=[report(MessageState.SENT, "0", code="220", entry="smsc-err-220")],
    ),
    Case(
        name="a refusal tells nothing, and keeps what was told",
        call=reports(*several(3)),
        wire=[
            answer({"status": 1, **DATED}),
            error(1, "parameters error"),
            answer({"status": 0, **DATED}),
        ],
        expect=[
            report(MessageState.DELIVERED, "1", msisdn="79000000000"),
            report(
                None,
                'HTTP 200: { "error": "parameters error", "error_code": 1 }',
                msisdn="79000000001",
                code="1",
                at=None,
                entry="smsc-status-1",
                silence=True,
            ),
            report(MessageState.SENT, "0", msisdn="79000000002"),
        ],
    ),
    *(
        Case(
            name=f"what was told is kept: {trouble}",
            call=reports(*several(3)),
            wire=[answer({"status": 1, **DATED}), trouble],
            expect=[report(MessageState.DELIVERED, "1", msisdn="79000000000")],
        )
        for trouble in (NotReached(), Throttled())
    ),
    Case(
        name="a stopped account is told whatever was told before",
        call=reports(*several(3)),
        wire=[answer({"status": 1, **DATED}), error(2, "authorise error")],
        expect=Raises(error=AuthFailed),
    ),
    Case(
        name="not found: moves nothing",
        call=reports(message()),
        wire=[answer({"status": -3, "id": REF, "phone": ONE})],
        expect=[report(None, "-3", at=None, silence=True, absent=True)],
    ),
    *(
        Case(
            name=f"unknown status {written!r}",
            call=reports(message()),
            wire=[answer({"status": written, **DATED})],
            expect=[report(None, raw)],
        )
        for written, raw in ((99, "99"), ("novel", "novel"), ("", ""), (None, ""))
    ),
    Case(
        name="an older answer without flag, err and timestamp: Moscow's time",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": DATED["last_date"]})],
        expect=[report(MessageState.DELIVERED, "1")],
    ),
    Case(
        name="the timestamp goes before a date in an account's own zone",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": "29.09.2018 17:07:39", "last_timestamp": "1538222859"})],
        expect=[report(MessageState.DELIVERED, "1")],
    ),
    Case(
        name="a date that is none",
        call=reports(message()),
        wire=[answer({"status": 1, "last_date": "вчера", "last_timestamp": 10**20})],
        expect=[report(MessageState.DELIVERED, "1", at=None)],
    ),
    Case(
        name="the id of the receipt is asked for, where it is not ours",
        call=reports(message(ONE, REF, "98765432109876543210")),
        wire=[answer({"status": 1, **DATED})],
        expect=[report(MessageState.DELIVERED, "1", gateway_id="98765432109876543210")],
        sent=(("id=98765432109876543210&",),),
    ),
    Case(
        name="five are asked for one by one",
        call=reports(*several(5)),
        wire=[answer({"status": 0, **DATED})] * 5,
        expect=[report(MessageState.SENT, "0", msisdn=one.msisdn) for one in several(5)],
        operations=("status",) * 5,
    ),
    Case(
        name="six are asked for at once; the answer has its own order and gaps",
        call=reports(*several(6)),
        wire=[
            answer(
                [
                    {"status": "0", **DATED, "id": REF, "phone": "79000000001"},
                    {"status": -3, "id": REF, "phone": "79000000000"},
                    {"status": 1, **DATED, "id": "another", "phone": "79000000002"},
                    {"status": 1, **DATED, "id": REF, "phone": "79990000000"},
                    {"id": REF, "phone": "79000000003"},
                    "novel",
                    {"status": 1, **DATED, "id": REF, "phone": 79000000005},
                ]
            )
        ],
        expect=[
            report(None, "-3", msisdn="79000000000", at=None, silence=True, absent=True),
            report(MessageState.SENT, "0", msisdn="79000000001"),
            report(MessageState.DELIVERED, "1", msisdn="79000000005"),
        ],
        operations=("status",),
    ),
    Case(
        name="one answered in the form for many",
        call=reports(message()),
        wire=[answer([{"status": 0, **DATED, "id": REF, "phone": ONE}])],
        expect=[report(MessageState.SENT, "0")],
    ),
    Case(
        name="many answered in the form for one",
        call=reports(*several(6)),
        wire=[answer({"status": 0, **DATED})],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="many: the error envelope",
        call=reports(*several(6)),
        wire=[error(9, "duplicate request, wait a minute")],
        expect=Raises(error=Throttled, code="9"),
    ),
    Case(
        name="an unreadable answer costs only its own message",
        call=reports(message(ONE), message(TWO)),
        wire=[reply(""), answer({"status": 0, **DATED})],
        expect=[report(MessageState.SENT, "0", msisdn=TWO)],
    ),
    Case(name="nothing to ask", call=reports(), wire=[], expect=[]),
]

LOOKUP: dict[str, object] = {
    "imsi": "250011234567890",
    "msc": "79168999100",
    "mcc": "250",
    "mnc": "01",
    "cn": "Россия",
    "net": "МТС",
    "rcn": "",
    "rnet": "",
}
LOOKUPS = [
    Case(
        name=f"a lookup: {note}",
        call=reports(message()),
        wire=[answer({"status": 1, **DATED, "err": 0, **LOOKUP, **found})],
        expect=[report(MessageState.DELIVERED, "1", note=note)],
    )
    for note, found in (
        ("Россия, МТС", {}),
        ("Россия, МТС → Turkey, Turkcell", {"rcn": "Turkey", "rnet": "Turkcell"}),
        ("Россия, МТС → Turkey", {"rcn": "Turkey", "rnet": None}),
        ("250-1", {"cn": "", "net": None, "mcc": 250, "mnc": 1}),
        (None, dict.fromkeys(LOOKUP, "")),
    )
]


def forget(*refs: MessageRef) -> Call:
    return lambda gateway: face(gateway, Forgets).forget(refs)


FORGETTING = [
    *(
        Case(
            name=f"forgotten: {said!r}",
            call=forget(message()),
            wire=[reply(said)],
            expect=None,
            operations=("status.del",),
            sent=(("del=1", f"id={REF}", f"phone={ONE}"),),
        )
        for said in ('{\n"result": "OK"\n}', "OK", " OK\n")
    ),
    Case(
        name="a thousand at once",
        call=forget(*several(1500)),
        wire=[answer({"result": "OK"})] * 2,
        expect=None,
        operations=("status.del",) * 2,
        sent=(("79000000999",), ("79000001000",)),
    ),
    Case(name="nothing to forget", call=forget(), wire=[], expect=None),
    Case(
        name="not deleted",
        call=forget(message()),
        wire=[error(5, "delete error")],
        expect=Raises(error=RequestRefused, code="5", entry="smsc-status-5"),
    ),
    *(
        Case(
            name=f"forgotten? {why}", call=forget(message()), wire=[said], expect=Raises(error=OutcomeUnknown)
        )
        for why, said in {
            "nothing said": reply(""),
            "no": answer({"result": "NO"}),
            "a status": answer({"status": 1}),
            "a list": answer(["OK"]),
        }.items()
    ),
    Case(name="not reached", call=forget(message()), wire=[NotReached()], expect=Raises(error=NotReached)),
]

CASES = [*REPORTS, *LOOKUPS, *FORGETTING]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_contract(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await run(case, build, caplog)


def test_every_status_and_delivery_error_has_its_case() -> None:
    assert set(STATUSES) == set(smsc.STATES)
    assert set(DELIVERY) == set(smsc.DELIVERY_ERRORS)


def test_the_single_form_of_a_status_may_be_asked_five_times_a_minute() -> None:
    request = build_status(CONFIG, [message()])
    pace = request.pace
    assert pace is not None

    assert request.url == "https://smsc.ru/sys/status.php"
    assert (pace.most, pace.period) == (5, timedelta(seconds=61))
    assert (ONE not in pace.key, REF not in pace.key) == (True, True)
    assert build_status(CONFIG, [message(TWO)]).pace != request.pace
    assert build_forget(CONFIG, [message()]).pace == request.pace
    assert not request.submits
    assert form(request) == {**PAIR, "id": REF, "phone": ONE, "all": "0"}


def test_the_multi_form_of_a_status_waits_its_minute() -> None:
    request = build_status(CONFIG, [message(ONE), message(TWO, "b", "123")])

    assert request.pace == Pace(key="status-multi", period=timedelta(seconds=61))
    assert form(request) == {**PAIR, "id": f"{REF},123", "phone": f"{ONE},{TWO}", "all": "0"}
