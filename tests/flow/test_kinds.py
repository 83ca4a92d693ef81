"""kind= and local=: what a gateway can send besides SMS, and at whose clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.clock import utc_now

from .desk import DELIVERED, Stands, working
from .steps import accepted, offered

EN_OTHERS = "This account here can: smsc. Write via= before it."


@pytest.mark.parametrize(
    ("gateway", "kind", "says"),
    [
        ("smsc", "flash", "Kind: flash SMS, shown at once and not kept\nText\nGSM-7 · 1 segment\n"),
        ("smsc", "voice", "Kind: a call that reads the text out\nText\nCost: "),
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


async def test_by_the_recipients_clock_where_the_gateway_can(desk: Stands) -> None:
    await desk.connect("devino_rest")
    at = wall()
    card = await offered(desk, f"/send local=yes at={at.isoformat()} {DELIVERED} Text")
    assert "by each recipient's own clock: Devino REST sees to that" in card.text
    assert "it cannot be called back" in card.text
    assert await desk.press(card, "✅ Schedule") == "#1 is scheduled."
    await desk.becomes(card, "accepted 1")
    assert "by each recipient's own clock; the gateway sees to that" in card.text
    assert not card.keyboard  # nothing is left to stop
    (one,) = accepted(desk)
    assert one.send_at == at.replace(tzinfo=ZoneInfo("Europe/Moscow"))  # whose number it is there


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
            "Для 1 номера пояс неизвестен (мобильный номер его часто не выдаёт): вместо него Europe/Moscow",
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
    past = f"/send local=yes at={wall(-1).isoformat()} {DELIVERED} Text"
    await desk.ask(past, having="is past already by the clock of 1 of 1 numbers. Nothing was sent.")
