from __future__ import annotations

from pathlib import Path

import pytest

from chassis.settings import Settings
from chassis.variables import SettingsError, read_variable

URL = "postgresql://u:pass-word@h/d"


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell the process its broker."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "k:1")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Write a file as an orchestrator mounts it."""
    file = tmp_path / "database-url"
    file.write_text(f"{URL}\n")
    return file


@pytest.mark.parametrize("variable", ["STOCK_DATABASE_URL_FILE", "DATABASE_URL_FILE"])
def test_a_setting_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, secret: Path, variable: str) -> None:
    """Without its last line break."""
    monkeypatch.setenv(variable, str(secret))
    assert Settings.for_service("stock").database_url == URL


def test_a_process_own_file_beats_the_common_variable(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    """As its own variable does."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://other")
    monkeypatch.setenv("STOCK_DATABASE_URL_FILE", str(secret))
    assert Settings.for_service("stock").database_url == URL


def test_a_variable_and_its_file_are_not_both_taken(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    """Nobody has to guess which of them counts."""
    monkeypatch.setenv("STOCK_DATABASE_URL", "postgresql://other")
    monkeypatch.setenv("STOCK_DATABASE_URL_FILE", str(secret))
    with pytest.raises(SettingsError, match="STOCK_DATABASE_URL and STOCK_DATABASE_URL_FILE are both set"):
        Settings.for_service("stock")


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    """The message has neither path nor content."""
    missing = tmp_path / "none"
    with pytest.raises(SettingsError) as caught:
        read_variable({"DATABASE_URL_FILE": str(missing)}, "DATABASE_URL")
    assert str(caught.value) == "DATABASE_URL_FILE: the file cannot be read (FileNotFoundError)"


def test_an_empty_file_variable_is_as_good_as_none() -> None:
    """Compose files set variables to nothing."""
    assert read_variable({"A_FILE": "", "A": "1"}, "A") == "1"
    assert read_variable({}, "A") is None
