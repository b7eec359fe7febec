"""Runs schemathesis over a gateway's API: every operation of the document it serves, with every check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ops.paths import ROOT

WRITE_SCOPE = "ks:fordeling:write"

CONFIG = """
hooks = "tests.exploring.hooks"
warnings = false

[generation]
database = "none"

# State may refuse what the document allows: 409, 412, 422; shape_is_documented says what else may not be behind 422.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", {accepted}]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "415", "422", "428"]

# RFC 6585: If-Match that is missing is 428; one that cannot match is 412, whatever else is missing.
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "404", "412", "415", "422", "428"]

[checks.as_expected]
enabled = true

[checks.shape_is_documented]
enabled = true
"""


@dataclass(frozen=True, slots=True)
class Who:
    """Whom to be. organisation: empty for nobody at all. expected: the only statuses that may be answered, if any."""

    organisation: str
    audience: str
    scope: str = WRITE_SCOPE
    expected: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Explorer:
    """url: the gateway's address. issuer: the played Maskinporten. folder: for the configuration and reports."""

    url: str
    issuer: str
    municipality_id: str
    folder: Path

    def explore(self, who: Who, *options: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        """Run it to its end; the return code is 0 where nothing was found."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "schemathesis.toml"
        accepted = ['"404"', '"409"', '"412"', '"422"', *(f'"{status}"' for status in who.expected)]
        config.write_text(CONFIG.format(accepted=", ".join(accepted)), encoding="utf-8")
        return subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                *("run", f"{self.url}/api/v1/openapi.json", "--no-color", *options),
            ],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "COLUMNS": "120",
                "EXPLORING_MUNICIPALITY": self.municipality_id,
                "EXPLORING_ISSUER": self.issuer,
                "EXPLORING_ORGANISATION": who.organisation,
                "EXPLORING_AUDIENCE": who.audience,
                "EXPLORING_SCOPE": who.scope,
                "EXPLORING_EXPECT": ",".join(map(str, who.expected)),
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )


def operations(url: str) -> list[tuple[str, str]]:
    """Tell the operations that the gateway's document has: method and path."""
    with urllib.request.urlopen(f"{url}/api/v1/openapi.json", timeout=60) as answer:
        paths = json.load(answer)["paths"]
    return [
        (method, path) for path, item in paths.items() for method in item if method in {"get", "put", "post", "delete"}
    ]
