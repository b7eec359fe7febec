"""Letters' process killed at every step between a placement and a letter that is sent: there is one, and one only."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.letters import v1
from ops.testing.databases import Databases
from tests.integration.letters.conftest import Simulator
from tests.integration.letters.desk import events, open_desk, states
from tests.integration.letters.test_dispatch import SendingDesk
from tests.integration.supervising import supervised

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.heavy]

PLACES = (
    ("letters.press.claimed",),
    ("letters.press.rendered",),
    ("letters.press.stored",),
    ("letters.press.recorded",),
    ("letters.courier.claimed",),
    ("letters.courier.handing-over",),
    ("letters.courier.handed-over",),
    ("letters.courier.handed-over", "letters.courier.looked-up"),  # looked up is only what was begun before
    ("letters.courier.recorded",),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    kafka: str,
    databases: Databases,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SendingDesk]:
    """Open the desk, with the process behind it that is started again whenever it has died."""
    url, faults = databases.migrated("services.letters.migrations"), tmp_path_factory.mktemp("faults")
    variables = {name.upper(): str(value) for name, value in simulator.settings.items()}
    variables |= {"SVARUT_SEND_SECONDS": "1.5", "SVARUT_REQUEST_SECONDS": "0.5"}  # a claim lasts for their sum
    variables |= {"FORDELING_EMBEDDED": "1", "FORDELING_FAULTS": str(faults)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setitem(os.environ, name, value)
        simulator.faults(accept_and_hang=0)
        async with open_desk(kafka, url, tmp_path_factory.mktemp("objects")) as plain:
            desk = SendingDesk(kafka, url, plain.producer, plain.consumer, objects=plain.objects, seconds=120)
            async with supervised(desk.process):
                yield desk


@pytest.mark.parametrize(("number", "places"), list(enumerate(PLACES, start=1301)))
async def test_a_letter_is_made_and_sent_once_wherever_the_process_is_killed(
    desk: SendingDesk, simulator: Simulator, number: int, places: tuple[str, ...]
) -> None:
    """SvarUt has each letter once under its id, its record says so, and each step is told once."""
    folder = Path(os.environ["FORDELING_FAULTS"])
    for place in places:
        (folder / place).write_text("kill")
    made = await desk.placed(number, 1)
    for letter in made:
        told = await desk.told(number, letter.letter_id, lambda dispatch: dispatch.reference is not None)
        assert [each["id"] for each in simulator.of(letter.letter_id)] == [told.reference]
    assert [place for place in places if not (folder / f"{place}.done").exists()] == []
    heard = await desk.hear_all()
    once = dict.fromkeys(states(heard, number), 1)
    for kind in (v1.LetterPlanned, v1.LetterCreated, v1.LetterDispatched):
        assert Counter(body.letter_id for body in events(heard, kind, number)) == once
    assert len(desk.stored(number)) == len(made) == 2
