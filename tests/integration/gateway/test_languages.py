"""The language that a user has chosen, and the municipality's, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import FixedClock
from chassis.storage.database import Pool
from contracts.codes import LanguageForm, Role
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.pages.languages import PREFERENCE
from gateway.pages.preferences import Preferences
from tests.browser.stage import world
from tests.browser.stage.world import OSLO
from tests.integration.gateway.projecting import received, write

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def sessions_of(database: Pool) -> Sessions:
    return Sessions(database, FixedClock(NOW), timedelta(minutes=30), timedelta(hours=8))


async def test_a_choice_survives_a_new_login(database: Pool) -> None:
    """Every session of the user has it, from whichever browser; others have theirs; the last choice counts."""
    sessions, preferences = sessions_of(database), Preferences(database)
    first, other = await sessions.start("u-1", "Kari", []), await sessions.start("u-2", "Ola", [])
    for chosen in ("en", "nn"):
        await preferences.keep("u-1", PREFERENCE, chosen)
        user = await sessions.find(first)
        assert user is not None
        assert user.language == chosen
    await sessions.end(first)
    again = await sessions.find(await sessions.start("u-1", "Kari", []))
    theirs = await sessions.find(other)
    assert again is not None
    assert theirs is not None
    assert (again.language, theirs.language) == ("nn", None)


@pytest.mark.parametrize(
    ("form", "tag"), [(LanguageForm.BOKMAAL, "nb"), (LanguageForm.NYNORSK, "nn"), (LanguageForm.NEUTRAL, None)]
)
async def test_the_language_form_comes_with_the_municipality(
    database: Pool, form: LanguageForm, tag: str | None
) -> None:
    """As the read model has it now: a new språkvedtak holds for sessions that are open."""
    found = next(one for one in world.municipalities() if one.municipality_id == OSLO)
    token = await sessions_of(database).start("u-1", "Kari", [Grant("958935420", Role.SETTLEMENT_READER)])
    await write(database, received(OSLO, found.model_copy(update={"language_form": form}), 1))
    user = await sessions_of(database).find(token)
    assert user is not None
    assert [(one.municipality_id, one.language) for one in user.access] == [(OSLO, tag)]
    assert user.language_of(OSLO) == tag
