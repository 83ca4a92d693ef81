"""What a command costs in statements, and a message in requests: counts, for times differ by machine.

Who makes something dearer finds it here and says why; what is measured stands in docs/performance.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from .desk import DELIVERED, Stands

TIMES = 10
STATUS = 23  # statements for one /status with three campaigns: 21, and what workers do by their clocks
BESIDES = {"getUpdates", "setMyCommands", "deleteMyCommands"}  # menus are told a second after the start
PRESS = 80  # from ✅ until the gateway has the request: 43, and what workers do by their clocks


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement meanwhile, the beginning of a transaction included."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


async def campaign(desk: Stands, number: str) -> None:
    """One that has come to its end."""
    card = await desk.ask(f"/send {number} Your order is ready", having="Check, then send")
    await desk.press(card, "✅")
    await desk.becomes(card, "delivered")


async def test_a_status_takes_few_statements_and_one_request(desk: Stands) -> None:
    await desk.connect("smsc")
    for number in ("+79031234500", "+79031234600", "+79031234700"):
        await campaign(desk, number)
    asked = len(desk.telegram.calls)
    with counted() as statements:
        for _ in range(TIMES):
            await desk.ask("/status", having="Your order is ready")
    assert len(statements) <= STATUS * TIMES, "\n".join(statements)
    methods = [call.method for call in desk.telegram.calls[asked:] if call.method not in BESIDES]
    assert methods == ["sendMessage"] * TIMES


async def test_a_confirmed_message_takes_one_request_to_its_gateway(desk: Stands) -> None:
    await desk.connect("smsc")
    await campaign(desk, "+79031234600")
    card = await desk.ask(f"/send {DELIVERED} Your order is ready", having="Check, then send")
    asked, sent = len(desk.smsc.requests), len(desk.smsc.journal.accepted)
    with counted() as statements:
        desk.chat.press(desk.anna, card, "✅")
        await desk.smsc.wait_for(lambda: len(desk.smsc.journal.accepted) > sent)
        took = list(statements)
    assert [script for script, _ in desk.smsc.requests[asked:]] == ["send"]
    assert len(took) <= PRESS, "\n".join(took)
