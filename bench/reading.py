"""How long does it take to read a reply of 1,000 ids, against the bare parser on the same bytes?

Two questions of each reply, both with the same goal:

- *read*: our reader, which trusts neither labels nor depth nor DTDs, against the bare parser: json.loads;
  lxml and the texts of the numbers; zeep and its own values of the envelope.
- *whole*: all an adapter does up to the values it gives back, against the bare parser and the same values
  made of what it found, unchecked. A thousand frozen values cost more than the parsing in either case, so
  against the parser alone this would only measure dataclasses.

Rounds are interleaved, so that whatever else the machine does meets all alike, and the medians are compared.
Prints one table; the exit code is 1 if a ratio is over the goal.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree
from zeep.loader import parse_xml as zeep_parse_xml

from providers.gateways import devino_rest, devino_soap, sms_pager
from providers.gateways.smsc import Config as SmscConfig
from providers.gateways.smsc.statuses import parse_status
from providers.model import MessageRef, MessageState, Receipt, Report, Sms, Submission, Verdict
from providers.wire import HttpResponse, parse_json, parse_xml

GOAL = 3.0
ROUNDS = 200
COUNT = 1000
STAMP = 1777626000

MSISDNS = [str(79030000000 + place) for place in range(COUNT)]
IDS = [str(579700854169270000 + place) for place in range(COUNT)]
SUBMISSION = Submission(
    ref="r1", sms=tuple(Sms(msisdn=one, text="Order 42 is ready") for one in MSISDNS), sender_id="ACME"
)
REFS = [MessageRef(ref="r1", msisdn=one) for one in MSISDNS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One reply, taken apart in four ways. `ours` must equal `built`."""

    name: str
    bare: Callable[[], object]
    read: Callable[[], object]
    built: Callable[[], object]
    ours: Callable[[], object]


def receipt(ids: Sequence[str]) -> Receipt:
    """What a submission comes to, without a check."""
    return Receipt(
        verdicts=tuple(
            Verdict(msisdn=msisdn, state=MessageState.ACCEPTED, gateway_ids=(one,))
            for msisdn, one in zip(MSISDNS, ids, strict=True)
        ),
        segments=len(ids),
    )


def devino_json() -> Question:
    """SendBulk: a flat list of ids."""
    body = json.dumps(IDS).encode()
    response = HttpResponse(status=200, body=body)
    return Question(
        name="JSON  Devino REST, ids of a submission",
        bare=lambda: json.loads(body),
        read=lambda: parse_json(response),
        built=lambda: receipt(json.loads(body)),
        ours=lambda: devino_rest.parse_submit(response, SUBMISSION),
    )


SMSC = SmscConfig.model_validate({"apikey": "bench"})


def smsc_json() -> Question:
    """status.php, the multi form: an object a message (sheet smsc, section 5)."""
    status = {"status": 1, "last_date": "01.05.2026 12:00:00", "last_timestamp": STAMP, "err": 0, "id": "r1"}
    body = json.dumps([{**status, "phone": msisdn} for msisdn in MSISDNS]).encode()
    response = HttpResponse(status=200, body=body)
    return Question(
        name="JSON  SMSC, statuses",
        bare=lambda: json.loads(body),
        read=lambda: parse_json(response),
        built=lambda: [
            Report(
                msisdn=item["phone"],
                ref="r1",
                gateway_id=item["id"],
                state=MessageState.DELIVERED,
                raw=str(item["status"]),
                at=datetime.fromtimestamp(item["last_timestamp"], UTC),
            )
            for item in json.loads(body)
        ],
        ours=lambda: parse_status(SMSC, response, REFS),
    )


def sms_pager_xml() -> Question:
    """report.xml, the detailed form, as the manual prints it: a line an element."""
    numbers = "".join(f"<number>{one}</number>\n" for one in MSISDNS)
    body = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<data>\n<code>1</code>\n<descr>Операция завершена</descr>\n"
        f"<detail>\n<delivered>\n{numbers}</delivered>\n</detail>\n</data>"
    ).encode()
    response = HttpResponse(status=200, body=body)
    return Question(
        name="XML   SMS-Pager, detailed report",
        bare=lambda: [number.text for number in etree.fromstring(body).iter("number")],
        read=lambda: [number.text for number in parse_xml(response).iter("number")],
        built=lambda: [
            Report(msisdn=str(number.text), ref="r1", state=MessageState.DELIVERED, raw="delivered")
            for number in etree.fromstring(body).iter("number")
        ],
        ours=lambda: sms_pager.parse_report(response, REFS),
    )


def devino_envelope() -> Question:
    """SendMessage: a string an id."""
    ids = "".join(f"<string>{one}</string>" for one in IDS)
    body = (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope '
        'xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
        f'<SendMessageResponse xmlns="{devino_soap.NAMESPACE}"><SendMessageResult>{ids}</SendMessageResult>'
        "</SendMessageResponse></soap:Body></soap:Envelope>"
    ).encode()
    response = HttpResponse(status=200, body=body)
    client = devino_soap._wsdl()
    operation = client.bind("SmsService", "SmsServiceSoap12")._binding.get("SendMessage")

    def zeeps() -> list[str]:
        # It takes bytes, whatever its annotation says.
        envelope = zeep_parse_xml(body, client.transport, settings=client.settings)  # type: ignore[arg-type]
        found: list[str] = operation.process_reply(envelope)
        return found

    return Question(
        name="SOAP  Devino SOAP, ids of a submission",
        bare=zeeps,
        read=lambda: [one.text for one in parse_xml(response).iter(f"{{{devino_soap.NAMESPACE}}}string")],
        built=lambda: receipt(zeeps()),
        ours=lambda: devino_soap.parse_submit(response, SUBMISSION),
    )


def medians(*calls: Callable[[], object]) -> list[float]:
    """The median of each, in milliseconds."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, spent in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            spent.append(time.perf_counter() - started)
    return [statistics.median(spent) * 1000 for spent in times]


def main() -> int:
    line = "{:<40}{:>9}{:>9}{:>8}{:>11}{:>9}{:>8}{:>7}"
    print(
        line.format(
            f"a reply of {COUNT} ids, in ms", "bare", "read", "ratio", "and values", "whole", "ratio", "goal"
        )
    )
    missed = False
    for make in (devino_json, smsc_json, sms_pager_xml, devino_envelope):
        question = make()
        if question.ours() != question.built() or question.read() != question.bare():
            raise AssertionError(f"{question.name}: not the same was read")
        bare, read, built, ours = medians(question.bare, question.read, question.built, question.ours)
        missed = missed or read / bare > GOAL or ours / built > GOAL
        columns = [bare, read, read / bare, built, ours, ours / built]
        print(line.format(question.name, *(f"{column:.2f}" for column in columns), f"{GOAL:g}"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
