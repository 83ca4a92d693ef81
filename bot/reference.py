"""Writes docs/reference from the code: what each gateway can do, and what the shell answers.

`make docs` runs it; a test holds the files to what it would write.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from inspect import cleandoc
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import click

from providers import errors
from providers.devino import vocabulary
from providers.errors import GatewayError
from providers.faces import FACES, faces
from providers.gateways import KINDS, MODULES
from providers.model import Capabilities, Kind, MessageState, Reason

from .settings import CREDENTIALS, Gateways
from .shell import gateway as group
from .shell.failures import TROUBLES
from .shell.inputs import ACCOUNT, CONFIG, JSON
from .shell.offers import FACE, has
from .shell.output import to_json
from .shell.samples import SAMPLES
from .words import Words

WORDS = Words("en", ZoneInfo("UTC"))
GENERATED = "<!-- Written by `make docs` from the code: change that, not this. -->"
YES, NO = "yes", "–"


def pages() -> dict[str, str]:
    """All pages by their path under docs/reference."""
    return {
        "gateways.md": _matrix(),
        **{f"gateways/{module.KIND}.md": _gateway(module) for module in MODULES},
        "shell.md": _shell(),
    }


# Gateways

_ROWS: tuple[tuple[str, Callable[[Capabilities], object]], ...] = (
    ("recipients in one request", lambda can: can.batch_max),
    ("characters in one text", lambda can: can.text_max),
    ("a text of its own for each number", lambda can: can.text_per_number),
    ("answers for each number", lambda can: can.verdicts),
    ("a lost answer can be looked up by our reference", lambda can: can.lookup_by_ref),
    ("proves by its answers that it has no such message", lambda can: ", ".join(can.absence) or None),
    ("characters of our reference it keeps", lambda can: can.ref_max or None),
    ("price beforehand", lambda can: can.quote),
    ("keeps a schedule", lambda can: can.send_at),
    ("sends by the recipient's time", lambda can: can.by_recipient_time),
    ("calls messages back", lambda can: can.cancel),
    ("validity period", lambda can: can.validity),
    ("sender ID must be given", lambda can: can.sender_required),
    ("letters in a sender ID", lambda can: can.sender_latin_max),
    ("digits in a sender ID", lambda can: can.sender_digits_max),
    ("messages in one question for reports", lambda can: can.reports_max),
    ("keeps status for", lambda can: can.status_horizon),
    ("requests a second", lambda can: can.rate),
    ("requests at the same time", lambda can: can.in_flight),
)


def _matrix() -> str:
    names = [f"[{_name(module)}](gateways/{module.KIND}.md)" for module in MODULES]
    capabilities = [module.CAPABILITIES for module in MODULES]
    rows = [[label, *(_said(read(can)) for can in capabilities)] for label, read in _ROWS]
    rows += [
        [f"`kind={kind}`", *(_said(can.limits(kind) is not None) for can in capabilities)] for kind in Kind
    ]
    rows += [
        [_operations(face), *(_said(face in faces(module.Gateway)) for module in MODULES)] for face in FACES
    ]
    return _page(
        "Gateways",
        "What each gateway can do. The last rows are operations of [`smsdesk gateway`](shell.md); each page "
        "has a gateway's limits, settings, states and errors.",
        _table(["", *names], rows),
    )


def _gateway(module: ModuleType) -> str:
    can: Capabilities = module.CAPABILITIES
    parts = [
        f"`{module.KIND}` in the configuration and in `/connect`. All beside each other: "
        "[gateways](../gateways.md).",
        "## Limits",
        _table(["", ""], [[label, _said(read(can))] for label, read in _ROWS]),
        "## Kinds of messages",
        _table(["kind", "characters", "validity", "schedule"], _kinds(can)),
        "## Operations",
        ", ".join(f"`{one}`" for one in _commands(module)) + ". How they are called: [shell](../shell.md).",
        "## Settings",
        _table(["key", "default", "write"], _settings(module.KIND)),
    ]
    if can.options:
        options = ", ".join(f"`{one}`" for one in can.options)
        parts += ["## Options", f"Switches of this gateway alone, `--option NAME=VALUE`: {options}."]
    parts += [
        "## States",
        "What it says of a message, and the state that makes. A word that is not here moves nothing.",
        _table(["it says", "state"], [[f"`{raw}`", _state(one)] for raw, one in module.STATES.items()]),
        "## Errors",
        "A code that is not here settles nothing: after a sending, that is *uncertain*.",
        _table(["code", "comes to", "reason"], _errors(module.ERRORS)),
    ]
    if module.ENTRIES:
        parts += [
            "## Reasons",
            _table(["code", "what happened", "charged", "what to do"], _reasons(module)),
        ]
    return _page(_name(module), *parts)


def _name(module: ModuleType) -> str:
    key = f"gateway-{module.KIND}"
    return WORDS.plain(key) if WORDS.has(key) else str(module.KIND)


def _kinds(can: Capabilities) -> Iterator[list[str]]:
    for kind in Kind:
        limits = can.limits(kind)
        if limits is not None:
            yield [f"`{kind}`", str(limits.text_max), _said(limits.validity), _said(limits.send_at)]


def _commands(module: ModuleType) -> list[str]:
    return [name for name in group.commands if has(module.Gateway, module.CAPABILITIES, name)]


def _operations(face: str) -> str:
    named = [name for name, one in FACE.items() if one == face] or ["cancel --check"]
    return ", ".join(f"`{name}`" for name in named)


def _settings(kind: str) -> Iterator[list[str]]:
    table = Gateways.model_fields[kind].annotation
    for name, field in table.model_fields.items():  # type: ignore[union-attr]
        own = KINDS[kind].config.model_fields.get(name)
        default = own.default if own is not None else field.default
        yield [f"`gateways.{kind}.{name}`", _code(default), field.description or ""]
    for name in CREDENTIALS:
        if name in KINDS[kind].config.model_fields:
            yield [f"`{name}` of an account", NO, ""]


def _state(value: Any) -> str:
    """A table of states has the state, or a tuple that begins with it."""
    state: MessageState = value[0] if isinstance(value, tuple) else value
    return state.replace("_", " ")


def _errors(table: Mapping[Any, Any], *where: str) -> Iterator[list[str]]:
    """A table of errors has the error by code, or such a table by call."""
    for code, value in table.items():
        if isinstance(value, Mapping):
            yield from _errors(value, *where, str(code))
        else:
            yield [" ".join(f"`{word}`" for word in (*where, str(code))), *_comes_to(value)]


def _comes_to(value: Any) -> list[str]:
    # At Devino it depends on the call: here it is one that sends.
    make = value if callable(value) else partial(vocabulary.error, value, vocabulary.Call.SEND)
    error: GatewayError = make(code="", raw="")
    if isinstance(error, vocabulary.SessionRefused):
        return ["a new session, and the same once more", NO]
    return [error.kind.replace("_", " "), (error.reason or NO).replace("_", " ")]


def _reasons(module: ModuleType) -> Iterator[list[str]]:
    for entry, charged in module.ENTRIES.items():
        key = f"entry-{entry}"
        told = [WORDS.plain(key), WORDS.plain(f"{key}.next")] if WORDS.has(key) else [NO, NO]
        yield [f"`{entry}`", told[0], charged, told[1]]


# The shell


def _shell() -> str:
    common = {param.name for option in (CONFIG, ACCOUNT, JSON) for param in _params(option)}
    parts = [
        "One operation at one gateway, for scripts and for the people who look after it:",
        "```sh\nsmsdesk gateway balance --config config.toml --account main --json\n```",
        "`NAME` is an account of the configuration, else one that a chat has connected; where several are "
        "called the same, `NAME/ID`. The database is only looked into, so the bot may run meanwhile. "
        "`SMSDESK_CONFIG` may stand for `--config`. No option takes a password.",
        "With `--json` the answer is on the standard output, with exit code 0, or an error with exit code 1, "
        "also for mistakes in what was typed. "
        "Money and ids are strings, times ISO 8601 in UTC, spans as `48h`, states their English words with "
        "`_`. What is not known is null. New keys may come; those that are here stay.",
    ]
    for name, command in group.commands.items():
        parts += [f"## {name}", _synopsis(name, command), cleandoc(command.help or "")]
        options = [
            [f"`{' '.join((*param.opts, param.metavar or '')).strip()}`", _help(param)]
            for param in command.params
            if isinstance(param, click.Option) and param.name not in common
        ]
        parts += [_table(["option", ""], options)] if options else []
        parts += [f"```json\n{json.dumps(to_json(SAMPLES[name]), indent=2, ensure_ascii=False)}\n```"]
    return _page("smsdesk gateway", *parts, *_failures())


def _params(option: Callable[[Any], Any]) -> list[click.Parameter]:
    def nothing() -> None: ...

    return list(option(nothing).__click_params__)


def _synopsis(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command))
    return f"    smsdesk gateway {name} {' '.join(pieces[1:])} --account NAME [OPTIONS]".replace(
        "  --", " --"
    )


def _help(param: click.Option) -> str:
    default = f" Default: `{param.default}`." if param.show_default else ""
    choices = f" One of {', '.join(param.type.choices)}." if isinstance(param.type, click.Choice) else ""
    return f"{param.help or ''}{choices}{default}".strip()


def _failures() -> list[str]:
    example = {"error": {"kind": "request_refused", "code": "7", "reason": "recipient"}}
    told = [[f"`{one.kind}`", TROUBLES[one.kind]] for one in _leaves(GatewayError)]
    told += [
        ["`config`", "the configuration has mistakes; `reason` has them, a line each"],
        ["`account`", "no account, or more than one, can be used by this name; `reason` says why"],
        ["`usage`", "what was typed is no call; `reason` says why"],
        ["`interrupted`", "by Ctrl-C; a change that was under way is `outcome_unknown` instead"],
        ["`failure`", "a mistake of ours, nothing was changed; the log on the error output has it"],
    ]
    return [
        "## Errors",
        f"```json\n{json.dumps(example, indent=2)}\n```",
        "`code` is the gateway's own. After `outcome_unknown` a `send`, or whatever else changes something "
        "at the gateway, may have been done: no script may repeat it. The reference of a `send` stands "
        "beside `error`, as `ref`, and was on the error output before anything left.",
        _table(["kind", ""], told),
        "What gateways refuse has one of these reasons: " + ", ".join(f"`{one}`" for one in Reason) + ". "
        "`unsupported` and `interrupted` have their own name for a reason where there is no other.",
    ]


def _leaves(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    """Our errors that are raised, in the order in which they are written."""
    below = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    for one in below:
        yield from _leaves(one)
    if not below and kind is not errors.Forged:  # a push is never asked for
        yield kind


# Markdown


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", GENERATED, *parts]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _said(value: object) -> str:
    if value is None or value is False:
        return NO
    if value is True:
        return YES
    shown = to_json(value)
    return " to ".join(map(str, shown)) if isinstance(shown, list) else str(shown)


def _code(value: object) -> str:
    return NO if value is None else f"`{json.dumps(to_json(value))}`"


def main(folder: Path) -> None:
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
