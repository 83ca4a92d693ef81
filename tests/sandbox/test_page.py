"""The chat page without a browser: what it serves, to whom, and what it makes of what people do."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from sandbox.journal import Accepted
from sandbox.page import Line, PageServer, Scene, Troubles
from sandbox.page.guard import HEADERS
from sandbox.page.records import changed, linked, records, sms_record
from sandbox.page.server import STATIC
from sandbox.page.troubles import POOR
from sandbox.sms_pager import SmsPagerServer
from sandbox.smsc import SmscServer
from sandbox.telegram import Chat, Person, TelegramServer

TOKEN = "123456:TEST-TOKEN"
WORDS = {"en": {"page-title": "Demo"}, "ru": {"page-title": "Показ"}}
NUMBER = "79031234500"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """All of it, and a client."""

    telegram: TelegramServer
    smsc: SmscServer
    pager: SmsPagerServer
    scene: Scene
    page: PageServer
    http: aiohttp.ClientSession
    anna: Person
    vera: Person
    group: Chat

    @property
    def chat(self) -> Chat:
        return self.telegram.private(self.anna)

    async def do(self, action: str, **body: Any) -> dict[str, Any]:
        """What the page answers."""
        async with self.http.post(f"{self.page.url}do/{action}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == (200 if answer["ok"] else 400)
            return answer

    async def api(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A call of the bot."""
        url = f"{self.telegram.url}/bot{TOKEN}/{method}"
        async with self.http.post(url, json=parameters) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def send(self, number: str = NUMBER) -> dict[str, Any]:
        """An SMS, over SMSC's own protocol."""
        query = {"login": "demo", "psw": "demo-password", "phones": number, "mes": "Hello", "fmt": "3"}
        # A GET that is lost aiohttp would send again by itself.
        async with self.http.post(f"{self.smsc.url}send.php", data=query) as response:
            answer: dict[str, Any] = json.loads(await response.read())
            return answer

    def ours(self) -> dict[str, int]:
        return {"chat": self.chat.id, "person": self.anna.id}


@asynccontextmanager
async def scenery() -> AsyncIterator[World]:
    async with (
        TelegramServer(TOKEN) as telegram,
        SmscServer() as smsc,
        SmsPagerServer() as pager,
        aiohttp.ClientSession() as http,
    ):
        anna, vera = telegram.person(1, "Anna", language_code="en"), telegram.person(2, "Vera")
        group = telegram.group(-10, "Support", [anna], forum=True)
        lines = {
            "smsc": Line(name="smsc", title="SMSC", stand=smsc, receive=smsc.receive),
            "sms_pager": Line(name="sms_pager", title="SMS-Pager", stand=pager),
        }
        scene = Scene(
            telegram=telegram,
            captions={1: "page-who-admin"},
            lines=lines,
            troubles=Troubles(telegram, [smsc, pager]),
        )
        async with PageServer(scene, WORDS, "en") as page:
            yield World(telegram, smsc, pager, scene, page, http, anna, vera, group)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with scenery() as made:
        yield made


