"""What the use cases count on in a post office, real or not."""

from __future__ import annotations

from typing import Protocol
from uuid import uuid4

import pytest

from services.letters.domain.codes import DispatchStatus
from services.letters.domain.consignment import Consignment, Receiver
from services.letters.use_cases.outside import PostOffice, PostUnavailableError, RefusedError

PDF = b"%PDF-1.7 a letter"


class PlayablePost(PostOffice, Protocol):
    """A post office whose answers a test decides."""

    async def hang_up(self) -> None:
        """Take the next letter without an answer."""

    async def refuse(self) -> None:
        """Refuse the next letter."""

    async def tell(self, reference: str, status: DispatchStatus) -> None:
        """Have a letter come to a status."""


def to_municipality() -> Consignment:
    """Address a decision nobody has sent yet."""
    receiver = Receiver("Oslo kommune", "258935420")
    title = "Vedtak om bosetting"
    return Consignment(str(uuid4()), "FL-2026-000123", title, title, "vedtak.pdf", receiver, high_security=False)


def to_somebody(digital_id: str | None) -> Consignment:
    """Address a person's letter nobody has sent yet."""
    receiver = Receiver("Nour Haddad", digital_id, ("Nordlys mottak", "Storgata 1"), "9016", "Tromsø")
    title = "Brev om bosetting"
    return Consignment(str(uuid4()), "FL-2026-000123", title, title, "brev.pdf", receiver, high_security=True)


class PostContract:
    """Subclasses give the fixture ``post``."""

    @pytest.mark.parametrize("consignment", [to_municipality(), to_somebody("17859010221"), to_somebody(None)])
    async def test_a_letter_that_was_sent_is_found(self, post: PlayablePost, consignment: Consignment) -> None:
        """By its own id, and by that only."""
        assert await post.find(consignment.sent_as) is None
        reference = await post.send(consignment, PDF)
        assert await post.find(consignment.sent_as) == reference
        assert await post.find(str(uuid4())) is None

    async def test_a_letter_taken_without_an_answer_is_found(self, post: PlayablePost) -> None:
        """The sender does not know; a look tells."""
        consignment = to_municipality()
        await post.hang_up()
        with pytest.raises(PostUnavailableError):
            await post.send(consignment, PDF)
        assert await post.find(consignment.sent_as) is not None

    async def test_a_refused_letter_is_not_there(self, post: PlayablePost) -> None:
        """It says so, and keeps nothing."""
        consignment = to_municipality()
        await post.refuse()
        with pytest.raises(RefusedError):
            await post.send(consignment, PDF)
        assert await post.find(consignment.sent_as) is None

    @pytest.mark.parametrize("status", list(DispatchStatus))
    async def test_every_status_is_told(self, post: PlayablePost, status: DispatchStatus) -> None:
        """Each of the thirteen, with its time; of a letter it does not know, nothing."""
        reference = await post.send(to_municipality(), PDF)
        await post.tell(reference, status)
        told = await post.statuses([reference, str(uuid4())])
        assert told.keys() == {reference}
        assert told[reference].status is status
        assert told[reference].at.tzinfo is not None

    async def test_what_a_letter_came_through_can_be_asked_for(self, post: PlayablePost) -> None:
        """Each status with its time, in their order; not the one that ends it, of which the last status tells."""
        reference = await post.send(to_municipality(), PDF)
        for status in (DispatchStatus.NOTIFIED, DispatchStatus.SENT_TO_PRINT):
            await post.tell(reference, status)
        steps = await post.steps(reference)
        assert [step.status for step in steps][-2:] == [DispatchStatus.NOTIFIED, DispatchStatus.SENT_TO_PRINT]
        assert [step.at for step in steps] == sorted(step.at for step in steps)
