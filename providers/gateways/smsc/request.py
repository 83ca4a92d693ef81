"""How a request to SMSC is made: credentials, forms or JSON, what must not be repeated, the reserve host."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from ...errors import NotReached
from ...wire import HttpRequest, HttpResponse, Pace, Send, form_body
from .config import Config

Pairs = Sequence[tuple[str, str]]


def post(
    config: Config,
    operation: str,
    script: str,
    pairs: Pairs,
    *,
    fmt: int = 3,
    submits: bool = False,
    pace: Pace | None = None,
) -> HttpRequest:
    """A form to one of the scripts. The charset is asked for each time: without it it is windows-1251."""
    return HttpRequest(
        operation=operation,
        method="POST",
        url=f"{config.url}{script}.php",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=form_body([*_credentials(config), ("charset", "utf-8"), ("fmt", str(fmt)), *pairs]),
        secrets=_secrets(config),
        submits=submits,
        pace=pace,
    )


def post_sending(config: Config, operation: str, pairs: Pairs, *, submits: bool, pace: Pace) -> HttpRequest:
    """To send.php, or the same parameters as one JSON object to /rest/send/, which stands beside sys/."""
    request = post(config, operation, "send", pairs, submits=submits, pace=pace)
    if config.request_format == "form":
        return request
    parameters = dict([*_credentials(config), ("charset", "utf-8"), ("fmt", "3"), *pairs])
    return replace(
        request,
        url=_rest(config.url),
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=json.dumps(parameters).encode("ascii"),
    )


def _rest(url: str) -> str:
    return urljoin(url, "../rest/send/")


def _credentials(config: Config) -> Pairs:
    (secret,) = _secrets(config)
    return [("apikey", secret)] if config.apikey else [("login", config.login), ("psw", secret)]


def _secrets(config: Config) -> tuple[str]:
    credential = config.apikey or config.password
    return ("" if credential is None else credential.get_secret_value(),)


def window(config: Config, key: str, *, most: int = 1) -> Pace:
    return Pace(key=key, period=config.limit_window, most=most)


def identical(config: Config, operation: str, pairs: Pairs, *, most: int = 1) -> Pace:
    """At most `most` requests in a window that say the same. The key tells nothing of what they say."""
    said = digest(*(word for pair in pairs for word in pair))
    return window(config, f"{operation}-{said}", most=most)


def digest(*words: str) -> str:
    """A short name for some words, which cannot be read back from it."""
    whole = json.dumps(words).encode("ascii")  # so that ("ab", "c") and ("a", "bc") differ
    return hashlib.sha256(whole).hexdigest()[:24]


def with_reserve(config: Config, send: Send) -> Send:
    """Ask the reserve host, once, when the front could not be reached: then nothing has left.

    The vendor's own library does so after an empty answer too, which may send twice (section 13.7).
    """
    reserve = config.reserve_url
    if reserve is None:
        return send

    async def ask(request: HttpRequest) -> HttpResponse:
        try:
            return await send(request)
        except NotReached:
            scripts = request.url.startswith(config.url)
            url = reserve + request.url.removeprefix(config.url) if scripts else _rest(reserve)
            return await send(replace(request, url=url))

    return ask
