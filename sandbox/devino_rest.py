"""Devino's REST face: reads query and form, writes the vendor's JSON (seed 004; sheet, sections 3, 4, 9)."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web

from sandbox.calls import NOT_FOUND, TOO_MANY_REQUESTS, Call, Parameters, Reply
from sandbox.devino_account import (
    REFUSALS,
    Counts,
    DevinoDesk,
    DevinoError,
    Incoming,
    Order,
    Quirks,
    SegmentState,
    read_date,
)
from sandbox.devino_viber import Resent, ViberDesk
from sandbox.faults import Refusal

GATEWAY = "devino_rest"
CONTENT_TYPE = "application/json; charset=utf-8"
HTTP_STATUS = {1: 400, 2: 400, 3: 400, 4: 401, 5: 403, 6: 400, 7: 403, 8: 500, 9: 500}
SENDS = {
    "sms/send": ("Send", "DestinationAddress", False),
    "sms/sendbytimezone": ("SendByTimeZone", "DestinationAddress", True),
    "sms/sendbulk": ("SendBulk", "DestinationAddresses", False),
    "sms/sendbytimezonetoaddresses": ("SendByTimeZoneToAddresses", "DestinationAddresses", True),
}
VIBER_SENDS = {
    "viber/send": ("ViberSend", "DestinationAddress", False),
    "viber/sendbulk": ("ViberSendBulk", "DestinationAddresses", False),
    "viber/sendwithresend": ("ViberSendWithResend", "DestinationAddress", True),
    "viber/sendwithresendbulk": ("ViberSendWithResendBulk", "DestinationAddresses", True),
}

IDS = re.compile(rb',?"?(?P<id>\d+)"?')  # in the list that a submission is answered with

Values = Mapping[str, list[str]]


async def understand(desk: DevinoDesk, viber: ViberDesk, request: web.Request, resource: str) -> Call:
    """`resource`: the path after `/rest/`; its case and that of parameter names do not matter."""
    body = await request.read() if request.content_type == "application/x-www-form-urlencoded" else b""
    pairs = [
        *parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True),
        *parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True),
    ]
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(value)
    operation, act = _find(desk, viber, request.method, resource.lower().strip("/"), values)
    return Call(operation, _as_sent(pairs), CONTENT_TYPE, partial(_act, act), refuse, IDS)


def refuse(kind: Refusal) -> Reply:
    """The refusal a fault asks for; too many requests in a second is not documented, so plain HTTP 429."""
    return TOO_MANY_REQUESTS if kind == "throttle" else render_error(REFUSALS[kind])


def render_error(error: DevinoError) -> Reply:
    """Compact, with quoted keys: the unquoted ones in seed 004 are only its notation."""
    return render(
        json.dumps({"Code": error.code, "Desc": error.desc}, ensure_ascii=False, separators=(",", ":")),
        error.code,
    )


def render(text: str, error_code: int | None = None) -> Reply:
    """A reply with the headers seed 004 prints."""
    status = 200 if error_code is None else HTTP_STATUS[error_code]
    return Reply(text.encode(), CONTENT_TYPE, status, {"Cache-Control": "private"})


def render_state(state: SegmentState) -> str:
    """One object, keys in the order seen on the wire; money is a bare number, dates are `\\/Date(ms)\\/`."""
    return _object(_state(state))


def render_viber_state(state: SegmentState, resent: Sequence[Resent], quirks: Quirks) -> str:
    """The same keys and the SMS sent instead, each with its `Id`: their numbers are of the table of SMS."""
    instead = [_object({"Id": _id(sms.id, quirks), **_state(sms.state)}) for sms in resent]
    return _object({**_state(state), "ResentSms": _array(instead)})


def _state(state: SegmentState) -> Mapping[str, str]:
    return {
        "State": str(state.code),
        "CreationDateUtc": _date(state.created),
        "SubmittedDateUtc": _date(state.submitted),
        "ReportedDateUtc": _date(state.reported),
        "TimeStampUtc": _date(state.timestamp),
        "StateDescription": json.dumps(state.description, ensure_ascii=False),
        "Price": "null" if state.price is None else str(state.price),
    }


def render_incoming(incoming: Incoming, quirks: Quirks) -> str:
    """One object; only the name of the date and the type of the id are in doubt, see `Quirks`."""
    fields = {
        "Data": json.dumps(incoming.text, ensure_ascii=False),
        "SourceAddress": json.dumps(incoming.source),
        "DestinationAddress": json.dumps(incoming.destination),
        "ID": _id(str(incoming.id), quirks),
        quirks.date_key: _date(incoming.created),
    }
    return _object(fields)


def render_counts(counts: Counts) -> str:
    """One object of numbers."""
    fields = {
        "Sent": counts.sent,
        "Delivered": counts.delivered,
        "Errors": counts.errors,
        "InProcess": counts.in_process,
        "Expired": counts.expired,
        "Rejected": counts.rejected,
        "Total": counts.total,
        "TotalWithErrors": counts.total_with_errors,
        "DeliveryRatio": counts.delivery_ratio,
    }
    return _object({name: str(value) for name, value in fields.items()})


def _id(digits: str, quirks: Quirks) -> str:
    return digits if quirks.numeric_ids else f'"{digits}"'


def _array(items: Sequence[str]) -> str:
    return "[" + ",".join(items) + "]"


def _object(fields: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}"


def _date(date: datetime | None) -> str:
    if date is None:
        return "null"
    milliseconds = round((date - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return rf'"\/Date({milliseconds})\/"'


def _find(
    desk: DevinoDesk, viber: ViberDesk, method: str, resource: str, values: Values
) -> tuple[str, Callable[[], str] | None]:
    """Name of the operation, and what writes its JSON; None if there is no such resource for this method."""
    session_id = _first(values, "sessionid")
    match resource:
        case "user/sessionid":
            login, password = _first(values, "login"), _first(values, "password")
            return "SessionId", lambda: json.dumps(desk.log_in(login, password))
        case "user/balance":
            return "Balance", lambda: str(desk.balance(session_id))
        case "sms/state":
            message_id = _first(values, "messageid")
            return "State", lambda: render_state(desk.state(session_id, message_id))
        case "sms/in":
            return "In", lambda: _incoming(desk, values)
        case "sms/statistics":
            return "Statistics", lambda: _statistics(desk, values)
        case "viber/state":
            return "ViberState", lambda: _viber_state(desk, viber, values)
        case _ if resource in SENDS and method == "POST":
            return SENDS[resource][0], lambda: _send(desk, resource, values)
        case _ if resource in VIBER_SENDS and method == "POST":
            return VIBER_SENDS[resource][0], lambda: _send_viber(viber, resource, values)
    return resource, None


def _act(act: Callable[[], str] | None) -> Reply:
    if act is None:
        return NOT_FOUND
    try:
        return render(act())
    except DevinoError as error:
        return render_error(error)


def _send(desk: DevinoDesk, resource: str, values: Values) -> str:
    operation, destinations, by_time_zone = SENDS[resource]
    send_date = _first(values, "senddate")
    if by_time_zone and not send_date:
        raise _null_entry("sendDate", operation)
    order = replace(_order(values, destinations), send_date=send_date, by_time_zone=by_time_zone)
    ids = desk.send(order, gateway=GATEWAY, request_id=uuid4().hex)
    return _array([_id(segment, desk.quirks) for segment in ids])


def _send_viber(viber: ViberDesk, resource: str, values: Values) -> str:
    _, destinations, resend = VIBER_SENDS[resource]
    order = _order(values, destinations)
    ids = viber.send(order, resend=resend, gateway=GATEWAY, request_id=uuid4().hex)
    return json.dumps(ids, separators=(",", ":"))


def _order(values: Values, destinations: str) -> Order:
    return Order(
        session_id=_first(values, "sessionid"),
        source=_first(values, "sourceaddress"),
        destinations=values.get(destinations.lower(), []),
        text=_first(values, "data"),
        validity=_first(values, "validity"),
        destination_name=destinations[0].lower() + destinations[1:],
    )


def _viber_state(desk: DevinoDesk, viber: ViberDesk, values: Values) -> str:
    state, resent = viber.state(_first(values, "sessionid"), _first(values, "messageid"))
    return render_viber_state(state, resent, desk.quirks)


def _incoming(desk: DevinoDesk, values: Values) -> str:
    since, until = (_date_in(values, name, "In") for name in ("minDateUtc", "maxDateUtc"))
    found = desk.incoming(_first(values, "sessionid"), since, until)
    return _array([render_incoming(incoming, desk.quirks) for incoming in found])


def _statistics(desk: DevinoDesk, values: Values) -> str:
    since, until = (_date_in(values, name, "Statistics") for name in ("startDateTime", "endDateTime"))
    return render_counts(desk.statistics(_first(values, "sessionid"), since, until))


def _date_in(values: Values, name: str, operation: str) -> datetime:
    """To ASP.NET MVC a date that cannot be read is not there, and it finds out before anything else."""
    try:
        return read_date(_first(values, name.lower()) or "")
    except ValueError:
        raise _null_entry(name, f"{operation}(System.String, DateTime, DateTime)") from None


def _null_entry(parameter: str, method: str) -> DevinoError:
    """What ASP.NET MVC says of a missing DateTime: code 9, words of the example in seed 004."""
    return DevinoError(
        9,
        f"The parameters dictionary contains a null entry for parameter '{parameter}' of non-nullable type "
        f"'DateTime' for method 'System.Web.Mvc.ActionResult {method}' in "
        "'RestService.Controllers.SmsController'. An optional parameter must be a reference type, "
        "a nullable type, or be declared as an optional parameter.\r\nParameter name: parameters",
    )


def _first(values: Values, name: str) -> str | None:
    """The first of repeated values: the bulk example of seed 004 gives both `Data` and `data`."""
    return values[name][0] if name in values else None


def _as_sent(pairs: list[tuple[str, str]]) -> Parameters:
    """Parameters under the names the client wrote; a repeated one is a list."""
    sent: Parameters = {}
    for name, value in pairs:
        if name not in sent:
            sent[name] = value
        elif isinstance(sent[name], list):
            sent[name].append(value)
        else:
            sent[name] = [sent[name], value]
    return sent
