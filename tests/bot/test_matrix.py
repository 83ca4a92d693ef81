"""Who may do what, cell by cell: each handler and each button, by each role, in each kind of chat, by each
kind of sender. The cells come from the list of handlers; what is right in them stands here, not there.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from telegram import Update, User
from telegram.ext import ApplicationHandlerStop, CallbackQueryHandler, CommandHandler, ExtBot

from bot import handlers
from bot.access import Facts, Gate, Row, Verdict, judge, taker
from bot.handlers import BUTTONS, HANDLERS, ROWS
from bot.settings import Limits
from bot.turn import Turn
from storage import chats, drafts, people
from storage.chats import Group
from storage.db import Database, open_database
from storage.people import Role
from storage.vault import Vault

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIGURED = 1000  # the administrator of the configuration
TITLES: dict[str, dict[str, str]] = {
    "private": {"first_name": "Anna"},
    "group": {"title": "G"},
    "supergroup": {"title": "S"},
    "channel": {"title": "C"},
}
GROUP_IDS = {"group": -100, "supergroup": -1_000_000_000_001, "channel": -1_000_000_000_002}
PEOPLE = {Role.VIEWER: 1, Role.OPERATOR: 2, Role.MANAGER: 3, Role.ADMIN: 4}
DENIED, STRANGER = 5, 6
BOT = {"id": 99, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
EVERY, ONLY_PRIVATE = {"private", "group", "supergroup"}, {"private"}

# What the owner of a desk expects: the least role for each, in words of this test. None: Telegram tells it.
COMMANDS = {
    "send": "operator", "status": "viewer", "campaigns": "viewer", "cancel": "operator",
    "balance": "viewer", "stats": "viewer", "senders": "manager", "connect": "admin", "accounts": "admin",
    "allow": "admin", "deny": "admin", "users": "admin", "audit": "admin", "forget": "admin",
    "doctor": "admin", "help": "viewer", "start": "viewer", "templates": "operator", "contacts": "operator",
    "inbox": "viewer", "stoplist": "manager", "alerts": "manager", "settings": "viewer",
}  # fmt: skip
OTHERS: dict[str, str | None] = {
    "press": "viewer", "picked": "admin", "edited": "viewer", "unknown": "viewer", "text": "viewer",
    "not_text": "viewer", "dropped": "operator", "member": None, "mine": None, "left": None, "migrated": None,
    "shared": "operator", "imported": "manager", "taken_in": "manager",
    "reacted": "operator", "closed": "operator", "reopened": "operator", "renamed": "operator",
    "corrected": "viewer",
}  # fmt: skip
PRESSED = {
    "confirm": "operator", "dismiss": "operator", "cancel": "operator", "release": "operator",
    "choose-account": "operator", "choose-column": "operator",
    "later": "operator", "chart": "operator", "campaigns-page": "viewer",
    "pause": "operator", "unpause": "operator", "report-xlsx": "operator", "report-csv": "operator",
    "report-unreached": "operator",
    "resend": "operator", "approve": "manager", "still-send": "operator",
    "templates": "operator", "template": "operator", "template-new": "operator", "template-write": "operator",
    "template-use": "operator", "template-delete": "manager",
    "contacts": "operator", "contact": "operator", "contact-new": "operator", "contact-save": "operator",
    "contact-rename": "operator", "contact-move": "operator", "contact-write": "operator",
    "contact-delete": "manager",
    "groups": "operator", "group": "operator", "group-new": "operator", "group-add": "operator",
    "group-write": "operator", "group-delete": "manager",
    "talk-claim": "operator", "talk-done": "operator", "talk-snooze": "operator", "talk-reply": "operator",
    "talk-more": "operator", "talk-stop": "operator",
    "doubt-every": "viewer", "doubt-check": "operator", "doubt-sent": "manager", "doubt-again": "manager",
    "doubt-again-now": "manager", "doubt-keep": "manager", "doubt-give-up": "manager",
    "hold-go-on": "admin", "hold-cancel": "admin",
    "resume": "manager", "sender-operators": "manager", "delete-sender": "manager",
    "keep-sender": "manager",
    "speak": "viewer",
    "alerts-preset": "manager", "alerts-to": "admin", "snooze": "operator", "check-balance": "operator",
    "choose-gateway": "admin", "connect": "admin", "audit-older": "admin", "audit-table": "admin",
    "forget": "admin", "give-role": "admin", "user": "admin", "remove": "admin", "invite": "admin",
    "invite-as": "admin", "admit": "admin", "turn-away": "admin", "share": "admin", "share-with": "admin",
    "unshare": "admin", "doctor": "admin", "stop-theirs": "admin", "keep-number": "admin",
}  # fmt: skip
IN_PRIVATE = {"audit", "forget", "picked"}
PRESSED_ON_POSTS = {"snooze", "check-balance"}
PRESSED_IN_PRIVATE = {"audit-older", "audit-table", "forget", "keep-number"}
SPENDING = {"send"}
BORROWING = {"shared"}  # what others wrote may be forwarded to these, and to nothing else


def name_of(handler: Any) -> str:
    """A command by its name, anything else by its function."""
    return next(iter(handler.commands)) if isinstance(handler, CommandHandler) else handler.callback.__name__


def least_of(name: str) -> Role | None:
    word = {**COMMANDS, **OTHERS}[name]
    return None if word is None else Role[word.upper()]


# Updates that each handler takes.


@pytest.fixture(scope="module")
def bot() -> ExtBot[None]:
    made: ExtBot[None] = ExtBot("99:TEST")
    made._bot_user = User.de_json(BOT, made)
    return made


def chat_of(kind: str, person: int) -> dict[str, Any]:
    return {"id": GROUP_IDS.get(kind, person), "type": kind, **TITLES[kind]}


def user(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Anna"}


def member_of(status: str, person: int = 7) -> dict[str, Any]:
    return {"user": user(person), "status": status} | ({"until_date": 0} if status == "kicked" else {})


FILE = {"document": {"file_id": "a", "file_unique_id": "b", "file_name": "list.csv"}}


def payload_of(name: str, person: int, chat: str) -> tuple[str, dict[str, Any]]:
    """The kind of update and its content that lead to a handler, from a person in their own words."""
    message: dict[str, Any] = {
        "message_id": 7,
        "date": int(NOW.timestamp()),
        "chat": chat_of(chat, person),
        "from": user(person),
    }
    if chat == "supergroup":
        message |= {"message_thread_id": 5, "is_topic_message": True}
    if name == "press":
        under = {**message, "from": BOT, "text": "card"}
        return "callback_query", {
            "id": "1", "from": user(person), "chat_instance": "1", "data": "x", "message": under,
        }  # fmt: skip
    if name in {"member", "mine"}:
        changed = {"old_chat_member": member_of("member"), "new_chat_member": member_of("left")}
        kind = "chat_member" if name == "member" else "my_chat_member"
        return kind, {"chat": message["chat"], "from": user(person), "date": message["date"], **changed}
    if name == "reacted":
        thumb = [{"type": "emoji", "emoji": "👍"}]
        where = {"chat": message["chat"], "message_id": 7, "date": message["date"]}
        return "message_reaction", {**where, "user": user(person), "old_reaction": [], "new_reaction": thumb}
    content: dict[str, dict[str, Any]] = {
        "left": {"left_chat_member": user(7)},
        "migrated": {"migrate_to_chat_id": -1_000_000_000_009},
        "picked": {"users_shared": {"request_id": 1, "users": [{"user_id": 7}]}},
        "text": {"text": "hello"},
        "dropped": FILE,
        "shared": {"contact": {"phone_number": "79031234500", "first_name": "Anna"}},
        "imported": {**FILE, "caption": "/contacts @clients"},
        "taken_in": {**FILE, "caption": "/stoplist import"},
        "closed": {"forum_topic_closed": {}},
        "reopened": {"forum_topic_reopened": {}},
        "renamed": {"forum_topic_edited": {"name": "Ivan"}},
        "not_text": {"photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]},
    }
    if name in content:
        return "message", {**message, **content[name]}
    if name == "corrected":
        return "edited_message", {**message, "text": "hello"}
    typed = {"edited": "/send x", "unknown": "/nonsense"}.get(name, f"/{name} x")
    entity = {"type": "bot_command", "offset": 0, "length": len(typed.split()[0])}
    return "edited_message" if name == "edited" else "message", {
        **message,
        "text": typed,
        "entities": [entity],
    }


# Senders other than a person in their own, new words.
GROUP_CHAT = {"id": -100, "type": "supergroup", "title": "S"}
FORWARDED = {"type": "user", "date": 1, "sender_user": user(8)}
SENDERS: dict[str, Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    "person": lambda kind, one: (kind, one),
    "anonymous admin": lambda kind, one: (kind, {**one, "from": {**user(1087968824), "is_bot": True}}),
    "anonymous admin as the group": lambda kind, one: (kind, {**one, "sender_chat": GROUP_CHAT}),
    "channel identity": lambda kind, one: (kind, {**one, "from": {**user(136817688), "is_bot": True}}),
    "Telegram itself": lambda kind, one: (kind, {**one, "from": user(777000)}),
    "another bot": lambda kind, one: (kind, {**one, "from": {**one["from"], "is_bot": True}}),
    "forwarded": lambda kind, one: (kind, {**one, "forward_origin": FORWARDED}),
    "forwarded by itself": lambda kind, one: (kind, {**one, "is_automatic_forward": True}),
    "edited": lambda kind, one: ("edited_message", {**one, "edit_date": 1}),
    "via a bot": lambda kind, one: (kind, {**one, "via_bot": BOT}),
    "channel post": lambda kind, one: ("channel_post", one),
}
OF_REACTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "person": lambda one: one,
    "anonymous admin as the group": lambda one: {**one, "user": None, "actor_chat": GROUP_CHAT},
    "another bot": lambda one: {**one, "user": {**one["user"], "is_bot": True}},
    "Telegram itself": lambda one: {**one, "user": user(777000)},
}
OF_PRESSES = {"person", "anonymous admin", "channel identity", "Telegram itself", "another bot"}
ROLES: tuple[Role | None, ...] = (*Role, None)
CHATS = ("private", "group", "supergroup", "channel")


@dataclass(frozen=True)
class Cell:
    name: str
    role: Role | None
    chat: str
    sender: str

    def runs(self, least: Role | None, places: set[str], *, known: bool = True) -> bool:
        """Whether it should: everything that is not allowed here is refused."""
        if least is None:
            # The library looks at new updates only; what these do serves nobody.
            return self.sender not in {"edited", "channel post"} or self.name in {"member", "mine"}
        fine = {"person"} | ({"forwarded"} if self.name in BORROWING else set())
        if self.sender not in fine and not (self.name in {"edited", "corrected"} and self.sender == "edited"):
            return False
        return self.role is not None and self.role >= least and self.chat in places and known


def places_of(name: str) -> set[str]:
    return ONLY_PRIVATE if name in IN_PRIVATE else EVERY


def places_of_button(action: str) -> set[str]:
    if action in PRESSED_ON_POSTS:
        return {*EVERY, "channel"}
    return ONLY_PRIVATE if action in PRESSED_IN_PRIVATE else EVERY


def cells() -> Iterator[Cell]:
    for handler in HANDLERS:
        for role in ROLES:
            for chat in CHATS:
                for sender in SENDERS:
                    name = name_of(handler)
                    if name == "press" and sender not in OF_PRESSES:
                        continue
                    if name == "reacted" and sender not in OF_REACTIONS:
                        continue
                    if name in {"member", "mine"} and sender not in {"person", "anonymous admin"}:
                        continue
                    yield Cell(name, role, chat, sender)


def verdict_in(cell: Cell, bot: ExtBot[None], *, row: Row | None = None, known: bool = True) -> bool:
    """Whether the handler of the cell would run: taken by it, and let through."""
    person = PEOPLE[cell.role] if cell.role is not None else STRANGER
    kind, content = payload_of(cell.name, person, cell.chat)
    if cell.name == "reacted":
        content = OF_REACTIONS[cell.sender](content)
    else:
        kind, content = SENDERS[cell.sender](kind, content)
    update = Update.de_json({"update_id": 1, kind: content}, bot)
    handler = taker(HANDLERS, update)
    if handler is None or name_of(handler) != cell.name:
        return False
    facts = Facts(role=cell.role, chat_known=known)
    stale = timedelta(minutes=2)
    return judge(update, row or ROWS[handler.callback], facts, now=NOW, stale=stale) is Verdict.PASS


@pytest.mark.parametrize("name", [name_of(handler) for handler in HANDLERS])
def test_each_cell_of_a_handler(name: str, bot: ExtBot[None]) -> None:
    wrong = [
        (cell, known)
        for cell in cells()
        if cell.name == name
        for known in (True, False)
        if verdict_in(cell, bot, known=known) != cell.runs(least_of(name), places_of(name), known=known)
    ]
    assert wrong == []


VIEW = Row(least=Role.VIEWER)


@pytest.mark.parametrize("action", sorted(BUTTONS))
def test_each_cell_of_a_button(action: str, bot: ExtBot[None]) -> None:
    least = Role[PRESSED[action].upper()]
    row = ROWS[BUTTONS[action]]
    wrong = [
        cell
        for cell in cells()
        if cell.name == "press"
        if verdict_in(cell, bot, row=row) != cell.runs(least, places_of_button(action))
    ]
    assert wrong == []


def test_the_expectations_are_of_this_desk_and_of_nothing_else() -> None:
    named = {name_of(handler) for handler in HANDLERS}
    assert {*COMMANDS, *OTHERS} == named
    assert set(PRESSED) == set(BUTTONS)
    assert {name for name in named if handlers.may_command(name, Role.ADMIN)} == set(COMMANDS)
    spending = {name_of(one) for one in HANDLERS if ROWS[one.callback].spends}
    assert spending == SPENDING


def test_a_handler_without_a_row_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_decided(update: Update, turn: Turn) -> None: ...

    assert handlers.without_row() == []
    monkeypatch.setattr(handlers, "HANDLERS", (*HANDLERS, CallbackQueryHandler(nobody_decided)))
    monkeypatch.setitem(BUTTONS, "new", nobody_decided)
    (lacking,) = handlers.without_row()
    assert lacking.endswith("nobody_decided")


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=2), timedelta(minutes=2, seconds=1)])
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_what_is_old_and_would_spend_is_shown_back(name: str, age: timedelta, bot: ExtBot[None]) -> None:
    kind, content = payload_of(name, CONFIGURED, "private")
    update = Update.de_json({"update_id": 1, kind: content}, bot)
    handler = taker(HANDLERS, update)
    assert handler is not None
    facts = Facts(role=Role.ADMIN, chat_known=True)
    verdict = judge(update, ROWS[handler.callback], facts, now=NOW + age, stale=timedelta(minutes=2))
    shown_back = name in SPENDING and age > timedelta(minutes=2)
    assert verdict is (Verdict.STALE if shown_back else Verdict.PASS)


def test_an_invite_lets_a_stranger_start_and_nothing_else(bot: ExtBot[None]) -> None:
    invited = Facts(role=None, chat_known=True, invited=True)
    for sender in SENDERS:
        kind, content = SENDERS[sender](*payload_of("start", STRANGER, "private"))
        update = Update.de_json({"update_id": 1, kind: content}, bot)
        handler = taker(HANDLERS, update)
        row = None if handler is None or name_of(handler) != "start" else VIEW
        verdict = judge(update, row, invited, now=NOW, stale=timedelta(minutes=2))
        assert (verdict is Verdict.PASS) == (sender == "person")


# The same through the gate itself, with its database.


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Everybody, of whom one is denied again, and the groups."""
    async with open_database(tmp_path / "desk.db") as database:
        async with database.write() as tx:
            for role, person in [*PEOPLE.items(), (Role.ADMIN, DENIED)]:
                await people.allow(
                    tx, person_id=person, name="A", role=role, added_by=CONFIGURED, by="Anna", via="id",
                    chat_id=None, now=NOW,
                )  # fmt: skip
            await people.remove(tx, DENIED, by="Anna", now=NOW)
            for chat_id in GROUP_IDS.values():
                await chats.allow(tx, Group(id=chat_id, title="S"), by=CONFIGURED, now=NOW)
        yield database


