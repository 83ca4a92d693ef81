"""How long does it take to make a frozen audience of a million rows, in how much memory, and who has to wait?

Against phonenumbers over the same column (parsed, checked, formatted) and sqlite3's executemany of the same
rows: what nobody who stores checked numbers can do without. Ours is the whole way: bytes, encoding, columns,
every check, every dropped row, the digests, the process of its own, and the same executemany.

The ratio is one of processor time, because the machine is shared and ours is niced. The loop's lag is how
much later than asked for a waiting coroutine goes on, at worst, while 100,000 rows are read aside; beside it
the same of an idle loop. Prints one table; the exit code is 1 if a figure is over its goal.
"""

import asyncio
import csv
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import phonenumbers
import xlsxwriter

from desk import aside
from desk.audience import recipients

RATIO, MEMORY, SECONDS, LAG = 1.5, 300, 180.0, 1.0
CSV_ROWS, XLSX_ROWS, LAG_ROWS = 1_000_000, 1_048_575, 100_000
TICK = 0.005
TITLES = ("Телефон", "Имя", "Сумма")
CODES = (903, 916, 926, 999)
NAMES = ("Анна", "Борис", "Вера", "Глеб", "Дарья", "Ёжи")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Processor and wall-clock seconds; peak memory in MB, of the process that needed most."""

    processor: float
    wall: float
    peak: float
    count: int


def people(count: int) -> Iterator[tuple[str, str, str]]:
    random = Random(1)  # nosec B311  # noqa: S311 - of test data
    figures = random.randrange
    for place in range(count):
        number = f"7{CODES[figures(len(CODES))]}{figures(10**7):07}"
        yield number, f"{NAMES[figures(len(NAMES))]} {place}", f"{figures(10**6) / 100:.2f}"


def write_csv(path: Path, count: int) -> None:
    """As a spreadsheet program in Russian settings saves it."""
    with path.open("w", encoding="cp1251", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(TITLES)
        writer.writerows(people(count))


def write_xlsx(path: Path, count: int) -> None:
    """Numbers as numbers, and a table of shared strings, as spreadsheet programs write it."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        for row, (number, name, sum_) in enumerate(people(count), start=1):
            sheet.write_number(row, 0, int(number))
            sheet.write_string(row, 1, name)
            sheet.write_number(row, 2, float(sum_))


def store(folder: Path, rows: Iterable[tuple[str, str]]) -> None:
    with sqlite3.connect(folder / "bench.db") as database:
        database.execute("CREATE TABLE IF NOT EXISTS audience (msisdn TEXT, name TEXT)")
        database.executemany("INSERT INTO audience VALUES (?, ?)", rows)
    database.close()


def ours(path: Path, folder: Path, _: int) -> int:
    frozen = asyncio.run(aside.read(path, folder, region="RU")).frozen
    if frozen is None:
        raise AssertionError("the columns were not found")
    with (folder / aside.KEPT).open(encoding="utf-8") as kept:
        store(folder, ((one.msisdn, one.values[1]) for one in recipients(kept)))
    return frozen.count


def baseline(_: Path, folder: Path, rows: int) -> int:
    def checked() -> Iterator[tuple[str, str]]:
        for raw, name, _ in people(rows):
            number = phonenumbers.parse(f"+{raw}")
            if phonenumbers.is_valid_number(number):
                yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), name

    store(folder, checked())
    return rows


def made(write: Callable[[Path, int], None], path: Path, rows: int) -> None:
    """Written elsewhere: what a process needed at most is counted for those it starts, too."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(write, (path, rows))


def spent(work: Callable[[Path, Path, int], int], path: Path, rows: int) -> Figures:
    """In a process of its own, so that nobody else's memory is counted."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            processor, peak, count = pool.apply(_spent, (work, path, Path(folder), rows))
        return Figures(processor=processor, wall=time.perf_counter() - started, peak=peak, count=count)


def _spent(
    work: Callable[[Path, Path, int], int], path: Path, folder: Path, rows: int
) -> tuple[float, float, int]:
    before = sum(_processor())
    count = work(path, folder, rows)
    peak = max(resource.getrusage(who).ru_maxrss for who in _WHO) / 1024
    return sum(_processor()) - before, peak, count


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _processor() -> list[float]:
    return [used.ru_utime + used.ru_stime for used in map(resource.getrusage, _WHO)]


async def lag(work: asyncio.Task[object]) -> float:
    """The worst, in seconds, until the work is done."""
    worst = 0.0
    while not work.done():
        before = time.perf_counter()
        await asyncio.wait({work}, timeout=TICK)
        if not work.done():
            worst = max(worst, time.perf_counter() - before - TICK)
    return worst


async def lags(path: Path, folder: Path) -> tuple[float, float]:
    """While a file is read aside, and for as long while nothing is."""
    reading: asyncio.Task[object] = asyncio.create_task(aside.read(path, folder, region="RU"))
    started = time.perf_counter()
    busy = await lag(reading)
    await reading
    return busy, await lag(asyncio.create_task(asyncio.sleep(time.perf_counter() - started)))


def main() -> int:
    line = "{:<28}{:>12}{:>11}{:>8}{:>7}{:>9}{:>10}"
    print(
        line.format("to a frozen audience", "baseline, s", "ours, s", "ratio", "goal", "wall, s", "peak, MB")
    )
    missed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, write, rows in (("CSV", write_csv, CSV_ROWS), ("XLSX", write_xlsx, XLSX_ROWS)):
            path = folder / kind
            made(write, path, rows)
            bare, whole = spent(baseline, path, rows), spent(ours, path, rows)
            ratio = whole.processor / bare.processor
            missed = missed or ratio > RATIO or whole.peak > MEMORY or whole.wall > SECONDS
            figures = (f"{bare.processor:.1f}", f"{whole.processor:.1f}", f"{ratio:.2f}", f"{RATIO:g}")
            label = f"{kind}, {rows:,} rows"
            print(line.format(label, *figures, f"{whole.wall:.0f}", f"{whole.peak:.0f}"), flush=True)
        write_csv(folder / "small", LAG_ROWS)
        busy, idle = asyncio.run(lags(folder / "small", folder))
    print(f"worst lag of the loop while {LAG_ROWS:,} rows are read: {busy * 1000:.0f} ms", end="")
    print(f" (idle: {idle * 1000:.0f} ms; goal {LAG * 1000:.0f} ms)")
    return 1 if missed or busy > LAG else 0


if __name__ == "__main__":
    sys.exit(main())
