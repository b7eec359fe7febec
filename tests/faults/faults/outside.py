"""Faults outside: SvarUt, the mail server, the object store, the clock, the login provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from joserfc.jwk import RSAKey

from ops.embedded.inbox.server import DROP, PUT_OFF, REFUSE, TAKE_AND_DROP
from ops.testing.small_disk import NotPossibleHereError, SmallDisk
from tests.faults.fault import Fault, Group
from tests.faults.machine import Kind
from tests.faults.stage import Stage

MET_SECONDS = 120.0
MAIL_SECONDS = 15.0
FULL_SECONDS = 15.0
CLOCK_SECONDS = 20.0
CLOCK_OFF = 600
MET_BY_MAILS = """
SELECT count(*) AS count FROM mail WHERE planned_at > to_timestamp(%s) AND (tries > 0 OR failure IS NOT NULL)
"""
MET_BY_LETTERS = "SELECT count(*) AS count FROM letter_queue WHERE stage = 'ready' AND claims > 1"


def _svarut(faults: Mapping[str, int]) -> Callable[[Stage], None]:
    """Have SvarUt fail so many times, and wait until it has."""

    def inject(stage: Stage) -> None:
        stage.svarut("POST", "/feil", faults)
        try:
            stage.wait(lambda: not any(stage.svarut("POST", "/feil", {}).values()), "SvarUt failing", MET_SECONDS)
        finally:
            stage.svarut("POST", "/feil", dict.fromkeys(faults, 0))

    return inject


def mail_trouble(trouble: str) -> Callable[[Stage], None]:
    """Have the mail server fail, for a while after the first mail has met it."""

    def inject(stage: Stage) -> None:
        with stage.switch(trouble):
            stage.wait(lambda: met(stage), f"a mail that meets {trouble}", MET_SECONDS)
            stage.hold(MAIL_SECONDS)

    def met(stage: Stage) -> int:
        return int(stage.sql("notification", MET_BY_MAILS, stage.opened_at)[0]["count"])

    return inject


def _objects_full(stage: Stage) -> None:
    disk = stage.machine.parts.get("objects")
    if not isinstance(disk, SmallDisk):
        raise NotPossibleHereError(str(disk))
    disk.fill()
    try:
        stage.wait(lambda: stage.sql("letters", MET_BY_LETTERS)[0]["count"], "a letter tried again", MET_SECONDS)
        stage.hold(FULL_SECONDS)
    finally:
        disk.clear()


def _clock_off(stage: Stage) -> None:
    """Set every process's clock ten minutes ahead, and back, in an order of chance."""
    for seconds in stage.random.sample((CLOCK_OFF, -CLOCK_OFF), 2):
        with stage.switch("clock", str(seconds)):
            stage.hold(CLOCK_SECONDS)


def _keys_rotated(stage: Stage) -> None:
    """Start the login provider with new keys: what was signed before is worth nothing any more."""
    file = stage.machine.stack.layout.oidc / "config.json"
    config = json.loads(file.read_text())
    key = RSAKey.generate_key(2048).as_dict(private=True)
    config["tokenProvider"] = {"keyProvider": {"initialKeys": json.dumps(key), "algorithm": "RS256"}}
    stage.stop("oidc")
    file.write_text(json.dumps(config))
    stage.start("oidc")
    stage.wait(stage.machine.stack.oidc().ready, "the login provider", MET_SECONDS)
    stage.hold(CLOCK_SECONDS / 2)


FAULTS: Sequence[Fault] = (
    Fault(
        "svarut-times-out",
        Group.OUTSIDE,
        "SvarUt takes three letters and never answers",
        _svarut({"accept_and_hang": 3}),
        core=True,
    ),
    Fault(
        "svarut-unavailable",
        Group.OUTSIDE,
        "SvarUt answers 503, having taken the letter or not, four times each",
        _svarut({"unavailable": 4, "unavailable_after": 4}),
    ),
    Fault(
        "svarut-rejects",
        Group.OUTSIDE,
        "SvarUt refuses two letters for good",
        _svarut({"refuse": 2}),
        alarms=("svarut refused a letter",),
    ),
    Fault(
        "svarut-repeats-late",
        Group.OUTSIDE,
        "SvarUt tells a status again that was followed by another, ten times",
        _svarut({"repeat_late": 10}),
    ),
    Fault("mail-put-off", Group.OUTSIDE, "The mail server says 451 to everybody for 15 s", mail_trouble(PUT_OFF)),
    Fault("mail-refused", Group.OUTSIDE, "The mail server says 550 to everybody for 15 s", mail_trouble(REFUSE)),
    Fault(
        "mail-dropped",
        Group.OUTSIDE,
        "The mail server hangs up in the middle of each mail",
        mail_trouble(DROP),
        core=True,
    ),
    Fault(
        "mail-taken-unsaid",
        Group.OUTSIDE,
        "The mail server takes each mail and hangs up before it says so",
        mail_trouble(TAKE_AND_DROP),
    ),
    Fault(
        "object-store-full",
        Group.OUTSIDE,
        "There is no room for letters for 15 s (small tmpfs)",
        _objects_full,
        stage=Kind.SMALL_DISK,
    ),
    Fault(
        "clock-off",
        Group.OUTSIDE,
        "The machines' clocks are ten minutes ahead for 20 s, and ten minutes back",
        _clock_off,
        alarms=("clock is off",),
    ),
    Fault(
        "oidc-keys-rotated", Group.OUTSIDE, "The login provider has new keys from one moment to the next", _keys_rotated
    ),
)
