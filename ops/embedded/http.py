"""Asking over HTTP whether something is well."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

# Never by a proxy: what is asked is on this machine or was named by its own URL.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get_json(url: str, seconds: float = 2.0) -> dict[str, Any]:
    """Read the JSON object that a GET answers with, whatever its status; empty where there is none in time."""
    try:
        with _OPENER.open(url, timeout=seconds) as response:
            found = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            found = _json_or_none(error)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _json_or_none(response: urllib.error.HTTPError) -> object:
    try:
        return json.load(response)
    except ValueError:
        return None


def get_ok(url: str, seconds: float = 2.0) -> bool:
    """Whether a GET answers with 2xx in time."""
    try:
        with _OPENER.open(url, timeout=seconds) as response:
            return int(response.status) // 100 == 2  # noqa: PLR2004 - HTTP's own number
    except (OSError, urllib.error.HTTPError, ValueError):
        return False
