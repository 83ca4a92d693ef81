"""The conversation in private: greeting, connecting, composing, asking what came of it; in two languages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from .desk import ADMIN, DELIVERED, LOGIN, PASSWORD, UNDELIVERED, Stands, stands, working
from .steps import (
    Ahead,
    accepted,
    comes_to,
    confirmed,
    nothing_left,
    offered,
    soon,
    texts_since,
)

BORIS = 1002


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work on a clock that can be moved, with two administrators."""
    async with stands(clock=clock) as world:
        async with working(world.settings(tmp_path, telegram={"admins": [ADMIN, BORIS]}), clock=clock):
            yield world


async def test_start_tells_where_to_begin(desk: Stands) -> None:
    await desk.ask("/start", having="No gateway is connected to this chat yet. Begin with /connect.")
    await desk.connect("smsc")
    await desk.connect("sms_pager")
    await desk.ask("/start", having="Connected here: smsc, sms_pager. Try /send or /help.")


async def test_help_names_every_command_and_option(desk: Stands) -> None:
    text = (await desk.ask("/help")).text
    for word in ("/send", "/status", "/cancel", "/balance", "/connect", "/accounts"):
        assert f"\n{word} — " in text
    for word in ("from=NAME", "at=2026-12-01T10:00", "Europe/Moscow", "valid=2h", "via=ACCOUNT"):
        assert word in text


@pytest.mark.parametrize(
    ("typed", "meant"), [("/sned 1", "/send"), ("/Balanse", "/balance"), ("/conect", "/connect")]
)
async def test_unknown_command_offers_the_nearest(desk: Stands, typed: str, meant: str) -> None:
    answer = await desk.ask(typed)
    assert answer.text == f"I do not know {typed.split()[0]}. Did you mean {meant}? Nothing was done."


async def test_unknown_command_unlike_any(desk: Stands) -> None:
    answer = await desk.ask("/xyzzy")
    assert answer.text == "I do not know /xyzzy. /help lists what I can do. Nothing was done."


# Connecting


async def test_connect_step_by_step_deletes_the_password(desk: Stands) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    labels = [key.text for row in which.keyboard for key in row]
    assert labels == ["Devino REST", "Devino SOAP", "SMS-Pager", "SMSC"]
    assert await desk.press(which, "SMSC") == "SMSC"
    await desk.answer(which.id, having="Login at SMSC?")
    asked = await desk.ask(LOGIN, having="Password? I delete your message at once.")
    said = desk.chat.say(desk.anna, PASSWORD)
    sender = await desk.answer(asked.id, having="Sender ID")
    assert said.deleted
    assert sender.text.endswith("Your message is deleted.")
    answer = await desk.ask("SHOP", having="is connected")
    assert answer.text == (
        "SMSC is connected as smsc, login …mo. Balance: 1,000.00 RUB. "
        "Your message with the password is deleted."
    )
    assert said.deleted
    await desk.ask("/accounts", having="smsc · SMSC · login …mo · from SHOP · works")
    assert PASSWORD not in "\n".join(one.text for one in desk.chat.bot_messages)


async def test_minus_is_the_default_sender(desk: Stands) -> None:
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC?")
    await desk.ask(LOGIN, having="Password?")
    await desk.ask(PASSWORD, having="Sender ID")
    await desk.ask("-", having="is connected as")
    await desk.ask("/accounts", having="from the gateway's default · works")


async def test_connect_can_be_left_at_any_question(desk: Stands) -> None:
    for answers in ([], [LOGIN], [LOGIN, PASSWORD]):
        which = await desk.ask("/connect", having="Which gateway?")
        await desk.press(which, "SMSC")
        await desk.answer(which.id, having="Login at SMSC?")
        for answer in answers:
            await desk.ask(answer, having="/cancel leaves")
        await desk.ask("/cancel", having="Discarded: an account that was being connected.")
        await desk.ask(PASSWORD, having="I am not asking anything now")
    await desk.ask("/cancel", having="There is nothing to leave.")
    await desk.ask("/accounts", having="No gateway is connected to this chat")


