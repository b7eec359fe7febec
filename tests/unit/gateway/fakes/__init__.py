"""A gateway without a database or broker: the application as it is, its parts in memory."""

from tests.unit.gateway.fakes.desk import FakeDesk, FakeLetters
from tests.unit.gateway.fakes.desktop import ASSETS, CATALOGUE, Around, Desktop, settings
from tests.unit.gateway.fakes.login import TOKEN, FakePreferences, FakeProvider, FakeSessions
from tests.unit.gateway.fakes.reader import FakeReader
from tests.unit.gateway.fakes.recording import FakeAudit, FakeLooks

__all__ = [
    "ASSETS",
    "CATALOGUE",
    "TOKEN",
    "Around",
    "Desktop",
    "FakeAudit",
    "FakeDesk",
    "FakeLetters",
    "FakeLooks",
    "FakePreferences",
    "FakeProvider",
    "FakeReader",
    "FakeSessions",
    "settings",
]
