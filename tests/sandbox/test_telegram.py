"""The Telegram stand-in, as a bot and as a person meet it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import telegram
from aiohttp import web

from sandbox.telegram import Chat, Event, FaultKind, Person, TelegramServer

TOKEN = "123456:TEST-TOKEN"
KEYBOARD = {
    "inline_keyboard": [[{"text": "✅ Send", "callback_data": "go"}, {"text": "✖", "callback_data": "no"}]]
}


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Reply:
    """One answer of the Bot API."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.body["ok"] is True, self.body
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, str]:
        assert self.body["ok"] is False, self.body
        assert self.body["error_code"] == self.status
        return self.status, self.body["description"]


Api = Callable[..., Awaitable[Reply]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token=TOKEN, clock=clock) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def api(server: TelegramServer, session: aiohttp.ClientSession) -> Api:
    """Calls a method; nested values are JSON texts in a form, as python-telegram-bot sends them."""

    async def call(method: str, **parameters: Any) -> Reply:
        form = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
        }
        async with session.post(f"{server.url}/bot{TOKEN}/{method}", data=form) as response:
            return Reply(response.status, await response.json(), dict(response.headers))

    return call


@pytest.fixture
def anna(server: TelegramServer) -> Person:
    return server.person(1001, "Anna", username="anna", language_code="en")


@pytest.fixture
def chat(server: TelegramServer, anna: Person) -> Chat:
    return server.private(anna)


@pytest.fixture
def group(server: TelegramServer, anna: Person) -> Chat:
    return server.group(-1001234567890, "Staff", members=[anna])


# The door: tokens, methods, ways to pass parameters.


