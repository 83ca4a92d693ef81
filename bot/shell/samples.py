"""An answer of every operation, for the documentation: made-up values in the shapes that commands give."""

from datetime import UTC, datetime
from decimal import Decimal

from providers.faces import (
    Inbound,
    Job,
    Past,
    Price,
    SenderId,
    SenderStatus,
    Statistics,
    Template,
)
from providers.gateways import KINDS
from providers.model import Balance, MessageState, Quote, Receipt, Report, Verdict

from .commands import DONE

_REF = "q3wz5jh2mfkx7abcd4te"
_NUMBER = "79031234567"
_NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
_PRICE = Decimal("2.50")

SAMPLES: dict[str, object] = {
    "balance": Balance(amount=Decimal("1000.00"), currency="RUB", credit=Decimal("500.00")),
    "send": {
        "ref": _REF,
        "receipt": Receipt(
            gateway_id="100200300",
            verdicts=(Verdict(msisdn=_NUMBER, state=MessageState.ACCEPTED, gateway_ids=("100200300",)),),
            cost=_PRICE,
            segments=1,
        ),
    },
    "quote": Quote(cost=_PRICE, segments=1),
    "status": {
        "reports": [
            Report(
                msisdn=_NUMBER,
                state=MessageState.DELIVERED,
                raw="1",
                ref=_REF,
                gateway_id="100200300",
                price=_PRICE,
                at=_NOON,
            )
        ]
    },
    "cancel": {"cancelled": 1},
    "inbox": {
        "inbox": [Inbound(key="8812", msisdn=_NUMBER, to="79037654321", text="When do you close?", at=_NOON)]
    },
    "stats": Statistics(
        since=datetime(2026, 11, 24, tzinfo=UTC),
        until=datetime(2026, 12, 1, tzinfo=UTC),
        total=120,
        sent=118,
        delivered=110,
        undelivered=5,
        cost=Decimal("300.00"),
        currency="RUB",
    ),
    "senders": {
        "senders": [
            SenderId(
                name="ACME",
                id="12",
                status=SenderStatus.ALLOWED,
                operators={"mts_step": SenderStatus.ALLOWED, "tele2": SenderStatus.PENDING},
            )
        ]
    },
    "sender-add": {"id": "13"},
    "sender-change": DONE,
    "sender-code": DONE,
    "sender-confirm": DONE,
    "sender-delete": DONE,
    "history": {
        "history": [
            Past(
                gateway_id="100200300", at=_NOON, text="Hello", sender_id="ACME", msisdn=_NUMBER, cost=_PRICE
            )
        ]
    },
    "forget": DONE,
    "templates": {"templates": [Template(id="7", name="thanks", text="Thank you")]},
    "template-add": {"id": "7"},
    "template-change": DONE,
    "template-delete": DONE,
    "jobs": {"jobs": [Job(id="5", details={"name": "autumn", "status": "1"})]},
    "job": Job(id="5", details={"name": "autumn", "status": "1"}),
    "job-add": {"id": "5", "cost": _PRICE},
    "job-pause": DONE,
    "job-delete": DONE,
    "prices": {"prices": [Price(zone="7903", name="Russia, Beeline", prices={"sms": _PRICE})]},
    "push": {
        "url": "https://desk.example.com/push/3/SECRET?charset=utf-8&md5=1",
        "path": "/push/3/SECRET?charset=utf-8&md5=1",
    },
    "capabilities": {
        "gateway": "sms_pager",
        "faces": ["history", "recallable"],
        "capabilities": KINDS["sms_pager"].capabilities,
    },
}
