"""Work that would hold up everybody else, in a process of its own: files are read there, texts measured.

A thread would not do: parsing holds the interpreter. The process begins with next to nothing imported and no
secret in its environment, may use so much memory and so much time, and takes nobody along when it breaks.
"""

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import templates
from .audience import Frozen, freeze, recipients, sift
from .columns import SAMPLE, Columns, find, only_titled
from .tables import BadTable, Limits, Row, Table, open_table

MEMORY = 300 * 2**20  # bytes
PROCESSOR = 120  # seconds of processor time; a busy machine is no fault of the file
TIME = 900.0  # seconds by the clock
ROWS, KEPT, DROPPED, TEXTS = "rows.jsonl", "kept.jsonl", "dropped.jsonl", "texts.jsonl"
_NICE = 5
_SAMPLE_ROWS = 5  # that a person is shown to choose a column by


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of a file. No `frozen`: the guess at its columns is not sure, and somebody must be asked.

    `candidates` are the columns that may hold the numbers, the best first. `sample` is what the first
    rows say, with their row numbers.
    """

    form: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: Sequence[str]
    hidden_sheets: int
    columns: Columns
    candidates: Sequence[int]
    sample: Sequence[tuple[int, Sequence[str]]]
    frozen: Frozen | None


async def read(
    path: Path,
    folder: Path,
    *,
    region: str,
    abroad: Collection[str] = (),
    sheet: str | None = None,
    columns: Columns | None = None,
    limits: Limits | None = None,
) -> Reading:
    """Read a file into `folder`: KEPT and DROPPED, for desk.audience to read. Raises BadTable.

    Without `columns` they are found. Besides what desk.tables raises: no-numbers, only-titles, too-slow.
    """
    answer = await _run(
        "read",
        path=str(path),
        folder=str(folder),
        region=region,
        abroad=list(abroad),
        sheet=sheet,
        columns=None if columns is None else columns.as_json(),
        limits=asdict(limits or Limits()),
    )
    frozen = answer.pop("frozen")
    return Reading(
        **answer
        | {"columns": Columns.from_json(answer["columns"])}
        | {"sample": [(row, cells) for row, cells in answer["sample"]]}
        | {"frozen": None if frozen is None else Frozen.from_json(frozen)}
    )


async def check(folder: Path, columns: Columns, *, region: str, abroad: Collection[str] = ()) -> Frozen:
    """Check what stands in ROWS in `folder`, the cells of a row a line, as if it were a file.

    Writes KEPT and DROPPED there. Raises BadTable: too-slow, too-big.
    """
    answer = await _run(
        "check", folder=str(folder), columns=columns.as_json(), region=region, abroad=list(abroad)
    )
    return Frozen.from_json(answer)


async def survey(folder: Path, text: str, columns: Columns, more: Sequence[str] = ()) -> templates.Survey:
    """Measure a text over the audience in `folder`, and write what it comes to for each into TEXTS there.

    A text without fields is the same for all, and nothing is written. Raises UnknownFields, BadTable:
    too-slow, too-big.
    """
    templates.bind(templates.parse(text), columns, more)
    answer = await _run("survey", folder=str(folder), text=text, columns=columns.as_json(), more=list(more))
    return templates.Survey.from_json(answer)


async def _run(job: str, **request: Any) -> dict[str, Any]:
    """One job in a fresh process. It is killed when it takes too long, or nobody waits for it any more."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        async with asyncio.timeout(TIME):
            out, err = await process.communicate(
                json.dumps({"job": job, "memory": MEMORY, "processor": PROCESSOR} | request).encode()
            )
    except TimeoutError:
        raise BadTable("too-slow", limit=int(TIME)) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == -signal.SIGXCPU:
        raise BadTable("too-slow", limit=PROCESSOR)
    if process.returncode:
        # A library that runs out of memory in C or Rust ends the process. What it says may quote the file.
        raise BadTable("damaged") if process.returncode < 0 else RuntimeError(_kind(err))
    answer: dict[str, Any] = json.loads(out)
    if "bad" in answer:
        raise BadTable(answer["bad"], **answer["details"])
    return answer


def _kind(trouble: bytes) -> str:
    """Of a traceback, what was raised, without the words, which may hold somebody's number."""
    lines = trouble.decode(errors="replace").strip().splitlines() or ["nothing said"]
    return f"the process aside ended with {lines[-1].partition(':')[0]}"


# In the process.


def _read(request: Mapping[str, Any]) -> dict[str, Any]:
    region, abroad = request["region"], request["abroad"]
    with Path(request["path"]).open("rb") as file:
        table = open_table(file, Limits(**request["limits"]), request["sheet"])
        sample = _first(table)
        guess = find(sample, region=region, abroad=abroad)
        chosen = Columns.from_json(request["columns"]) if request["columns"] is not None else None
        columns = chosen or (guess.columns if guess else None)
        if columns is None:
            title = only_titled(sample)
            raise (
                BadTable("no-numbers", form=table.form)
                if title is None
                else BadTable("only-titles", column=title)
            )
        frozen = None
        if chosen is not None or (guess is not None and guess.sure):
            frozen = _frozen(table.rows(), columns, request)
    return {
        "form": table.form,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "sheets": table.sheets,
        "hidden_sheets": table.hidden_sheets,
        "columns": columns.as_json(),
        "candidates": guess.candidates if guess else (),
        "sample": [(row.number, row.cells) for row in sample[:_SAMPLE_ROWS]],
        "frozen": None if frozen is None else frozen.as_json(),
    }


def _frozen(rows: Iterable[Row], columns: Columns, request: Mapping[str, Any]) -> Frozen:
    folder = Path(request["folder"])
    with (
        (folder / KEPT).open("w", encoding="utf-8", errors="replace") as kept,
        (folder / DROPPED).open("w", encoding="utf-8", errors="replace") as dropped,
    ):
        found = sift(rows, columns, region=request["region"], abroad=request["abroad"])
        return freeze(found, kept, dropped)


def _check(request: Mapping[str, Any]) -> dict[str, Any]:
    with (Path(request["folder"]) / ROWS).open(encoding="utf-8") as rows:
        columns = Columns.from_json(request["columns"])
        whole = frozenset({columns.number})  # contacts, and what people typed: no spreadsheet had these
        numbered = (Row(number, json.loads(line), whole=whole) for number, line in enumerate(rows, start=1))
        return _frozen(numbered, columns, request).as_json()


def _first(table: Table) -> list[Any]:
    rows = table.rows()
    return [row for row, _ in zip(rows, range(SAMPLE), strict=False)]


def _survey(request: Mapping[str, Any]) -> dict[str, Any]:
    columns = Columns.from_json(request["columns"])
    bound = templates.bind(templates.parse(request["text"]), columns, request["more"])
    folder = Path(request["folder"])
    with (folder / KEPT).open(encoding="utf-8") as kept:
        if not bound.places:
            return templates.survey(bound, recipients(kept)).as_json()
        with (folder / TEXTS).open("w", encoding="utf-8", errors="replace") as texts:
            return templates.survey(bound, recipients(kept), texts).as_json()


_JOBS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "read": _read,
    "check": _check,
    "survey": _survey,
}


def main() -> None:
    os.nice(_NICE)
    request = json.load(sys.stdin)
    memory, processor = request.pop("memory"), request.pop("processor")
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    try:
        answer = _JOBS[request.pop("job")](request)
    except BadTable as error:
        answer = {"bad": error.word, "details": error.details}
    except MemoryError:
        answer = {"bad": "too-big", "details": {"limit": memory}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
