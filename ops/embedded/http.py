"""Asking over HTTP whether something is well."""

from __future__ import annotations

import urllib.error
import urllib.request

# Never by a proxy: what is asked is on this machine or was named by its own URL.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get_ok(url: str, seconds: float = 2.0) -> bool:
    """Whether a GET answers with 2xx in time."""
    try:
        with _OPENER.open(url, timeout=seconds) as response:
            return int(response.status) // 100 == 2  # noqa: PLR2004 - HTTP's own number
    except (OSError, urllib.error.HTTPError, ValueError):
        return False
