"""README.md tells no command that does not exist: for make, for smsdesk with its options, for the chat."""

import importlib
import re
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
# What a reader may be asked to have.
OTHERS = {"git", "python3", "docker", "curl", "cd", "cp", "chmod", "kubectl", "mkdir", "pip", "sudo"}
# No chat commands of ours: a folder of the container, what `bot.web` answers, what @BotFather understands.
PATHS = {"data", "healthz", "readyz", "metrics", "telegram", "push", "newbot", "revoke"}

_BLOCK = re.compile(r"(?ms)^[ \t]*```(\w*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$")
_SHELLS = {"sh", "console"}


def commands(markdown: str) -> list[str]:
    """The simple commands of the ```sh and ```console blocks, in order.

    Comments are gone, continued lines joined, chains taken apart; in a console only lines after `$` count.
    """
    return [
        command
        for language, block in _BLOCK.findall(markdown)
        if language in _SHELLS
        for line in block.replace("\\\n", " ").splitlines()
        if language == "sh" or line.lstrip().startswith("$ ")
        for command in _chain(line if language == "sh" else line.lstrip()[2:])
    ]


def _chain(line: str) -> Iterator[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("&|;"):
            yield shlex.join(words)
            words = []
        else:
            words.append(word)
    if words:
        yield shlex.join(words)


def chat_examples(markdown: str) -> list[str]:
    """What is to be said to the bot: code spans, and lines of a block that is not for a shell, in order."""
    prose = _BLOCK.sub(lambda found: "" if found[1] in _SHELLS else found[2], markdown)
    found = re.finditer(r"(?m)`(/[a-z]+(?: [^`\n]*)?)`|^[ \t]*(/[a-z]+(?: .*)?)$", prose)
    examples = [(one[1] or one[2]).strip() for one in found]
    return [one for one in examples if one.split()[0].removeprefix("/") not in PATHS]


def chat_commands(markdown: str) -> list[str]:
    """The names of these commands, without slash."""
    return [one.split()[0].removeprefix("/") for one in chat_examples(markdown)]


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"(?m)^([a-z][\w-]*)[ \t]*:(?!=)", makefile))


def mistakes(markdown: str, makefile: str, main: click.Command, chat: Collection[str]) -> list[str]:
    """A line for each thing in the text that does not exist."""
    found = []
    for command in commands(markdown):
        # NAME=value before a program is its environment.
        words = list(shlex.split(command))
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        program, rest = (Path(words[0]).name, words[1:]) if words else ("", [])
        if program == "make":
            asked = [word for word in rest if not word.startswith("-") and "=" not in word]
            found += [f"make {name}: no such target" for name in asked if name not in targets(makefile)]
        elif program == "smsdesk":
            found += _smsdesk_mistakes(main, rest)
        elif program not in OTHERS:
            found.append(f"{command}: not a program a reader is sure to have")
    names = {name.removeprefix("/") for name in chat}
    return found + [f"/{name}: no such chat command" for name in chat_commands(markdown) if name not in names]


def _smsdesk_mistakes(command: click.Command, words: list[str]) -> list[str]:
    path, found = "smsdesk", []
    for word in words:
        if word.startswith("-"):
            options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
            if word.partition("=")[0] not in options | {"--help"}:
                found.append(f"{path} {word}: no such option")
        elif isinstance(command, click.Group):
            inner = command.get_command(click.Context(command), word)
            if inner is None:
                return [*found, f"{path} {word}: no such command"]
            path, command = f"{path} {word}", inner
    return found


def test_the_readme_tells_only_what_exists() -> None:
    main = importlib.import_module("bot.__main__").main
    chat = importlib.import_module("bot.handlers").COMMANDS
    readme = (ROOT / "README.md").read_text("utf-8")
    assert commands(readme), "a README without a single command"
    assert mistakes(readme, (ROOT / "Makefile").read_text("utf-8"), main, chat) == []


SAMPLE = r"""
# A desk

Type `/send +79031234567 Hello`, then `/status`. The data is in `/data` and `/data/config.toml`; and/or.

```sh
git clone address smsdesk && cd smsdesk   # a comment
make demo
LANG=C .venv/bin/smsdesk run \
    --config config.toml
```

```console
$ smsdesk check --config=config.toml
make believe: this is output
```

```text
/balance
/etc/hosts
```

```toml
make = "nothing"
```
"""


@click.group()
def desk() -> None: ...


@desk.command()
@click.option("--config")
def run(config: str) -> None: ...


desk.add_command(run, "check")

MAKEFILE = "BIN := x\n.PHONY: demo\ndemo: venv  ## text\n\t@echo\nvenv:\n"
CHAT = ("send", "/status", "balance")


def test_commands_come_from_shell_blocks_alone() -> None:
    assert commands(SAMPLE) == [
        "git clone address smsdesk",
        "cd smsdesk",
        "make demo",
        "LANG=C .venv/bin/smsdesk run --config config.toml",
        "smsdesk check --config=config.toml",
    ]


def test_chat_commands_come_from_code_and_are_no_paths() -> None:
    assert chat_commands(SAMPLE) == ["send", "status", "balance"]


def test_targets_are_neither_variables_nor_special() -> None:
    assert targets(MAKEFILE) == {"demo", "venv"}
    assert {"venv", "check", "test", "demo", "tour", "lock", "clean"} <= targets(
        (ROOT / "Makefile").read_text()
    )


def test_a_true_text_has_no_mistakes() -> None:
    assert mistakes(SAMPLE, MAKEFILE, desk, CHAT) == []


@pytest.mark.parametrize(
    ("true", "wrong", "told"),
    [
        ("make demo", "make dmeo", "make dmeo: no such target"),
        ("make demo", "make -s demo JOBS=2 tests", "make tests: no such target"),
        ("git clone address smsdesk &&", "true &&", "true: not a program a reader is sure to have"),
        ("smsdesk check", "smsdesk chek", "smsdesk chek: no such command"),
        ("check --config=", "check --conf=", "smsdesk check --conf: no such option"),
        ("`/status`", "`/stauts`", "/stauts: no such chat command"),
        ("/balance", "/ballance", "/ballance: no such chat command"),
    ],
)
def test_each_kind_of_mistake_is_found(true: str, wrong: str, told: str) -> None:
    assert true in SAMPLE
    (line,) = mistakes(SAMPLE.replace(true, wrong), MAKEFILE, desk, CHAT)
    assert line.startswith(told.partition(":")[0])
    assert line.endswith(told.rpartition(": ")[2])
