"""The error tree: drawn as it is, a kind of its own for each, and no word lost."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from providers import errors
from providers.errors import AccountStopped, GatewayError, RequestRefused, Throttled
from providers.model import Reason


def family(root: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield root
    for child in root.__subclasses__():
        yield from family(child)


# A gateway may keep a class of its own to itself; the tree is what all share.
ALL = [error for error in family(GatewayError) if error.__module__ == errors.__name__]


def make(kind: type[GatewayError]) -> GatewayError:
    if issubclass(kind, RequestRefused):
        return kind(code="7", raw="HTTP 200: no", reason=Reason.TEXT)
    return kind(code="7", raw="HTTP 200: no")


def test_each_class_has_a_kind_of_its_own() -> None:
    assert len({error.kind for error in ALL}) == len(ALL)
    assert all("kind" in vars(error) for error in ALL)


@pytest.mark.parametrize("error", ALL)
def test_the_kind_is_the_name_in_lower_case(error: type[GatewayError]) -> None:
    assert error.kind == re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower()


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Four columns a level, as drawn."""
    drawn: dict[str, str | None] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ((?:[│ ]   )*)(?:[├└]── )?([A-Z]\w+)(?:  |$)", line)
        if found:
            level = (found.start(2) - 4) // 4
            path[level:] = [found[2]]
            drawn[found[2]] = path[level - 1] if level else None
    real = {error.__name__: parent.__name__ for error in ALL for parent in error.__bases__}
    assert drawn == real | {"GatewayError": None}


@pytest.mark.parametrize("kind", ALL)
def test_an_error_carries_code_and_raw_and_says_them(kind: type[GatewayError]) -> None:
    error = make(kind)
    assert (error.code, error.raw) == ("7", "HTTP 200: no")
    for word in (error.kind, "7", "HTTP 200: no"):
        assert word in str(error)


def test_an_error_of_few_words_has_no_loose_commas() -> None:
    assert str(errors.NotReached()) == "not_reached"


def test_being_throttled_tells_for_how_long() -> None:
    assert Throttled(retry_after=timedelta(seconds=5)).retry_after == timedelta(seconds=5)
    assert Throttled().retry_after is None
    assert Throttled().reason is Reason.BUSY


def test_a_refusal_tells_which_field_is_to_blame() -> None:
    error = RequestRefused(reason=Reason.SENDER, field="sender_id")
    assert (error.reason, error.field) == (Reason.SENDER, "sender_id")


def test_what_stops_an_account_is_caught_as_one() -> None:
    assert {error.kind for error in AccountStopped.__subclasses__()} == {
        "auth_failed",
        "insufficient_funds",
        "account_blocked",
    }
