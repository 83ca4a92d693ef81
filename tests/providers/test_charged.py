"""What a failure has probably cost, by entry of the reason dictionary. Spelled out: it is about money."""

import pytest

from providers.gateways import MODULES
from providers.model import Charged

PERHAPS = {
    "devino_rest": (
        "devino-error-8 devino-error-9 devino-viber-ok devino-viber-error-system devino-state--200 "
        "devino-state-8 devino-state-41 devino-state-42 devino-state-46 devino-state-47 devino-state-69 "
        "devino-viber-state-4 devino-viber-state-5 devino-viber-state-7 "
    ),
    "devino_soap": (
        "devino-fault-server devino-fault-receiver devino-viber-ok devino-viber-error-system "
        "devino-state--200 devino-state-8 devino-state-41 devino-state-42 devino-state-46 "
        "devino-state-47 devino-state-69 "
    ),
    "sms_pager": ("sms_pager-list-notDelivered "),
    "smsc": (
        "smsc-send-9 smsc-jobs-9 smsc-err-1 smsc-err-6 smsc-err-11 smsc-err-12 smsc-err-13 smsc-err-21 "
        "smsc-err-219 smsc-err-220 smsc-err-240 smsc-err-241 smsc-err-245 smsc-err-255 smsc-status-3 "
        "smsc-status-20 smsc-status-25 "
    ),
}
CERTAINLY = {
    "devino_rest": "",
    "devino_soap": "",
    "sms_pager": "",
    "smsc": "smsc-err-242",
}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KIND)
def test_what_a_failure_has_cost(module: object) -> None:
    entries: dict[str, Charged] = module.ENTRIES  # type: ignore[attr-defined]
    kind: str = module.KIND  # type: ignore[attr-defined]
    by_price = {price: {entry for entry, said in entries.items() if said is price} for price in Charged}

    assert by_price[Charged.MAYBE] == set(PERHAPS[kind].split())
    assert by_price[Charged.YES] == set(CERTAINLY[kind].split())
    assert by_price[Charged.NO]
