"""What each gateway can do: the matrix, and a page a gateway."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from providers.devino import vocabulary
from providers.errors import GatewayError
from providers.faces import FACES, faces
from providers.gateways import KINDS, MODULES
from providers.model import Capabilities, Kind, MessageState

from ..settings import CREDENTIALS, Gateways
from ..shell import gateway as group
from ..shell.offers import FACE, has
from .markdown import NO, WORDS, code, page, said, table

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


def matrix() -> str:
    names = [f"[{_name(module)}](gateways/{module.KIND}.md)" for module in MODULES]
    capabilities = [module.CAPABILITIES for module in MODULES]
    rows = [[label, *(said(read(can)) for can in capabilities)] for label, read in _ROWS]
    rows += [
        [f"`kind={kind}`", *(said(can.limits(kind) is not None) for can in capabilities)] for kind in Kind
    ]
    rows += [
        [_operations(face), *(said(face in faces(module.Gateway)) for module in MODULES)] for face in FACES
    ]
    return page(
        "Gateways",
        "What each gateway can do. The last rows are operations of [`smsdesk gateway`](shell.md); each page "
        "has a gateway's limits, settings, states and errors.",
        table(["", *names], rows),
    )


def gateway(module: ModuleType) -> str:
    can: Capabilities = module.CAPABILITIES
    parts = [
        f"`{module.KIND}` in the configuration and in `/connect`. All beside each other: "
        "[gateways](../gateways.md).",
        "## Limits",
        table(["", ""], [[label, said(read(can))] for label, read in _ROWS]),
        "## Kinds of messages",
        table(["kind", "characters", "validity", "schedule"], _kinds(can)),
        "## Operations",
        ", ".join(f"`{one}`" for one in _commands(module)) + ". How they are called: [shell](../shell.md).",
        "## Settings",
        table(["key", "default", "write"], _settings(module.KIND)),
    ]
    if can.options:
        options = ", ".join(f"`{one}`" for one in can.options)
        parts += ["## Options", f"Switches of this gateway alone, `--option NAME=VALUE`: {options}."]
    parts += [
        "## States",
        "What it says of a message, and the state that makes. A word that is not here moves nothing.",
        table(["it says", "state"], [[f"`{raw}`", _state(one)] for raw, one in module.STATES.items()]),
        "## Errors",
        "A code that is not here settles nothing: after a sending, that is *uncertain*.",
        table(["code", "comes to", "reason"], _errors(module.ERRORS)),
    ]
    if module.ENTRIES:
        parts += [
            "## Reasons",
            table(["code", "what happened", "charged", "what to do"], _reasons(module)),
        ]
    return page(_name(module), *parts)


def _name(module: ModuleType) -> str:
    key = f"gateway-{module.KIND}"
    return WORDS.plain(key) if WORDS.has(key) else str(module.KIND)


def _kinds(can: Capabilities) -> Iterator[list[str]]:
    for kind in Kind:
        limits = can.limits(kind)
        if limits is not None:
            yield [f"`{kind}`", str(limits.text_max), said(limits.validity), said(limits.send_at)]


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
        yield [f"`gateways.{kind}.{name}`", code(default), field.description or ""]
    for name in CREDENTIALS:
        if name in KINDS[kind].config.model_fields:
            yield [f"`{name}` of an account", NO, ""]


def _state(value: Any) -> str:
    """A table of states has the state, or a tuple that begins with it."""
    state: MessageState = value[0] if isinstance(value, tuple) else value
    return state.replace("_", " ")


def _errors(listed: Mapping[Any, Any], *where: str) -> Iterator[list[str]]:
    """A table of errors has the error by code, or such a table by call."""
    for key, value in listed.items():
        if isinstance(value, Mapping):
            yield from _errors(value, *where, str(key))
        else:
            yield [" ".join(f"`{word}`" for word in (*where, str(key))), *_comes_to(value)]


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
