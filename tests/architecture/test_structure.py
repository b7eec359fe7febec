"""The tree is what docs/decisions and the design say it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import committed

ROOT = Path(__file__).parents[2]
SERVICES = ("distribution", "municipality", "notification", "letters")
ROOMS = {"domain", "use_cases", "adapters", "entrypoints", "migrations"}
FILES = {"__init__.py", "__main__.py", "bootstrap.py", "README.md"}
STANDARD_LIBRARY = sys.stdlib_module_names

# Words of the domain that plumbing may not know ("letter" it may: a dead letter is plumbing).
DOMAIN_WORDS = re.compile(
    r"municipal|refugee|person|settle|placement|household|imdi|distribution|notice|ledger|kommune",
    re.IGNORECASE,
)


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    """A newcomer who knows one service knows them all."""
    folder = ROOT / "services" / service
    entries = {entry.name for entry in folder.iterdir() if entry.name != "__pycache__"}
    assert entries >= ROOMS | FILES
    assert {entry.name for entry in (folder / "entrypoints").iterdir()} >= {"subscribers.py"}
    assert (folder / "use_cases" / "ports.py").is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_the_domain_imports_the_standard_library_only(service: str) -> None:
    """Domain code has no library, no clock, no uuid and no input or output."""
    forbidden = {"asyncio", "uuid", "os", "socket", "subprocess", "logging", "random", "time"}
    for path, tree in modules(ROOT / "services" / service / "domain"):
        for name in imported(tree):
            top = name.split(".")[0]
            own = name.startswith(f"services.{service}.domain")
            assert own or (top in STANDARD_LIBRARY and top not in forbidden), f"{path.relative_to(ROOT)}: {name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                pytest.fail(f"{path.relative_to(ROOT)}:{node.lineno} reads a clock")


def test_plumbing_knows_no_domain_word() -> None:
    """Chassis could carry any other domain."""
    for path in sorted((ROOT / "chassis").rglob("*")):
        if path.suffix in {".py", ".sql"}:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                assert not DOMAIN_WORDS.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


@pytest.mark.parametrize("service", SERVICES)
def test_only_bootstrap_wires_adapters(service: str) -> None:
    """Use cases and the domain see adapters only as Protocols."""
    for room in ("domain", "use_cases"):
        for path, tree in modules(ROOT / "services" / service / room):
            assert not any(".adapters" in name for name in imported(tree)), path.relative_to(ROOT)


def test_import_rules_hold() -> None:
    """The contracts of import-linter in pyproject.toml are kept."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


# The classes keep this line from naming what it looks for.
REGISTRIES = re.compile(r"py[p]i[.]org|pythonhoste[d]|npmj[s][.]org|repo1?[.]mave[n]|deb[.]debia[n]|proxy[.]golan[g]")


def test_no_committed_file_names_a_registry_host_or_a_place_of_one_machine() -> None:
    """Lock files and texts hold no index address and no path of whoever made them."""
    for path in committed.texts():
        name, text = str(path.relative_to(ROOT)), path.read_text(errors="replace")
        assert not REGISTRIES.search(text), name
        assert not re.search(r"/(work|root|home/[a-z]+)/(main|shared|\.)", text) or path == Path(__file__), name
        assert '"resolved"' not in text or path.name != "package-lock.json", name
