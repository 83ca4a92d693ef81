"""The configuration: what a file and the environment give, and the words for every way to get it wrong."""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import ConfigError, Settings, keys, load
from bot.handlers import senders
from bot.settings import CREDENTIALS, NO_NAMES, Gateways, parse_duration
from providers.gateways import KINDS
from storage.db import shown as shown_database

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOKEN = "123456:TOP-secret_token"
MINIMAL = f'[telegram]\ntoken = "{TOKEN}"\nadmins = [1001]\n'
ACCOUNT = '[[accounts]]\nname = "main"\ngateway = "smsc"\nlogin = "acme"\n'


def settings(folder: Path, text: str = MINIMAL, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load(path, environ or {})


def problems(folder: Path, text: str = MINIMAL, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings(folder, text, environ)
    return caught.value.problems


def uncommented() -> dict[str, Any]:
    """The example with the settings that are off turned on."""
    return tomllib.loads(re.sub(r"(?m)^#(?=\S)", "", EXAMPLE.read_text("utf-8")))


def written(tree: Mapping[str, Any]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, value in tree.items():
        below = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        found |= {(name, *path) for path in written(below)} if isinstance(below, dict) else {(name,)}
    return found


# What a good file gives.


def test_the_smallest_file_gives_the_documented_defaults(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert given.telegram.token.get_secret_value() == TOKEN
    assert given.telegram.admins == (1001,)
    assert given.telegram.api_url == "https://api.telegram.org"
    assert (given.telegram.mode, given.telegram.rate, given.telegram.group_rate) == ("polling", 30, 20)
    assert given.gateways.of("smsc").url is None
    assert given.accounts == ()
    assert given.tracking.first_check == timedelta(seconds=5)
    assert given.tracking.longest_pause == timedelta(minutes=15)
    assert given.limits.undo == timedelta(seconds=5)
    assert given.limits.card_expiry == given.limits.late == timedelta(minutes=15)
    assert (given.limits.recipients, given.limits.segments, given.limits.region) == (1000, 10, "RU")
    assert given.submit.retry == timedelta(seconds=30)
    assert given.submit.balance_timeout == timedelta(seconds=10)
    assert (given.log.level, given.log.format) == ("INFO", "text")


def test_relative_paths_start_at_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/ca.pem").touch()
    monkeypatch.chdir(tmp_path)
    given = settings(Path("desk"), MINIMAL + '[gateways.smsc]\nca_file = "ca.pem"')
    assert given.storage.where == tmp_path / "desk/smsdesk.db"
    assert given.security.key_file == tmp_path / "desk/smsdesk.key"
    assert given.gateways.of("smsc").ca_file == tmp_path / "desk/ca.pem"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    text = MINIMAL + '[storage]\nurl = "sqlite:////data/a.db"\n[security]\nkey_file = "/data/a.key"'
    given = settings(tmp_path, text)
    assert given.storage.where == Path("/data/a.db")
    assert given.security.key_file == Path("/data/a.key")


def test_secrets_come_from_files_without_the_blanks_around(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"\n {TOKEN}\n")
    (tmp_path / "password").write_text("pass word\n")
    text = f'[telegram]\ntoken_file = "token"\nadmins = [1001]\n{ACCOUNT}password_file = "password"'
    given = settings(tmp_path, text)
    assert given.telegram.token.get_secret_value() == TOKEN
    assert given.accounts[0].secrets() == {"login": "acme", "password": "pass word"}


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert settings(tmp_path, "\ufeff" + MINIMAL).telegram.admins == (1001,)


def test_an_account_has_its_chats_and_may_lack_a_sender(tmp_path: Path) -> None:
    text = MINIMAL + ACCOUNT + 'password = "p"\nchats = [-1001234567890, 5]'
    (account,) = settings(tmp_path, text).accounts
    assert (account.name, account.gateway, account.login) == ("main", "smsc", "acme")
    assert (account.sender, account.chats) == (None, (-1001234567890, 5))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("http://localhost:8081/", "http://localhost:8081"),
        ("http://[::1]:8081/api/", "http://[::1]:8081/api"),
        ("https://bots.example/", "https://bots.example"),
    ],
)
def test_an_address_is_https_or_on_loopback_and_loses_its_last_slash(
    tmp_path: Path, url: str, kept: str
) -> None:
    assert settings(tmp_path, f'{MINIMAL}api_url = "{url}"').telegram.api_url == kept


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("0s", timedelta()),
        ("2m", timedelta(minutes=2)),
        ("1h", timedelta(hours=1)),
        ("366d", timedelta(days=366)),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "5", "5 s", "-5s", "1.5h", "5S", "١s", "367d", "999999999d", 5, True])
