"""Toy, a gateway that does not exist: JSON in, JSON out. What docs/how-to/add-a-gateway.md is tried with.

- Every call is a POST with login and password in its body; an error is `{"error": code}` under HTTP 200.
- It keeps our reference, and can be asked by it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from providers.errors import AuthFailed, GatewayError, OutcomeUnknown, RequestRefused, Unsupported
from providers.faces import Inbound
from providers.model import (
    Balance,
    Capabilities,
    Charged,
    Kind,
    MessageRef,
    MessageState,
    Quote,
    Reason,
    Receipt,
    Report,
    Submission,
    Verdict,
)
from providers.wire import (
    HttpRequest,
    HttpResponse,
    Send,
    as_decimal,
    as_int,
    check_endpoint,
    check_status,
    parse_json,
    unreadable,
)

KIND = "toy"


class Config(BaseModel):
    """One login."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(check_endpoint)] = "https://toy.example/api/"
    login: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)
    colour: str = "red"  # a setting of its own: [gateways.toy] gets it by standing here


STATES = {
    "travelling": MessageState.SENT,
    "there": MessageState.DELIVERED,
    "lost": MessageState.UNDELIVERED,
}
ERRORS: dict[str, Callable[..., GatewayError]] = {
    "who": partial(AuthFailed, reason=Reason.LOGIN),
    "whom": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
}
ENTRIES: dict[str, Charged] = {}

CAPABILITIES = Capabilities(
    batch_max=10,
    text_max=500,
    ref_max=20,
    reports_max=10,
    rate=None,
    in_flight=2,
    lookup_by_ref=True,
    verdicts=True,
    text_per_number=True,
    quote=False,
    cancel=False,
    send_at=False,
    by_recipient_time=False,
    validity=None,
    status_horizon=timedelta(days=1),
)


def build_balance(config: Config) -> HttpRequest:
    return _post(config, "balance", {})


def parse_balance(response: HttpResponse) -> Balance:
    """`{"money"}`"""
    amount = as_decimal(_object(response).get("money"))
    if amount is None:
        raise unreadable(response, "no money")
    return Balance(amount=amount, currency="TOY")


def build_submit(config: Config, submission: Submission) -> HttpRequest:
    if submission.kind != Kind.SMS or submission.options or submission.send_at or submission.validity:
        raise Unsupported(raw="an SMS, now, and nothing else")
    sms = [[one.msisdn, one.text] for one in submission.sms]
    wanted = {"ref": submission.ref, "from": submission.sender_id, "sms": sms, "colour": config.colour}
    return _post(config, "send", wanted, submits=True)


def parse_submit(response: HttpResponse, submission: Submission) -> Receipt:
    """`{"id"}`: all numbers are taken, or none is."""
    number = as_int(_object(response).get("id"))
    if number is None:
        raise unreadable(response, "no id")
    verdicts = (
        Verdict(msisdn=one.msisdn, state=MessageState.ACCEPTED, gateway_ids=(str(number),))
        for one in submission.sms
    )
    return Receipt(gateway_id=str(number), verdicts=tuple(verdicts), segments=len(submission.sms))


def build_report(config: Config, ref: MessageRef) -> HttpRequest:
    return _post(config, "report", {"ref": ref.ref, "to": ref.msisdn})


def parse_report(response: HttpResponse, ref: MessageRef) -> Report:
    """`{"word"}`; a word that is not in STATES moves nothing."""
    word = _object(response).get("word")
    if not isinstance(word, str):
        raise unreadable(response, "no word")
    reason = Reason.UNEXPLAINED if word == "lost" else None
    return Report(msisdn=ref.msisdn, ref=ref.ref, state=STATES.get(word), raw=word, reason=reason)


def build_inbox(config: Config, since: datetime, until: datetime) -> HttpRequest:
    return _post(config, "inbox", {"since": int(since.timestamp()), "until": int(until.timestamp())})


def parse_inbox(response: HttpResponse) -> list[Inbound]:
    """`{"sms": [[id, from, to, text, Unix time], ...]}`"""
    rows = _object(response).get("sms")
    if not isinstance(rows, list):
        raise unreadable(response, "no list")
    return [_inbound(row, response) for row in rows]


def _inbound(row: object, response: HttpResponse) -> Inbound:
    match row:
        case [int(key), str(msisdn), str(to), str(text), int(at)] if 0 <= at < 2**32:
            moment = datetime.fromtimestamp(at, UTC)
            return Inbound(key=str(key), msisdn=msisdn, to=to, text=text, at=moment)
    raise unreadable(response, "a strange SMS")


def _post(
    config: Config, operation: str, wanted: Mapping[str, object], *, submits: bool = False
) -> HttpRequest:
    password = config.password.get_secret_value()
    return HttpRequest(
        operation=operation,
        method="POST",
        url=config.url + operation,
        headers={"Content-Type": "application/json"},
        body=json.dumps({"login": config.login, "password": password, **wanted}).encode(),
        secrets=(password,),
        submits=submits,
    )


def _object(response: HttpResponse) -> dict[str, object]:
    check_status(response)
    value = parse_json(response)
    if not isinstance(value, dict):
        raise unreadable(response, "not a JSON object")
    if "error" in value:
        code = str(value["error"])
        raise ERRORS.get(code, OutcomeUnknown)(code=code, raw=response.excerpt())
    return value


class Gateway:
    """One login at Toy."""

    kind = KIND
    capabilities = CAPABILITIES

    def __init__(self, config: Config, send: Send) -> None:
        self._config = config
        self._send = send

    async def balance(self) -> Balance:
        return parse_balance(await self._send(build_balance(self._config)))

    async def quote(self, submission: Submission) -> Quote:
        raise Unsupported(raw="no price beforehand")

    async def submit(self, submission: Submission) -> Receipt:
        return parse_submit(await self._send(build_submit(self._config, submission)), submission)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        return [parse_report(await self._send(build_report(self._config, ref)), ref) for ref in refs]

    async def cancel(self, refs: Sequence[MessageRef]) -> int | None:
        raise Unsupported(raw="nothing is called back")

    async def inbox(self, since: datetime, until: datetime) -> list[Inbound]:
        return parse_inbox(await self._send(build_inbox(self._config, since, until)))
