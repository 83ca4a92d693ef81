"""The answers of senders.php in four formats, to the letter of seed 003. Pure functions.

The columns of operators stand in another order in JSON than in text and XML, and there all values, the id
too, are strings, where the plain lists have bare numbers. There is no list by operator in fmt 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # they write XML, nothing is parsed

from sandbox.smsc.replies import element, json_text

# Of text and XML.
OPERATORS = (
    "mega_step",
    "bee_step",
    "motiv_step",
    "sber_step",
    "winmob_step",
    "volnamob_step",
    "mts_step",
    "tele2_step",
    "tele2",
    "ua_reg",
    "ua_int",
    "mega_int",
    "motiv_int",
    "mts_int",
    "motiv",
    "by_reg",
    "by_int",
    "tele2_int",
    "sber_int",
)
OPERATORS_IN_JSON = (
    "mega_step",
    "mega_int",
    "bee_step",
    "motiv",
    "motiv_step",
    "motiv_int",
    "sber_step",
    "sber_int",
    "winmob_step",
    "volnamob_step",
    "mts_step",
    "mts_int",
    "tele2_step",
    "tele2",
    "tele2_int",
    "ua_reg",
    "ua_int",
    "by_reg",
    "by_int",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A name as it is listed. `replaced_by`: columns past the documented ones."""

    name: str
    id: int
    status: int
    operators: Mapping[str, int]
    replaced_by: Mapping[str, str]


def list_allowed(fmt: int, names: Sequence[Listed]) -> str:
    """all=0."""
    match fmt:
        case 1:
            return "\n".join(f"{one.name},{one.id}" for one in names)
        case 2:
            return _xml_list([_sender(one, {"id": one.id}) for one in names])
        case 3:
            return json_text([{"sender": one.name, "id": one.id} for one in names])
    return "\n".join(f"name = {one.name}, id = {one.id}" for one in names)


def list_all(fmt: int, names: Sequence[Listed]) -> str:
    """all=1."""
    match fmt:
        case 1:
            return "\n".join(f"{one.name},{one.status},{one.id}" for one in names)
        case 2:
            return _xml_list([_sender(one, {"status": one.status, "id": one.id}) for one in names])
        case 3:
            return json_text([{"sender": one.name, "status": one.status, "id": one.id} for one in names])
    return "\n".join(f"name = {one.name}, status = {one.status}, id = {one.id}" for one in names)


def by_operator(fmt: int, names: Sequence[Listed]) -> str:
    """operators=1, in any format but 1."""
    match fmt:
        case 2:
            return _xml_list([_sender(one, {**_in_order(one, OPERATORS), "id": one.id}) for one in names])
        case 3:
            return json_text(
                [
                    {"sender": one.name, **_in_order(one, OPERATORS_IN_JSON), "id": str(one.id)}
                    for one in names
                ]
            )
    return "\n".join(_line({"name": one.name, **_in_order(one, OPERATORS), "id": one.id}) for one in names)


def added(fmt: int, name_id: int) -> str:
    """The key of the id is `sender` here (sheet 13.4)."""
    match fmt:
        case 1:
            return str(name_id)
        case 2:
            return element("sender", {"id": name_id})
        case 3:
            return json_text({"sender": name_id})
    return f"ID = {name_id}"


def _in_order(one: Listed, columns: Sequence[str]) -> dict[str, str]:
    return {column: str(one.operators[column]) for column in columns} | dict(one.replaced_by)


def _line(fields: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in fields.items())


def _sender(one: Listed, attributes: Mapping[str, object]) -> str:
    written = " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items())
    return f"<sender {written}>{escape(one.name)}</sender>"


def _xml_list(senders: Sequence[str]) -> str:
    return "\n".join(["<list>", *senders, "</list>"])