def test_what_is_not_a_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is longer than a year"):
        parse_duration(text)


# The environment.


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {
        "SMSDESK_TELEGRAM__TOKEN": "7:other",
        "SMSDESK_TELEGRAM__ADMINS": "[1, 2]",
        "SMSDESK_TELEGRAM__RATE": "0",
        "SMSDESK_GATEWAYS__SMSC__URL": "http://127.0.0.1:9/",
        "SMSDESK_LIMITS__UNDO": "1s",
        "SMSDESK_ACCOUNTS": json.dumps(
            [{"name": "a", "gateway": "smsc", "login": "l", "password": "p", "chats": [-5]}]
        ),
    }
    given = settings(tmp_path, MINIMAL + "rate = 5", environ)
    assert given.telegram.token.get_secret_value() == "7:other"
    assert (given.telegram.admins, given.telegram.rate) == ((1, 2), 0)
    assert given.gateways.of("smsc").url == "http://127.0.0.1:9"
    assert given.limits.undo == timedelta(seconds=1)
    assert given.accounts[0].chats == (-5,)


def test_every_key_is_a_variable(tmp_path: Path) -> None:
    """Each is set to nonsense, and each is complained about by its own name."""
    names = {"SMSDESK_" + "__".join(path).upper() for path in keys() if path[0] != "accounts"}
    told = problems(tmp_path, environ=dict.fromkeys(names | {"SMSDESK_ACCOUNTS"}, "?"))
    # Any text is the path of a file that is written, and a secret besides its file is refused as a pair.
    written = {"SMSDESK_SECURITY__KEY_FILE", "SMSDESK_STORAGE__SEEN_FILE"}
    expected = names - written - {"SMSDESK_TELEGRAM__TOKEN", "SMSDESK_STORAGE__URL"}
    assert {name for name in expected if not any(name in line for line in told)} == {
        "SMSDESK_TELEGRAM__TOKEN_FILE",
        "SMSDESK_TELEGRAM__WEBHOOK_SECRET",
        "SMSDESK_TELEGRAM__WEBHOOK_SECRET_FILE",
        "SMSDESK_STORAGE__URL_FILE",
        "SMSDESK_INBOX__NOTE",
        "SMSDESK_INBOX__STOP_CONFIRMATION",
    }
    assert any("SMSDESK_ACCOUNTS" in line for line in told)


def test_a_secret_in_the_environment_replaces_the_file_of_the_same_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("7:other")
    in_file = MINIMAL.replace(f'token = "{TOKEN}"', 'token_file = "nowhere"')
    given = settings(tmp_path, in_file, {"SMSDESK_TELEGRAM__TOKEN": TOKEN})
    assert given.telegram.token.get_secret_value() == TOKEN
    given = settings(tmp_path, MINIMAL, {"SMSDESK_TELEGRAM__TOKEN_FILE": "token"})
    assert given.telegram.token.get_secret_value() == "7:other"


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    settings(tmp_path, environ={"SMSDESK_CONFIG": "x", "PATH": "/bin", "TELEGRAM__TOKEN": "x"})


def test_an_unknown_variable_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert problems(tmp_path, environ={"SMSDESK_TELEGRAM__TOKN": "x"}) == [
        "SMSDESK_TELEGRAM__TOKN: unknown variable; did you mean SMSDESK_TELEGRAM__TOKEN?"
    ]


def test_a_wrong_value_names_the_variable_it_came_from(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, environ={"SMSDESK_LIMITS__UNDO": "soon"})
    assert told.startswith('limits.undo (from SMSDESK_LIMITS__UNDO): "soon" is not a duration; write ')


