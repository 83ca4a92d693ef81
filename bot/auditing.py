"""The audit as people see it: what they ask for, a page of entries, and all of them as a table."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.statistics import read_period
from storage.audit import Entry, Wanted

from . import cards, doubts
from .keyboards import Key, Screen
from .words import Html, Words

# What is written into the audit, each with its text: did-*.
ACTIONS = (
    "confirm", "put-up", "approve", "pause", "unpause", "report",
    "dismiss", "cancel", "release", "resume", "connect", "connect-again", "connect-failed",
    "doubt-sent", "doubt-again", "doubt-given-up",
    "sender-add", "sender-change", "sender-code", "sender-confirm", "sender-delete",
    "sender-keep",
    "template-save", "template-delete", "contact-save", "contact-delete", "group-make", "group-delete",
    "stop-list-add", "stop-list-remove", "stop-list-export", "stop-list-import",
    "answers-confirmed", "answers-at-once",
    "topics-on", "topics-off",
    "forget", "audit-export", "rotate-keys", "hold-go-on", "hold-cancel",
    "allow", "role", "deny", "left", "invite", "turn-away", "revoked",
    "group", "group-left", "group-refused", "moved", "share", "unshare", "alerts", "settings",
    "snooze",
)  # fmt: skip

PAGE = 10
SHOWN = 40  # characters of a name in a line
CHATS = frozenset({"with", "for_chat", "to"})  # evidence that is the id of a chat
EXPORTED = 50_000  # entries in one table; what is older is asked for by a period

# One of evidence: a source, what it said, how often.
_PIECE = re.compile(r"(report|history|push|totals) (\d+/\d+(?:/\d+)?|[a-z_]+) ×\d+")
_OPTION = re.compile(r"(by|did|кто|что)=(?:\"([^\"]*)\"|(\S+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A part of the question that means nothing; `typed` is that part."""

    typed: str


def read(argument: str, zone: ZoneInfo, now: datetime) -> Wanted | Unreadable:
    """`[#12] [by=Anna|by=1001] [did=confirm] [30d|2h]`, in any order; nothing is everything."""
    person: int | str | None = None
    action: str | None = None
    for name, quoted, plain in _OPTION.findall(argument):
        value = quoted or plain
        if name.lower() in {"by", "кто"}:
            if value.startswith("@"):
                return Unreadable(typed=value)
            person = int(value) if re.fullmatch(r"\d{1,15}", value, re.ASCII) else value
        elif value.lower() not in ACTIONS:
            return Unreadable(typed=value)
        else:
            action = value.lower()
    rest = _OPTION.sub(" ", argument)
    numbers = re.findall(r"#(\d{1,12})", rest, re.ASCII)
    rest = re.sub(r"#\d{1,12}", " ", rest, flags=re.ASCII).strip()
    hours = re.fullmatch(r"(\d{1,3}) ?[hчmм]", rest.lower())
    period = read_period(rest, zone, now) if rest and hours is None else None
    if len(numbers) > 1 or (rest and period is None and hours is None):
        return Unreadable(typed=rest or argument.strip())
    since = None if period is None else period.since
    if hours is not None:
        since = now - timedelta(**{"hours" if rest.lower()[-1] in "hч" else "minutes": int(hours[1])})
    return Wanted(
        person=person,
        action=action,
        campaign_id=int(numbers[0]) if numbers else None,
        since=since,
        until=None if period is None else period.until,
    )


def as_json(wanted: Wanted) -> dict[str, Any]:
    """What a button keeps of a question."""
    return {
        "person": wanted.person,
        "action": wanted.action,
        "campaign_id": wanted.campaign_id,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
    }