async def test_a_wrong_token_is_unauthorized(server: TelegramServer, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{server.url}/bot123456:WRONG/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found_in_json(api: Api) -> None:
    assert (await api("sendPigeon")).refusal == (404, "Not Found: method not found")


async def test_a_method_name_may_be_written_in_any_case(api: Api) -> None:
    assert (await api("GETME")).result["id"] == 123456


async def test_get_me_names_the_bot_of_the_token(api: Api) -> None:
    me = (await api("getMe")).result
    assert (me["id"], me["is_bot"], me["username"]) == (123456, True, "smsdesk_demo_bot")


@pytest.mark.parametrize("way", ["query", "form", "json", "json with text inside", "multipart"])
async def test_parameters_may_come_every_way(
    way: str, server: TelegramServer, session: aiohttp.ClientSession, chat: Chat
) -> None:
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    as_text = {"chat_id": "1001", "text": "hello", "reply_markup": json.dumps(KEYBOARD)}
    multipart = aiohttp.FormData(as_text, default_to_multipart=True)
    requests: dict[str, Callable[[], Any]] = {
        "query": lambda: session.get(url, params=as_text),
        "form": lambda: session.post(url, data=as_text),
        "json": lambda: session.post(url, json={"chat_id": 1001, "text": "hello", "reply_markup": KEYBOARD}),
        "json with text inside": lambda: session.post(url, json=as_text),
        "multipart": lambda: session.post(url, data=multipart),
    }
    async with requests[way]() as response:
        assert (await response.json())["ok"] is True
    assert [button.callback_data for button in chat.bot_messages[0].keyboard[0]] == ["go", "no"]


async def test_a_body_that_is_no_json_is_refused(
    server: TelegramServer, session: aiohttp.ClientSession
) -> None:
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{server.url}/bot{TOKEN}/getMe", data="{", headers=headers) as response:
        assert response.status == 400


# getUpdates.


def ids(reply: Reply) -> list[int]:
    return [update["update_id"] for update in reply.result]


async def test_updates_stay_until_an_offset_confirms_them(api: Api, chat: Chat, anna: Person) -> None:
    for text in ("one", "two", "three"):
        chat.say(anna, text)
    first = ids(await api("getUpdates"))
    assert first == [700_000_001, 700_000_002, 700_000_003]
    assert ids(await api("getUpdates")) == first
    assert ids(await api("getUpdates", offset=first[2])) == first[2:]
    assert ids(await api("getUpdates", offset=0)) == first[2:], "what was confirmed is forgotten for good"


async def test_limit_cuts_from_the_oldest(api: Api, chat: Chat, anna: Person) -> None:
    for text in ("one", "two", "three"):
        chat.say(anna, text)
    taken = (await api("getUpdates", limit=2)).result
    assert [update["message"]["text"] for update in taken] == ["one", "two"]


async def test_a_negative_offset_keeps_only_the_last(api: Api, chat: Chat, anna: Person) -> None:
    for text in ("one", "two", "three"):
        chat.say(anna, text)
    taken = (await api("getUpdates", offset=-1)).result
    assert [update["message"]["text"] for update in taken] == ["three"]
    assert len((await api("getUpdates")).result) == 1


async def test_a_negative_offset_on_an_empty_queue_confirms_nothing_to_come(
    api: Api, chat: Chat, anna: Person
) -> None:
    assert ids(await api("getUpdates", offset=-1)) == []
    chat.say(anna, "first")
    assert len(ids(await api("getUpdates"))) == 1


async def test_a_long_poll_returns_as_soon_as_somebody_speaks(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    poll = asyncio.ensure_future(api("getUpdates", timeout=50))
    await server.wait_for(lambda: server.is_polled)
    chat.say(anna, "hello")
    assert (await asyncio.wait_for(poll, 5)).result[0]["message"]["text"] == "hello"


async def test_a_long_poll_ends_empty_after_its_time_out(api: Api, chat: Chat) -> None:
    started = asyncio.get_running_loop().time()
    assert (await api("getUpdates", timeout=1)).result == []
    assert asyncio.get_running_loop().time() - started >= 0.9


async def test_a_poller_that_leaves_is_not_kept(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    poll = asyncio.ensure_future(api("getUpdates", timeout=50))
    await server.wait_for(lambda: server.is_polled)
    poll.cancel()
    await server.wait_for(lambda: not server.is_polled)
    chat.say(anna, "hello")
    assert len(ids(await api("getUpdates"))) == 1, "what nobody received is still there"


async def test_a_second_poller_terminates_the_first(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    first = asyncio.ensure_future(api("getUpdates", timeout=50))
    await server.wait_for(lambda: server.is_polled)
    second = asyncio.ensure_future(api("getUpdates", timeout=50))
    assert (await asyncio.wait_for(first, 5)).refusal == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    chat.say(anna, "hello")
    assert len((await asyncio.wait_for(second, 5)).result) == 1


async def test_allowed_updates_are_honoured_and_remembered(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    await api("getUpdates", allowed_updates=["message"])
    message = chat.say(anna, "hello")
    chat.edit(message, "hello!")
    assert [set(update) - {"update_id"} for update in (await api("getUpdates")).result] == [{"message"}]
    assert (await api("getWebhookInfo")).result["allowed_updates"] == ["message"]
    await api("getUpdates", allowed_updates=["message", "edited_message"])
    chat.edit(message, "hello!!")
    assert [set(update) - {"update_id"} for update in (await api("getUpdates")).result] == [
        {"message"},
        {"edited_message"},
    ]
    await api("getUpdates", allowed_updates=[])
    assert "allowed_updates" not in (await api("getWebhookInfo")).result


async def test_reactions_and_membership_come_only_by_name(
    api: Api, chat: Chat, group: Chat, anna: Person, server: TelegramServer
) -> None:
    boris = server.person(1002, "Boris")
    message = chat.say(anna, "hello")
    chat.react(anna, message, "👍")
    group.add_member(boris)
    assert [set(update) - {"update_id"} for update in server.pending_updates] == [{"message"}]
    await api("getUpdates", offset=-1, allowed_updates=["message_reaction", "chat_member"])
    chat.react(anna, message, "👍")
    group.remove_member(boris, by=anna)
    reaction, member = (await api("getUpdates", offset=700_000_002)).result
    assert reaction["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert member["chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_a_confirmed_update_can_be_delivered_again(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    chat.say(anna, "one")
    chat.say(anna, "two")
    first, second = ids(await api("getUpdates"))
    assert ids(await api("getUpdates", offset=second + 1)) == []
    server.redeliver(first)
    assert ids(await api("getUpdates", offset=second + 1)) == [first]
    assert ids(await api("getUpdates", offset=second + 1)) == [], "confirmed by the poll after it"
    with pytest.raises(KeyError):
        server.redeliver(1)


async def test_the_first_update_id_can_be_chosen() -> None:
    async with TelegramServer(token=TOKEN, first_update_id=42) as server:
        anna = server.person(1, "Anna")
        server.private(anna).say(anna, "hi")
        assert [update["update_id"] for update in server.pending_updates] == [42]


async def test_a_stopped_server_lets_pollers_go_and_keeps_its_world(
    anna: Person, server: TelegramServer, api: Api
) -> None:
    poll = asyncio.ensure_future(api("getUpdates", timeout=50))
    await server.wait_for(lambda: server.is_polled)
    port = int(server.url.rpartition(":")[2])
    await asyncio.wait_for(server.stop(), 5)
    await asyncio.wait({poll}, timeout=5)
    assert poll.done()
    assert poll.exception() is not None or poll.result().result == []
    await server.start(port=port)
    server.private(anna).say(anna, "still here")
    assert len((await api("getUpdates")).result) == 1


# Webhooks.


async def test_a_webhook_is_stored_and_forbids_polling(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    chat.say(anna, "hello")
    poll = asyncio.ensure_future(api("getUpdates", offset=700_000_002, timeout=50))
    await server.wait_for(lambda: server.is_polled)
    chat_url = "https://bot.example.org/telegram"
    assert (await api("setWebhook", url=chat_url, secret_token="s3cret", allowed_updates=["message"])).result
    assert (await poll).refusal == (409, "Conflict: terminated by setWebhook request")
    chat.say(anna, "again")
    info = (await api("getWebhookInfo")).result
    assert (info["url"], info["pending_update_count"], info["allowed_updates"]) == (chat_url, 1, ["message"])
    assert "secret_token" not in info
    assert server.webhook["secret_token"] == "s3cret"
    status, description = (await api("getUpdates")).refusal
    assert status == 409
    assert description.startswith("Conflict: can't use getUpdates method while webhook is active")
    assert (await api("deleteWebhook", drop_pending_updates=True)).result is True
    assert (await api("getUpdates")).result == []
    assert (await api("getWebhookInfo")).result["url"] == ""


async def test_a_webhook_must_be_https(api: Api) -> None:
    assert (await api("setWebhook", url="http://bot.example.org/")).refusal[0] == 400


@asynccontextmanager
async def hook(*answers: int) -> AsyncIterator[tuple[str, list[tuple[str | None, dict[str, Any]]]]]:
    """A webhook that answers so, the last for ever: its address, and the secrets and updates that came."""
    script = list(answers)
    came: list[tuple[str | None, dict[str, Any]]] = []

    async def answer(request: web.Request) -> web.Response:
        came.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=script.pop(0) if len(script) > 1 else script[0])

    app = web.Application()
    app.router.add_post("/telegram", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/telegram", came
    finally:
        await runner.cleanup()


async def test_a_webhook_is_called_with_the_secret_until_it_says_2xx(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    chat.say(anna, "before")
    async with hook(503, 500, 404, 200) as (url, came):
        await api("setWebhook", url=url, secret_token="s3cret")
        await server.wait_for(lambda: not server.pending_updates)
        chat.say(anna, "after")
        await server.wait_for(lambda: not server.pending_updates)
    assert {secret for secret, _ in came} == {"s3cret"}
    assert [update["message"]["text"] for _, update in came] == ["before"] * 4 + ["after"]
    assert [one.status for one in server.deliveries] == [503, 500, 404, 200, 200]


async def test_a_webhook_that_takes_nothing_from_one_chat_gets_the_others(
    api: Api, server: TelegramServer, chat: Chat, anna: Person, group: Chat
) -> None:
    async with hook(500) as (url, came):
        chat.say(anna, "private")
        group.say(anna, "group")
        await api("setWebhook", url=url)
        await server.wait_for(lambda: {one["message"]["text"] for _, one in came} == {"private", "group"})
        assert (
            (await api("getWebhookInfo")).result["last_error_message"].endswith("500 Internal Server Error")
        )
        assert {secret for secret, _ in came} == {None}
    await server.wait_for(lambda: server.deliveries[-1].status is None)
    await api("deleteWebhook")
    assert len((await api("getUpdates")).result) == 2


# People speak.


async def test_a_command_has_its_entity_and_a_number_too(
    chat: Chat, anna: Person, server: TelegramServer
) -> None:
    message = chat.say(
        anna, "😀 /send@smsdesk_demo_bot +79031234567 ready, see https://a.example/x @boris #12a a@b.ru"
    )
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in message.entities] == [
        ("bot_command", 3, 22),
        ("phone_number", 26, 12),
        ("url", 50, 19),
        ("mention", 70, 6),
        ("hashtag", 77, 4),
        ("email", 82, 6),
    ]
    update = server.pending_updates[0]["message"]
    assert update["entities"] == message.entities
    assert update["from"] == {
        "id": 1001,
        "is_bot": False,
        "first_name": "Anna",
        "username": "anna",
        "language_code": "en",
    }
    assert update["chat"] == {"id": 1001, "type": "private", "first_name": "Anna", "username": "anna"}


@pytest.mark.parametrize("text", ["a/b", "and/or", "1/2", "//x", "http:/x/y"])
async def test_a_slash_inside_a_word_is_no_command(text: str, chat: Chat, anna: Person) -> None:
    assert "bot_command" not in [entity["type"] for entity in chat.say(anna, text).entities]


async def test_messages_are_numbered_by_chat_and_dated_by_the_clock(
    chat: Chat, group: Chat, anna: Person, clock: Clock, server: TelegramServer
) -> None:
    assert [chat.say(anna, "a").id, chat.say(anna, "b").id, group.say(anna, "c").id] == [1, 2, 1]
    clock.now += timedelta(hours=1)
    chat.say(anna, "later")
    dates = [update["message"]["date"] for update in server.pending_updates]
    assert dates[3] - dates[0] == 3600
    assert dates[0] == int(datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp())


async def test_a_reply_carries_the_message_it_answers(
    chat: Chat, anna: Person, server: TelegramServer
) -> None:
    first = chat.say(anna, "first")
    second = chat.say(anna, "second", reply_to=first)
    third = chat.say(anna, "third", reply_to=second.id)
    assert (second.reply_to, third.reply_to) == (1, 2)
    carried = server.pending_updates[2]["message"]["reply_to_message"]
    assert carried["text"] == "second"
    assert "reply_to_message" not in carried


async def test_extra_fields_are_laid_over_the_message(
    group: Chat, anna: Person, server: TelegramServer
) -> None:
    message = group.say(anna, "hi", sender_chat={"id": group.id, "type": "supergroup"}, message_thread_id=7)
    update = server.pending_updates[0]["message"]
    assert update["sender_chat"]["id"] == group.id
    assert update["message_thread_id"] == message.thread_id == 7


async def test_edits_photos_contacts_documents_and_posts_become_updates(
    chat: Chat, anna: Person, server: TelegramServer
) -> None:
    channel = server.channel(-1009876543210, "Alerts")
    message = chat.say(anna, "old")
    chat.edit(message, "new")
    chat.send_photo(anna, caption="/send look")
    chat.send_contact(anna, "+79031234567", "Boris")
    chat.send_document(anna, "list.csv", b"1;2", mime_type="text/csv")
    post = channel.post("to all")
    channel.edit(post, "to all!")
    _, edited, photo, contact, document, posted, post_edited = server.pending_updates
    assert (edited["edited_message"]["text"], message.edits) == ("new", ["old"])
    assert "edit_date" in edited["edited_message"]
    assert photo["message"]["caption_entities"][0]["type"] == "bot_command"
    assert contact["message"]["contact"] == {"phone_number": "+79031234567", "first_name": "Boris"}
    assert document["message"]["document"]["file_name"] == "list.csv"
    assert posted["channel_post"]["sender_chat"]["title"] == "Alerts"
    assert "from" not in posted["channel_post"]
    assert post_edited["edited_channel_post"]["text"] == "to all!"


async def test_nobody_writes_where_they_cannot(chat: Chat, group: Chat, server: TelegramServer) -> None:
    boris = server.person(1002, "Boris")
    with pytest.raises(ValueError, match="private chat of Anna"):
        chat.say(boris, "hi")
    with pytest.raises(ValueError, match="no channel"):
        group.post("hi")
    with pytest.raises(ValueError, match="already"):
        server.person(1002, "Another")
    group.say(boris, "I just joined")
    assert 1002 in group.members


# sendMessage and its refusals.


async def test_a_sent_message_stands_in_the_chat(api: Api, chat: Chat, server: TelegramServer) -> None:
    sent = (
        await api(
            "sendMessage", chat_id=1001, text=" <b>Ready</b> ", reply_markup=KEYBOARD, protect_content=True
        )
    ).result
    message = chat.bot_messages[0]
    assert (message.id, message.sender, message.text) == (sent["message_id"], "bot", "<b>Ready</b>")
    assert message.html == " &lt;b&gt;Ready&lt;/b&gt; "
    assert sent["from"]["id"] == 123456
    assert sent["reply_markup"] == KEYBOARD
    assert sent["has_protected_content"] is True
    assert server.pending_updates == [], "a bot does not hear itself"


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"chat_id": "", "text": "x"}, "chat_id is empty"),
        ({"chat_id": 999, "text": "x"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ({"text": "x", "parse_mode": "Pencil"}, "unsupported parse_mode"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
        ({"text": "x", "reply_to_message_id": 77}, "message to be replied not found"),
        ({"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
    ],
)
async def test_send_message_is_refused(
    parameters: dict[str, Any], refusal: str, api: Api, chat: Chat
) -> None:
    reply = await api("sendMessage", **{"chat_id": 1001, **parameters})
    assert reply.refusal == (400, f"Bad Request: {refusal}")
    assert chat.messages == []


async def test_the_limit_counts_utf16_units_after_parsing(api: Api, chat: Chat) -> None:
    assert (await api("sendMessage", chat_id=1001, text="😀" * 2048)).result
    marked = f"<b>{'&lt;' * 4096}</b>"
    assert (await api("sendMessage", chat_id=1001, text=marked, parse_mode="HTML")).result[
        "text"
    ] == "<" * 4096


async def test_a_reply_to_nothing_passes_if_it_may(api: Api, chat: Chat, anna: Person) -> None:
    lost = {"message_id": 77, "allow_sending_without_reply": True}
    assert (
        "reply_to_message"
        not in (await api("sendMessage", chat_id=1001, text="x", reply_parameters=lost)).result
    )
    original = chat.say(anna, "question")
    replied = (
        await api("sendMessage", chat_id=1001, text="x", reply_parameters={"message_id": original.id})
    ).result
    assert replied["reply_to_message"]["text"] == "question"
    chat.delete(original)
    deleted = {"message_id": original.id}
    reply = await api("sendMessage", chat_id=1001, text="x", reply_parameters=deleted)
    assert reply.refusal == (400, "Bad Request: message to be replied not found")


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"callback_data": "я" * 32 + "x"}, "BUTTON_DATA_INVALID"),
        ({"copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        (
            {"url": "http://localhost/x"},
            "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
        ),
        ({}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            {"callback_data": "x", "style": "pink"},
            "can't parse inline keyboard button: invalid button style specified",
        ),
    ],
)
async def test_a_bad_button_is_refused(button: dict[str, Any], refusal: str, api: Api, chat: Chat) -> None:
    markup = {"inline_keyboard": [[{"text": "A", **button}]]}
    reply = await api("sendMessage", chat_id=1001, text="x", reply_markup=markup)
    assert reply.refusal == (400, f"Bad Request: {refusal}")


async def test_callback_data_of_64_bytes_and_a_hundred_buttons_pass_but_no_more(api: Api, chat: Chat) -> None:
    row = [{"text": "A", "callback_data": "я" * 32}] * 10
    for rows, passes in ((10, True), (11, False)):
        markup = {"inline_keyboard": [row] * rows}
        reply = await api("sendMessage", chat_id=1001, text="x", reply_markup=markup)
        assert reply.body["ok"] is passes


async def test_every_kind_of_keyboard_is_kept(api: Api, chat: Chat) -> None:
    url = {"inline_keyboard": [[{"text": "Site", "url": "https://a.example/", "style": "primary"}]]}
    await api("sendMessage", chat_id=1001, text="1", reply_markup=url)
    await api(
        "sendMessage", chat_id=1001, text="2", reply_markup={"keyboard": [["Yes"]], "resize_keyboard": True}
    )
    await api("sendMessage", chat_id=1001, text="3", reply_markup={"force_reply": True})
    first, second, third = chat.bot_messages
    assert (first.keyboard[0][0].url, first.keyboard[0][0].style) == ("https://a.example/", "primary")
    assert second.keyboard == []
    assert second.markup == {"keyboard": [[{"text": "Yes"}]], "resize_keyboard": True}
    assert third.markup == {"force_reply": True}


# HTML.

CODE_BLOCK = '<pre><code class="language-python">x=1</code></pre>'


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a</b><strong>b</strong>", "ab", [("bold", 0, 1), ("bold", 1, 1)]),
        ("<i>a</i><em>b</em>", "ab", [("italic", 0, 1), ("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", at, 1) for at in range(3)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<code>a</code><pre>b</pre>", "ab", [("code", 0, 1), ("pre", 1, 1)]),
        (CODE_BLOCK, "x=1", [("pre", 0, 3, {"language": "python"})]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        (
            '<a href="https://a.b/?x=1&amp;y=2">go</a>',
            "go",
            [("text_link", 0, 2, {"url": "https://a.b/?x=1&y=2"})],
        ),
        ('<a href="nowhere">go</a>', "go", []),
        ('<a href="tg://user?id=1001">A</a>', "A", [("text_mention", 0, 1)]),
        ('<a href="tg://user?id=4">A</a>', "A", []),
        ('<tg-emoji emoji-id="53">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2, {"custom_emoji_id": "53"})]),
        (
            '<tg-time unix="1700000000" format="f">now</tg-time>',
            "now",
            [("date_time", 0, 3, {"unix_time": 1700000000, "date_time_format": "f"})],
        ),
        ("😀<b>😀<i>x</i></b>", "😀😀x", [("bold", 2, 3), ("italic", 4, 1)]),
        ("<b></b>a &lt;b&gt; &amp; &quot;&#33;&#x21; A & B AT&T", 'a <b> & "!! A & B AT&T', []),
        ("<B>a</B  >", "a", [("bold", 0, 1)]),
        ("  <b> a</b>", "a", [("bold", 0, 1)]),
        ("<b>a</b><i> </i>", "a", [("bold", 0, 1)]),
    ],
)
async def test_html_becomes_entities(
    source: str, text: str, entities: list[tuple[Any, ...]], api: Api, chat: Chat
) -> None:
    sent = (await api("sendMessage", chat_id=1001, text=source, parse_mode="HTML")).result
    assert sent["text"] == text
    found = sent.get("entities", [])
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == [
        expected[:3] for expected in entities
    ]
    for entity, expected in zip(found, entities, strict=True):
        assert entity.items() >= (expected[3] if len(expected) > 3 else {}).items()
    assert chat.bot_messages[0].html == source
    assert chat.bot_messages[0].entities == found


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("a<br>", 'Unsupported start tag "br" at byte offset 1'),
        ("я < b", 'Unsupported start tag "" at byte offset 3'),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x"', "Unclosed start tag at byte offset 0"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
        ('<tg-time unix="x">y</tg-time>', "Invalid date specified"),
        ("a&nbsp;b", 'Unsupported HTML entity "&nbsp;" at byte offset 1'),
        ("a&#55555555555;b", 'Unsupported HTML entity "&#55555555555;" at byte offset 1'),
    ],
)
async def test_bad_html_is_refused(source: str, refusal: str, api: Api, chat: Chat) -> None:
    reply = await api("sendMessage", chat_id=1001, text=source, parse_mode="HTML")
    assert reply.refusal == (400, f"Bad Request: can't parse entities: {refusal}")
    assert chat.messages == []


async def test_entities_may_be_given_outright(api: Api, chat: Chat) -> None:
    bold = {"type": "bold", "offset": 1, "length": 2}
    sent = (await api("sendMessage", chat_id=1001, text=" ab", entities=[bold])).result
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 2}]


# Editing, deleting, reacting.


async def test_an_edit_changes_the_message_and_keeps_what_it_was(api: Api, chat: Chat) -> None:
    await api("sendMessage", chat_id=1001, text="sent", reply_markup=KEYBOARD)
    edited = (
        await api("editMessageText", chat_id=1001, message_id=1, text="<b>delivered</b>", parse_mode="HTML")
    ).result
    message = chat.bot_messages[0]
    assert (message.text, message.edits, message.html) == ("delivered", ["sent"], "<b>delivered</b>")
    assert message.keyboard == [], "an edit without a keyboard takes it away"
    assert "edit_date" in edited
    assert edited["entities"] == [{"type": "bold", "offset": 0, "length": 9}]


async def test_a_keyboard_can_be_edited_alone(api: Api, chat: Chat) -> None:
    await api("sendMessage", chat_id=1001, text="sent")
    assert (await api("editMessageReplyMarkup", chat_id=1001, message_id=1, reply_markup=KEYBOARD)).result
    assert chat.bot_messages[0].keyboard[0][0].text == "✅ Send"
    assert chat.bot_messages[0].edits == []
    again = await api("editMessageReplyMarkup", chat_id=1001, message_id=1, reply_markup=KEYBOARD)
    assert again.refusal[1].startswith("Bad Request: message is not modified: ")
    await api("editMessageReplyMarkup", chat_id=1001, message_id=1)
    assert chat.bot_messages[0].keyboard == []


async def test_an_edit_that_changes_nothing_is_refused(api: Api, chat: Chat) -> None:
    await api("sendMessage", chat_id=1001, text="sent", reply_markup=KEYBOARD)
    same = await api("editMessageText", chat_id=1001, message_id=1, text="sent", reply_markup=KEYBOARD)
    assert same.refusal == (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message",
    )
    marked = {"chat_id": 1001, "message_id": 1, "text": "<b>sent</b>", "parse_mode": "HTML"}
    assert (await api("editMessageText", **marked, reply_markup=KEYBOARD)).result, (
        "other entities are a change"
    )


async def test_an_edit_of_what_cannot_be_edited_is_refused(api: Api, chat: Chat, anna: Person) -> None:
    chat.say(anna, "mine")
    await api("sendMessage", chat_id=1001, text="gone")
    await api("deleteMessage", chat_id=1001, message_id=2)

    async def refusal(**parameters: Any) -> str:
        return (await api("editMessageText", chat_id=1001, text="x", **parameters)).refusal[1]

    assert await refusal(message_id=2) == "Bad Request: message to edit not found"
    assert await refusal(message_id=99) == "Bad Request: message to edit not found"
    assert await refusal(message_id=1) == "Bad Request: message can't be edited"
    assert await refusal() == "Bad Request: message identifier is not specified"
    empty = await api("editMessageText", chat_id=1001, message_id=1, text=" ")
    assert empty.refusal[1] == "Bad Request: message text is empty"


async def test_a_message_is_deleted_once(api: Api, chat: Chat, anna: Person) -> None:
    secret = chat.say(anna, "/connect smsc login password")
    assert (await api("deleteMessage", chat_id=1001, message_id=secret.id)).result is True
    assert secret.deleted
    again = await api("deleteMessage", chat_id=1001, message_id=secret.id)
    assert again.refusal == (400, "Bad Request: message to delete not found")


async def test_old_and_foreign_messages_cannot_be_deleted(
    api: Api, chat: Chat, anna: Person, clock: Clock, server: TelegramServer
) -> None:
    plain = server.group(-1002, "No rights", members=[anna], bot_is_admin=False)
    foreign = plain.say(anna, "mine")
    reply = await api("deleteMessage", chat_id=-1002, message_id=foreign.id)
    assert reply.refusal == (400, "Bad Request: message can't be deleted")
    old = chat.say(anna, "old")
    clock.now += timedelta(hours=48, seconds=1)
    reply = await api("deleteMessage", chat_id=1001, message_id=old.id)
    assert reply.refusal == (400, "Bad Request: message can't be deleted for everyone")


async def test_a_reaction_is_one_of_those_allowed(api: Api, chat: Chat, anna: Person) -> None:
    message = chat.say(anna, "thanks")
    react = {"chat_id": 1001, "message_id": message.id}
    assert (
        await api("setMessageReaction", **react, reaction=[{"type": "emoji", "emoji": "👀"}])
    ).result is True
    assert message.reactions == ["👀"]
    bad = await api("setMessageReaction", **react, reaction=[{"type": "emoji", "emoji": "✅"}])
    assert bad.refusal == (400, "Bad Request: REACTION_INVALID")
    many = await api("setMessageReaction", **react, reaction=[{"type": "emoji", "emoji": "👀"}] * 2)
    assert many.refusal == (400, "Bad Request: REACTIONS_TOO_MANY")
    lost = await api("setMessageReaction", chat_id=1001, message_id=50, reaction=[])
    assert lost.refusal == (400, "Bad Request: message to react not found")
    await api("setMessageReaction", **react)
    assert message.reactions == []


# Presses.


async def test_a_press_reaches_the_bot_and_its_answer_the_person(
    api: Api, chat: Chat, anna: Person, server: TelegramServer
) -> None:
    await api("sendMessage", chat_id=1001, text="Send?", reply_markup=KEYBOARD)
    press = chat.press(anna, chat.bot_messages[0], "✅")
    assert press.answer is None
    query = server.pending_updates[0]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("go", 1001, 1)
    assert query["message"]["reply_markup"] == KEYBOARD
    answer = {"callback_query_id": query["id"], "text": "Queued", "show_alert": True}
    assert (await api("answerCallbackQuery", **answer)).result is True
    assert press.answer is not None
    assert (press.answer.text, press.answer.show_alert) == ("Queued", True)
    again = await api("answerCallbackQuery", **answer)
    assert again.refusal == (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )


async def test_an_old_or_invented_query_is_refused(api: Api, chat: Chat, anna: Person, clock: Clock) -> None:
    await api("sendMessage", chat_id=1001, text="Send?", reply_markup=KEYBOARD)
    press = chat.press(anna, chat.bot_messages[0], "✖")
    long = await api("answerCallbackQuery", callback_query_id=press.id, text="x" * 201)
    assert long.refusal == (400, "Bad Request: MESSAGE_TOO_LONG")
    clock.now += timedelta(minutes=16)
    for query_id in (press.id, "1"):
        reply = await api("answerCallbackQuery", callback_query_id=query_id)
        assert reply.refusal[1].startswith("Bad Request: query is too old")
    assert press.answer is None


async def test_only_buttons_that_are_there_can_be_pressed(
    api: Api, chat: Chat, anna: Person, server: TelegramServer
) -> None:
    await api("sendMessage", chat_id=1001, text="Send?", reply_markup=KEYBOARD)
    message = chat.bot_messages[0]
    with pytest.raises(LookupError, match="✅ Send"):
        chat.press(anna, message, "Other")
    chat.press_data(anna, message, "forged")
    await api("deleteMessage", chat_id=1001, message_id=1)
    with pytest.raises(LookupError):
        chat.press(anna, message, "✅")
    chat.press_data(anna, message, "go")
    forged, stale = (update["callback_query"] for update in server.pending_updates)
    assert forged["data"] == "forged"
    assert stale["message"] == {"chat": stale["message"]["chat"], "message_id": 1, "date": 0}


# Who is in the chat.


async def test_a_person_who_blocked_the_bot_gets_nothing(
    api: Api, chat: Chat, anna: Person, server: TelegramServer
) -> None:
    chat.block()
    assert server.pending_updates[-1]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    reply = await api("sendMessage", chat_id=1001, text="x")
    assert reply.refusal == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(ValueError, match="unblock"):
        chat.say(anna, "hi")
    chat.unblock()
    assert (await api("sendMessage", chat_id=1001, text="x")).result


async def test_a_bot_that_left_or_was_thrown_out_is_no_member(
    api: Api, group: Chat, anna: Person, server: TelegramServer
) -> None:
    channel = server.channel(-1009876543210, "Alerts")
    assert (await api("leaveChat", chat_id=group.id)).result is True
    assert (await api("leaveChat", chat_id=channel.id)).result is True

    async def refusal(chat: Chat) -> tuple[int, str]:
        return (await api("sendMessage", chat_id=chat.id, text="x")).refusal

    assert await refusal(group) == (403, "Forbidden: bot is not a member of the supergroup chat")
    assert await refusal(channel) == (403, "Forbidden: bot is not a member of the channel chat")
    before = len(server.pending_updates)
    group.say(anna, "nobody listens")
    assert len(server.pending_updates) == before
    group.invite_bot(anna)
    group.expel_bot(anna)
    assert await refusal(group) == (403, "Forbidden: bot was kicked from the supergroup chat")


async def test_a_bot_sends_only_what_the_chat_lets_it(api: Api, group: Chat) -> None:
    group.forbidden |= {"photo", "document"}
    for method, kind in (("sendPhoto", "photo"), ("sendDocument", "document")):
        reply = await api(method, chat_id=group.id, **{kind: "x"})
        assert reply.refusal == (400, f"Bad Request: not enough rights to send {kind}s to the chat")
    assert (await api("sendMessage", chat_id=group.id, text="words")).result["text"] == "words"
    group.forbidden.add("text")
    reply = await api("sendMessage", chat_id=group.id, text="words")
    assert reply.refusal == (400, "Bad Request: not enough rights to send text messages to the chat")


async def test_a_private_chat_cannot_be_left(api: Api, chat: Chat) -> None:
    assert (await api("leaveChat", chat_id=1001)).refusal == (400, "Bad Request: chat can't be left")


async def test_a_chat_and_its_members_are_described(
    api: Api, group: Chat, anna: Person, server: TelegramServer
) -> None:
    server.person(1002, "Boris")
    found = (await api("getChat", chat_id=group.id)).result
    assert (found["id"], found["title"], found["type"]) == (group.id, "Staff", "supergroup")
    assert (await api("getChat", chat_id=5)).refusal == (400, "Bad Request: chat not found")

    async def status(user_id: int) -> str:
        member = (await api("getChatMember", chat_id=group.id, user_id=user_id)).result
        return str(member["status"])

    assert [await status(1001), await status(1002), await status(123456)] == [
        "member",
        "left",
        "administrator",
    ]
    group.administrators.add(anna.id)
    assert await status(1001) == "administrator"
    admins = (await api("getChatAdministrators", chat_id=group.id)).result
    assert [admin["user"]["id"] for admin in admins] == [1001, 123456]


async def test_a_chat_action_is_a_known_one(api: Api, chat: Chat) -> None:
    assert (await api("sendChatAction", chat_id=1001, action="typing")).result is True
    assert (await api("sendChatAction", chat_id=1001, action="dancing")).refusal[0] == 400


async def test_forum_topics_hold_their_messages(api: Api, anna: Person, server: TelegramServer) -> None:
    forum = server.group(-1003, "Forum", members=[anna], forum=True, username="desk_forum")
    topic = (await api("createForumTopic", chat_id="@desk_forum", name="+79031234567")).result
    thread = topic["message_thread_id"]
    sent = (await api("sendMessage", chat_id=-1003, message_thread_id=thread, text="x")).result
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)
    reply = forum.say(anna, "answer", reply_to=forum.bot_messages[0])
    assert reply.thread_id == thread
    assert server.pending_updates[-1]["message"]["chat"]["is_forum"] is True
    nowhere = await api("sendMessage", chat_id=-1003, message_thread_id=999, text="x")
    assert nowhere.refusal == (400, "Bad Request: message thread not found")


# Commands.


async def test_commands_are_kept_by_scope_and_language(api: Api, chat: Chat) -> None:
    english = [{"command": "send", "description": "Send an SMS"}]
    russian = [{"command": "send", "description": "Отправить SMS"}]
    scope = {"type": "chat", "chat_id": 1001}
    assert (await api("setMyCommands", commands=english)).result is True
    assert (await api("setMyCommands", commands=russian, language_code="ru", scope=scope)).result is True
    assert (await api("getMyCommands")).result == english
    assert (await api("getMyCommands", language_code="ru", scope=scope)).result == russian
    assert (await api("getMyCommands", language_code="ru")).result == []
    assert (await api("deleteMyCommands")).result is True
    assert (await api("getMyCommands")).result == []


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"commands": [{"command": "Bad Name", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "ok", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "ok", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({}, "expected an Array of BotCommand"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        (
            {"commands": [], "scope": {"type": "moon"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        ({"commands": [], "language_code": "eng"}, "invalid language code specified"),
    ],
)
async def test_bad_commands_are_refused(parameters: dict[str, Any], refusal: str, api: Api) -> None:
    assert (await api("setMyCommands", **parameters)).refusal == (400, f"Bad Request: {refusal}")


# Files.


async def test_files_go_out_and_come_back(
    server: TelegramServer, session: aiohttp.ClientSession, chat: Chat, api: Api
) -> None:
    form = aiohttp.FormData({"chat_id": "1001", "caption": "<b>Report</b>", "parse_mode": "HTML"})
    form.add_field("document", b"a;b\n", filename="report.csv", content_type="text/csv")
    async with session.post(f"{server.url}/bot{TOKEN}/sendDocument", data=form) as response:
        document = (await response.json())["result"]["document"]
    assert (document["file_name"], document["file_size"], document["mime_type"]) == (
        "report.csv",
        4,
        "text/csv",
    )
    message = chat.bot_messages[0]
    assert message.file is not None
    assert (message.file.data, message.text) == (b"a;b\n", "Report")
    path = (await api("getFile", file_id=document["file_id"])).result["file_path"]
    async with session.get(f"{server.url}/file/bot{TOKEN}/{path}") as response:
        assert await response.read() == b"a;b\n"
    async with session.get(f"{server.url}/file/bot{TOKEN}/no/such") as response:
        assert response.status == 404
    async with session.get(f"{server.url}/file/botWRONG/{path}") as response:
        assert response.status == 401
    assert (await api("sendPhoto", chat_id=1001, photo=document["file_id"])).result["photo"]
    assert server.calls[0].params["document"] == "<report.csv, 4 bytes>"


async def test_a_caption_can_be_edited_but_a_files_text_cannot(api: Api, chat: Chat, anna: Person) -> None:
    file = chat.send_document(anna, "a.txt", b"a").file
    assert file is not None
    sent = (await api("sendDocument", chat_id=1001, document=file.file_id, caption="one")).result[
        "message_id"
    ]
    assert (await api("editMessageCaption", chat_id=1001, message_id=sent, caption="two")).result[
        "caption"
    ] == "two"
    text = await api("editMessageText", chat_id=1001, message_id=sent, text="x")
    assert text.refusal == (400, "Bad Request: there is no text in the message to edit")


@pytest.mark.parametrize(
    ("method", "parameters", "refusal"),
    [
        ("getFile", {"file_id": "nope"}, "invalid file_id"),
        ("sendDocument", {"chat_id": 1001}, "there is no document in the request"),
        ("sendPhoto", {"chat_id": 1001, "photo": "nope"}, "wrong file identifier/HTTP URL specified"),
        (
            "sendPhoto",
            {"chat_id": 1001, "photo": "nope", "caption": "x" * 1025},
            "message caption is too long",
        ),
    ],
)
async def test_bad_files_are_refused(
    method: str, parameters: dict[str, Any], refusal: str, api: Api, chat: Chat
) -> None:
    assert (await api(method, **parameters)).refusal == (400, f"Bad Request: {refusal}")


async def test_a_file_above_20_megabytes_cannot_be_fetched(api: Api, chat: Chat, anna: Person) -> None:
    message = chat.send_document(anna, "big.bin", b"0" * (20 * 1024 * 1024 + 1))
    assert message.file is not None
    reply = await api("getFile", file_id=message.file.file_id)
    assert reply.refusal == (400, "Bad Request: file is too big")


# Faults.


async def test_a_429_names_the_pause_in_body_and_header(api: Api, server: TelegramServer, chat: Chat) -> None:
    server.faults.add("sendMessage", kind="429", retry_after=7)
    reply = await api("sendMessage", chat_id=1001, text="x")
    assert reply.refusal == (429, "Too Many Requests: retry after 7")
    assert reply.body["parameters"] == {"retry_after": 7}
    assert reply.headers["Retry-After"] == "7"
    assert chat.messages == []
    assert (await api("sendMessage", chat_id=1001, text="x")).result, "it strikes once"


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("502", 502, False),
        ("500", 500, False),
        ("409", 409, False),
        ("delivered_502", 502, True),
        ("garbled", 200, True),
    ],
)
async def test_a_fault_that_answers(
    kind: FaultKind,
    status: int,
    done: bool,
    server: TelegramServer,
    session: aiohttp.ClientSession,
    chat: Chat,
) -> None:
    server.faults.add(method="sendMessage", kind=kind)
    form = {"chat_id": "1001", "text": "x"}
    async with session.post(f"{server.url}/bot{TOKEN}/sendMessage", data=form) as response:
        body = await response.text()
        assert response.status == status
    assert bool(chat.bot_messages) is done
    assert [(fault.kind, fault.done, fault.method) for fault in server.faults.applied] == [
        (kind, done, "sendMessage")
    ]
    assert (server.calls[-1].fault, server.calls[-1].result_ok) == (kind, done)
    if status == 502:
        assert "nginx" in body
    elif kind == "garbled":
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(body)
    else:
        assert json.loads(body)["error_code"] == status


@pytest.mark.parametrize(("kind", "done"), [("reset_before", False), ("delivered_reset", True)])
async def test_a_fault_that_cuts_the_line(
    kind: FaultKind, done: bool, api: Api, server: TelegramServer, chat: Chat
) -> None:
    server.faults.add("sendMessage", kind=kind)
    with pytest.raises((aiohttp.ClientConnectionError, ConnectionResetError)):
        await api("sendMessage", chat_id=1001, text="x")
    assert bool(chat.bot_messages) is done
    assert [fault.done for fault in server.faults.applied] == [done]


async def test_a_refused_call_was_not_done_even_by_a_fault_that_delivers(
    api: Api, server: TelegramServer
) -> None:
    server.faults.add("sendMessage", kind="delivered_reset")
    with pytest.raises((aiohttp.ClientConnectionError, ConnectionResetError)):
        await api("sendMessage", chat_id=999, text="x")
    assert [fault.done for fault in server.faults.applied] == [False]
    assert server.calls[-1].error == "Bad Request: chat not found"


async def test_a_hanging_call_ends_when_the_client_leaves_or_the_server_stops(
    api: Api, server: TelegramServer, chat: Chat
) -> None:
    server.faults.add("sendMessage", kind="hang", times=2)
    impatient = asyncio.ensure_future(api("sendMessage", chat_id=1001, text="x"))
    await server.wait_for(lambda: len(server.faults.applied) == 1)
    assert not impatient.done()
    impatient.cancel()
    patient = asyncio.ensure_future(api("sendMessage", chat_id=1001, text="x"))
    await server.wait_for(lambda: len(server.faults.applied) == 2)
    await asyncio.wait_for(server.stop(), 3)
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(patient, 5)
    assert chat.messages == []
    assert [fault.done for fault in server.faults.applied] == [False, False]


async def test_a_fault_strikes_only_what_it_is_meant_for(
    api: Api, server: TelegramServer, chat: Chat, group: Chat
) -> None:
    server.faults.add("sendMessage", kind="500", chat_id=group.id, times=None)
    assert (await api("sendMessage", chat_id=1001, text="x")).result
    assert (await api("getMe")).result
    for _ in range(3):
        assert (await api("sendMessage", chat_id=group.id, text="x")).refusal[0] == 500
    server.faults.clear()
    assert (await api("sendMessage", chat_id=group.id, text="x")).result
    server.faults.add("*", kind="500", times=2)
    assert [(await api(method)).status for method in ("getMe", "getUpdates", "getMe")] == [500, 500, 200]


async def test_an_unknown_kind_of_fault_is_an_error(server: TelegramServer) -> None:
    with pytest.raises(ValueError, match="delivered_reset"):
        server.faults.add("*", kind="gremlin")  # type: ignore[arg-type]


# The record, waiting, watching, telling.


async def test_calls_are_recorded_without_the_token(
    api: Api, clock: Clock, chat: Chat, server: TelegramServer
) -> None:
    await api("sendMessage", chat_id=1001, text=f"my token is {TOKEN}", reply_markup=KEYBOARD)
    await api("sendMessage", chat_id=999, text="x")
    await api("setWebhook", url=f"https://bot.example.org/{TOKEN}")
    sent, refused, hooked = server.calls
    assert (sent.method, sent.result_ok, sent.at) == ("sendMessage", True, clock.now)
    assert sent.params["reply_markup"] == KEYBOARD
    assert (refused.result_ok, refused.error) == (False, "Bad Request: chat not found")
    assert TOKEN not in f"{sent}{refused}{hooked}"


async def test_the_journal_has_a_line_a_call(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    journal = tmp_path / "telegram.jsonl"
    async with TelegramServer(TOKEN, journal) as server:
        async with session.get(f"{server.url}/bot{TOKEN}/sendMessage", params={"text": TOKEN}):
            pass
        async with session.get(f"{server.url}/bot{TOKEN}/getMe"):
            pass
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["method"], line["ok"]) for line in lines] == [("sendMessage", False), ("getMe", True)]
    assert TOKEN not in journal.read_text()


async def test_waiting_ends_with_the_value_waited_for(api: Api, server: TelegramServer, chat: Chat) -> None:
    waiting = asyncio.ensure_future(server.wait_for(lambda: next(iter(chat.bot_messages), None)))
    await api("getMe")
    assert not waiting.done()
    await api("sendMessage", chat_id=1001, text="here")
    found = await waiting
    assert found
    assert found.text == "here"


async def test_waiting_in_vain_shows_the_conversation(
    server: TelegramServer, chat: Chat, anna: Person
) -> None:
    chat.say(anna, "is anybody there?")
    with pytest.raises(AssertionError, match=r"Anna: is anybody there\?"):
        await server.wait_for(lambda: False, timeout=0.01)


async def test_watchers_see_what_the_bot_does(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    events: list[Event] = []
    unsubscribe = server.subscribe(events.append)
    chat.say(anna, "people are not announced")
    await api("sendMessage", chat_id=1001, text="Send?", reply_markup=KEYBOARD)
    press = chat.press(anna, chat.bot_messages[0], "✅")
    await api("answerCallbackQuery", callback_query_id=press.id, text="ok")
    await api("editMessageText", chat_id=1001, message_id=2, text="Sent")
    await api("deleteMessage", chat_id=1001, message_id=2)
    unsubscribe()
    await api("sendMessage", chat_id=1001, text="unseen")
    assert [event.kind for event in events] == ["sent", "answered", "edited", "deleted"]
    assert {event.chat for event in events} == {chat}
    assert events[1].press is press
    assert events[2].message.text == "Sent"


async def test_a_transcript_reads_like_the_chat(
    api: Api, server: TelegramServer, chat: Chat, anna: Person
) -> None:
    channel = server.channel(-1009876543210, "Alerts")
    channel.post("low balance")
    question = chat.say(anna, "/send +79031234567 Ready")
    await api("sendMessage", chat_id=1001, text="To one\nSend?", reply_markup=KEYBOARD, reply_to_message_id=1)
    press = chat.press(anna, chat.bot_messages[0], "✅")
    await api("answerCallbackQuery", callback_query_id=press.id, text="Queued")
    chat.edit(question, "/send +79031234567 Ready!")
    chat.send_contact(anna, "+7900", "Boris")
    chat.send_photo(anna, "look")
    assert chat.transcript().splitlines() == [
        "Anna: /send +79031234567 Ready! (edited)",
        "bot: To one",
        "    Send? (reply to 1)",
        "    [✅ Send] [✖]",
        "    * Anna presses [✅ Send]",
        "    * toast: Queued",
        "Anna: <contact Boris, +7900>",
        "Anna: <photo photo.jpg, 4 bytes> look",
    ]
    assert "Alerts: low balance" in server.transcript()


# The control face.


async def test_people_can_be_played_over_http(
    api: Api, server: TelegramServer, session: aiohttp.ClientSession, chat: Chat
) -> None:
    control = f"{server.url}/control"
    say = {"chat_id": 1001, "person_id": 1001, "text": "/balance"}
    async with session.post(f"{control}/say", data=say) as response:
        assert (await response.json())["result"]["text"] == "/balance"
    for text in ("first", "second"):
        await api("sendMessage", chat_id=1001, text=text, reply_markup=KEYBOARD)
    press = {"chat_id": 1001, "person_id": 1001, "label": "✅"}
    async with session.post(f"{control}/press", json=press) as response:
        assert (await response.json())["result"]["message_id"] == 3, "the newest such button"
    async with session.post(f"{control}/press", data={**press, "message_id": 2}) as response:
        assert (await response.json())["result"]["message_id"] == 2
    async with session.get(f"{control}/transcript", params={"chat_id": 1001}) as response:
        assert (await response.text()).startswith("Anna: /balance\nbot: first\n")
    async with session.get(f"{control}/messages", params={"chat_id": 1001}) as response:
        messages = (await response.json())["result"]
    assert [(message["sender"], message["text"]) for message in messages] == [
        ("Anna", "/balance"),
        ("bot", "first"),
        ("bot", "second"),
    ]
    assert messages[1]["keyboard"] == KEYBOARD["inline_keyboard"]
    assert len(server.pending_updates) == 3


@pytest.mark.parametrize(
    ("path", "form", "refusal"),
    [
        ("say", {"chat_id": 5, "person_id": 1001, "text": "x"}, "chat not found"),
        ("say", {"chat_id": 1001, "person_id": 5, "text": "x"}, "person not found"),
        ("press", {"chat_id": 1001, "person_id": 1001, "label": "✅"}, "no message with a button"),
    ],
)
async def test_the_control_face_says_what_is_wrong(
    path: str,
    form: dict[str, Any],
    refusal: str,
    server: TelegramServer,
    session: aiohttp.ClientSession,
    chat: Chat,
) -> None:
    async with session.post(f"{server.url}/control/{path}", data=form) as response:
        assert response.status == 400
        assert refusal in (await response.json())["description"]
    for read in ("transcript", "messages"):
        async with session.get(f"{server.url}/control/{read}", params={"chat_id": 5}) as response:
            assert response.status == 400


# An independent client.


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[telegram.Bot]:
    base = telegram.Bot(TOKEN, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")
    async with base as running:
        yield running


async def test_python_telegram_bot_understands_what_it_gets(
    bot: telegram.Bot, server: TelegramServer, chat: Chat, anna: Person, group: Chat
) -> None:
    message = chat.say(anna, "/send +79031234567 Ready")
    chat.send_document(anna, "list.csv", b"1;2")
    spoken, document = await bot.get_updates(timeout=1, allowed_updates=["message", "callback_query"])
    assert spoken.message is not None
    assert spoken.message.parse_entities(["bot_command"]).popitem()[1] == "/send"
    assert document.message is not None
    assert document.message.document is not None
    file = await document.message.document.get_file()
    assert await file.download_as_bytearray() == b"1;2"
    keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("✅ Send", callback_data="go")]])
    card = await bot.send_message(
        1001, "<b>Send?</b>", parse_mode="HTML", reply_markup=keyboard, reply_to_message_id=message.id
    )
    assert card.reply_markup == keyboard
    assert card.reply_to_message is not None
    chat.press(anna, chat.bot_messages[0], "✅")
    (pressed,) = await bot.get_updates(offset=document.update_id + 1)
    assert pressed.callback_query is not None
    await pressed.callback_query.answer("ok")
    await pressed.callback_query.edit_message_text("Sent")
    with pytest.raises(telegram.error.BadRequest, match="not modified"):
        await pressed.callback_query.edit_message_text("Sent")
    await bot.send_document(1001, b"data", filename="report.txt", caption="Report")
    assert (await bot.get_chat(group.id)).title == "Staff"
    assert (await bot.get_chat_member(group.id, bot.id)).status == "administrator"
    assert await bot.set_my_commands([("send", "Send")], scope=telegram.BotCommandScopeChat(1001))
    assert await bot.set_message_reaction(1001, message.id, "👀")
    assert [sent.text for sent in chat.bot_messages] == ["Sent", "Report"]


async def test_python_telegram_bot_understands_refusals_and_faults(
    bot: telegram.Bot, server: TelegramServer, chat: Chat
) -> None:
    server.faults.add("sendMessage", kind="502")
    with pytest.raises(telegram.error.NetworkError, match="Bad Gateway"):
        await bot.send_message(1001, "x")
    server.faults.add("sendMessage", kind="delivered_reset")
    with pytest.raises(telegram.error.NetworkError):
        await bot.send_message(1001, "x")
    server.faults.add("getUpdates", kind="409")
    with pytest.raises(telegram.error.Conflict):
        await bot.get_updates()
    chat.block()
    with pytest.raises(telegram.error.Forbidden, match="blocked by the user"):
        await bot.send_message(1001, "x")
    assert [message.text for message in chat.bot_messages] == ["x"]
