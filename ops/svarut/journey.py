"""A letter's way through SvarUt, by the simulator's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
UNREAD_AFTER = 2 * DAY
"""What was not read by then goes as paper."""


class Status(StrEnum):
    """The thirteen statuses of the API, in its words."""

    MOTTATT = "MOTTATT"
    AKSEPTERT = "AKSEPTERT"
    AVVIST = "AVVIST"
    VARSLET = "VARSLET"
    LEST = "LEST"
    SENDT_PRINT = "SENDT_PRINT"
    PRINTET = "PRINTET"
    MANUELT_HANDTERT = "MANUELT_HANDTERT"
    SENDT_DIGITALT = "SENDT_DIGITALT"
    SENDT_SDP = "SENDT_SDP"
    LEVERT_SDP = "LEVERT_SDP"
    KLAR_FOR_MOTTAK = "KLAR_FOR_MOTTAK"
    IKKE_LEVERT = "IKKE_LEVERT"


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs ``speed`` times as fast as the world's. Times in seconds; the world's since the epoch."""

    simulated: float
    real: float
    speed: float

    def at(self, real: float) -> float:
        """Tell the simulated time at a real one."""
        return self.simulated + (real - self.real) * self.speed

    def real_time_of(self, simulated: float) -> float:
        """Tell when, by the world's clock, it was so late."""
        return self.real + (simulated - self.simulated) / self.speed

    def changed(self, real: float, *, speed: float | None = None, skip: float = 0.0) -> Clock:
        """Go on from now at another speed, or from later."""
        return Clock(self.at(real) + skip, real, speed or self.speed)


def journey(digital_id: str, *, digital_only: bool) -> Iterator[tuple[float, Status]]:
    """Tell what happens to a letter if nobody interferes: seconds since it came in, and the status from then on.

    An organisation's own system fetches it. Of persons with an identity number, those with an even one read it
    after three hours, the others never; who has none gets paper.
    """
    yield 0, Status.MOTTATT
    yield 0.5 * MINUTE, Status.AKSEPTERT
    if len(digital_id) == 9:  # noqa: PLR2004  an organisation number
        yield MINUTE, Status.KLAR_FOR_MOTTAK
        yield 20 * MINUTE, Status.LEST
        return
    if digital_id:
        yield MINUTE, Status.VARSLET
        if int(digital_id[-1]) % 2 == 0:
            yield 3 * HOUR, Status.LEST
            return
        if digital_only:
            yield UNREAD_AFTER, Status.SENDT_DIGITALT
            return
    paper = UNREAD_AFTER if digital_id else MINUTE
    yield paper, Status.SENDT_PRINT
    yield paper + DAY, Status.PRINTET
