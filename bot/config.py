"""Reads Settings from one TOML file and the environment, and tells every mistake at once, in plain words.

Every key is also a variable, `SMSDESK_SECTION__KEY`; lists are JSON there. Every secret `X` may be kept in a
file that `X_file` names.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .settings import CREDENTIALS, SURPLUS, Settings, shown

__all__ = ["ConfigError", "Settings", "keys", "load"]

ENV_PREFIX = "SMSDESK_"

# A place in the configuration as pydantic writes it, ("accounts", 0, "login"), and the one sentence about it.
Place = tuple[str | int, ...]
Problems = dict[Place, str]


class ConfigError(Exception):
    """What is wrong with the configuration: one plain sentence a problem, and no secret in any of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a TOML file and of the environment, which wins. ConfigError has all problems."""
    tree = _read_toml(path)
    folder = path.absolute().parent
    problems: Problems = {}
    variables = _overlay(tree, environ, problems)
    _read_secrets(tree, folder, problems)
    _check_names(tree, problems)
    try:
        settings = Settings.model_validate(tree, context={"folder": folder})
    except ValidationError as error:
        for detail in error.errors():
            problems.setdefault(detail["loc"], _sentence(detail, tree, variables))
    if problems:
        raise ConfigError(list(dict.fromkeys(problems.values())))
    return settings


def keys(table: type[BaseModel] = Settings) -> Iterator[tuple[str, ...]]:
    """The path of every key that may be written, in the order of the models."""
    for name, field in table.model_fields.items():
        inner = _table_of(field)
        if inner is not None:
            yield from ((name, *path) for path in keys(inner))
        else:
            yield (name,)
            if _is_secret(field):
                yield (f"{name}_file",)


# Finding one's way in the models.


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The table that a field holds, or of which it holds a list."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in _kinds(field.annotation)


def _kinds(annotation: object) -> Iterator[object]:
    """A type and those it is made of: of `Annotated[SecretStr, ...] | None` also SecretStr."""
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)


def _resolve(place: Place) -> tuple[type[BaseModel], FieldInfo | None]:
    """The table that a place lies in and its field there, None for an unknown key."""
    table: type[BaseModel] = Settings
    field: FieldInfo | None = None
    for step in place:
        if isinstance(step, str):
            table = (field and _table_of(field)) or table
            field = table.model_fields.get(step)
    return table, field


def _is_list(path: tuple[str, ...]) -> bool:
    _, field = _resolve(path)
    return field is not None and get_origin(field.annotation) is tuple


# Reading the three sources.


def _read_toml(path: Path) -> dict[str, Any]:
    """The file as nested tables; those it leaves out are empty, so that what they lack is told by name."""
    try:
        # Editors on Windows begin a file with a byte-order mark, which is not TOML.
        text = path.read_bytes().decode("utf-8-sig")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        problem = f"{path}: there is no such file; copy config.example.toml there and fill it in"
    except OSError as error:
        problem = f"{path}: the file cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        problem = f"{path}: the file is not UTF-8 text; save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).removesuffix(")").rpartition(" (at ")
        where = where.replace("end of document", f"line {text.count(chr(10)) + 1}, the end")
        problem = f"{path}: {where}: this is not TOML; {what[:1].lower()}{what[1:]}"
    else:
        return {name: {} for name in Settings.model_fields if not _is_list((name,))} | tree
    raise ConfigError([problem])


# A list of tables is one variable, the whole of it as JSON.
_VARIABLES: dict[str, tuple[str, ...]] = {
    ENV_PREFIX + "__".join(path).upper(): path
    for path in (path[:1] if _is_list(path[:1]) else path for path in keys())
}


def _overlay(
    tree: dict[str, Any], environ: Mapping[str, str], problems: Problems
) -> dict[tuple[str, ...], str]:
    """Lay the environment over the file. Returns the name of the variable for each place that one set.

    Names without a double underscore are not ours to judge: SMSDESK_CONFIG may be the command line's.
    """
    given: dict[tuple[str, ...], str] = {}
    for name in sorted(environ):
        if name in _VARIABLES:
            given[_VARIABLES[name]] = name
        elif name.startswith(ENV_PREFIX) and "__" in name:
            problems[(name,)] = f"{name}: unknown variable{_nearest(name, list(_VARIABLES))}"
    for path in given:
        # A secret and its file are one setting: a variable for either replaces what the file has of both.
        for twin in (path[-1] + "_file", path[-1].removesuffix("_file")):
            _parent(tree, path).pop(twin, None)
    for path, name in given.items():
        value: object = environ[name]
        if _is_list(path):
            try:
                value = json.loads(environ[name])
            except (ValueError, RecursionError):
                problems[path] = f"{name}: the value is not JSON; write a list such as [1001, 1002]"
        _parent(tree, path)[path[-1]] = value
    return given


def _parent(tree: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The table that a path ends in; a stray one where the file has something else, which is told later."""
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            return {}
    return tree


