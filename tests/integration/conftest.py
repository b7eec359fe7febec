"""What tests of several services need."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chassis.storage.migrate import migrate


@pytest.fixture(scope="session")
def acts_database(new_database: Callable[[], str]) -> str:
    """Make a gateway's database: what operators do is kept there before it is done, whichever service it is about."""
    url = new_database()
    migrate(url, "gateway.migrations")
    return url