def test_a_list_in_the_environment_is_json(tmp_path: Path) -> None:
    assert problems(tmp_path, environ={"SMSDESK_TELEGRAM__ADMINS": "1001, 1002"}) == [
        "SMSDESK_TELEGRAM__ADMINS: the value is not JSON; write a list such as [1001, 1002]"
    ]


# Mistakes.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('admins = ["@bob"]', 'telegram.admins: "@bob" is not a numeric id'),
        ("admins = [true]", "telegram.admins: true is not a numeric id"),
        ("admins = [-100123]", "telegram.admins: -100123 is the id of a group"),
        ("admins = [1087968824]", "telegram.admins: 1087968824 is what Telegram shows"),
        ("admins = [136817688]", "telegram.admins: 136817688 is what Telegram shows"),
        ("admins = [777000]", "telegram.admins: 777000 is what Telegram shows"),
        ("admins = []", "telegram.admins: is empty"),
        ("admins = 1001", "telegram.admins: is not a list"),
        ("", "telegram.admins: is missing"),
        (
            f'admins = [1]\nmode = "webhook"\nwebhook_secret = "{"s" * 16}"',
            'telegram.webhook_url: is missing, and mode is "webhook"',
        ),
        (
            'admins = [1]\nmode = "webhook"\nwebhook_url = "https://a.example/t"\nwebhook_secret = "short"',
            "telegram.webhook_secret: is too short",
        ),
        (
            'admins = [1]\nmode = "webhook"\nwebhook_url = "https://a.example/t"',
            'telegram.webhook_secret: is missing, and mode is "webhook"',
        ),
        ('admins = [1]\nwebhook_url = "http://a.example/t"', "telegram.webhook_url: "),
        ('admins = [1]\nmode = "push"', 'telegram.mode: "push" is not known here'),
        ("admins = [1]\nrate = true", "telegram.rate: true is not a whole number"),
        ("admins = [1]\nrate = 2.0", "telegram.rate: 2.0 is not a whole number"),
        ('admins = [1]\nrate = "many"', "telegram.rate: is not a whole number"),
        ("admins = [1]\ngroup_rate = -1", "telegram.group_rate: is less than 0"),
        ('admins = [1]\napi_url = "http://bots.example"', "telegram.api_url: is not an address"),
        ('admins = [1]\napi_url = "https://h:99999"', "telegram.api_url: is not an address"),
    ],
)
def test_mistakes_in_telegram(tmp_path: Path, text: str, told: str) -> None:
    (line,) = problems(tmp_path, f'[telegram]\ntoken = "{TOKEN}"\n{text}\n')
    assert line.startswith(told)
    assert "; write " in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[storage]\nurl = "postgresql://u:hunter2@h"',
            "storage.url: is not the address of a PostgreSQL database",
        ),
        (
            '[storage]\nurl = "postgres:u:hunter2@h/d"',
            "storage.url: is not the address of a PostgreSQL database",
        ),
        ('[storage]\nurl = "mysql://u:hunter2@h/d"', "storage.url: is not the address of a database"),
        ('[storage]\nurl = "sqlite://"', "storage.url: is not the address of a database"),
        ('[storage]\nurl = "sqlite:///:memory:"', "storage.url: is not the address of a database"),
        ('[storage]\nurl = "sqlite:///a.db?mode=ro"', "storage.url: is not the address of a database"),
        ('[gateways.smsc]\nurl = "http://u:hunter2@127.0.0.1"', "gateways.smsc.url: is not an address"),
        ('[gateways.smsc]\nca_file = "no.pem"', "gateways.smsc.ca_file: "),
        ('[tracking]\nfirst_check = "0s"', "tracking.first_check: must be longer than nothing"),
        ('[tracking]\nfirst_check = "1h"', "tracking.longest_pause: is shorter than first_check"),
        ("[limits]\nrecipients = 0", "limits.recipients: is less than 1"),
        ("[limits]\nsegments = 256", "limits.segments: is more than 255"),
        ('[limits]\nregion = "Mars"', 'limits.region: "MARS" is not a region'),
        ('[log]\nlevel = "loud"', 'log.level: "LOUD" is not known here'),
        ("[log]\nformat = 1", "log.format: 1 is not known here"),
        ("log = 1", "log: is not a table"),
    ],
)
def test_mistakes_elsewhere(tmp_path: Path, text: str, told: str) -> None:
    (line,) = problems(tmp_path, f"{text}\n{MINIMAL}")
    assert line.startswith(told)
    assert "; write " in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tracing = {}", "tracing: unknown key; did you mean tracking?"),
        ("[x]", "x: unknown key; known here: telegram, storage, "),
        ("[telegram.x]", "telegram.x: unknown key; known here: token, token_file, api_url, "),
        ("[gateways.smcs]", "gateways.smcs: unknown key; did you mean smsc?"),
        ("[gateways.smsc]\nurll = 1", "gateways.smsc.urll: unknown key; did you mean url?"),
        (
            ACCOUNT + 'passwort = "p"\npassword = "p"',
            "accounts[main].passwort: unknown key; did you mean pass",
        ),
        ("[security]\nkeyfile = 1", "security.keyfile: unknown key; did you mean key_file?"),
        ('[storage]\nurl_file = "x"', "storage.url_file: "),
    ],
)
def test_unknown_keys_name_the_nearest_at_every_level(tmp_path: Path, text: str, told: str) -> None:
    (line,) = problems(tmp_path, f"{text}\n{MINIMAL}" if "[telegram" not in text else MINIMAL + text)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('gateway = "smpp"', 'accounts[main].gateway: "smpp" is not known here; write one of devino_rest'),
        ('login = ""', "accounts[main].login: is empty"),
        ('password = ""', "accounts[main].password: is empty"),
        ("password = 12345", "accounts[main].password: is not text in quotes"),
        ('sender = ""', "accounts[main].sender: is empty"),
        ('chats = ["@team"]', 'accounts[main].chats: "@team" is not a numeric id'),
        ("chats = [0]", "accounts[main].chats: 0 is not a numeric id"),
        ('name = ""', "accounts[1].name: is empty"),
    ],
)
def test_mistakes_in_an_account_name_it(tmp_path: Path, text: str, told: str) -> None:
    good = {"name": '"main"', "gateway": '"smsc"', "login": '"acme"', "password": '"p"'}
    key, _, value = text.partition(" = ")
    lines = (f"{name} = {wanted}" for name, wanted in (good | {key: value}).items())
    (line,) = problems(tmp_path, MINIMAL + "[[accounts]]\n" + "\n".join(lines))
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["login: is missing", "password: is missing"]),
        ('login = "acme"', ["password: is missing"]),
        ('password = "p"', ["login: is missing"]),
        (
            'apikey = "k"\nlogin = "acme"',
            ["login: apikey stands for it and is given as well; take one of them out"],
        ),
        (
            'apikey = "k"\npassword = "p"',
            ["password: apikey stands for it and is given as well; take one of them out"],
        ),
        ('apikey = ""', ["apikey: is empty"]),
    ],
)
def test_an_account_has_login_and_password_or_a_key(tmp_path: Path, text: str, told: list[str]) -> None:
    lines = problems(tmp_path, f'{MINIMAL}[[accounts]]\nname = "main"\ngateway = "smsc"\n{text}')
    assert [line.removeprefix("accounts[main].").partition("; write ")[0] for line in lines] == told


