"""The chat page in a browser: real bot, real protocols, a person's hands."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Locator, Page, expect

from bot import demo

from .conftest import NARROW, WIDE, Picture, Window, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = "79031234500"
DROPPED = """(text) => {
    const held = new DataTransfer();
    held.items.add(new File([text], "list.csv", {type: "text/csv"}));
    return held;
}"""


async def say(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Enter")


def bubble(page: Page, words: str) -> Locator:
    """The newest message with these words."""
    return page.locator(".message", has_text=words).last


def refused(made: demo.World, chat_id: int) -> bool:
    """Whether Telegram has told the bot to wait with what it says there."""
    return any((one.kind, one.chat_id) == ("429", str(chat_id)) for one in made.telegram.faults.applied)


async def as_bot(made: demo.World, method: str, **fields: str | bytes) -> None:
    """A call of the Bot API."""
    form = aiohttp.FormData()
    for name, value in fields.items():
        kind = {"filename": "picture.png", "content_type": "image/png"} if isinstance(value, bytes) else {}
        form.add_field(name, value, **kind)
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{made.telegram.url}/bot{demo.TOKEN}/{method}", data=form) as response,
    ):
        assert response.status == 200


CONNECT = f"/connect smsc {demo.LOGIN} {demo.PASSWORD} ACME"


async def connected(page: Page, made: demo.World) -> None:
    """A gateway in Anna's chat, connected by whichever test comes first."""
    if not made.smsc.requests:
        await say(page, CONNECT)
    await bubble(page, "is connected as").wait_for()


async def inbox(made: demo.World) -> list[tuple[str, str]]:
    """What SMSC hands over: who wrote, and what."""
    query = {"login": demo.LOGIN, "psw": demo.PASSWORD, "get_answers": "1", "fmt": "3"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{made.smsc.url}get.php", params=query) as response,
    ):
        return [(one["phone"], one["message"]) for one in json.loads(await response.read())]


@asynccontextmanager
async def trouble(page: Page, name: str) -> AsyncIterator[None]:
    """A switch that is on for a while."""
    switch = page.get_by_role("switch", name=name)
    await switch.click()
    await expect(switch).to_be_checked()
    try:
        yield
    finally:
        await switch.click()
        await expect(switch).not_to_be_checked()


async def answer_as_customer(page: Page, text: str) -> None:
    """On the phone that is shown."""
    await page.locator("#handset").get_by_label("Answer as the customer").fill(text)
    await page.keyboard.press("Enter")


async def test_a_newcomer_sends_an_sms_and_the_customer_answers(
    tmp_path: Path, window: Window, picture: Picture
) -> None:
    async with served(tmp_path) as (made, url), window(at=url) as page:
        for words in ("is connected as", "Check, then send"):
            await page.locator("#hint").get_by_role("button", name="Fill in").click()
            await page.keyboard.press("Enter")
            await bubble(page, words).wait_for()
        assert made.smsc.journal.accepted == []
        await bubble(page, "Check, then send").get_by_role("button", name="✅ Send").click()
        await expect(page.locator(".toast")).to_have_text("#1 is in the queue.")
        phone = page.locator("#handset")
        await expect(phone.locator(".sms")).to_contain_text("Your order is ready")
        await bubble(page, "— delivered").wait_for()
        await answer_as_customer(page, "Thank you! Until when are you open?")
        await expect(phone.locator(".sms.mine")).to_have_text("Thank you! Until when are you open?")
        await bubble(page, "Until when are you open?").get_by_role("button", name="Claim").wait_for()
        await picture(page, "demo")
        assert [one.msisdn for one in made.smsc.journal.accepted] == [NUMBER]
        assert await inbox(made) == [(NUMBER, "Thank you! Until when are you open?")]


