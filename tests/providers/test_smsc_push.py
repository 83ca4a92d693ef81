"""SMSC: what it tells by itself, and who is believed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from providers.errors import Forged, GatewayError, OutcomeUnknown
from providers.faces import Inbound, Pushes, face
from providers.model import MessageState, Reason, Report
from providers.wire import HttpRequest
from tests.providers.contract import PASSWORD
from tests.providers.smsc.samples import CONFIG, ONE, REF, TWO, WHEN, configured

SECRET = "push&secret=1"
CAME_AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
LATER = "2026-05-02T00:00:00+00:00"
STAMP = str(int(WHEN.timestamp()))
STATUS = {"id": REF, "phone": ONE, "status": "1", "err": "0", "type": "0", "flag": "0", "ts": STAMP}
ANSWER = {"id": "47436134", "phone": ONE, "mes": "Да, «ёж» жду", "to": TWO}
CALLED = {"phone": ONE, "ts": STAMP, "waitcall": "1"}
DELIVERED = Report(msisdn=ONE, ref=REF, gateway_id=REF, state=MessageState.DELIVERED, raw="1", at=WHEN)
HEARD = Inbound(key="47436134", msisdn=ONE, to=TWO, text="Да, «ёж» жду", at=CAME_AT)


def call(body: bytes, query: str = "", *, received: str | None = "2026-05-01T12:00:00+03:00") -> HttpRequest:
    return HttpRequest(
        operation="push",
        method="POST",
        url=f"/push?{query}",
        headers={} if received is None else {"X-Received-At": received},
        body=body,
    )


def as_form(fields: Mapping[str, str], encoding: str = "cp1251") -> bytes:
    return urlencode(fields, encoding=encoding).encode("ascii")


def as_json(fields: Mapping[str, str], encoding: str = "cp1251") -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode(encoding)


def as_xml(fields: Mapping[str, str], encoding: str = "cp1251") -> bytes:
    inside = "".join(f"<{name}>{value}</{name}>\n" for name, value in fields.items())
    return f'<?xml version="1.0" encoding="windows-1251"?>\n<push>\n{inside}</push>'.encode(encoding)


WRITTEN = {"form": ("", as_form), "fmt=2": ("fmt=2", as_xml), "fmt=3": ("fmt=3", as_json)}
CHARSETS = {
    "": "cp1251",
    "charset=windows-1251": "cp1251",
    "charset=utf-8": "utf-8",
    "charset=UTF-8": "utf-8",
}


def gateway(**settings: Any) -> Any:
    async def nothing_is_sent(request: HttpRequest) -> Any:
        raise AssertionError("a push is read without I/O")

    return configured(**settings)(nothing_is_sent)


def told(request: HttpRequest, **settings: Any) -> list[Report | Inbound]:
    return face(gateway(**settings), Pushes).parse_push(request)


@pytest.mark.parametrize("fields", [STATUS, ANSWER, CALLED], ids=["status", "incoming", "called"])
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("charset", CHARSETS)
def test_every_kind_in_every_form(fields: dict[str, str], written: str, charset: str) -> None:
    query, write = WRITTEN[written]
    expected = {id(STATUS): [DELIVERED], id(ANSWER): [HEARD], id(CALLED): []}[id(fields)]

    assert told(call(write(fields, CHARSETS[charset]), f"{charset}&{query}")) == expected


def test_koi8_r() -> None:
    assert told(call(as_form(ANSWER | {"mes": "Ёж"}, "koi8-r"), "charset=koi8-r")) == [
        Inbound(key="47436134", msisdn=ONE, to=TWO, text="Ёж", at=CAME_AT)
    ]


def test_bytes_that_nobody_encoded() -> None:
    assert told(call(f"phone={ONE}&to={TWO}&id=47436134&mes=".encode() + "Ёж".encode("cp1251")))[0] == (
        Inbound(key="47436134", msisdn=ONE, to=TWO, text="Ёж", at=CAME_AT)
    )


def signature(kind: str, text: str, encoding: str = "cp1251") -> str:
    return hashlib.new(kind, f"{text}:{SECRET}".encode(encoding), usedforsecurity=False).hexdigest()


SIGNED_TEXTS = {
    "status": (STATUS, f"{REF}:{ONE}:1"),
    "incoming": (ANSWER, f"{ONE}:{ANSWER['mes']}:{TWO}"),
    "called": (CALLED, f"{ONE}:{STAMP}"),
}


@pytest.mark.parametrize("kind", SIGNED_TEXTS)
@pytest.mark.parametrize("named", ["md5", "sha1"])
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_signed_call_is_believed(kind: str, named: str, written: str, charset: str) -> None:
    fields, text = SIGNED_TEXTS[kind]
    query, write = WRITTEN[written]
    encoding = CHARSETS[charset]
    good = signature(named, text, encoding)

    for value in (good, good.upper(), f" {good}"):
        body = write({**fields, named: value}, encoding)
        assert told(call(body, f"{charset}&{query}"), push_secret=SECRET) == told(
            call(write(fields, encoding), f"{charset}&{query}")
        )


FORGERIES: dict[str, Mapping[str, str]] = {
    "no hash": {},
    "an empty hash": {"md5": ""},
    "a hash of another secret": {"md5": hashlib.md5(b"x", usedforsecurity=False).hexdigest()},
    "the hash of an unsigned secret": {"md5": signature("md5", "")},
    "a SHA-1 where the MD5 stands": {"md5": signature("sha1", f"{REF}:{ONE}:1")},
    "one good hash, one wrong": {"md5": signature("md5", f"{REF}:{ONE}:1"), "sha1": "0" * 40},
    "another number": {"md5": signature("md5", f"{REF}:{ONE}:1"), "phone": TWO},
    "another state": {"md5": signature("md5", f"{REF}:{ONE}:1"), "status": "20"},
    "another id": {"md5": signature("md5", f"{REF}:{ONE}:1"), "id": "b"},
    "a hash of other letters": {"md5": "ё" * 32},
    "a CRC32 alone": {"crc32": "1234567"},
    "a status dressed as an SMS": {"md5": signature("md5", f"{REF}:{ONE}:1"), "mes": "1"},
}


@pytest.mark.parametrize("why", FORGERIES)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_forged_call_is_refused(why: str, written: str) -> None:
    query, write = WRITTEN[written]
    body = write({**STATUS, **FORGERIES[why]}, "utf-8")

    with pytest.raises(Forged) as caught:
        told(call(body, f"charset=utf-8&{query}"), push_secret=SECRET)

    assert SECRET not in f"{caught.value!r} {caught.value.raw}"
    assert told(call(body, f"charset=utf-8&{query}")) != []  # without a secret nothing is checked


def test_one_forged_among_several_refuses_all() -> None:
    good = {**STATUS, "md5": signature("md5", f"{REF}:{ONE}:1")}

    assert len(told(call(json.dumps([good, good]).encode(), "fmt=3"), push_secret=SECRET)) == 2
    with pytest.raises(Forged):
        told(call(json.dumps([good, STATUS]).encode(), "fmt=3"), push_secret=SECRET)


def test_the_hash_is_over_the_bytes_as_they_came() -> None:
    """A plus and blanks that we would take off, and a byte that no character has."""
    signed = hashlib.md5(
        f"+{ONE}: a\x98 :{TWO}:{SECRET}".encode("latin-1"), usedforsecurity=False
    ).hexdigest()
    body = f"phone=%2B{ONE}&mes=+a%98+&to={TWO}&id=1&md5={signed}".encode()

    (came,) = told(call(body), push_secret=SECRET)

    assert came == Inbound(key="1", msisdn=ONE, to=TWO, text=" a� ", at=CAME_AT)


def test_numbers_are_hashed_as_they_are_written() -> None:
    signed = signature("md5", f"12345678901234567890:{ONE}:1")
    body = f'{{"id": 12345678901234567890, "phone": {ONE}, "status": 1, "md5": "{signed}"}}'.encode()

    (report,) = told(call(body, "fmt=3"), push_secret=SECRET)

    assert isinstance(report, Report)
    assert (report.ref, report.gateway_id, report.at) == ("12345678901234567890",) * 2 + (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Fields over those of STATUS, and what they change in its report."""

    fields: Mapping[str, str]
    report: Mapping[str, object]


