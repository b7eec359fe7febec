"""The files that deploy/compose.yaml mounts as secrets."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from ops.paths import ROOT
from ops.secret_files import make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them, made once."""
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    make(folder)
    return folder


def test_every_secret_that_compose_mounts_is_made(folder: Path) -> None:
    """And none that it does not."""
    named = set()
    for file in ("compose.yaml", "compose.demo.yaml"):
        secrets = yaml.safe_load((ROOT / "deploy" / file).read_text())["secrets"]
        named |= {Path(secret["file"]).name for secret in secrets.values()}
    assert named == {file.name for file in folder.iterdir()}


def test_the_databases_have_the_passwords_that_the_urls_tell(folder: Path) -> None:
    """Roles and URLs are made together."""
    script = (folder / "databases.sql").read_text()
    for file in folder.glob("*-database-url"):
        url = urlsplit(file.read_text())
        assert f"CREATE ROLE {url.username} LOGIN PASSWORD '{url.password}';" in script
        assert f" DATABASE {url.path.lstrip('/')} " in script


def test_only_the_owner_comes_at_them(folder: Path) -> None:
    """Containers' users read the files, others here do not get past the folder."""
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o644}


def test_what_is_there_stays(folder: Path) -> None:
    """Making them again changes no password."""
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert make(folder) == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