async def test_connecting_the_same_login_again_renews_it(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    desk.smsc.account.password = "a-new-password"
    clock.by += timedelta(minutes=1)  # what the connection told is no longer fresh
    await desk.ask(
        "/balance", having="It gives no balance at the moment. SMSC refuses the login or the password"
    )
    answer = await desk.ask(f"/connect smsc {LOGIN} a-new-password SHOP", having="is connected anew as smsc")
    assert "Your message with the password is deleted." in answer.text
    listed = await desk.ask("/accounts", having="Accounts of this chat")
    assert listed.text.count("· SMSC ·") == 1
    assert "from SHOP · works" in listed.text
    await desk.ask("/balance", having="smsc · SMSC: 1,000.00 RUB")


async def test_renewing_with_a_wrong_password_keeps_what_works(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/connect smsc {LOGIN} wrong SHOP", having="Nothing was stored.")
    await desk.ask("/accounts", having="from ACME · works")
    await desk.ask("/balance", having="smsc · SMSC: 1,000.00 RUB")


async def test_balance_tells_which_gateway_does_not_answer(desk: Stands, clock: Ahead) -> None:
    await desk.ask("/balance", having="No gateway is connected to this chat. Begin with /connect.")
    for kind in ("smsc", "sms_pager", "devino_rest"):
        await desk.connect(kind)
    await desk.sms_pager.stop()
    clock.by += timedelta(minutes=1)
    answer = await desk.ask("/balance", having="Balance")
    assert answer.text.splitlines() == [
        "Balance",
        "smsc · SMSC: 1,000.00 RUB (now)",
        "sms_pager · SMS-Pager: 1,000.00 (1 min ago). It gives no balance at the moment. "
        "The gateway cannot be reached. Try again later.",
        "devino_rest · Devino REST: 1,000.00 (now)",
    ]


# Composing


async def test_send_step_by_step(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(f"{DELIVERED}\n8 (916) 123-45-00", having="What is the text for these 2 numbers?")
    card = await desk.ask("First line\n\n  second line", having="Check, then send")
    assert "To 2 numbers: +7 903 *** 45 00, +7 916 *** 45 00" in card.text
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 2: delivered 2")
    assert {one.text for one in accepted(desk)} == {"First line\n\n  second line"}


async def test_send_can_be_left_at_any_question(desk: Stands) -> None:
    await desk.connect("smsc")
    for answers in ([], [DELIVERED]):
        await desk.ask("/send", having="To which number?")
        for answer in answers:
            await desk.ask(answer, having="What is the text for")
        await desk.ask("/cancel", having="Discarded: an SMS that was being written")
        await desk.ask("Text", having="I am not asking anything now")
    await nothing_left(desk)


async def test_a_new_command_takes_the_place_of_an_open_question(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask(f"/send {DELIVERED}", having="What is the text for")
    card = await offered(desk, f"/send {UNDELIVERED} Another")
    assert "+7 903 *** 45 01" in card.text
    await desk.ask("Forgotten", having="I am not asking anything now")


async def test_several_accounts_ask_by_which(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    await desk.connect("sms_pager", "SHOP")
    question = await desk.ask(f"/send {DELIVERED} Text", having="By which account?")
    assert [row[0].text for row in question.keyboard] == ["smsc · SMSC", "sms_pager · SMS-Pager"]
    await desk.press(question, "sms_pager")
    card = await desk.answer(question.id, having="Check, then send")
    assert "SMS-Pager · account sms_pager · from SHOP" in card.text
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert [(one.gateway, one.sender) for one in accepted(desk)] == [("sms_pager", "SHOP")]

    card = await offered(desk, f"/send via=smsc {DELIVERED} Text")
    assert "SMSC · account smsc · from ACME" in card.text


@pytest.mark.parametrize(
    "text",
    ["One\nTwo\n\n\tThree  ", "  two blanks before", "007 is a code, not a number", "from=here is text"],
)
@pytest.mark.parametrize("gap", [" ", "\n"])
async def test_text_in_one_line_arrives_byte_for_byte(
    desk: Stands, clock: Ahead, text: str, gap: str
) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f"/send {DELIVERED}{gap}{text}end")
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    # What stands between the numbers and the text belongs to neither.
    assert [one.text for one in accepted(desk)] == [f"{text.lstrip()}end"]


async def test_options_of_one_line(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await confirmed(desk, f'/send from="SHOP" valid=2h {DELIVERED};89161234500 Text')
    await desk.smsc.wait_for(lambda: len(accepted(desk)) == 2)
    assert "from SHOP" in (card.edits or [card.text])[0]
    assert "Valid for 120 min" in (card.edits or [card.text])[0]
    assert [one.sender for one in accepted(desk)] == ["SHOP", "SHOP"]
    sent = next(
        parameters for name, parameters in desk.smsc.requests if name == "send" and "id" in parameters
    )
    assert sent["valid"] in {"2", "02:00"}


async def test_status_lists_and_shows(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    for text in ("First order", "Second order"):
        card = await confirmed(desk, f"/send {DELIVERED} {text}")
        await comes_to(desk, clock, card, "Total 1: delivered 1")
    recent = await desk.ask("/status", having="Last campaigns")
    first, second = recent.text.splitlines()[1:]
    assert first.startswith("#2 · ")
    assert "Second order" in first
    assert second.startswith("#1 · ")
    assert "delivered 1 · First order" in second
    by_number = await desk.ask("/status 1", having="#1 · SMSC, smsc · from ACME")
    by_name = await desk.ask("/status #1", having="#1 · SMSC, smsc · from ACME")
    assert by_number.text == by_name.text
    assert "✔ +7 903 *** 45 00 — delivered" in by_name.text
    assert not by_name.keyboard


# Two languages


@pytest.mark.parametrize("language", ["ru", "ru-RU", "de", None])
async def test_everybody_else_gets_russian(desk: Stands, clock: Ahead, language: str | None) -> None:
    boris = desk.telegram.person(BORIS, "Борис", language_code=language)
    his = replace(desk, anna=boris)
    await desk.connect("smsc")
    await his.ask(f"/connect smsc {LOGIN} {PASSWORD} ACME", having="SMSC подключён как smsc")
    await his.ask("/send привет", having="не вижу номера. Ничего не отправлено.")

    said = his.chat.say(boris, f"/send {UNDELIVERED} Заказ готов")
    card = await his.answer(said.id, having="Проверьте и отправьте")
    assert "На 1 номер: +7 903 *** 45 01" in card.text
    assert "UCS-2 · 1 часть" in card.text
    assert await his.press(card, "✅ Отправить") == "#1 в очереди."
    english = await confirmed(desk, f"/send {UNDELIVERED} Your order is ready")

    await comes_to(his, clock, card, "Всего 1: не доставлено 1")
    await comes_to(desk, clock, english, "Total 1: undelivered 1")
    failed = await soon(
        his, clock, lambda: next((m for m in his.chat.bot_messages if m.reply_to == card.id), None)
    )
    assert failed.text.startswith("#1: не удалось 1 сообщение\n+7 903 *** 45 01 — не доставлено")
    assert "Борис" in card.text
    assert not any("deliver" in text for text in texts_since(his, said))
    assert not any("доставлено" in one.text for one in desk.chat.bot_messages)