STATUSES = {
    "failed": Said(
        fields={"status": "20", "err": "6", "cost": "2,50"},
        report={
            "state": MessageState.UNDELIVERED,
            "raw": "20",
            "code": "6",
            "reason": Reason.UNREACHABLE,
            "entry": "smsc-err-6",
            "price": Decimal("2.50"),
        },
    ),
    "failed without an error": Said(
        fields={"status": "25", "err": ""},
        report={
            "state": MessageState.UNDELIVERED,
            "raw": "25",
            "reason": Reason.ROUTE,
            "entry": "smsc-status-25",
        },
    ),
    "no money, perhaps": Said(
        fields={"status": "24"},
        report={
            "state": MessageState.UNDELIVERED,
            "raw": "24",
            "reason": Reason.MONEY,
            "entry": "smsc-status-24",
            "provisional": True,
        },
    ),
    "read": Said(fields={"status": "2"}, report={"raw": "2", "read": True}),
    "not found": Said(
        fields={"status": "-3"}, report={"raw": "-3", "state": None, "silence": True, "absent": True}
    ),
    "a status nobody knows": Said(fields={"status": "novel"}, report={"raw": "novel", "state": None}),
    "an empty status": Said(fields={"status": ""}, report={"raw": "", "state": None}),
    "a lookup": Said(
        fields={"cn": "Россия", "net": "МТС", "rcn": "Turkey", "rnet": "Turkcell"},
        report={"note": "Россия, МТС → Turkey, Turkcell"},
    ),
    "a number with a plus": Said(fields={"phone": f"+{ONE}"}, report={}),
    "its time as text": Said(fields={"ts": "29.09.2018 15:07:39"}, report={}),
    "its time elsewhere": Said(fields={"ts": "", "time": "29.09.2018 15:07:39"}, report={}),
    "a time that is none": Said(fields={"ts": "вчера", "time": "9" * 30}, report={"at": None}),
    "unknown fields": Said(fields={"novel": "1", "sender": "ACME", "cnt": "1"}, report={}),
}