# Whom it serves, and what it lets a browser do.


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "smsdesk.example"}, 403),
        ({"Host": "127.0.0.1.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["", "words", "static/main.js", "nowhere"])
async def test_only_this_machine_and_this_page_are_served(
    world: World, headers: dict[str, str], status: int, path: str
) -> None:
    async with world.http.get(world.page.url + path, headers=headers) as response:
        assert response.status == (404 if status == 200 and path == "nowhere" else status)
        assert {name: response.headers[name] for name in HEADERS} == HEADERS


async def test_another_site_moves_nothing_and_our_page_does(world: World) -> None:
    own = world.page.url.rstrip("/")
    said = world.ours() | {"text": "hello"}
    for origin, status in (("https://example.com", 403), (own, 200)):
        async with world.http.post(f"{own}/do/say", json=said, headers={"Origin": origin}) as response:
            assert response.status == status
    assert [one.text for one in world.chat.messages] == ["hello"]


async def test_it_listens_on_loopback_alone(world: World) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", world.page.url)


def test_the_page_loads_nothing_from_outside_and_parses_nothing_as_html() -> None:
    for file in STATIC.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text), file.name
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|Function\(", text)
        assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", text), file.name


async def test_a_file_is_a_picture_only_if_it_is_one(world: World) -> None:
    evil = world.chat.send_document(world.anna, "x.html", b"<script>", mime_type="text/html")
    picture = world.chat.send_photo(world.anna)
    for message, kind in ((evil, "application/octet-stream"), (picture, "image/jpeg")):
        assert message.file is not None
        async with world.http.get(f"{world.page.url}files/{message.file.file_id}") as response:
            assert response.content_type == kind
            assert ("attachment" in response.headers.get("Content-Disposition", "")) is (message is evil)
    async with world.http.get(f"{world.page.url}files/none") as response:
        assert response.status == 404


async def test_the_words_are_those_it_was_given(world: World) -> None:
    async with world.http.get(f"{world.page.url}words") as response:
        assert await response.json() == {"language": "en", "texts": WORDS}


# What there is to see.


async def _event(stream: aiohttp.StreamReader) -> tuple[str, dict[str, Any]]:
    name = (await stream.readline()).decode().removeprefix("event: ").strip()
    patch = json.loads((await stream.readline()).decode().removeprefix("data: "))
    await stream.readline()
    return name, patch


async def test_the_stream_begins_with_everything_and_goes_on_with_changes(world: World) -> None:
    world.chat.say(world.anna, "first")
    async with world.http.get(f"{world.page.url}events") as response:
        assert response.content_type == "text/event-stream"
        name, everything = await _event(response.content)
        assert (name, everything["message/1/1"]["text"]) == ("all", "first")
        assert everything["person/1"]["caption"] == "page-who-admin"
        await world.api("sendMessage", chat_id=1, text="<b>second</b>", parse_mode="HTML")
        name, change = await _event(response.content)
        assert name == "some"
        assert list(change) == ["message/1/2"]
        assert change["message/1/2"]["entities"] == [{"type": "bold", "offset": 0, "length": 6}]
        world.chat.react(world.anna, world.chat.messages[1], "🔥")
        _, change = await _event(response.content)
        assert change["message/1/2"]["moods"] == {"1": "🔥"}


async def test_a_server_that_stops_does_not_wait_for_its_readers() -> None:
    async with scenery() as world:
        response = await world.http.get(f"{world.page.url}events")
        await _event(response.content)
        began = datetime.now(UTC)
        await world.page.__aexit__(None, None, None)
        assert datetime.now(UTC) - began < timedelta(seconds=1.5)
        response.close()


def test_a_change_is_what_is_new_or_other_and_what_is_gone() -> None:
    before = {"same": {"a": 1}, "other": {"a": 1}, "gone": {"a": 1}}
    now = {"same": {"a": 1}, "other": {"a": 2}, "new": {"a": 1}}
    assert changed(before, now) == {"other": {"a": 2}, "new": {"a": 1}, "gone": None}
    assert changed(now, now) == {}


async def test_what_was_deleted_is_not_told_any_more(world: World) -> None:
    message = world.chat.say(world.anna, "/connect smsc demo secret")
    world.chat.delete(message)
    assert "secret" not in json.dumps(records(world.scene))


async def test_commands_and_numbers_are_links_but_not_within_code(world: World) -> None:
    await world.api("sendMessage", chat_id=1, text="Try /help or <code>/send</code>", parse_mode="HTML")
    assert [(one["type"], one["offset"]) for one in linked(world.chat.messages[0])] == [
        ("code", 13),
        ("bot_command", 4),
    ]


@pytest.mark.parametrize(
    ("digits", "stages"),
    [
        ("00", ["queued", "sent", "delivered", "delivered"]),
        ("01", ["queued", "sent", "undelivered", "undelivered"]),
        ("05", ["moderation", "queued", "sent", "delivered"]),
    ],
)
def test_a_handset_hears_of_an_sms_when_its_life_says_so(digits: str, stages: list[str]) -> None:
    accepted = Accepted(
        gateway="smsc",
        login="demo",
        msisdn=f"790312345{digits}",
        text="Hello",
        sender="ACME",
        gateway_ids=("1",),
        ref=None,
        send_at=None,
        accepted_at=NOON,
        segments=1,
        request_id="1",
    )
    times = [NOON + timedelta(seconds=passed) for passed in range(4)]
    told = [sms_record("smsc", accepted, 1.0, now, cancelled=False)["stage"] for now in times]
    assert told == stages
    assert sms_record("smsc", accepted, 1.0, NOON, cancelled=True)["stage"] == "cancelled"


async def test_the_bot_is_typing_until_it_speaks(world: World) -> None:
    def typing() -> bool:
        record = records(world.scene)["chat/1"]
        assert record is not None
        return bool(record["typing"])

    await world.api("sendChatAction", chat_id=1, action="typing")
    assert typing()
    await world.api("sendMessage", chat_id=1, text="done")
    assert not typing()


async def test_the_menu_is_that_of_the_narrowest_scope(world: World) -> None:
    async def menu(name: str, **scope: Any) -> None:
        commands = [{"command": name, "description": name}]
        await world.api("setMyCommands", commands=commands, **scope)

    def offered(chat: Chat, person: Person) -> list[str]:
        return [one["command"] for one in world.telegram.menu(chat, person)]

    assert offered(world.chat, world.anna) == []
    await menu("default")
    await menu("here", scope={"type": "chat", "chat_id": 1})
    await menu("english", scope={"type": "chat", "chat_id": 1}, language_code="en")
    await menu("groups", scope={"type": "all_group_chats"})
    assert offered(world.chat, world.anna) == ["english"]
    world.telegram.set_language("ru")
    assert offered(world.chat, world.telegram.people[0]) == ["here"]
    assert offered(world.telegram.private(world.vera), world.vera) == ["default"]
    assert offered(world.group, world.anna) == ["groups"]
    world.group.administrators.add(1)
    await menu("admins", scope={"type": "all_chat_administrators"})
    assert offered(world.group, world.anna) == ["admins"]


# What people do.


async def test_people_speak_reply_edit_react_and_delete(world: World) -> None:
    topic = world.group.topic("Orders")
    place = {"chat": world.group.id, "person": 1}
    first = (await world.do("say", **place, text="/status", thread=topic))["message"]
    second = (await world.do("say", **place, text="And?", reply_to=first))["message"]
    assert world.group.messages[second - 1].thread_id == topic
    await world.do("edit", **place, message=second, text="And now?")
    await world.do("react", **place, message=first, emoji="👍")
    await world.do("react", **place, message=first, emoji=None)
    assert world.group.messages[first - 1].moods == {}
    assert world.group.messages[second - 1].text == "And now?"
    assert (await world.do("delete", **place, message=second))["ok"]
    assert world.group.messages[second - 1].deleted


async def test_a_button_is_pressed_by_what_it_does(world: World) -> None:
    row = [{"text": "1", "callback_data": "one"}, {"text": "1", "callback_data": "two"}]
    await world.api("sendMessage", chat_id=1, text="?", reply_markup={"inline_keyboard": [row]})
    pressed = await world.do("press", **world.ours(), message=1, data="two")
    assert [one.data for one in world.chat.presses] == ["two"]
    await world.api("answerCallbackQuery", callback_query_id=pressed["press"], text="Done", show_alert=True)
    told = records(world.scene)[f"press/{pressed['press']}"]
    assert told is not None
    assert told["answer"] == {"text": "Done", "alert": True}
    assert not (await world.do("press", **world.ours(), message=1, data="three"))["ok"]


async def test_a_person_is_picked_from_the_list(world: World) -> None:
    key = {"text": "Choose", "request_users": {"request_id": 7}}
    await world.api("sendMessage", chat_id=1, text="?", reply_markup={"keyboard": [[key]]})
    await world.do("pick", **world.ours(), message=1, label="Choose", picked=[2])
    users = world.telegram.updates[-1]["message"]["users_shared"]["users"]
    assert users == [{"user_id": 2, "first_name": "Vera"}]


async def test_a_file_comes_as_a_document(world: World) -> None:
    form = aiohttp.FormData({"chat": "1", "person": "1", "caption": "today"})
    form.add_field("file", b"a;b\n", filename="list.csv", content_type="text/csv")
    async with world.http.post(f"{world.page.url}do/document", data=form) as response:
        assert response.status == 200
    message = world.telegram.updates[-1]["message"]
    assert message["caption"] == "today"
    assert message["document"]["file_name"] == "list.csv"
    async with world.http.post(f"{world.page.url}do/document", data={"chat": "1", "person": "1"}) as response:
        assert response.status == 400


async def test_what_happens_to_a_topic_is_told_with_its_name(world: World) -> None:
    opened = world.group.topic("Returns")
    world.group.rename_topic(opened, "Orders", by="bot")
    world.group.turn_topic(opened, closed=True, by="bot")
    told = [records(world.scene)[f"message/{world.group.id}/{one.id}"] or {} for one in world.group.messages]
    assert [(one["service"][0], one["topic"]) for one in told] == [
        ("forum_topic_created", "Returns"),
        ("forum_topic_edited", "Orders"),
        ("forum_topic_closed", None),
    ]


async def test_people_do_not_write_in_a_channel(world: World) -> None:
    channel = world.telegram.channel(-20, "Alerts")
    channel.members[1] = world.anna
    assert not (await world.do("say", chat=-20, person=1, text="hello"))["ok"]
    assert channel.messages == []


async def test_the_language_is_that_of_everybody_s_telegram(world: World) -> None:
    await world.do("language", code="ru")
    await world.do("say", **world.ours(), text="hello")
    assert world.telegram.updates[-1]["message"]["from"]["language_code"] == "ru"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("say", {"chat": -10, "person": 2, "text": "let me in"}),
        ("say", {"chat": 1, "person": 2, "text": "not my chat"}),
        ("say", {"chat": 1, "person": 9, "text": "nobody"}),
        ("say", {"chat": 1, "person": 1, "text": "  "}),
        ("say", {"chat": 1, "person": 1, "text": "no such topic", "thread": 5}),
        ("say", {"chat": 1}),
        ("say", {"chat": [], "person": 1, "text": "x"}),
        ("say", {"chat": float("inf"), "person": 1, "text": "x"}),
        ("edit", {"chat": 1, "person": 1, "message": 1, "text": "not mine"}),
        ("edit", {"chat": 1, "person": 1, "message": 99, "text": "not there"}),
        ("answer", {"msisdn": NUMBER, "text": "I have heard nothing"}),
        ("trouble", {"name": "earthquake", "on": True}),
        ("language", {"code": "fr"}),
    ],
)
async def test_what_cannot_be_done_is_refused(world: World, action: str, body: dict[str, Any]) -> None:
    await world.api("sendMessage", chat_id=1, text="the bot's")
    assert not (await world.do(action, **body))["ok"]
    assert [one.text for one in world.chat.messages] == ["the bot's"]


