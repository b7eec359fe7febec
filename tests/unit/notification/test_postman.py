"""When the postman sends: at once, and out of the way of what has to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from services.notification.entrypoints.postman import IN_HAND, Postman
from services.notification.use_cases.ports import MailServer
from services.notification.use_cases.send_mail import Sender


@dataclass
class NothingDue:
    """Stands for the sender and the server: no mail is due, and what is asked for is noted."""

    most: int = 3
    asked: list[int] = field(default_factory=list)

    async def settle_lost(self) -> list[Any]:
        return []

    async def claim(self, limit: int) -> list[Any]:
        self.asked.append(limit)
        return []

    def room(self, most: int) -> int:
        return most

    async def tidy(self) -> None:
        return


async def test_mails_stand_back_while_more_waits_to_be_read_than_is_taken_at_once() -> None:
    """In a rush one mail is taken in hand, no further one within the second, and after it as many as ever."""
    rush, nothing = [True], NothingDue()
    postman = Postman(cast("Sender", nothing), cast("MailServer", nothing), longest=60.0, rushed=lambda: rush[0])
    for _ in range(3):
        await postman.errands._round()
    assert nothing.asked == [1]
    rush[0] = False
    await postman.errands._round()
    assert nothing.asked == [1, IN_HAND]