@pytest.mark.parametrize("why", STATUSES)
def test_a_status(why: str) -> None:
    said = STATUSES[why]
    plain = {name: getattr(DELIVERED, name) for name in Report.__dataclass_fields__}

    assert told(call(as_form({**STATUS, **said.fields}))) == [Report(**{**plain, **said.report})]


def test_repeats_say_the_same() -> None:
    assert told(call(as_form(STATUS))) == told(call(as_form(STATUS)))


@pytest.mark.parametrize("mail", [{"type": "8"}, {"phone": "anna@example.com"}], ids=str)
def test_the_fate_of_an_email_is_none_of_ours(mail: dict[str, str]) -> None:
    assert told(call(as_form({**STATUS, **mail}))) == []


def heard(fields: Mapping[str, str], **more: Any) -> Inbound:
    (one,) = told(call(as_form({**ANSWER, **fields}), **more))
    assert isinstance(one, Inbound)
    return one


def test_when_an_sms_came_in() -> None:
    assert heard({}).at == CAME_AT
    assert heard({"ts": STAMP}).at == WHEN
    assert heard({"time": "29.09.2018 15:07:39"}, received=None).at == WHEN
    assert heard({"ts": "вчера"}, received="2026-05-01T09:00:00").at == CAME_AT


def test_an_sms_without_an_id() -> None:
    nameless = heard({"id": ""})

    assert heard({"id": "", "ts": STAMP}).key == heard({"id": "", "ts": STAMP}, received=LATER).key
    assert nameless.key != heard({"id": "", "mes": "2"}).key
    assert nameless.key != heard({"id": "", "ts": STAMP}).key
    assert ONE not in nameless.key


