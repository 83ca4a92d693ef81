"""What the cases of SMSC share: an account, submissions, and answers as this server lays them out."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr

from providers.gateways import smsc
from providers.gateways.smsc import Config
from providers.model import Gateway, Kind, MessageRef, MessageState, Reason, Receipt, Sms, Submission, Verdict
from providers.wire import HttpRequest, HttpResponse, Send
from tests.providers.contract import LOGIN, PASSWORD, reply

ONE, TWO, THREE = "79019011234", "79029021234", "79039031234"
REF = "a1b2c3d4"
KEY = "k&y=+/%Ключ"
CONFIG = Config(login=LOGIN, password=SecretStr(PASSWORD))
KEYED = Config(apikey=SecretStr(KEY))
NOW = datetime(2018, 10, 1, tzinfo=UTC)
WHEN = datetime(2018, 9, 29, 12, 7, 39, tzinfo=UTC)
DATED = {"last_date": "29.09.2018 15:07:39", "last_timestamp": int(WHEN.timestamp())}

Call = Callable[[Gateway], Awaitable[object]]


def build(send: Send) -> Gateway:
    return smsc.Gateway(CONFIG, send, now=lambda: NOW)


def configured(**settings: Any) -> Callable[[Send], Gateway]:
    """How to build the adapter with other settings."""
    config = Config.model_validate({"login": LOGIN, "password": PASSWORD, **settings})
    return lambda send: smsc.Gateway(config, send, now=lambda: NOW)


def submission(*numbers: str, text: str = "Заказ готов", kind: Kind = Kind.SMS) -> Submission:
    return Submission(ref=REF, sms=tuple(Sms(msisdn=one, text=text) for one in numbers), kind=kind)


def submit(asked: Submission) -> Call:
    return lambda gateway: gateway.submit(asked)


def quote(gateway: Gateway) -> Awaitable[object]:
    return gateway.quote(submission(ONE))


def reports(*refs: MessageRef) -> Call:
    return lambda gateway: gateway.reports(refs)


def balance(gateway: Gateway) -> Awaitable[object]:
    return gateway.balance()


def message(msisdn: str = ONE, ref: str = REF, *gateway_ids: str) -> MessageRef:
    return MessageRef(ref=ref, msisdn=msisdn, gateway_ids=gateway_ids)


def answer(value: object) -> HttpResponse:
    """JSON as this server lays it out: one key a line, and a label that lies."""
    return reply(
        json.dumps(value, indent=1, ensure_ascii=False), content_type="application/json; charset=windows-1251"
    )


def error(code: object, text: str = "описание", **more: object) -> HttpResponse:
    return answer({"error": text, "error_code": code, **more})


def accepted(*numbers: str, gateway_id: str = REF) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(msisdn=one, state=MessageState.ACCEPTED, gateway_ids=(gateway_id,)) for one in numbers
    )


def rejected(msisdn: str, code: str, reason: Reason, entry: str) -> Verdict:
    return Verdict(
        msisdn=msisdn,
        state=MessageState.REJECTED,
        gateway_ids=(REF,),
        code=code,
        reason=reason,
        entry=entry,
    )


def receipt(
    *verdicts: Verdict, cost: str | None = "1.40", segments: int = 1, gateway_id: str = REF
) -> Receipt:
    return Receipt(
        gateway_id=gateway_id,
        verdicts=verdicts,
        cost=None if cost is None else Decimal(cost),
        segments=segments,
    )


def phone(number: str, status: object, err: object, **more: object) -> dict[str, object]:
    """An item of the `phones` list that `op=1` adds."""
    return {"phone": number, "mccmnc": "25001", "cost": "1.40", "status": status, "error": err, **more}


def form(request: HttpRequest) -> dict[str, str]:
    assert request.body is not None
    pairs = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


PAIR = {"login": LOGIN, "psw": PASSWORD, "charset": "utf-8", "fmt": "3"}
