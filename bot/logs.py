"""Logging: one handler, and no secret in what it writes.

What is written is rewritten as a whole, after formatting: messages, arguments, exceptions and their causes.
"""

import logging
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, TextIO

import structlog

from providers.wire import redact

# Libraries that log whole requests, with what is in them.
QUIET = ("httpx", "httpcore", "zeep", "telegram", "aiosqlite", "asyncpg", "alembic", "asyncio", "fluent")

_TOKEN = re.compile(r"(?i)\b(?:bot)?\d{5,}(?::|%3A)[\w-]{20,}")


def hide_token(text: str) -> str:
    """Text with `bot***` for whatever looks like a bot token, alone or in a URL."""
    return _TOKEN.sub("bot***", text)


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Formats, then takes out known secrets and whatever looks like one."""

    secrets: tuple[str, ...] = ()

    def format(self, record: logging.LogRecord) -> str:
        return hide_token(redact(super().format(record), self.secrets))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes; of what cannot be written it tells the place only. Logging's own words would quote secrets."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        with suppress(ValueError, OSError):
            sys.stderr.write(f"a log record cannot be written: {record.pathname}:{record.lineno}\n")


def configure(level: str, style: Literal["text", "json"], secrets: Iterable[str] = ()) -> None:
    """Log to standard error from now on."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    tail: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        tail.append(structlog.processors.format_exc_info)
    formatter = Redacting(processors=[*tail, renderer], foreign_pre_chain=shared)
    # Also as `repr` shows them: in JSON that is escaped twice.
    formatter.secrets = tuple({form for secret in secrets for form in (secret, repr(secret)[1:-1])})
    handler = _Handler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
