"""Bad input, and what it gets: what failed, what was not done, what to do. And nothing leaves."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import ConfigError, load
from sandbox.faults import Kind

from .desk import DELIVERED, LOGIN, PASSWORD, UNDELIVERED, Stands, stands, working
from .steps import (
    Ahead,
    accepted,
    comes_to,
    confirmed,
    nothing_left,
    offered,
    seen,
    stand,
    texts_since,
    tomorrow,
)

GATEWAYS = ("devino_rest", "devino_soap", "sms_pager", "smsc")
LANDLINE, FOREIGN, MALFORMED = "+74951234567", "+380501234567", "+7903123"
MANY = " ".join(f"+7903{number:07}" for number in range(1001))


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def desk(clock: Ahead, tmp_path: Path) -> AsyncIterator[Stands]:
    """A bot at work on a clock that can be moved."""
    async with stands(clock=clock) as world, working(world.settings(tmp_path), clock=clock):
        yield world


# What is typed after /send; what failed, what to do.
REFUSED = {
    "no number": ("Hello there", "I see no number at the beginning of “Hello there”", "Write for example"),
    "markup": ("<b>&amp; \u202ehi", "number at the beginning of “<b>&amp; \u202ehi”", "Write for example"),
    "landline": (f"{LANDLINE} Text", f"{LANDLINE} is no number an SMS reaches: landline", "Check the number"),
    "foreign": (f"{FOREIGN} Text", f"{FOREIGN} is no number an SMS reaches: foreign", "Check the number"),
    "malformed": (f"{MALFORMED} Text", "is no number an SMS reaches: not a number", "Check the number"),
    "none good": (
        f"{LANDLINE}, {FOREIGN} Text",
        f"None of these 2 numbers is one an SMS reaches; the first, {LANDLINE}: landline",
        "Check the numbers",
    ),
    "1,001 numbers": (
        f"{MANY} Text",
        "1,001 numbers are too many: there may be at most 1,000 at once",
        "Split the list",
    ),
    "segments": (
        f"{DELIVERED} {'ж' * 671}",
        "The text makes 11 segments; this desk allows 10",
        "Shorten it",
    ),
    "long sender ID": (f"from=ACME-COMPANY {DELIVERED} Text", "sender ID “ACME-COMPANY”", "Change from="),
    "Cyrillic sender ID": (f"from=Ромашка {DELIVERED} Text", "sender ID “Ромашка”", "Change from="),
    "16 digits": (f"from=7903123456789012 {DELIVERED} Text", "at most 15 digits", "Change from="),
    "option": (
        f"foo=1 {DELIVERED} Text",
        "I do not know the option foo=",
        "I know: from=, at=, local=, valid=, kind=, via=",
    ),
    "time": (f"at=tomorrow {DELIVERED} Text", "“tomorrow” names no hour", "Write it like at="),
    "past": (f"at=2020-01-01T10:00 {DELIVERED} Text", "is in the past", "Choose a later time"),
    "far": (f"at=2999-01-01T10:00 {DELIVERED} Text", "more than a year ahead", "Choose an earlier time"),
    "validity": (f"valid=soon {DELIVERED} Text", "I cannot read valid=soon", "Write it like valid=2h"),
    "long validity": (f"valid=2d {DELIVERED} Text", "a validity of 1 to 1,440 minutes", "Change valid="),
    "account": (f"via=main {DELIVERED} Text", "There is no account main in this chat", "Accounts here: smsc"),
}


@pytest.mark.parametrize(("typed", "failed", "to_do"), REFUSED.values(), ids=REFUSED)
async def test_send_that_cannot_be_sent(desk: Stands, typed: str, failed: str, to_do: str) -> None:
    await desk.connect("smsc")

    answer = await desk.ask(f"/send {typed}")

    assert failed in answer.text
    assert "Nothing was sent." in answer.text
    assert to_do in answer.text
    assert not answer.keyboard
    await nothing_left(desk)


@pytest.mark.parametrize(
    ("kind", "limit"), [("devino_rest", 2000), ("devino_soap", 2000), ("sms_pager", 1000), ("smsc", 1000)]
)
async def test_text_over_the_limit_of_its_gateway(desk: Stands, kind: str, limit: int) -> None:
    await desk.connect(kind)
    answer = await desk.ask(f"/send {DELIVERED} {'a' * (limit + 1)}")
    assert f"The text has {limit + 1:,} characters" in answer.text
    assert f"takes at most {limit:,}. Nothing was sent. Shorten it." in answer.text
    await nothing_left(desk)


async def test_send_without_an_account(desk: Stands) -> None:
    answer = await desk.ask(f"/send {DELIVERED} Text")
    assert answer.text == "No gateway is connected to this chat. Nothing was sent. Begin with /connect."
    await nothing_left(desk)


async def test_what_is_missing_is_asked_for(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    answer = await desk.ask(f"/send {DELIVERED}", having="What is the text for")
    assert "+7 903 *** 45 00" in answer.text
    assert "/cancel leaves" in answer.text
    await nothing_left(desk)


async def test_bad_answer_to_a_question_is_told_and_the_question_stays(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(
        "to my brother", having="I see no number at the beginning of “to my brother”. Nothing was sent."
    )
    await desk.ask(DELIVERED, having="What is the text for")
    await nothing_left(desk)


async def test_bad_numbers_among_good_ones_are_dropped_and_listed(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    typed = f"{DELIVERED}, {LANDLINE}, {FOREIGN}, 12345, 8 (903) 123-45-00"
    card = await offered(desk, f"/send {typed} Text")
    assert "To one number: +7 903 *** 45 00" in card.text
    assert f"Dropped 4: {LANDLINE} (landline), {FOREIGN} (foreign), 12345 (not a number)," in card.text
    assert "8 (903) 123-45-00 (twice)" in card.text
    assert not accepted(desk)

    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert [one.msisdn for one in accepted(desk)] == [DELIVERED.removeprefix("+")]


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_wrong_password_stores_nothing(desk: Stands, kind: str) -> None:
    said = desk.chat.say(desk.anna, f"/connect {kind} {LOGIN} not-the-password ACME")
    answer = await desk.answer(said.id, having="is not connected")
    assert "the login or the password" in answer.text
    assert "Nothing was stored. Your message with the password is deleted." in answer.text
    assert said.deleted
    await desk.ask("/accounts", having="No gateway is connected to this chat")


@pytest.mark.parametrize("typed", ["pigeon LOGIN PASSWORD", "smsc LOGIN", "smsc a b c d"])
async def test_connect_that_cannot_be_read(desk: Stands, typed: str) -> None:
    answer = await desk.ask(f"/connect {typed}")
    assert "Write: /connect smsc LOGIN PASSWORD [SENDER]" in answer.text
    assert "Nothing was stored" in answer.text
    await desk.ask("/accounts", having="No gateway is connected to this chat")


async def test_gateway_down_at_connect_stores_nothing(desk: Stands) -> None:
    await desk.smsc.stop()
    answer = await desk.ask(f"/connect smsc {LOGIN} {PASSWORD} ACME", having="SMSC is not connected")
    assert "The gateway cannot be reached. Try again later. Nothing was stored." in answer.text
    await desk.ask("/accounts", having="No gateway is connected to this chat")


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_unreadable_answer_at_connect_stores_nothing(desk: Stands, kind: str) -> None:
    # Devino's login comes first, and a login without a readable answer is a gateway that was not reached.
    trouble = (
        "The gateway cannot be reached"
        if kind.startswith("devino")
        else "The gateway's answer could not be read"
    )
    gateway = stand(desk, kind)
    faults: list[Kind] = ["html_200", "http_502_html", "empty_200", "garbled_200"]
    for fault in faults:
        gateway.faults.add(kind=fault)
        answer = await desk.ask(f"/connect {kind} {LOGIN} {PASSWORD} ACME", having="is not connected")
        assert f"{trouble}. Try again later. Nothing was stored." in answer.text, fault
    await desk.ask("/accounts", having="No gateway is connected to this chat")


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_no_money_stops_the_account_until_a_person_resumes_it(
    desk: Stands, clock: Ahead, kind: str
) -> None:
    await desk.connect(kind)
    card = await offered(desk, f"/send {DELIVERED} Text")
    gateway = stand(desk, kind)
    if kind == "sms_pager":  # its manual has no word for it; at zero this stand-in refuses the numbers
        gateway.faults.add("send", kind="no_money")
    else:
        gateway.balance = Decimal(0)
    await desk.press(card, "✅")

    notice = await desk.answer(card.id, having="is stopped")
    assert f"Account {kind} (" in notice.text
    assert "money" in notice.text
    assert "press ▶ Resume" in notice.text
    assert "One message waits in the queue; nothing of it was sent." in notice.text
    assert not accepted(desk)
    await desk.ask(f"/send {DELIVERED} More", having=f"Account {kind} is stopped")
    await comes_to(desk, clock, card, "Total 1: queued 1")

    gateway.balance = gateway.account.price
    assert f"{kind} works again" in await desk.press(notice, "▶ Resume")
    await desk.becomes(notice, f"{kind} works again")
    assert not notice.keyboard
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert [one.text for one in accepted(desk)] == ["Text"]


async def test_offer_warns_when_the_money_is_not_enough(desk: Stands) -> None:
    desk.smsc.balance = desk.smsc.account.price
    await desk.connect("smsc")
    card = await offered(desk, f"/send {DELIVERED}, {UNDELIVERED} Text")
    assert "Cost: 5.00" in card.text
    assert "⚠ Balance: 2.50" in card.text
    assert "That is not enough" in card.text


@pytest.mark.parametrize("command", ["/status", "/cancel"])
async def test_unknown_campaign(desk: Stands, command: str) -> None:
    for typed in ("#9", "9"):
        answer = await desk.ask(f"{command} {typed}")
        assert answer.text == "There is no #9 in this chat. /status lists the last ones."


@pytest.mark.parametrize("command", ["/status", "/cancel"])
async def test_no_number_of_a_campaign(desk: Stands, command: str) -> None:
    for typed in ("order", "#", "1 2", "-1", "##1", "٣", "9" * 13):
        answer = await desk.ask(f"{command} {typed}")
        assert answer.text == (
            f"I need the number of a campaign, for example {command} #12. /status lists the last ones."
        ), typed


@pytest.mark.parametrize("command", ["/status", "/cancel"])
async def test_campaign_of_another_chat_is_as_unknown_as_none(
    desk: Stands, clock: Ahead, command: str
) -> None:
    await desk.connect("smsc")
    at = f"at={tomorrow()}" if command == "/cancel" else ""
    card = await confirmed(desk, f"/send {at} {DELIVERED} Secret words")
    group = desk.telegram.group(-1001, "Support", [desk.anna])
    for number in (1, 9):
        group.say(desk.anna, f"{command} #{number}")
    first, second = await seen(desk, lambda: group.bot_messages if len(group.bot_messages) == 2 else None)
    assert first.text == "There is no #1 in this chat. /status lists the last ones."
    assert second.text == first.text.replace("#1", "#9")
    await comes_to(desk, clock, card, "Total 1: queued 1" if at else "Total 1: delivered 1")


async def test_u13_an_edited_command_never_runs(desk: Stands, clock: Ahead) -> None:
    await desk.connect("smsc")
    said = desk.chat.say(desk.anna, f"/send {DELIVERED} First")
    card = await desk.answer(said.id, having="Check, then send")
    desk.chat.edit(said, f"/send {DELIVERED} Second")
    answer = await desk.answer(card.id)
    assert "An edited command never runs again, and nothing was sent by this edit." in answer.text
    assert "for a new message write a new /send" in answer.text

    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "delivered 1")
    desk.chat.edit(said, f"/send {DELIVERED} Third")
    await desk.answer(answer.id, having="An edited command never runs again")
    assert [one.text for one in accepted(desk)] == ["First"]
    assert (
        sum("Check, then send" in text for text in texts_since(desk, said)) == 0
    )  # the only one is a card now


@pytest.mark.parametrize(
    "command", [f"/send@other_bot {DELIVERED} Text", "/nonsense@other_bot", "/status@other_bot"]
)
async def test_command_for_another_bot_gets_silence(desk: Stands, command: str) -> None:
    await desk.connect("smsc")
    said = desk.chat.say(desk.anna, command)
    await desk.ask("/help", having="What I can do")
    assert len(texts_since(desk, said)) == 1
    await nothing_left(desk)


async def test_channel_post_gets_silence(desk: Stands) -> None:
    channel = desk.telegram.channel(-1002, "News")
    channel.edit(channel.post(f"/send {DELIVERED} Text"), f"/send {DELIVERED} Edited")
    await desk.ask("/help", having="What I can do")
    assert not channel.bot_messages
    await nothing_left(desk)


async def test_photo_instead_of_text(desk: Stands) -> None:
    await desk.connect("smsc")
    refused = "I can only use text here. Nothing was sent. Write it as text, or /cancel."
    photo = desk.chat.send_photo(desk.anna, f"/send {DELIVERED} Caption")
    assert (await desk.answer(photo.id)).text == refused

    await desk.ask(f"/send {DELIVERED}", having="What is the text for")
    photo = desk.chat.send_photo(desk.anna, "Caption")
    assert (await desk.answer(photo.id)).text == refused
    await nothing_left(desk)

    card = await desk.ask("Words after all", having="Check, then send")
    assert "Words after all" in card.text


async def test_text_without_a_question_does_nothing(desk: Stands) -> None:
    answer = await desk.ask(f"{DELIVERED} Text")
    assert answer.text.startswith("I am not asking anything now, so this did nothing.")
    await nothing_left(desk)


TRICKY = "<b>&amp;</b> \u202eשלום\u200f 👍🏽\n\n  two  blanks; \"'%+=\\n|~ ñ"


@pytest.mark.parametrize("kind", GATEWAYS)
async def test_markup_emoji_and_direction_marks_are_carried_and_shown_as_they_are(
    desk: Stands, clock: Ahead, kind: str
) -> None:
    await desk.connect(kind)
    card = await offered(desk, f"/send {DELIVERED} {TRICKY}")
    assert f"\u2068{TRICKY}\u2069" in card.text
    await desk.press(card, "✅")
    await comes_to(desk, clock, card, "Total 1: delivered 1")
    assert f"\u2068{TRICKY}\u2069" in card.text
    assert [one.text for one in accepted(desk)] == [TRICKY]


@pytest.mark.parametrize("typed", ["tokn", "rat"])
def test_unknown_key_in_the_configuration_names_the_nearest(tmp_path: Path, typed: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[telegram]\ntoken = "1:a"\nadmins = [1]\n{typed} = 3\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    nearest = {"tokn": "token", "rat": "rate"}[typed]
    assert caught.value.problems == [f"telegram.{typed}: unknown key; did you mean {nearest}?"]