@dataclass
class Silent:
    """What the gate needs of the services; nobody is answered here."""

    database: Database
    clock: Callable[[], datetime] = lambda: NOW
    vault: Vault = field(default_factory=lambda: Vault([Fernet.generate_key()]))


async def opens(gate: Gate, database: Database, update: Update, monkeypatch: pytest.MonkeyPatch) -> bool:
    turn = object.__new__(Turn)
    turn.incoming = update
    refused: list[Verdict] = []

    async def refuse(_: Update, __: Turn, verdict: Verdict, ___: Row | None, *, command: bool) -> None:
        refused.append(verdict)

    monkeypatch.setattr(gate, "_refuse", refuse)
    monkeypatch.setattr(Turn, "services", Silent(database))
    try:
        await gate(update, turn)
    except ApplicationHandlerStop:
        assert refused, "it broke instead of refusing"
        return False
    assert not refused
    return True


@pytest.fixture
def gate() -> Gate:
    return Gate(HANDLERS, BUTTONS, ROWS, admins=(CONFIGURED,), limits=Limits(commands=0))


WHO = {**{role.word: person for role, person in PEOPLE.items()}, "configured": CONFIGURED}
WHO |= {"denied": DENIED, "stranger": STRANGER}


@pytest.mark.parametrize("who", WHO)
async def test_the_gate_asks_its_database(
    who: str, gate: Gate, database: Database, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    role = {**{one.word: one for one in Role}, "configured": Role.ADMIN}.get(who)
    for name in [*COMMANDS, *OTHERS]:
        for chat in ("private", "supergroup"):
            kind, content = payload_of(name, WHO[who], chat)
            update = Update.de_json({"update_id": 1, kind: content}, bot)
            expected = Cell(name, role, chat, "person").runs(least_of(name), places_of(name))
            assert await opens(gate, database, update, monkeypatch) == expected, (name, chat)


@pytest.mark.parametrize("who", WHO)
async def test_the_gate_looks_up_what_a_button_does(
    who: str, gate: Gate, database: Database, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    role = {**{one.word: one for one in Role}, "configured": Role.ADMIN}.get(who)
    for action, least in PRESSED.items():
        async with database.write() as tx:
            token = await drafts.add_button(
                tx, action=action, chat_id=-100, person_id=None, subject={}, expires_at=NOW
            )
        expected = role is not None and role >= Role[least.upper()]
        for chat in ("private", "group"):
            kind, content = payload_of("press", WHO[who], chat)
            update = Update.de_json({"update_id": 1, kind: {**content, "data": token}}, bot)
            here = expected and chat in places_of_button(action)
            assert await opens(gate, database, update, monkeypatch) == here, (action, chat)
        start = payload_of("start", WHO[who], "private")[1]
        linked = Update.de_json({"update_id": 1, "message": {**start, "text": f"/start {token}"}}, bot)
        assert await opens(gate, database, linked, monkeypatch) == expected, action


async def test_an_unknown_group_is_adopted_by_an_administrators_command_only(
    gate: Gate, database: Database, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(name: str, person: int) -> bool:
        kind, content = payload_of(name, person, "group")
        elsewhere = {"id": -777, "type": "group", "title": "New"}
        update = Update.de_json({"update_id": 1, kind: {**content, "chat": elsewhere}}, bot)
        return await opens(gate, database, update, monkeypatch)

    assert [await asked("help", person) for person in PEOPLE.values() if person != 4] == [False] * 3
    assert not await asked("text", CONFIGURED)
    assert not await asked("unknown", CONFIGURED)
    async with database.read() as tx:
        assert not await chats.known(tx, -777)
    assert await asked("help", CONFIGURED)
    assert await asked("help", PEOPLE[Role.VIEWER])


async def test_a_gate_that_breaks_stays_shut(
    gate: Gate, database: Database, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, content = payload_of("help", CONFIGURED, "private")
    update = Update.de_json({"update_id": 1, kind: content}, bot)
    turn = object.__new__(Turn)
    turn.incoming = update
    monkeypatch.setattr(Turn, "services", Silent(database))
    monkeypatch.setattr(chats, "chosen", None)
    with pytest.raises(ApplicationHandlerStop):
        await gate(update, turn)
