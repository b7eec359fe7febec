"""``make sbom``: what the system is made of, as a CycloneDX document, from the lock files alone.

Nothing is asked for over a network, and what happens to be installed does not count: what is locked is delivered.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from ops.paths import ROOT

PYTHON = ROOT / "requirements" / "run.txt"
BROWSER = ROOT / "package-lock.json"
JAVA = ROOT / "ops" / "embedded" / "locks"
DELIVERED_JARS = ("kafka", "oidc")
"""The locks of the embedded stack; the others are of tests."""

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NPM = "node_modules/"


def python_packages(text: str) -> Iterator[dict[str, Any]]:
    """Give the packages of a locked requirements file; each file that may be installed has its hash."""
    for entry in re.split(r"\n(?=\S)", text):
        if pin := PIN.match(entry):
            name, version = re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2]
            hashes = [("SHA-256", one) for one in HASH.findall(entry)]
            yield _component(name, version, f"pkg:pypi/{name}@{version}", hashes)


def browser_packages(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the packages of an npm lock file that are delivered: not those of tests alone."""
    for place, told in sorted(lock["packages"].items()):
        if not place or told.get("dev"):
            continue
        name = place.rpartition(NPM)[2]
        purl = f"pkg:npm/{quote(name, safe='/')}@{told['version']}"
        yield _component(name, told["version"], purl, [_integrity(told["integrity"])] if "integrity" in told else [])


def jars(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the jars of one Java program's lock file."""
    for told in lock["dependencies"]:
        group, name, version = told["groupId"], told["artifactId"], told["version"]
        digest = [("SHA-256", told["sha256"])] if told.get("sha256") else []
        yield _component(name, version, f"pkg:maven/{group}/{name}@{version}", digest) | {"group": group}


def document() -> dict[str, Any]:
    """Give the whole document; the same lock files always give the same."""
    found = [*python_packages(PYTHON.read_text()), *browser_packages(json.loads(BROWSER.read_text()))]
    for name in DELIVERED_JARS:
        found += jars(tomllib.loads((JAVA / f"{name}.lock.toml").read_text()))
    components = [one for _, one in sorted({one["bom-ref"]: one for one in found}.items())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(components, sort_keys=True))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "fordeling", "name": "fordeling"}},
        "components": components,
    }


def _component(name: str, version: str, purl: str, hashes: list[tuple[str, str]]) -> dict[str, Any]:
    told = [{"alg": algorithm, "content": content} for algorithm, content in hashes]
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": told}


def _integrity(text: str) -> tuple[str, str]:
    algorithm, _, digest = text.split(maxsplit=1)[0].partition("-")
    return algorithm.upper().replace("SHA", "SHA-"), binascii.hexlify(base64.b64decode(digest)).decode()


if __name__ == "__main__":
    made = document()
    target = Path(sys.argv[1]) if sys.argv[1:] else ROOT / ".data" / "sbom.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=2) + "\n")
    print(f"{target}: {len(made['components'])} components")