@pytest.mark.parametrize("body", ["", "[]", "not JSON"])
async def test_what_is_no_object_is_refused(world: World, body: str) -> None:
    async with world.http.post(f"{world.page.url}do/say", data=body) as response:
        assert response.status == 400
    async with world.http.post(f"{world.page.url}do/nothing", data="{}") as response:
        assert response.status == 404


# The other end.


async def test_an_answer_reaches_the_inbox_of_the_gateway_the_customer_heard_from(world: World) -> None:
    await world.send()
    assert (await world.do("answer", msisdn=NUMBER, text="Thank you"))["ok"]
    query = {"login": "demo", "psw": "demo-password", "get_answers": "1", "fmt": "3"}
    async with world.http.get(f"{world.smsc.url}get.php", params=query) as response:
        inbox = json.loads(await response.read())
    assert [(one["phone"], one["message"]) for one in inbox] == [(NUMBER, "Thank you")]
    assert [one.text for one in world.scene.answers] == ["Thank you"]


async def test_a_gateway_without_an_inbox_takes_no_answer(world: World) -> None:
    body = (
        "<?xml version='1.0' encoding='utf-8'?><data><login>demo</login><password>demo-password</password>"
        f"<text>Hello</text><to number='{NUMBER}'></to></data>"
    )
    async with world.http.post(f"{world.pager.url}send.xml", data=body) as response:
        assert "<code>1</code>" in await response.text()
    refused = await world.do("answer", msisdn=NUMBER, text="Thank you")
    assert refused["description"] == "SMS-Pager takes no answers"


