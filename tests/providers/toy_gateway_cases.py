"""The cases of Toy: one call each, what the wire answers, and what must come of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr

from providers.errors import AuthFailed, NotReached, OutcomeUnknown, RequestRefused, Unsupported
from providers.faces import Inbound
from providers.model import (
    Balance,
    Kind,
    MessageRef,
    MessageState,
    Reason,
    Receipt,
    Report,
    Sms,
    Submission,
    Verdict,
)
from providers.wire import Send
from tests.providers.contract import LOGIN, PASSWORD, Case, Raises, reply
from tests.providers.toy_gateway import Config, Gateway

NUMBER, REF = "79031234567", "abcdefghij0123456789"
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HELLO = Submission(ref=REF, sms=(Sms(msisdn=NUMBER, text="Hello"),), sender_id="ACME")
ASKED = MessageRef(ref=REF, msisdn=NUMBER)
TAKEN = Verdict(msisdn=NUMBER, state=MessageState.ACCEPTED, gateway_ids=("7",))


def build(send: Send) -> Gateway:
    return Gateway(Config(login=LOGIN, password=SecretStr(PASSWORD)), send)


def said(word: str, state: MessageState | None, reason: Reason | None = None) -> Case:
    return Case(
        name=f"report-{word}",
        call=lambda gateway: gateway.reports([ASKED]),
        wire=[reply(f'{{"word": "{word}"}}')],
        expect=[Report(msisdn=NUMBER, ref=REF, state=state, raw=word, reason=reason)],
        sent=((f'"ref": "{REF}"',),),
    )


CASES = [
    Case(
        name="balance",
        call=lambda gateway: gateway.balance(),
        wire=[reply('{"money": "12,50"}')],
        expect=Balance(amount=Decimal("12.50"), currency="TOY"),
    ),
    Case(
        name="balance-html",
        call=lambda gateway: gateway.balance(),
        wire=[reply("<html>Down</html>")],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="balance-who",
        call=lambda gateway: gateway.balance(),
        wire=[reply('{"error": "who"}')],
        expect=Raises(error=AuthFailed, code="who", reason=Reason.LOGIN),
    ),
    Case(
        name="submit",
        call=lambda gateway: gateway.submit(HELLO),
        wire=[reply('{"id": 7}')],
        expect=Receipt(gateway_id="7", verdicts=(TAKEN,), segments=1),
        sent=((f'"ref": "{REF}"', f'["{NUMBER}", "Hello"]', '"colour": "red"'),),
    ),
    Case(
        name="submit-whom",
        call=lambda gateway: gateway.submit(HELLO),
        wire=[reply('{"error": "whom"}')],
        expect=Raises(error=RequestRefused, code="whom", reason=Reason.RECIPIENT),
    ),
    Case(
        name="submit-an-error-nobody-knows",
        call=lambda gateway: gateway.submit(HELLO),
        wire=[reply('{"error": "why"}')],
        expect=Raises(error=OutcomeUnknown, code="why"),
    ),
    Case(
        name="submit-cut",
        call=lambda gateway: gateway.submit(HELLO),
        wire=[reply('{"id"')],
        expect=Raises(error=OutcomeUnknown),
    ),
    Case(
        name="submit-not-reached",
        call=lambda gateway: gateway.submit(HELLO),
        wire=[NotReached()],
        expect=Raises(error=NotReached),
    ),
    Case(
        name="submit-viber",
        call=lambda gateway: gateway.submit(Submission(ref=REF, sms=HELLO.sms, kind=Kind.VIBER)),
        wire=[],
        expect=Raises(error=Unsupported),
    ),
    Case(name="quote", call=lambda gateway: gateway.quote(HELLO), wire=[], expect=Raises(error=Unsupported)),
    Case(
        name="cancel", call=lambda gateway: gateway.cancel([ASKED]), wire=[], expect=Raises(error=Unsupported)
    ),
    said("travelling", MessageState.SENT),
    said("there", MessageState.DELIVERED),
    said("lost", MessageState.UNDELIVERED, Reason.UNEXPLAINED),
    said("dancing", None),
    Case(
        name="inbox",
        call=lambda gateway: gateway.inbox(NOON - timedelta(days=1), NOON),  # type: ignore[attr-defined]
        wire=[reply(f'{{"sms": [[3, "{NUMBER}", "ACME", "Yes", 1788264000]]}}')],
        expect=[
            Inbound(key="3", msisdn=NUMBER, to="ACME", text="Yes", at=datetime(2026, 9, 1, 12, tzinfo=UTC))
        ],
    ),
    Case(
        name="inbox-strange",
        call=lambda gateway: gateway.inbox(NOON - timedelta(days=1), NOON),  # type: ignore[attr-defined]
        wire=[reply('{"sms": [[3]]}')],
        expect=Raises(error=OutcomeUnknown),
    ),
]
