"""What holds of corrected addresses wherever they are kept. Beside ``RepositoryContract``, whose fixtures it uses."""

from __future__ import annotations

from contracts.distribution import v1
from contracts.imdi.v1 import CorrectAddress as ImdiCorrection, ErasePersons as ImdiErasure, PostalAddress
from services.distribution.domain.codes import ErasureReason
from services.distribution.domain.erasure import Erasing
from services.distribution.domain.persons import Address
from services.distribution.domain.settlement import MovedIn
from services.distribution.use_cases.correct_address import CorrectAddress, correct_address
from services.distribution.use_cases.erase_persons import ErasePersons, erase
from services.distribution.use_cases.outcomes import Accepted
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.repository_contract import RepositoryContract
from tests.unit.distribution.samples import AT, LIST, OSLO
from tests.unit.distribution.steps import ALL_BUT_2, TODAY, kinds

AS_PUBLISHED = Address(("Nordlys mottak",), "9016", "Tromsø")
NEW, NEWER = Address(("Ny vei 2", "Leilighet 4"), "0001", "Oslo"), Address(("Nyere vei 3",), "5003", "Bergen")
TOLD = ["address-corrected", "person-folder-state", "list-state"]


class AddressesContract(RepositoryContract):
    """Correcting addresses over the ports."""

    async def correct(
        self, world: World, number: int, address: Address, message_id: str, *, offset: int = 80, **at: str
    ) -> None:
        head = {"list_id": LIST, "municipality_number": "0301"} | at
        body = PostalAddress(lines=list(address.lines), postal_code=address.postal_code, city=address.city)
        message = ImdiCorrection(**head, running_number=number, address=body)
        async with world.begin() as ports:
            word = self.word(message, message.list_id, message.municipality_number, offset)
            await correct_address(CorrectAddress(word, message_id, number, address), ports, received_at=AT)

    async def erase_person_2(self, world: World) -> None:
        head = {"list_id": LIST, "municipality_number": "0301", "reason": "erasure_request"}
        async with world.begin() as ports:
            word = self.word(ImdiErasure.model_validate(head | {"persons": [2]}), LIST, "0301", 90)
            wanted = Erasing([2], ErasureReason.ERASURE_REQUEST)
            await erase(ErasePersons(word, wanted), ports, received_at=AT)

    async def lives(self, world: World, number: int) -> Address | None:
        async with world.begin() as ports:
            found = await ports.lists.residence(LIST, number)
        return found and found.address

    async def placed(self, world: World) -> int:
        """Have persons 1 and 3 placed and 2 declined; returns the list's version."""
        await self.approve(world, 1, ALL_BUT_2)
        await self.send(world, (await self.the_list(world)).version)
        await world.published()
        return (await self.the_list(world)).version

    async def test_a_placed_persons_folder_is_told_with_its_new_address(self, ready: World) -> None:
        """A fact without the address, the folder, the list, all as its next version; nobody else's address changes."""
        version = await self.placed(ready) + 1
        await self.correct(ready, 3, NEW, "c-1")
        key = f"{LIST}/3"
        assert await ready.published() == [
            Published(v1.AddressCorrected.message_type, OSLO, LIST, version),
            Published(v1.PersonFolderState.message_type, key, key, version, LIST),
            Published(v1.ListState.message_type, LIST, LIST, version, LIST),
        ]
        assert [await self.lives(ready, number) for number in (1, 2, 3)] == [AS_PUBLISHED, AS_PUBLISHED, NEW]

    async def test_of_somebody_who_has_moved_in_it_is_told_too(self, ready: World) -> None:
        """A letter may still be on its way; who looked before can still correct the day of settlement."""
        await self.move_in(ready, await self.placed(ready), MovedIn(1, TODAY))
        version = (await self.the_list(ready)).version
        await ready.published()
        await self.correct(ready, 1, NEW, "c-1")
        assert kinds(await ready.published()) == TOLD
        assert await self.move_in(ready, version, MovedIn(3, TODAY)) == Accepted(LIST, version + 2)

    async def test_before_the_placement_nothing_of_it_is_told(self, ready: World) -> None:
        """No folder opens by it; a draft can still be saved by who looked before; it is in the folder that opens."""
        await self.correct(ready, 1, NEW, "c-1")
        assert kinds(await ready.published()) == ["address-corrected", "list-state"]
        await self.placed(ready)
        assert await self.lives(ready, 1) == NEW

    async def test_a_correction_told_again_takes_no_later_one_back(self, ready: World) -> None:
        """By its id: neither the first, nor one that changed nothing. IMDi may go back to it under another id."""
        await self.placed(ready)
        await self.correct(ready, 1, NEW, "c-1")
        await ready.published()
        await self.correct(ready, 1, NEW, "c-2", offset=81)
        assert await ready.published() == []
        await self.correct(ready, 1, NEWER, "c-3", offset=82)
        assert kinds(await ready.published()) == TOLD
        await self.correct(ready, 1, NEW, "c-1", offset=83)
        await self.correct(ready, 1, NEW, "c-2", offset=84)
        assert (await ready.published(), await self.lives(ready, 1)) == ([], NEWER)
        await self.correct(ready, 1, NEW, "c-4", offset=85)
        assert (kinds(await ready.published()), await self.lives(ready, 1)) == (TOLD, NEW)

    async def test_a_correction_that_fits_nobody_goes_back(self, ready: World) -> None:
        """Of an unknown list or person, or of somebody declined, withdrawn or erased; once it fits it is taken."""
        await self.correct(ready, 1, NEW, "c-0", offset=80, list_id="FL-2026-000999")
        await self.correct(ready, 9, NEW, "c-9", offset=81)
        await self.correct(ready, 1, NEW, "c-9", offset=87, municipality_number="4601")
        assert kinds(await ready.published()) == ["rejection"] * 3
        await self.placed(ready)
        await self.withdraw(ready, 3)
        await ready.published()
        await self.correct(ready, 2, NEW, "c-2", offset=82)
        await self.correct(ready, 3, NEW, "c-3", offset=83)
        await self.erase_person_2(ready)
        await self.correct(ready, 2, NEW, "c-2", offset=85)
        told = kinds(await ready.published())
        assert told.count("rejection") == 3
        assert "address-corrected" not in told
        assert await self.lives(ready, 3) == AS_PUBLISHED
        await self.correct(ready, 1, NEW, "c-9", offset=86)
        assert kinds(await ready.published()) == TOLD

    async def test_of_an_erased_person_no_address_is_kept(self, ready: World) -> None:
        """Neither the published one nor a corrected one."""
        await self.correct(ready, 2, NEW, "c-1")
        await self.placed(ready)
        await self.erase_person_2(ready)
        assert await self.lives(ready, 2) is None