async def test_a_reply_to_the_customers_card_is_an_sms_on_the_phone(tmp_path: Path, window: Window) -> None:
    async with served(tmp_path) as (made, url), window(at=url) as page:
        await connected(page, made)
        await say(page, f"/send +{NUMBER} Your order is ready")
        await bubble(page, "Check, then send").get_by_role("button", name="✅ Send").click()
        phone = page.locator("#handset")
        await expect(phone.locator(".sms")).to_contain_text("Your order is ready")
        await answer_as_customer(page, "Where to?")
        card = bubble(page, "Where to?")
        await card.get_by_role("button", name="Claim").wait_for()
        await card.get_by_role("button", name="Reply", exact=True).press("Enter")
        await expect(page.locator("#reference")).to_contain_text("Where to?")
        await say(page, "To the shop in Lenin street")
        question = bubble(page, "Send it?")
        await question.wait_for()
        assert len(made.smsc.journal.accepted) == 1
        await question.get_by_role("button", name="✅").click()
        await expect(phone.locator(".sms").last).to_contain_text("To the shop in Lenin street")
        reply = page.locator(".message", has_text="To the shop in Lenin street").first
        await expect(reply.locator(".reaction")).to_have_text("👍")
        sent = [(one.msisdn, one.text, one.sender) for one in made.smsc.journal.accepted]
        assert sent[1:] == [(NUMBER, "To the shop in Lenin street", "ACME")]


async def test_many_numbers_end_as_their_digits_say(
    made: demo.World, window: Window, picture: Picture
) -> None:
    async with window(scheme="dark") as page:
        await connected(page, made)
        await say(page, "/send via=smsc +79031234500, +79161234501, +79051234505 Open until nine today")
        await bubble(page, "Open until nine today").get_by_role("button", name="✅ Send").click()
        await bubble(page, "Total 3: delivered 2 · undelivered 1").wait_for()
        await bubble(page, "one message failed").wait_for()
        await page.get_by_role("button", name="+7 916 123-45-01").click()
        await expect(page.locator("#handset")).to_contain_text("An SMS did not arrive")
        await picture(page, "demo-dark")


async def drop(page: Page, text: str) -> None:
    """A file with this text."""
    dropped = await page.evaluate_handle(DROPPED, text)
    await page.locator("#chat").dispatch_event("dragover", {"dataTransfer": dropped})
    await expect(page.locator("#drop")).to_be_visible()
    await page.locator("#chat").dispatch_event("drop", {"dataTransfer": dropped})


async def test_an_empty_file_is_refused_before_anything_is_written_to_it(
    made: demo.World, window: Window
) -> None:
    async with window() as page:
        await drop(page, "")
        await expect(page.locator(".toast")).to_have_text("This file is empty: there is nothing to send.")
        await expect(page.locator("#reference")).to_be_hidden()


async def test_only_the_bot_writes_in_the_channel_and_alerts_get_there(
    made: demo.World, window: Window
) -> None:
    async with window() as page:
        await connected(page, made)
        await say(page, '/alerts 9999999 to="Desk alerts"')
        await page.locator("#chats .row").last.click()
        await expect(page.locator("#composer")).to_be_hidden()
        await expect(page.locator("#silent")).to_have_text("Only the bot writes here.")
        await bubble(page, "come here").wait_for()
        await page.locator("#chats .row").first.click()
        await say(page, "/alerts off")


async def test_what_happens_to_a_topic_is_told_by_its_name_and_is_no_news(
    made: demo.World, window: Window
) -> None:
    async with window(demo.GUEST) as page:
        topic = made.group.topic("Repairs", by="bot")
        made.group.rename_topic(topic, "Spare parts", by="bot")
        made.group.turn_topic(topic, closed=True, by="bot")
        row = page.locator("#chats").get_by_role("button", name="Support")
        await expect(row.locator(".last")).to_contain_text("The topic is closed")
        await expect(row.locator(".badge")).to_have_count(0)
        await row.click()
        await page.get_by_role("button", name="# Spare parts").click()
        told = ["Topic opened: Repairs", "The topic is called now: Spare parts", "The topic is closed"]
        await expect(page.locator(".service")).to_have_text(told)
        made.group.delete_topic(topic)