def test_a_secret_that_a_gateway_has_no_use_for_is_told(tmp_path: Path) -> None:
    secrets = 'password = "p"\napikey = "k"\npush_secret = "s"'
    told = problems(tmp_path, MINIMAL + ACCOUNT.replace("smsc", "sms_pager") + secrets)
    assert told == [
        f"accounts[main].{name}: sms_pager has no such thing; take it out"
        for name in ("apikey", "push_secret")
    ]


@pytest.mark.parametrize("key", ["login", "password", "password_file", "apikey", "push_secret"])
def test_what_belongs_to_an_account_is_sent_there(tmp_path: Path, key: str) -> None:
    told = problems(tmp_path, f'{MINIMAL}[gateways.smsc]\n{key} = "s"')
    assert told == [f"gateways.smsc.{key}: unknown key; an account has it, in its [[accounts]] table"]


@pytest.mark.parametrize("name", sorted(NO_NAMES))
def test_no_account_is_called_what_senders_takes_for_something_to_do(tmp_path: Path, name: str) -> None:
    text = MINIMAL + ACCOUNT.replace("main", name.title()) + 'password = "p"'
    (told,) = problems(tmp_path, text)
    assert f'"{name.title()}" is a word of /senders; write a name of your own' in told


def test_these_are_all_the_words_of_senders() -> None:
    assert {*senders.VERBS, *senders.RUSSIAN} == NO_NAMES