def _read_secrets(tree: dict[str, Any], folder: Path, problems: Problems) -> None:
    """Put the content of every `X_file` in the place of the secret X."""
    for place, table in list(_branches(tree, ())):
        for key in [key for key in table if key.endswith("_file")]:
            name = key.removesuffix("_file")
            _, field = _resolve((*place, name))
            if field is None or not _is_secret(field):
                continue
            file, label = table.pop(key), _label((*place, key), tree)
            if name in table:
                problems[(*place, name)] = f"{label}: {name} is given as well; keep one of the two"
                continue
            try:
                table[name] = _content(file, folder)
            except ValueError as error:
                remedy = "write the path of a text file that holds the secret"
                problems[(*place, name)] = f"{label}: {error}; {remedy}"


def _branches(tree: object, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every table of the file with its place, lists of tables entered."""
    if isinstance(tree, dict):
        yield place, tree
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, branch in steps:
        yield from _branches(branch, (*place, step))


def _content(file: object, folder: Path) -> str:
    """The secret in a file, blanks around it taken off. ValueError says what is wrong with the file."""
    if not isinstance(file, str):
        raise ValueError("is not text in quotes")  # noqa: TRY004 - told as a problem
    path = folder / file
    try:
        content = path.read_text("utf-8").strip()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    if not content:
        raise ValueError(f"{path} is empty")
    return content


def _check_names(tree: dict[str, Any], problems: Problems) -> None:
    """Two accounts of one name are told here, where other mistakes in them do not hide it."""
    accounts = [table for place, table in _branches(tree.get("accounts"), ("accounts",)) if len(place) == 2]
    names = [table.get("name") for table in accounts]
    for at, name in enumerate(names):
        if isinstance(name, str) and names.index(name) < at:
            problems["accounts", at, "name"] = (
                f"accounts[{at + 1}].name: {shown(name)} is taken; choose another"
            )


# Telling what is wrong.

_WRONG = {
    "missing": "is missing",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is too large",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "string_type": "is not text in quotes",
    "path_type": "is not text in quotes",
    "string_too_short": "is empty",
    "too_short": "is empty",
    "tuple_type": "is not a list",
    "model_type": "is not a table",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "literal_error": "{input} is not known here",
    "value_error": "{error}",
}


def _sentence(detail: ErrorDetails, tree: dict[str, Any], variables: Mapping[tuple[str, ...], str]) -> str:
    """One pydantic error as a sentence: the key, what is wrong, what to write."""
    place = detail["loc"]
    table, field = _resolve(place)
    label = _label(place, tree)
    if field is None:
        key = str(place[-1])
        if place[0] == "gateways" and key.removesuffix("_file") in CREDENTIALS:
            return f"{label}: unknown key; an account has it, in its [[accounts]] table"
        return f"{label}: unknown key{_nearest(key, _names(table))}"
    source = next((f" (from {name})" for path, name in variables.items() if place[: len(path)] == path), "")
    if detail["type"] == SURPLUS:
        return f"{label}{source}: {detail['msg']}"
    wrong = _WRONG.get(detail["type"], "cannot be used").format(
        **detail.get("ctx", {}), input=shown(detail["input"])
    )
    remedy = field.description or f"a table, [{label}] with its keys on the lines below"
    return f"{label}{source}: {wrong}; write {remedy}"


def _label(place: Place, tree: object) -> str:
    """A place as people know it: telegram.admins, accounts[main].login, accounts[2].name."""
    label = ""
    for step in place:
        tree = _step(tree, step)
        if isinstance(step, str):
            label += f".{step}" if label else step
        elif isinstance(tree, dict):
            name = tree.get("name")
            label += f"[{name if isinstance(name, str) and name else step + 1}]"
    return label


def _step(tree: object, step: str | int) -> object:
    """What lies one step down, None where nothing does."""
    if isinstance(tree, list) and isinstance(step, int):
        return tree[step]
    return tree.get(step) if isinstance(tree, dict) else None


def _names(table: type[BaseModel]) -> list[str]:
    return list(dict.fromkeys(path[0] for path in keys(table)))


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"