async def test_the_end_stays_in_sight_below_a_picture_and_what_is_seen_is_no_news(
    made: demo.World, window: Window
) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 1200)).save(picture, "PNG")
    async with window() as page:
        await page.locator("#chats").get_by_role("button", name="Support").click()
        await page.get_by_role("button", name="# General").click()
        for number in range(20):
            await as_bot(made, "sendMessage", chat_id=str(demo.GROUP), text=f"Line {number}")
        await as_bot(made, "sendPhoto", chat_id=str(demo.GROUP), photo=picture.getvalue())
        await expect(page.locator(".picture img").last).to_have_js_property("complete", True)
        await expect(page.locator("#down")).to_be_hidden()
        row = page.locator("#chats").get_by_role("button", name="Support")
        await expect(row.locator(".badge")).to_have_count(0)
        await say(page, "// and after it")
        await expect(bubble(page, "and after it")).to_be_in_viewport(ratio=1)
        left = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight"
        assert await page.locator("#log").evaluate(left) < 2


async def test_the_page_opens_in_the_language_of_the_browser(made: demo.World, window: Window) -> None:
    async with window(locale="ru-RU") as page:
        await expect(page.get_by_role("heading", name="Телефоны клиентов")).to_be_visible()
        await made.telegram.wait_for(lambda: {one.language_code for one in made.telegram.people} == {"ru"})
        await page.get_by_role("button", name="In English").click()
        await made.telegram.wait_for(lambda: {one.language_code for one in made.telegram.people} == {"en"})


async def test_many_phones_stand_in_several_rows(made: demo.World, window: Window) -> None:
    async with window() as page:
        await connected(page, made)
        numbers = ", ".join(f"+790312345{number}" for number in range(30, 42))
        await say(page, f"/send via=smsc {numbers} To all of you")
        await bubble(page, "To all of you").get_by_role("button", name="✅ Send").click()
        chips = page.locator("#handsets .chip")
        await expect(bubble(page, "To all of you")).to_contain_text("delivered 12", timeout=20_000)
        tops = await chips.evaluate_all("(all) => new Set(all.map((one) => one.offsetTop)).size")
        assert tops > 2


async def test_a_file_that_is_dropped_and_confirmed_comes_to_each_phone(
    made: demo.World, window: Window
) -> None:
    numbers = [f"790312345{number}" for number in (20, 21, 22)]
    async with window() as page:
        await connected(page, made)
        await drop(page, "phone;name\n" + "".join(f"+{one};Client {one[-2:]}\n" for one in numbers))
        await expect(page.locator("#reference")).to_contain_text("list.csv")
        await say(page, "/send via=smsc Dear {name}, we are open")
        offer = bubble(page, "Check, then send")
        await expect(offer).to_contain_text("3 recipients")
        assert not [one for one in made.smsc.journal.accepted if one.msisdn in numbers]
        await offer.get_by_role("button", name="✅ Send").click()
        await bubble(page, "Total 3: delivered 3").wait_for()
        await page.get_by_role("button", name="+7 903 123-45-21").click()
        await expect(page.locator("#handset .sms")).to_contain_text("Dear Client 21, we are open")
    sent = sorted(one.msisdn for one in made.smsc.journal.accepted if one.msisdn in numbers)
    assert sent == numbers


async def in_orders(page: Page, person: str) -> None:
    """Somebody looks into a topic of the group."""
    await page.locator("#people").get_by_role("button", name=person).click()
    await page.locator("#chats").get_by_role("button", name="Support").click()
    await page.get_by_role("button", name="# Orders").click()


