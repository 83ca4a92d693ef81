"""Files are read and texts measured in a process of its own: nobody waits, what breaks breaks alone."""

import asyncio
import csv
import json
import os
import time
from pathlib import Path

import pytest

from desk import aside
from desk.audience import dropped_rows, recipients
from desk.columns import Columns
from desk.recipients import Dropped
from desk.tables import BadTable, Limits
from desk.templates import UnknownFields

SAMPLES = Path(__file__).parent / "tables" / "samples"
TICK = 0.005
LAG = 0.5  # seconds; answers come within one


def table(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="cp1251", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


@pytest.mark.parametrize(
    "name", ["cp1251-semicolon.csv", "utf16-tab.csv", "book.xlsx", "book.ods", "book.xls"]
)
async def test_u44_a_dropped_file_becomes_an_audience(tmp_path: Path, name: str) -> None:
    reading = await aside.read(SAMPLES / name, tmp_path, region="RU")
    assert reading.frozen is not None
    expected = ["79031234567", "79167654321", "79261112233"]
    hidden = []
    if name.startswith("book"):
        expected.append("79035556677")
        hidden = [Dropped(place=5, raw="79039998877", why="hidden")]
        assert (reading.sheet, list(reading.sheets), reading.hidden_sheets) == ("Клиенты", ["Клиенты"], 1)
    assert reading.frozen.first_dropped == hidden
    assert reading.frozen.count == len(expected)
    assert reading.columns == Columns(number=0, name=1, header=1, names=("Телефон", "Имя", "Заказ"))
    with (tmp_path / aside.KEPT).open(encoding="utf-8") as kept:
        found = list(recipients(kept))
    assert [one.msisdn for one in found] == expected
    assert found[1].values == ["8 (916) 765-43-21", 'ООО "Ёж; и, Ко"', "первая строка\nвторая"]
    with (tmp_path / aside.DROPPED).open(encoding="utf-8") as dropped:
        assert list(dropped_rows(dropped)) == hidden


async def test_a_guess_that_is_not_sure_is_asked_about_and_the_answer_taken(tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", ["79161234567", "79161234568"], ["79161234569", "79161234570"])
    reading = await aside.read(path, tmp_path, region="RU")
    assert reading.frozen is None
    assert list(reading.candidates) == [0, 1]
    assert reading.sample[0] == (1, ["79161234567", "79161234568"])
    assert not (tmp_path / aside.KEPT).exists()
    chosen = await aside.read(path, tmp_path, region="RU", columns=reading.columns.corrected(number=1))
    assert chosen.frozen is not None
    assert [one.msisdn for one in chosen.frozen.samples] == ["79161234568", "79161234570"]


async def test_a_text_is_measured_over_the_audience(tmp_path: Path) -> None:
    reading = await aside.read(SAMPLES / "utf8-comma.csv", tmp_path, region="RU")
    found = await aside.survey(tmp_path, "{имя}: {заказ}", reading.columns)
    assert (found.recipients, found.segments, found.worst) == (3, 3, 1)
    with pytest.raises(UnknownFields):
        await aside.survey(tmp_path, "{город}", reading.columns)


@pytest.mark.parametrize(
    ("content", "limits", "word"),
    [
        (b"%PDF-1.7\x00", Limits(), "not-a-table"),
        (b"Name\nAnna\n", Limits(), "no-numbers"),
        (b"79161234567\n79161234568\n", Limits(rows=1), "too-many-rows"),
        (b"79161234567\n", Limits(size=5), "too-big"),
    ],
)
async def test_a_file_that_is_not_read_is_refused_in_the_same_words(
    tmp_path: Path, content: bytes, limits: Limits, word: str
) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadTable, match=word):
        await aside.read(tmp_path / "x", tmp_path, region="RU", limits=limits)


async def test_what_wants_too_much_memory_is_refused_and_nobody_else_suffers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These numbers do not fit into what this process may use: it ends, and says so."""
    monkeypatch.setattr(aside, "MEMORY", 20 * 2**20)
    with (tmp_path / "x.csv").open("w") as file:
        file.writelines(f"7916{number:07}\n" for number in range(1, 100_000))
    with pytest.raises(BadTable) as caught:
        await aside.read(tmp_path / "x.csv", tmp_path, region="RU")
    assert caught.value.word == "too-big"


async def test_what_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "TIME", 0.0)
    with pytest.raises(BadTable, match="too-slow"):
        await aside.read(SAMPLES / "book.xlsx", tmp_path, region="RU")
    assert not _children()


async def test_what_takes_too_much_of_the_processor_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "PROCESSOR", 1)
    with (tmp_path / "x.csv").open("w") as file:
        file.writelines(f"+7 495 {number:07}\n" for number in range(1, 200_000))
    with pytest.raises(BadTable, match="too-slow"):
        await aside.read(tmp_path / "x.csv", tmp_path, region="RU")


async def test_nobody_waits_any_more_and_the_process_ends(tmp_path: Path) -> None:
    reading = asyncio.create_task(aside.read(SAMPLES / "book.xlsx", tmp_path, region="RU"))
    while not _children():
        await asyncio.wait({reading}, timeout=TICK)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not _children()


def _children() -> list[str]:
    """Processes aside that this one has started and that have not ended."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    return [one for one in found if b"desk.aside" in Path(f"/proc/{one}/cmdline").read_bytes()]


def _environment() -> bytes:
    return b"".join(Path(f"/proc/{one}/environ").read_bytes() for one in _children())


async def test_trouble_aside_is_told_without_a_word_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught:
        await aside.read(tmp_path / "79161234567.csv", tmp_path, region="RU")
    assert str(caught.value) == "the process aside ended with FileNotFoundError"


async def test_the_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its environment is what it was given, and nothing of ours."""
    monkeypatch.setenv("SMSDESK_TELEGRAM__TOKEN", "canary")
    reading = asyncio.create_task(aside.read(SAMPLES / "book.xlsx", tmp_path, region="RU"))
    environment = b""
    while not environment:
        await asyncio.wait({reading}, timeout=TICK)
        environment = _environment()
    await reading
    assert b"PYTHONPATH" in environment
    assert b"canary" not in environment


async def test_a_hundred_thousand_rows_keep_nobody_waiting(tmp_path: Path) -> None:
    with (tmp_path / "x.csv").open("w", encoding="cp1251") as file:
        file.write("Телефон;Имя\n")
        file.writelines(f"7916{number:07};Анна {number}\n" for number in range(1, 100_001))
    reading = asyncio.create_task(aside.read(tmp_path / "x.csv", tmp_path, region="RU"))
    worst = 0.0
    while not reading.done():
        before = time.perf_counter()
        await asyncio.wait({reading}, timeout=TICK)
        worst = max(worst, time.perf_counter() - before - TICK)
    frozen = (await reading).frozen
    assert frozen is not None
    assert frozen.count + sum(frozen.dropped.values()) == 100_000
    assert worst < LAG


async def test_rows_at_hand_are_checked_like_those_of_a_file(tmp_path: Path) -> None:
    rows = [
        ["79031234567", "Анна"],
        ["+7 903 123-45-67", ""],
        ["+74951234567", "Офис"],
        ["8 916 765 43 21", "Б"],
    ]
    (tmp_path / aside.ROWS).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    columns = Columns(number=0, name=1, header=0, names=("number", "name"))
    frozen = await aside.check(tmp_path, columns, region="RU")
    assert (frozen.count, dict(frozen.dropped)) == (2, {"duplicate": 1, "landline": 1})
    assert [(one.row, one.msisdn, one.values[1]) for one in frozen.samples] == [
        (1, "79031234567", "Анна"),
        (4, "79167654321", "Б"),
    ]
    assert [(one.place, one.why) for one in frozen.first_dropped] == [(2, "duplicate"), (3, "landline")]
