"""Secrets at rest: sealed by the newest key, opened by every key, and for the row they belong to alone."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storage.vault import Vault, VaultError, open_vault

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
SECRETS = {"login": "acme", "password": 'p"a\\ss=%слово😀'}


def test_what_is_sealed_opens() -> None:
    vault = Vault([NEW])
    sealed = vault.seal("accounts/7", SECRETS)
    assert vault.open("accounts/7", sealed) == SECRETS
    assert "acme" not in sealed
    assert sealed.isascii()


def test_the_same_is_never_sealed_to_the_same() -> None:
    vault = Vault([NEW])
    assert vault.seal("accounts/7", SECRETS) != vault.seal("accounts/7", SECRETS)


@pytest.mark.parametrize("other", ["accounts/8", "updates/7", "accounts/77", ""])
def test_another_row_cannot_open_it(other: str) -> None:
    vault = Vault([NEW])
    sealed = vault.seal("accounts/7", SECRETS)
    with pytest.raises(VaultError, match="belongs to accounts/7") as raised:
        vault.open(other, sealed)
    assert SECRETS["password"] not in str(raised.value)


@pytest.mark.parametrize("damage", ["", "gAAAAA", "cut", "flipped"])
def test_a_damaged_text_opens_for_nobody(damage: str) -> None:
    vault = Vault([NEW])
    sealed = vault.seal("accounts/7", SECRETS)
    other = "A" if sealed[60] != "A" else "B"
    broken = {"cut": sealed[:-8], "flipped": sealed[:60] + other + sealed[61:]}
    with pytest.raises(VaultError, match="accounts/7"):
        vault.open("accounts/7", broken.get(damage, damage))


def test_a_wrong_key_is_said_so() -> None:
    with pytest.raises(VaultError, match="no key opens accounts/7"):
        Vault([OLD]).open("accounts/7", Vault([NEW]).seal("accounts/7", SECRETS))


def test_keys_rotate() -> None:
    before, after = Vault([OLD]).seal("a/1", SECRETS), Vault([NEW, OLD]).seal("a/1", SECRETS)
    rotated = Vault([NEW, OLD])
    assert rotated.open("a/1", before) == rotated.open("a/1", after) == SECRETS
    assert Vault([NEW]).open("a/1", after) == SECRETS
    with pytest.raises(VaultError):
        Vault([OLD]).open("a/1", after)


def test_a_missing_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    key_file = tmp_path / "smsdesk.key"
    sealed = open_vault(key_file).seal("a/1", SECRETS)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    made = key_file.read_bytes()
    assert open_vault(key_file).open("a/1", sealed) == SECRETS
    assert key_file.read_bytes() == made


def test_a_key_file_holds_a_key_a_line_newest_first(tmp_path: Path) -> None:
    key_file = tmp_path / "smsdesk.key"
    key_file.write_bytes(NEW + b"\n" + OLD + b"\n\n")
    vault = open_vault(key_file)
    assert vault.open("a/1", Vault([OLD]).seal("a/1", SECRETS)) == SECRETS
    assert Vault([NEW]).open("a/1", vault.seal("a/1", SECRETS)) == SECRETS


@pytest.mark.parametrize("content", [b"", b"\n", b"not-a-key\n", NEW[:-4], NEW + b"\nnot-a-key\n"])
def test_a_bad_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    key_file = tmp_path / "smsdesk.key"
    key_file.write_bytes(content)
    with pytest.raises(VaultError, match=r"smsdesk\.key"):
        open_vault(key_file)
    assert key_file.read_bytes() == content