async def test_what_an_operator_drops_leaves_when_a_second_person_approves(
    tmp_path: Path, window: Window
) -> None:
    async with served(tmp_path, approve_over=2) as (made, url), window(at=url) as page:
        await in_orders(page, "Anna")
        await say(page, "/connect")
        await bubble(page, "Passwords are not for groups").get_by_role("link").click()
        await bubble(page, "Which gateway?").get_by_role("button", name="SMSC").click()
        for asked, answer in (
            ("Login at", demo.LOGIN),
            ("Password for", demo.PASSWORD),
            ("Sender ID", "ACME"),
        ):
            await bubble(page, asked).wait_for()
            await say(page, answer)
        await bubble(page, "is connected as").wait_for()
        await in_orders(page, "Boris")
        await drop(page, f"phone\n+{NUMBER}\n+79031234508\n+79031234509\n")
        await say(page, "/send Open until nine today")
        await bubble(page, "Check, then send").get_by_role("button", name="✅ Send").click()
        await expect(page.locator(".toast").last).to_have_text("Now somebody else must approve it.")
        await bubble(page, "Boris wants to send").get_by_role("button", name="✅ Approve").click()
        await expect(page.locator("#dialog")).to_contain_text("manager")
        await page.locator("#dialog").get_by_role("button", name="OK").click()
        assert made.smsc.journal.accepted == []
        await in_orders(page, "Anna")
        await bubble(page, "Boris wants to send").get_by_role("button", name="✅ Approve").click()
        await bubble(page, "Anna approved this.").wait_for()
        await bubble(page, "Total 3: delivered 3").wait_for()
        await expect(page.locator("#handset .sms")).to_contain_text("Open until nine today")
        assert len(made.smsc.journal.accepted) == 3


async def test_when_the_money_goes_the_channel_is_told_and_when_it_is_back_too(
    made: demo.World, window: Window
) -> None:
    async with window() as page:
        await connected(page, made)
        await say(page, '/alerts smsc 50 to="Desk alerts"')
        await bubble(page, "→ Desk alerts").wait_for()
        await page.locator("#chats .row").last.click()
        async with trouble(page, "Low balance"):
            alert = page.locator(".message", has_text="Balance: 1.00 RUB").last
            await expect(alert).to_contain_text("Little money is left")
        await bubble(page, "Topped up").wait_for()
        await page.locator("#chats .row").first.click()
        await say(page, "/alerts smsc off")


async def test_low_balance_shows_in_the_chat_and_costs_nothing(made: demo.World, window: Window) -> None:
    async with window() as page:
        await connected(page, made)
        before = len(made.smsc.journal.accepted)
        async with trouble(page, "Low balance"):
            await expect(page.locator("#lines")).to_contain_text("₽1.00")
            # A balance of a moment ago is not asked for again, except to see whether a password is right.
            await say(page, CONNECT)
            await bubble(page, "Balance: 1.00 RUB").wait_for()
            await say(page, "/balance")
            await bubble(page, "1.00 RUB (now)").wait_for()
        assert len(made.smsc.journal.accepted) == before
        await say(page, CONNECT)
        await expect(bubble(page, "is connected as")).not_to_contain_text("Balance: 1.00 RUB")


async def test_an_answer_that_is_lost_is_looked_up_and_nothing_sent_twice(
    made: demo.World, window: Window
) -> None:
    async with window() as page:
        await connected(page, made)
        async with trouble(page, "Answers get lost"):
            await say(page, "/send via=smsc +79031234510 Does it arrive?")
            await bubble(page, "Does it arrive?").get_by_role("button", name="✅ Send").click()
            await expect(bubble(page, "Does it arrive?")).to_contain_text("— delivered", timeout=30_000)
        sent = [one for one in made.smsc.journal.accepted if one.msisdn == "79031234510"]
        assert len(sent) == 1


async def test_flood_control_delays_and_loses_nothing(made: demo.World, window: Window) -> None:
    async with window(demo.STRANGER) as page:
        async with trouble(page, "Flood control"):
            await say(page, "hello")
            await made.telegram.wait_for(lambda: refused(made, demo.STRANGER))
            await expect(page.locator(".message.theirs")).to_have_count(0)
        await bubble(page, "This is a work bot.").wait_for()
        await expect(page.locator(".message.theirs")).to_have_count(1)


async def test_each_person_has_chats_and_commands_of_their_own(made: demo.World, window: Window) -> None:
    async with window() as page:
        people, chats = page.locator("#people"), page.locator("#chats .name")
        offered = page.get_by_role("option")
        await page.get_by_role("button", name="Commands").click()
        await expect(offered.filter(has_text="/connect")).to_be_visible()
        await people.get_by_role("button", name="Boris").click()
        await expect(chats).to_have_text(["SMS desk", "Support", "Desk alerts"])
        await bubble(page, "operator").wait_for()
        await page.locator("#text").press_sequentially("/s")
        await expect(offered.locator("b")).to_have_text(["/send", "/status", "/stats", "/settings", "/start"])
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await expect(page.locator("#text")).to_have_value("/status ")
        await people.get_by_role("button", name="Vera").click()
        await expect(chats).to_have_text(["SMS desk"])
        await expect(page.locator("#text")).to_have_value("")


