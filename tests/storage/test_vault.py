"""Secrets at rest: sealed by the newest key, opened by every key, and for the row they belong to alone."""

import errno
import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storage.vault import Vault, VaultError, open_vault, read_keys, write_keys

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


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"not-a-key\n", NEW[:-4], NEW + b"\nnot-a-key\n"],
    ids=["empty", "a blank line", "none", "cut off", "a second that is none"],
)
def test_a_bad_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    key_file = tmp_path / "smsdesk.key"
    key_file.write_bytes(content)
    with pytest.raises(VaultError, match=r"smsdesk\.key"):
        open_vault(key_file)
    assert key_file.read_bytes() == content


def test_a_link_to_the_key_file_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "secret" / "real.key", tmp_path / "smsdesk.key"
    real.parent.mkdir()
    write_keys(real, [OLD])
    link.symlink_to(real)
    write_keys(link, [NEW, OLD])
    assert link.is_symlink()
    assert read_keys(real) == [NEW, OLD]
    assert [one.name for one in real.parent.iterdir()] == ["real.key"]


def test_a_key_file_keeps_its_mode(tmp_path: Path) -> None:
    key_file = tmp_path / "smsdesk.key"
    write_keys(key_file, [OLD])
    key_file.chmod(0o640)
    write_keys(key_file, [NEW])
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o640


@pytest.fixture
def anothers(tmp_path: Path) -> Path:
    """A key file of somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    key_file = tmp_path / "smsdesk.key"
    write_keys(key_file, [OLD])
    os.chown(key_file, 12345, 54321)
    return key_file


def test_a_key_file_keeps_its_owner(anothers: Path) -> None:
    write_keys(anothers, [NEW])
    now = anothers.stat()
    assert (now.st_uid, now.st_gid, read_keys(anothers)) == (12345, 54321, [NEW])


def test_where_it_may_not_be_left_to_its_owner_nothing_changes(
    anothers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, uid: int, gid: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(os, "chown", refused)  # the tests run as root, who may
    with pytest.raises(PermissionError):
        write_keys(anothers, [NEW])
    assert (anothers.stat().st_uid, read_keys(anothers)) == (12345, [OLD])
