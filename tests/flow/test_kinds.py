"""kind= and local=: what a gateway can send besides SMS, and at whose clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.clock import utc_now

from .desk import DELIVERED, UNDELIVERED, Stands, working
from .steps import accepted, offered

EN_OTHERS = "smsc can: add via= with that name at the start."


@pytest.mark.parametrize(
    ("gateway", "kind", "says"),
    [
        ("smsc", "flash", "Kind: flash SMS, shown at once and not kept\nText\nGSM-7 · 1 segment\n"),
        ("smsc", "voice", "Kind: a call that reads the text out\nText\nCost: "),
        ("smsc", "viber", "Kind: Viber\nText\nCost: "),
        ("devino_rest", "viber", "Kind: Viber\nText\nCost: "),
        ("devino_rest", "viber+sms", "Kind: Viber, and SMS where Viber does not reach\nText\nCost: "),
    ],
)
async def test_a_kind_goes_all_the_way(desk: Stands, gateway: str, kind: str, says: str) -> None:
    await desk.connect(gateway)
    card = await offered(desk, f"/send kind={kind} {DELIVERED} Text")
    assert says in card.text
    await desk.press(card, "✅ Send")
    await desk.becomes(card, "delivered 1")
    assert says.splitlines()[0] in card.text
    assert len(accepted(desk)) == 1
    assert accepted(desk)[0].kind != "sms"


async def test_an_hlr_request_needs_no_text_and_shows_what_it_found(desk: Stands) -> None:
    await desk.connect("smsc")
    refusal = await desk.ask(f"/send kind=hlr {DELIVERED} Text", having="There is no text in this")
    assert "Leave “Text” out, or change kind=." in refusal.text
    card = await offered(desk, f"/send kind=hlr {DELIVERED}")
    assert "segment" not in card.text
    await desk.press(card, "✅ Send")
    await desk.becomes(card, "delivered 1")
    (line,) = [line for line in card.text.splitlines() if line.startswith("✔")]
    assert " — delivered · " in line


async def test_a_ping_goes_without_text_and_says_whether_the_handset_is_there(desk: Stands) -> None:
    await desk.connect("smsc")
    card = await offered(desk, f"/send kind=ping {DELIVERED}, {UNDELIVERED}")
    assert "Kind: ping: an SMS that the handset does not show\nCost: " in card.text
    await desk.press(card, "✅ Send")
    await desk.becomes(card, "Total 2: delivered 1 · undelivered 1")
    assert [(one.kind, one.text) for one in accepted(desk)] == [("ping", "")] * 2


async def test_what_a_gateway_cannot_is_refused_before_anything_is_asked(desk: Stands) -> None:
    await desk.connect("sms_pager")
    alone = await desk.ask("/send kind=flash", having="cannot send this")
    assert alone.text == (
        "SMS-Pager cannot send this: flash SMS, shown at once and not kept. Nothing was sent. "
        "It can: sms. Change kind= or leave it out."
    )
    await desk.connect("smsc")
    both = await desk.ask(f"/send via=sms_pager kind=flash {DELIVERED} Text", having="cannot send this")
    assert both.text.endswith(EN_OTHERS)
    russian = replace(desk, anna=replace(desk.anna, language_code="ru"))
    same = await russian.ask(f"/send via=sms_pager kind=flash {DELIVERED} Text", having="этого не умеет")
    assert same.text == (
        "SMS-Pager этого не умеет: flash-SMS: сразу на экран, не сохраняется. Ничего не отправлено. "
        "Умеет: sms. Здесь это умеет аккаунт smsc. Допишите в начале via=."
    )
    assert not accepted(desk)


def wall(days: int = 2) -> datetime:
    return (utc_now() + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0, tzinfo=None)


@pytest.mark.parametrize("to", [(DELIVERED,), (DELIVERED, UNDELIVERED)], ids=["one", "several"])
@pytest.mark.parametrize(("kind", "name"), [("devino_rest", "Devino REST"), ("devino_soap", "Devino SOAP")])
async def test_by_the_recipients_clock_where_the_gateway_can(
    desk: Stands, kind: str, name: str, to: tuple[str, ...]
) -> None:
    await desk.connect(kind)
    at = wall()
    card = await offered(desk, f"/send local=yes at={at.isoformat()} {', '.join(to)} Text")
    assert f"by each recipient's own clock: {name} sees to that" in card.text
    assert "it cannot be called back" in card.text
    assert await desk.press(card, "✅ Schedule") == "#1 is scheduled."
    await desk.becomes(card, f"accepted {len(to)}")
    assert "by each recipient's own clock; the gateway sees to that" in card.text
    assert not card.keyboard  # nothing is left to stop
    # A number with this beginning is a Moscow one there.
    due = at.replace(tzinfo=ZoneInfo("Europe/Moscow"))
    assert [(f"+{one.msisdn}", one.send_at) for one in accepted(desk)] == [(number, due) for number in to]


async def test_by_the_recipients_clock_where_it_waits_here(world: Stands, tmp_path: Path) -> None:
    async with working(world.settings(tmp_path, limits={"region": "US"})):
        await world.connect("smsc")
        numbers = "+12125551234, +14155551234"
        card = await offered(world, f"/send local=yes at={wall().isoformat()} {numbers} Text")
        assert "; it waits here until then" in card.text
        assert "the zone is not known" not in card.text
        assert await world.press(card, "✅ Schedule") == "#1 is scheduled."
        await world.becomes(card, "Total 2: queued 2")
        assert "🕒 by each recipient's own clock: from " in card.text
        assert await world.press(card, "✖ Cancel") == "#1: 2 messages will not leave."
        assert not accepted(world)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "For one number the zone is not known (a mobile number often does not tell): Europe/Moscow"),
        (
            "ru",
            "Для 1 номера часовой пояс неизвестен (мобильный номер его часто не выдаёт): вместо него "
            "Europe/Moscow",
        ),
    ],
)
async def test_an_unknown_zone_is_told(desk: Stands, language: str, says: str) -> None:
    await desk.connect("smsc")
    theirs = replace(desk, anna=replace(desk.anna, language_code=language))
    card = await theirs.ask(f"/send local=yes at={wall().isoformat()} {DELIVERED} Text", having="🕒")
    assert says in card.text


async def test_local_without_a_usable_time_is_refused(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask(
        f"/send local=yes {DELIVERED} Text", having="With local=yes I need a time. Nothing was sent."
    )
    for past in (wall(-2).isoformat(), "0001-01-01T00:00"):
        said = await desk.ask(f"/send local=yes at={past} {DELIVERED} Text", having="is in the past")
        assert said.text.startswith(f"“{past}” is in the past. Nothing was sent.")
    an_hour_ago = (utc_now().astimezone(ZoneInfo("Europe/Moscow")) - timedelta(hours=1)).replace(tzinfo=None)
    here = f"/send local=yes at={an_hour_ago.isoformat(timespec='minutes')} {DELIVERED} Text"
    await desk.ask(here, having="is past already by the clock of 1 of 1 numbers. Nothing was sent.")
    assert not accepted(desk)


async def test_options_that_cannot_be_used_are_told_before_more_is_asked_for(desk: Stands) -> None:
    await desk.connect("smsc")
    for typed, told in {
        "at=soon": "I cannot read the time “soon”",
        "at=2020-01-01T10:00": "is in the past",
        "valid=99d": "This gateway takes a validity of",
        "local=yes": "With local=yes I need a time",
    }.items():
        await desk.ask(f"/send {typed}", having=told)
    await desk.ask(DELIVERED, having="I am not asking anything now")


async def test_other_options_are_an_answer_when_something_is_wrong_with_them(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.ask("/send", having="To which number?")
    await desk.ask(f"local=yes {DELIVERED}", having="With local=yes I need a time.")
    await desk.ask("valid=99d", having="With local=yes I need a time.")
    await desk.ask(f"at={wall().isoformat()}", having="This gateway takes a validity of")
    await desk.ask("valid=2h", having="What is the text for")
    card = await desk.ask("at=home, see you", having="Check, then send")
    assert "\nat=home, see you\n" in card.text
    assert "by each recipient's own clock" in card.text
    assert "Valid for 120 min" in card.text


async def test_an_option_is_an_answer_after_the_text_too(desk: Stands) -> None:
    await desk.connect("smsc")
    hour_ago = (utc_now() - timedelta(hours=1)).isoformat(timespec="minutes")
    await desk.ask(f"/send {DELIVERED}", having="What is the text for")
    await desk.ask(f"at={hour_ago}", having="is in the past")
    await desk.ask("at=", having="What is the text for")
    await desk.ask("local=yes", having="With local=yes I need a time.")
    card = await desk.ask(f"local=no at={wall().isoformat()}Z", having="What is the text for")
    card = await desk.ask("Text", having="Check, then send")
    assert "it waits here until then" in card.text
    assert not accepted(desk)


async def test_a_kind_the_chosen_account_cannot_leaves_the_choice_open(desk: Stands) -> None:
    await desk.connect("smsc")
    await desk.connect("sms_pager")
    await desk.ask("/send kind=hlr", having="By which account?")
    await desk.ask("sms_pager", having="cannot send this")
    await desk.ask("smsc", having="To which number?")
    await desk.ask(DELIVERED, having="HLR request")