async def test_gateways_that_are_down_refuse_and_come_back_where_they_were(world: World) -> None:
    origin = world.smsc.origin
    await world.do("trouble", name="down", on=True)
    await world.do("trouble", name="down", on=True)
    with pytest.raises(aiohttp.ClientConnectorError):
        await world.http.get(f"{origin}/sys/balance.php")
    await world.do("trouble", name="down", on=False)
    assert world.smsc.origin == origin
    assert "id" in await world.send()


async def test_a_lost_answer_is_an_accepted_sms(world: World) -> None:
    await world.do("trouble", name="lost", on=True)
    world.smsc.faults.hang = 0.05
    for _ in range(2):
        with pytest.raises(aiohttp.ClientConnectionError):
            await world.send()
    await world.do("trouble", name="lost", on=False)
    assert "id" in await world.send()
    assert len(world.smsc.journal.accepted) == 3


async def test_money_is_low_until_it_is_paid_in_again(world: World) -> None:
    before = world.smsc.balance
    await world.do("trouble", name="poor", on=True)
    assert world.smsc.balance == POOR < world.smsc.account.price
    assert (await world.send())["error_code"] == 3
    await world.do("trouble", name="poor", on=False)
    assert world.smsc.balance == before == Decimal("1000.00")


async def test_telegram_lets_the_bot_wait_and_then_no_more(world: World) -> None:
    await world.do("trouble", name="flood", on=True)
    for _ in range(2):
        answer = await world.api("sendMessage", chat_id=1, text="hello")
        assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 3})
    await world.do("trouble", name="flood", on=False)
    assert (await world.api("sendMessage", chat_id=1, text="hello"))["ok"]


def test_every_module_of_the_page_is_there_and_asked_for() -> None:
    imported = {"main.js"}
    for file in STATIC.glob("*.js"):
        imported |= set(re.findall(r'from "\./([a-z]+\.js)"', file.read_text("utf-8")))
    assert imported == {file.name for file in STATIC.glob("*.js")}
