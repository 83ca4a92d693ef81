"""Asking a gateway while a person waits."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from providers.errors import GatewayError, OutcomeUnknown
from providers.http import Break

Answer = TypeVar("Answer")


async def in_time(answer: Awaitable[Answer], patience: timedelta) -> Answer | GatewayError:
    """The answer, or what is wrong: an error of the gateway, or OutcomeUnknown when patience ran out."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await answer
    except TimeoutError:
        return OutcomeUnknown(raw=Break.NO_ANSWER)
    except GatewayError as error:
        return error