@pytest.mark.parametrize("value", ["true", "2.0", "4", '"two"'])
def test_a_choice_of_numbers_takes_no_other_value(tmp_path: Path, value: str) -> None:
    (told,) = problems(tmp_path, f"{MINIMAL}[gateways.smsc]\nsenders_format = {value}")
    assert told.startswith("gateways.smsc.senders_format: ")
    assert told.endswith("; write 0, 1, 2 or 3")


@pytest.mark.parametrize("value", ["1", "0.0", '"yes"', '"on"', '"True"', "[]"])
def test_a_flag_is_true_or_false_and_nothing_like_it(tmp_path: Path, value: str) -> None:
    (told,) = problems(tmp_path, f"{MINIMAL}[gateways.sms_pager]\nonly_delivered = {value}")
    assert told.endswith("is neither true nor false; write true or false")


@pytest.mark.parametrize(("word", "flag"), [("true", True), ("false", False)])
def test_a_flag_comes_from_the_environment_too(tmp_path: Path, word: str, flag: bool) -> None:
    for environ in ({}, {"SMSDESK_GATEWAYS__SMS_PAGER__ONLY_DELIVERED": word}):
        text = MINIMAL if environ else f"{MINIMAL}[gateways.sms_pager]\nonly_delivered = {word}"
        pager = settings(tmp_path, text, environ).gateways.of("sms_pager")
        assert pager.model_dump()["only_delivered"] is flag


