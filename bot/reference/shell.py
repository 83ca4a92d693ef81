"""What the shell answers: every operation of `smsdesk gateway`."""

import json
from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import Any

import click

from providers import errors
from providers.errors import GatewayError
from providers.model import Reason

from ..options import CONFIG
from ..shell import gateway as group
from ..shell.failures import TROUBLES
from ..shell.inputs import ACCOUNT, JSON
from ..shell.output import to_json
from ..shell.samples import SAMPLES
from .markdown import page, table


def shell() -> str:
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
        parts += [table(["option", ""], options)] if options else []
        parts += [f"```json\n{json.dumps(to_json(SAMPLES[name]), indent=2, ensure_ascii=False)}\n```"]
    return page("smsdesk gateway", *parts, *_failures())


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
        table(["kind", ""], told),
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