def from_json(content: Mapping[str, Any]) -> Wanted:
    since, until = content["since"], content["until"]
    return Wanted(
        person=content["person"],
        action=content["action"],
        campaign_id=content["campaign_id"],
        since=None if since is None else datetime.fromisoformat(since),
        until=None if until is None else datetime.fromisoformat(until),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What people and groups are called, by id, as far as we know."""

    people: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)


def page(
    words: Words, entries: Sequence[Entry], names: Names, *, older: str | None, table: str | None
) -> Screen:
    """Some entries, newest first; the tokens of the buttons for older ones and for all as a table."""
    if not entries:
        return Screen(html=words("audit-none"))
    keys = []
    if older is not None:
        keys.append(Key(label=words.plain("button-older"), token=older))
    if table is not None:
        keys.append(Key(label=words.plain("button-table"), token=table))
    lines = [_line(words, entry, names) for entry in entries]
    return Screen(html=cards.joined(words("audit-title"), *lines), rows=(tuple(keys),) if keys else ())


def _line(words: Words, entry: Entry, names: Names) -> Html:
    return words(
        "audit-line",
        number=str(entry.id),
        time=words.time(entry.at),
        name=_shown(entry.person),
        did=did(words, entry.action),
        whom=" · ".join(_whom(words, entry, names)) or "none",
    )


def did(words: Words, action: str) -> str:
    """An action in words; one that has none yet by its own name."""
    return words.plain(f"did-{action}") if words.has(f"did-{action}") else action


def _whom(words: Words, entry: Entry, names: Names) -> Iterable[str]:
    """What an entry is about, in words; ids where no name is known."""
    evidence = dict(entry.evidence)
    if entry.campaign_id is not None:
        yield f"#{entry.campaign_id}"
    if entry.other_id is not None:
        called = evidence.pop("name", None) or names.people.get(entry.other_id)
        yield words.plain("whom-person", name=_shown(str(called or "?")), person=str(entry.other_id))
    if entry.number_mask is not None:
        yield entry.number_mask
    if "title" in evidence:
        evidence.pop("with", None)
    for name, value in evidence.items():
        if value is not None:
            yield _told(words, name, value, names)
    if entry.chat_id is not None:
        yield _chat(words, entry.chat_id, names)


def _told(words: Words, name: str, value: str | int, names: Names) -> str:
    """One piece of evidence."""
    if name in {"role", "was"}:
        value = words.plain(f"role-{value}")
    elif name == "gateway":
        value = str(cards.gateway_name(words, str(value)))
    elif name in CHATS:
        value = _chat(words, int(value), names)
    elif name == "evidence":
        return words.plain("whom-evidence", value=_known(words, str(value)) or "none")
    key = f"whom-{name}"
    return words.plain(key, value=_shown(str(value))) if words.has(key) else _shown(str(value))


def _known(words: Words, evidence: str) -> str:
    """What was known of a doubt, as `desk.doubts` wrote it down; a piece that was cut short as it stands."""
    pieces = []
    for piece in filter(None, evidence.split("; ")):
        found = _PIECE.fullmatch(piece)
        pieces.append(piece if found is None else str(doubts.says(words, found[1], found[2])))
    return "; ".join(pieces)


def _chat(words: Words, chat_id: int, names: Names) -> str:
    if chat_id > 0:
        return words.plain("whom-private")
    return words.plain("whom-chat", chat=_shown(names.groups.get(chat_id) or str(chat_id)))


def _shown(text: str) -> str:
    return cards.isolated(text[:SHOWN])


# As a table.

COLUMNS = (
    "number", "at", "person_id", "person", "action", "chat_id", "campaign", "account", "other_id",
    "msisdn", "msisdn_hash", "evidence",
)  # fmt: skip

# What makes a spreadsheet take a cell for a formula, in full width too, and what ends a cell or a line early.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠|]")


def table(entries: Iterable[Entry]) -> str:
    """The entries as CSV with a line of names. Text that a spreadsheet would run gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            [
                entry.id,
                entry.at.astimezone(UTC).isoformat(timespec="seconds"),
                entry.person_id,
                harmless(entry.person),
                harmless(entry.action),
                entry.chat_id,
                entry.campaign_id,
                entry.account_id,
                entry.other_id,
                (entry.number_mask or "").removeprefix("+"),
                entry.number_hash,
                harmless(json.dumps(dict(entry.evidence), ensure_ascii=False, sort_keys=True)),
            ]
        )
    return out.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, nor after the blanks that it may strip."""
    return f"'{text}" if _FORMULA.match(text.lstrip(" \u00a0\u3000\ufeff")) or text[:1].isspace() else text
