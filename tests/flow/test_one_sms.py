"""One SMS, all the way: chat, ledger, gateway and back, for each gateway."""

import pytest

from .desk import DELIVERED, UNDELIVERED, Stands

KINDS = ("devino_rest", "devino_soap", "sms_pager", "smsc")


@pytest.mark.parametrize("kind", KINDS)
async def test_three_numbers_of_which_one_fails(desk: Stands, kind: str) -> None:
    connected = await desk.connect(kind)
    assert "message with the password is deleted" in connected.text

    card = await desk.ask(f"/send {DELIVERED}, {UNDELIVERED}, +79161234500 Your order is ready")
    assert "To 3 numbers" in card.text
    assert "#1 is in the queue" in await desk.press(card, "✅")

    await desk.becomes(card, "Total 3: delivered 2 · undelivered 1")
    failure = await desk.answer(card.id, having="one message failed")
    assert failure.reply_to == card.id
    assert not card.keyboard