async def test_a_group_with_topics_leads_into_private_for_a_password(
    made: demo.World, window: Window, picture: Picture
) -> None:
    async with window() as page:
        await page.locator("#chats").get_by_role("button", name="Support").click()
        await page.get_by_role("button", name="# Orders").click()
        await say(page, "/connect")
        link = bubble(page, "Passwords are not for groups").get_by_role("link")
        await link.wait_for()
        await picture(page, "demo-group")
        await link.click()
        await bubble(page, "Which gateway?").wait_for()
        await expect(page.locator("#chats [aria-current] .name")).to_have_text("SMS desk")


async def test_messages_are_answered_changed_and_liked_from_the_keyboard(
    made: demo.World, window: Window
) -> None:
    async with window(demo.GUEST) as page:
        await page.locator("#chats").get_by_role("button", name="Support").click()
        await page.get_by_role("button", name="# Returns").click()
        await say(page, "One thing")
        await bubble(page, "One thing").get_by_role("button", name="Reply", exact=True).press("Enter")
        await say(page, "And another")
        await expect(bubble(page, "And another").locator(".quote")).to_contain_text("One thing")
        await page.locator("#text").press("ArrowUp")
        await expect(page.locator("#text")).to_have_value("And another")
        await say(page, "And a third")
        await expect(bubble(page, "And a third")).to_contain_text("edited")
        first = page.locator(".message", has=page.locator(".text", has_text="One thing")).first
        await first.get_by_role("button", name="React", exact=True).press("Enter")
        await page.keyboard.press("Enter")
        await expect(first.locator(".reaction")).to_have_text("👍")
        assert [one.moods for one in made.group.messages if one.text == "One thing"] == [{demo.GUEST: "👍"}]
        await bubble(page, "And a third").get_by_role("button", name="Delete").press("Enter")
        await expect(page.locator(".message")).to_have_count(1)


async def test_a_fold_shows_three_lines_until_it_is_touched(made: demo.World, window: Window) -> None:
    height = "(one) => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)"
    async with window() as page:
        await say(page, "/help")
        fold = bubble(page, "What I can do").locator(".fold")
        assert await fold.evaluate(height) < 4
        await fold.focus()
        assert await fold.evaluate(height) > 8
        await fold.get_by_role("button", name="/doctor").wait_for()


async def test_what_people_write_is_text_and_nothing_else(made: demo.World, window: Window) -> None:
    evil = '<img src="/x" onerror="document.title=1"><b>bold</b>'
    async with window(demo.GUEST) as page:
        await say(page, evil)
        await expect(bubble(page, "onerror").locator(".text")).to_have_text(evil)
        assert await page.locator(".text img, .text b").count() == 0


async def test_the_page_and_the_bot_change_their_language_together(
    made: demo.World, window: Window, picture: Picture
) -> None:
    async with window() as page:
        await page.get_by_role("button", name="По-русски").click()
        await expect(page.get_by_role("heading", name="Телефоны клиентов")).to_be_visible()
        await say(page, "/help")
        await bubble(page, "Что я умею").wait_for()
        await picture(page, "demo-ru")
        await page.get_by_role("button", name="In English").click()
        await say(page, "/help")
        await bubble(page, "What I can do").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_everybody_can_use_it(
    made: demo.World, window: Window, picture: Picture, scheme: str, size: tuple[int, int]
) -> None:
    async with window(size=size, scheme=scheme) as page:
        panes = ["Chat", "Phone", "Chats"] if size == NARROW else [""]
        for pane in panes:
            if pane:
                await page.locator("#tabs").get_by_role("button", name=pane, exact=True).press("Enter")
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, "the page is wider than the window"
            if (pane, scheme) in {("Chat", "light"), ("Phone", "dark")}:
                await picture(page, f"demo-narrow-{pane.lower()}")