def test_a_key_stands_for_login_and_password(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("the-key\n")
    text = '[[accounts]]\nname = "main"\ngateway = "smsc"\n'
    given = settings(tmp_path, f'{MINIMAL}{text}apikey_file = "key"\npush_secret = "s"')
    assert given.accounts[0].secrets() == {"apikey": "the-key", "push_secret": "s"}
    assert "the-key" not in repr(given)


def test_two_accounts_of_one_name_are_told_beside_their_other_mistakes(tmp_path: Path) -> None:
    one = ACCOUNT + 'password = "p"\n'
    told = problems(tmp_path, MINIMAL + one + one.replace("smsc", "smpp"))
    assert told[0] == 'accounts[2].name: "main" is taken; choose another'
    assert len(told) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b" \n", "is empty"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_a_bad_secret_file_is_named(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    text = MINIMAL + ACCOUNT + 'password_file = "secret"'
    (line,) = problems(tmp_path, text)
    assert line.startswith(f"accounts[main].password_file: {tmp_path / 'secret'} {told}; write ")


def test_a_secret_is_given_once(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, MINIMAL + 'token_file = "token"')
    assert line == "telegram.token_file: token is given as well; keep one of the two"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    told = problems(
        tmp_path, '[telegram]\nrate = -1\n[log]\nlevl = "x"\n[limits]\nundo = 5', {"SMSDESK_LOG__X": "1"}
    )
    assert [line.split(":")[0] for line in told] == [
        "SMSDESK_LOG__X",
        "telegram.token",
        "telegram.admins",
        "telegram.rate",
        "limits.undo",
        "log.levl",
    ]


def test_bad_toml_gives_the_line(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, "[log]\nlevel = INFO")
    assert line.startswith(f"{tmp_path / 'config.toml'}: line 2, column 9: this is not TOML; ")
    (line,) = problems(tmp_path, "[log]\nlevel = [")
    assert ": line 2, the end: this is not TOML; " in line


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for path, told in [
        (tmp_path / "no.toml", "there is no such file"),
        (tmp_path, "the file cannot be read"),
    ]:
        with pytest.raises(ConfigError, match=re.escape(f"{path}: {told}")):
            load(path, {})
    (tmp_path / "latin.toml").write_bytes("# Ключ".encode("cp1251"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(tmp_path / "latin.toml", {})


# Secrets.


def test_settings_show_no_secret(tmp_path: Path) -> None:
    given = settings(tmp_path, MINIMAL + ACCOUNT + 'password = "hunter2"')
    for text in (repr(given), str(given), given.model_dump_json(), repr(given.accounts)):
        assert TOKEN not in text
        assert "hunter2" not in text


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_is_an_address_whose_password_does_not_show(tmp_path: Path, scheme: str) -> None:
    address = f"{scheme}://desk:p%40ss-w0rd@db.example:5433/desk?sslmode=require"
    (tmp_path / "url").write_text(address + "\n")
    for text in (f'url = "{address}"', 'url_file = "url"'):
        given = settings(tmp_path, f"{MINIMAL}[storage]\n{text}")
        assert given.storage.file is None
        assert given.storage.where == address.replace("postgres:", "postgresql:")
        assert "ss-w0rd" not in repr(given) + given.model_dump_json() + shown_database(given.storage.where)
        assert {"p%40ss-w0rd", "p@ss-w0rd"} <= set(given.secrets())


def test_settings_do_not_change(tmp_path: Path) -> None:
    given = settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        given.limits.segments = 99  # type: ignore[misc]


@pytest.mark.parametrize(
    "environ",
    [
        {"SMSDESK_TELEGRAM__TOKEN": "hunter2 with blanks"},
        {"SMSDESK_TELEGRAM__API_URL": "https://api.telegram.org/?token=hunter2"},
        {"SMSDESK_ACCOUNTS": '[{"password": "hunter2"'},
        {"SMSDESK_ACCOUNTS": '[{"password": ["hunter2"], "name": 5}]'},
        {"SMSDESK_STORAGE__URL": "postgresql://desk:hunter2@db"},
    ],
)
def test_no_mistake_tells_a_secret(tmp_path: Path, environ: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, environ=environ)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in "\n".join(caught.value.problems)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None  # pydantic's own error would carry the input


# The example.


def test_the_example_has_every_key_and_nothing_else() -> None:
    assert written(uncommented()) == set(keys())


def test_the_example_is_a_config_and_shows_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    shown = load(path, {"SMSDESK_TELEGRAM__TOKEN": TOKEN})
    assert shown == settings(tmp_path)


def test_the_placeholders_of_the_example_are_told(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, EXAMPLE.read_text("utf-8"))
    assert line.startswith("telegram.token: is still the placeholder of config.example.toml; write what ")
    (line,) = problems(tmp_path, MINIMAL + ACCOUNT + 'password = "replace-me"')
    assert line.startswith("accounts[main].password: is still the placeholder")


def test_the_example_is_a_config_with_everything_on(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^#(?=\S)", "", EXAMPLE.read_text("utf-8"))
    for name in set(re.findall(r"[\w-]+\.(?:pem|token|password|apikey|push)", text)):
        (tmp_path / name).write_text("1:x")
    (tmp_path / "webhook.secret").write_text("x" * 16)
    secrets = "token|password|apikey|push_secret|webhook_secret|apikey_file|url_file"
    text = re.sub(rf"(?m)^({secrets}) = .*$", "", text)
    assert settings(tmp_path, text).accounts[0].gateway == "smsc"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_shows_the_address_each_gateway_uses(kind: str) -> None:
    gateway = pytest.importorskip(f"providers.gateways.{kind}")
    assert uncommented()["gateways"][kind]["url"] == gateway.Config.model_fields["url"].default


def test_every_gateway_has_its_table() -> None:
    assert set(Gateways.model_fields) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_gateways_table_has_all_that_the_gateway_can_be_told(kind: str, tmp_path: Path) -> None:
    config = KINDS[kind].config.model_fields
    table = settings(tmp_path).gateways.of(kind)
    assert set(type(table).model_fields) == (set(config) - set(CREDENTIALS)) | {"url", "ca_file"}
    own = set(config) - set(CREDENTIALS) - {"url"}
    assert {name: getattr(table, name) for name in own} == {name: config[name].default for name in own}
    assert all(field.description for field in type(table).model_fields.values())