def test_an_sms_without_an_id_and_a_time_is_the_same_only_within_the_hour() -> None:
    times = ("2026-05-01T10:00:00+00:00", "2026-05-01T10:59:59+00:00", "2026-05-01T11:00:00+00:00", LATER)
    first, repeated, *others = (heard({"id": ""}, received=at).key for at in times)

    assert first == repeated
    assert len({first, *others}) == 3


def test_an_sms_of_a_service_and_an_empty_one() -> None:
    assert heard({"phone": "BANK 24", "to": f"+{TWO}"}).msisdn == "BANK 24"
    assert heard({"mes": ""}).text == ""


BROKEN: dict[str, HttpRequest] = {
    "nothing": call(b""),
    "no fields": call(b"novel"),
    "no id": call(as_form({**STATUS, "id": " "})),
    "no number": call(as_form({**STATUS, "phone": "BANK"})),
    "no status": call(as_form({name: value for name, value in STATUS.items() if name != "status"})),
    "an SMS of nobody": call(as_form({**ANSWER, "phone": ""})),
    "an SMS of no time": call(as_form(ANSWER), received=None),
    "an SMS of a time nobody can read": call(as_form(ANSWER), received="yesterday"),
    "too many fields": call(b"&".join(b"a%d=1" % number for number in range(101))),
    "JSON: nothing": call(b"", "fmt=3"),
    "JSON: cut": call(as_json(STATUS)[:-5], "fmt=3"),
    "JSON: a form": call(as_form(STATUS), "fmt=3"),
    "JSON: a number": call(b"1", "fmt=3"),
    "JSON: an empty list": call(b"[]", "fmt=3"),
    "JSON: a nested status": call(b'{"id": "1", "phone": "79019011234", "status": {"a": 1}}', "fmt=3"),
    "JSON: nested too deep": call(b"[" * 100 + b"]" * 100, "fmt=3"),
    "XML: nothing": call(b"", "fmt=2"),
    "XML: cut": call(as_xml(STATUS)[:-5], "fmt=2"),
    "XML: no fields": call(b"<push/>", "fmt=2"),
    "XML: a DOCTYPE": call(b'<!DOCTYPE a [<!ENTITY b "c">]><push><id>&b;</id></push>', "fmt=2"),
}  # fmt: skip


@pytest.mark.parametrize("why", BROKEN)
def test_nonsense_is_said_to_be(why: str) -> None:
    with pytest.raises(OutcomeUnknown):
        told(BROKEN[why])


def test_several_in_one_call() -> None:
    other = {**STATUS, "id": "other", "status": "0"}
    expected = [
        DELIVERED,
        Report(msisdn=ONE, ref="other", gateway_id="other", state=MessageState.SENT, raw="0", at=WHEN),
    ]
    inner = b"".join(as_xml(one).partition(b"\n")[2] for one in (STATUS, other))

    assert told(call(json.dumps([STATUS, other]).encode(), "fmt=3")) == expected
    assert told(call(b"<list>" + inner + b"</list>", "fmt=2")) == expected


def test_fields_as_attributes() -> None:
    body = f'<status id="{REF}" phone="{ONE}" status="1" ts="{STAMP}"/>'.encode()

    assert told(call(body, "fmt=2")) == [DELIVERED]


def test_the_query_gives_no_fields() -> None:
    with pytest.raises(GatewayError):
        told(call(b"", urlencode(STATUS)))


def test_a_secret_is_not_shown() -> None:
    config = CONFIG.model_copy(update={"push_secret": SecretStr(SECRET)})

    assert SECRET not in repr(config)
    assert PASSWORD not in repr(config)


def test_the_address_asks_for_a_signature_where_one_is_expected() -> None:
    def query(**settings: Any) -> str:
        return face(gateway(**settings), Pushes).push_query()

    assert query() == "charset=utf-8"
    assert query(push_secret=SECRET) == "charset=utf-8&md5=1"
