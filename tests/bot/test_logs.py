"""The log tells what happens and no secret, however the secret came into it."""

import contextvars
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import pytest
import structlog

from bot.logs import QUIET, configure

Style = Literal["text", "json"]
TOKEN = "110201543:CanaryCanaryCanaryCanaryCanary_-aaa"
PASSWORD = 'canary "p&ss\\wörd" <1>'
SESSION = "CanarySessionCanarySession1234"
NUMBER = "79031234567"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in quiet.items():
        logging.getLogger(name).setLevel(was)
    structlog.reset_defaults()


styles = pytest.mark.parametrize("style", get_args(Style))


class _Slotted:
    """A value that shows its secrets."""

    def __repr__(self) -> str:
        return f"<Credentials {PASSWORD} {TOKEN}>"


def _fail_with_cause() -> None:
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except ValueError as error:
        raise LookupError(f"psw={PASSWORD}&sessionId={SESSION}") from error


def _fail_in_context() -> None:
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        raise LookupError(f"<SessionID>{SESSION}</SessionID>")  # noqa: B904 - the context is what is tested


def _structlog_exception(fail: Callable[[], None]) -> None:
    try:
        fail()
    except LookupError:
        structlog.get_logger("bot.x").exception("handler broke", who=_Slotted())


def _stdlib_exception(fail: Callable[[], None]) -> None:
    try:
        fail()
    except LookupError:
        logging.getLogger("library").exception("it broke: %s", PASSWORD)


def _in_context_variables() -> None:
    structlog.contextvars.bind_contextvars(password=PASSWORD, url=f"/bot{TOKEN}/sendMessage")
    structlog.get_logger("bot.x").info("bound")


LEAKS: dict[str, Callable[[], None]] = {
    "message": lambda: logging.getLogger("x").info(f"token {TOKEN} {PASSWORD} sessionid={SESSION}"),
    "arguments": lambda: logging.getLogger("x").info("%s %r sessionid=%s", TOKEN, PASSWORD, SESSION),
    "object as argument": lambda: logging.getLogger("x").warning("%s", _Slotted()),
    "extra": lambda: logging.getLogger("x").info("x", extra={"password": PASSWORD, "token": TOKEN}),
    "event": lambda: structlog.get_logger("x").info(f"{TOKEN} {PASSWORD} SessionID={SESSION}"),
    "keywords": lambda: structlog.get_logger("x").info("x", a=TOKEN, b=PASSWORD, sessionid=SESSION),
    "nested": lambda: structlog.get_logger("x").info("x", form={"psw": [PASSWORD], "to": (TOKEN,)}),
    "object as keyword": lambda: structlog.get_logger("x").info("x", who=_Slotted()),
    "exception": lambda: _structlog_exception(_fail_with_cause),
    "exception in context": lambda: _structlog_exception(_fail_in_context),
    "exception of a library": lambda: _stdlib_exception(_fail_with_cause),
    "context variables": _in_context_variables,
    "url": lambda: structlog.get_logger("x").info("x", url=f"https://h/?login=a&psw={PASSWORD}&fmt=3"),
}


@pytest.mark.parametrize("leak", LEAKS)
@styles
def test_no_secret_comes_out(style: Style, capsys: pytest.CaptureFixture[str], leak: str) -> None:
    configure("DEBUG", style, [TOKEN, PASSWORD])
    contextvars.copy_context().run(LEAKS[leak])
    told = capsys.readouterr().err
    assert told.strip(), "nothing was logged, so nothing is proved"
    assert "***" in told or leak == "extra", "what extra brings is not written at all"
    plain = told.replace("\\\\", "\\").replace('\\"', '"').replace("\\'", "'")
    for secret in (TOKEN, PASSWORD, SESSION, TOKEN.partition(":")[2], "p&ss", "wörd"):
        assert secret not in told
        assert secret not in plain


@styles
def test_what_cannot_be_written_is_not_quoted(style: Style, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", style, [PASSWORD])
    logging.getLogger("x").info("%d", PASSWORD)
    told = capsys.readouterr().err
    assert re.fullmatch(r"a log record cannot be written: \S+test_logs\.py:\d+\n", told)


def test_a_token_that_nobody_named_is_hidden_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "text")
    logging.getLogger("x").info("POST https://api.telegram.org/bot%s/getMe and alone %s", TOKEN, TOKEN)
    told = capsys.readouterr().err
    assert TOKEN.partition(":")[2] not in told
    assert told.count("bot***") == 2


@styles
def test_numbers_of_customers_keep_their_ends_only(style: Style, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", style)
    structlog.get_logger("x").info("sent", to=NUMBER)
    told = capsys.readouterr().err
    assert NUMBER not in told
    assert "7903****567" in told


@styles
def test_what_is_no_secret_is_told(style: Style, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", style)
    structlog.get_logger("bot.app").info("running", bot="smsdesk_bot", count=3)
    told = capsys.readouterr().err
    for word in ("running", "smsdesk_bot", "bot.app", "info"):
        assert word in told


def test_json_is_one_object_a_line_exceptions_included(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json", [PASSWORD])
    structlog.get_logger("bot.x").info("один", campaign=12)
    _structlog_exception(_fail_with_cause)
    _stdlib_exception(_fail_in_context)
    told: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [one["event"] for one in told][:2] == ["один", "handler broke"]
    assert (told[0]["campaign"], told[0]["level"], told[0]["logger"]) == (12, "info", "bot.x")
    assert all("timestamp" in one for one in told)
    assert all("LookupError" in one["exception"] for one in told[1:])


def test_the_level_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    configure("WARNING", "text")
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    told = capsys.readouterr().err
    assert "loud" in told
    assert "quiet" not in told


@pytest.mark.parametrize("name", QUIET)
def test_libraries_that_log_requests_are_kept_quiet(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure("DEBUG", "text")
    logging.getLogger(name).info("whole request")
    logging.getLogger(f"{name}.below").debug("whole request")
    assert capsys.readouterr().err == ""
    logging.getLogger(name).warning("trouble")
    assert "trouble" in capsys.readouterr().err


def test_configuring_again_does_not_write_twice(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "text")
    configure("INFO", "text")
    structlog.get_logger("x").info("once")
    assert capsys.readouterr().err.count("once") == 1
