"""A page of the audit: every word of it is the reader's, and who is known has a name."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import bot
from bot import auditing
from bot.auditing import ACTIONS, Names
from bot.words import Words
from storage.audit import Entry

RUSSIAN = Words("ru", ZoneInfo("Europe/Moscow"))
ENGLISH = Words("en", ZoneInfo("UTC"))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def evidence_written() -> Iterator[str]:
    """The names of all evidence that the bot writes down, out of its source."""
    for file in Path(bot.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.keyword(arg="evidence", value=ast.Dict(keys=keys)):
                    pass
                case ast.Assign(targets=[ast.Name(id="evidence")], value=ast.Dict(keys=keys)):
                    pass
                case ast.Dict(keys=[*_, ast.Constant(value="evidence")], values=[*_, ast.Dict(keys=keys)]):
                    pass
                case _:
                    continue
            yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


EVIDENCE = sorted({*evidence_written(), "trouble"})  # what failed at a gateway is added by name


def line(**changes: object) -> str:
    values: dict[str, object] = {
        "id": 1, "at": NOON, "person_id": 1, "person": "Анна", "action": "share", "chat_id": -100,
    }  # fmt: skip
    entry = Entry(**{**values, **changes})  # type: ignore[arg-type]
    names = Names(people={7: "Борис"}, groups={-100: "Склад", -5: "Отгрузка"})
    return str(auditing.page(RUSSIAN, [entry], names, older=None, table=None).html)


def test_the_source_tells_what_is_written() -> None:
    assert {"role", "account", "gateway", "why", "title", "messages", "rows", "sender"} <= set(EVIDENCE)


@pytest.mark.parametrize("words", [RUSSIAN, ENGLISH], ids=["ru", "en"])
@pytest.mark.parametrize("name", EVIDENCE)
def test_every_evidence_has_its_words(words: Words, name: str) -> None:
    assert words.has(f"whom-{name}")


@pytest.mark.parametrize("name", EVIDENCE)
@pytest.mark.parametrize("action", ACTIONS)
def test_no_word_is_of_another_language(action: str, name: str) -> None:
    value: object = {"role": "viewer", "was": "viewer", "gateway": "smsc"}.get(
        name, -5 if name in auditing.CHATS else "я"
    )
    shown = line(action=action, evidence={name: value}, other_id=7)
    words = re.findall(r"[A-Za-z_]{2,}", re.sub(r"<[^>]*>|Europe/Moscow|SMSC", "", shown))
    assert set(words) <= {"id"}


def test_what_was_known_of_a_doubt_is_told_in_words() -> None:
    assert "было известно: ничего · отпечаток abc" in line(evidence={"evidence": "", "digest": "abc"})
    told = line(evidence={"evidence": "report absent ×3; totals 5/1 ×1; totals 5/1/2 ×1; push deliv"})
    assert "шлюз не знает такого сообщения; шлюз насчитал с той минуты 5 сегментов; я уверен в 1; " in told
    assert "я уверен в 1; под вопросом ещё 2; push deliv · " in told
    assert "×" not in told


def test_who_is_known_has_a_name() -> None:
    assert "Борис (id 7)" in line(action="deny", other_id=7)
    assert "Вера (id 8)" in line(action="deny", other_id=8, evidence={"name": "Вера"})
    assert "? (id 9)" in line(action="deny", other_id=9)
    shared = line(evidence={"account": "main", "with": -5, "title": "Отгрузка"})
    assert shared.endswith("аккаунт main · Отгрузка · чат Склад")
    assert "чат -3" in line(chat_id=-3)
    assert line(chat_id=1).endswith("в личном чате")


def test_one_entry_is_one() -> None:
    assert ENGLISH("audit-table", count=1, limit=5).startswith("One entry as a table")
    assert ENGLISH("audit-table", count=2, limit=5).startswith("2 entries as a table")


@pytest.mark.parametrize("words", [RUSSIAN, ENGLISH], ids=["ru", "en"])
def test_a_breach_promises_nothing_of_what_stands_before_it(words: Words) -> None:
    told = words("audit-broken", number="3")
    assert "sound" not in told
    assert "цело" not in told
