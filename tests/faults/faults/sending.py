"""Faults of what leaves the house: who sends mails and letters, killed and stopped at every step; the other end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

from ops.embedded.inbox.server import CLOSE, REJECT, TAKE_AND_HANG
from tests.faults.fault import Fault, Group
from tests.faults.faults.outside import mail_trouble
from tests.faults.faults.processes import is_stopped
from tests.faults.stage import Stage

POSTMAN = tuple(
    f"notification.postman.{step}" for step in ("claimed", "addressed", "handing-over", "handed-over", "recorded")
)
COURIER = tuple(f"letters.courier.{step}" for step in ("claimed", "handing-over", "handed-over", "recorded"))
MET_SECONDS = 120.0
MAIL_CLAIM_OVER, LETTER_CLAIM_OVER = 35.0, 55.0
"""Seconds after which a claim of the rig's is over: whoever is stopped for so long has been given up by the others."""
AWAY_SECONDS = 3.0
TIMES = 3


def _killed(places: Sequence[str]) -> Callable[[Stage], None]:
    """Kill whoever reaches each of the places, in an order of chance."""

    def inject(stage: Stage) -> None:
        for place in stage.random.sample(places, len(places)):
            stage.strike(place, "kill", MET_SECONDS)

    return inject


def _killed_while_looking_up(stage: Stage) -> None:
    """Kill the courier with a letter that SvarUt has and we know nothing of, and again when that is found out."""
    stage.strike("letters.courier.handed-over", "kill", MET_SECONDS)
    stage.strike("letters.courier.looked-up", "kill", MET_SECONDS)


def _frozen(seconds: float, *places: str) -> Callable[[Stage], None]:
    """Stop who holds something at each place, until a second process has gone on with it; then let them go on."""

    def inject(stage: Stage) -> None:
        service = places[0].partition(".")[0]
        with stage.replica(service) as replica:
            for place in places:
                stage.strike(place, "stop", MET_SECONDS)
                pids = (replica.pid, stage.pid(service))
                stopped = stage.wait(lambda pids=pids: next(filter(is_stopped, pids), None), "a stopped process")
                try:
                    stage.hold(seconds)
                finally:
                    with suppress(ProcessLookupError):
                        os.kill(stopped, signal.SIGCONT)
            stage.hold(AWAY_SECONDS)  # whoever was stopped goes on with what it held

    return inject


def _other_end_killed(process: str, more: str, statement: str) -> Callable[[Stage], None]:
    """Kill the other end, in the middle of whatever it is being given, again and again.

    statement: counts what has left the house since a moment, so that each time something does; more: what that is.
    """

    def inject(stage: Stage) -> None:
        service = "letters" if process == "svarut" else "notification"
        for _ in range(TIMES):
            before = stage.sql(service, statement)[0]["count"]
            stage.wait(lambda before=before: stage.sql(service, statement)[0]["count"] > before, more, MET_SECONDS)
            stage.kill(process)
            stage.hold(stage.random.uniform(0.5, AWAY_SECONDS))

    return inject


MAILS_OUT = "SELECT count(*) AS count FROM mail WHERE state IN ('handing_over', 'sent', 'unsure')"
LETTERS_OUT = "SELECT count(*) AS count FROM letter WHERE reference IS NOT NULL"

FAULTS: Sequence[Fault] = (
    Fault(
        "postman-killed",
        Group.PROCESS,
        "SIGKILL of who sends mails: claimed, addressed, about to hand over, handed over, recorded",
        _killed(POSTMAN),
        alarms=('notification error mail .*"outcome": "unsure"',),
    ),
    Fault(
        "postman-frozen",
        Group.PROCESS,
        f"SIGSTOP of who sends mails for {MAIL_CLAIM_OVER:.0f} s, addressed, and about to hand over; another goes on",
        _frozen(MAIL_CLAIM_OVER, POSTMAN[1], POSTMAN[2]),
    ),
    Fault(
        "courier-killed",
        Group.PROCESS,
        "SIGKILL of who sends letters: claimed, about to hand over, handed over, recorded",
        _killed(COURIER),
    ),
    Fault(
        "courier-killed-twice",
        Group.PROCESS,
        "SIGKILL of who sends letters, with one in hand that SvarUt has; and again when that was looked up",
        _killed_while_looking_up,
    ),
    Fault(
        "courier-frozen",
        Group.PROCESS,
        f"SIGSTOP of who sends letters for {LETTER_CLAIM_OVER:.0f} s, claimed, and handed over; another goes on",
        _frozen(LETTER_CLAIM_OVER, COURIER[0], COURIER[2]),
    ),
    Fault("mail-closing", Group.OUTSIDE, "The mail server says 421 and hangs up for 15 s", mail_trouble(CLOSE)),
    Fault(
        "mail-rejected-whole",
        Group.OUTSIDE,
        "The mail server refuses each whole mail with 554 for 15 s",
        mail_trouble(REJECT),
    ),
    Fault(
        "mail-never-said",
        Group.OUTSIDE,
        "The mail server takes each mail and never says so, for 15 s",
        mail_trouble(TAKE_AND_HANG),
    ),
    Fault(
        "mail-server-killed",
        Group.OUTSIDE,
        "SIGKILL of the mail server while it takes mails, three times",
        _other_end_killed("mail", "a mail that leaves", MAILS_OUT),
    ),
    Fault(
        "svarut-killed",
        Group.OUTSIDE,
        "SIGKILL of SvarUt while it takes letters, three times",
        _other_end_killed("svarut", "a letter that leaves", LETTERS_OUT),
    ),
)
