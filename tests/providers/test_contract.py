"""The runner of the contract cases itself: what it must not let through."""

import json
import logging

import pytest

from providers.model import Balance, Gateway
from tests.providers.contract import PASSWORD, Case, reply, run
from tests.providers.smsc.samples import balance, build

log = logging.getLogger(__name__)
GOOD = reply('{"balance": "1"}')
ONE = Balance(amount=1)  # type: ignore[arg-type]  # equal to Decimal(1)


async def test_fragments_of_a_request_that_was_not_made_fail(caplog: pytest.LogCaptureFixture) -> None:
    case = Case(name="x", call=balance, wire=[GOOD], expect=ONE, sent=((), ("anything",)))
    with pytest.raises(AssertionError, match="was not made"):
        await run(case, build, caplog)


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_a_secret_escaped_as_in_json_is_found(
    caplog: pytest.LogCaptureFixture, ascii_only: bool
) -> None:
    async def leaks(gateway: Gateway) -> Balance:
        log.debug(json.dumps({"psw": PASSWORD}, ensure_ascii=ascii_only))
        return await gateway.balance()

    with pytest.raises(AssertionError, match="a secret shows"):
        await run(Case(name="x", call=leaks, wire=[GOOD], expect=ONE), build, caplog)
