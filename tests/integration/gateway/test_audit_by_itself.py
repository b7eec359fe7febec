"""What the audit does without being asked: rows go when they have had their time; failed logins have theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from chassis.clock import SystemClock
from chassis.running.timers import Timer, fire
from chassis.storage.transaction import Transactions
from gateway.audit.record import Audit, LoginFault
from gateway.audit.retention import DEFAULT_DAYS, timer
from gateway.consuming import make_service
from tests.integration.gateway.audited import Audited
from tests.integration.gateway.conftest import Urls, settings


def of(days: int) -> Timer:
    """Find the timer that the running gateway has."""
    [found] = [each for each in make_service(days).timers if each.name == timer(days).name]
    return found


async def test_what_has_had_its_time_goes_by_itself_once_a_day(aged: Audited) -> None:
    """Whole batches with the looks they tell of; who and why is a row; the young stay, the chain is whole."""
    transactions = Transactions(aged.pool, "/test", SystemClock())
    assert await fire(of(7 * 365), transactions)
    assert await aged.pool.fetchval("SELECT count(*) FROM gateway.look") == 12
    assert not await fire(of(DEFAULT_DAYS), transactions), "once a day"
    await aged.pool.execute("UPDATE timer_run SET last_run = last_run - interval '1 day'")
    assert await fire(of(DEFAULT_DAYS), transactions)
    assert await aged.pool.fetchval("SELECT min(look_id) FROM gateway.look") == 9
    assert await fire(of(DEFAULT_DAYS), transactions), "it left off with something done, and looks again at once"
    acts = await aged.pool.fetch("SELECT what, user_id FROM gateway.audit WHERE kind = 'operation'")
    assert [tuple(act) for act in acts] == [("audit-pruned", "gateway")]
    reason = await aged.pool.fetchval("SELECT reason FROM gateway.audit_pruning")
    assert reason == "by itself: older than 1826 days (AUDIT_RETENTION_DAYS)"
    verdict = await aged.verify()
    assert (verdict.findings, verdict.pruned) == ([], 2)


def test_nobody_keeps_them_for_less_than_a_year(urls: Urls) -> None:
    """The gateway does not start so: the database would refuse each time."""
    with pytest.raises(ValidationError, match="audit_retention_days"):
        settings(urls, audit_retention_days=365)
    assert settings(urls).audit_retention_days == DEFAULT_DAYS >= timedelta(days=3 * 365).days


async def test_a_failed_login_is_written_by_the_role_that_reads(database: Any, reading: Any) -> None:
    """By its code and the registration it was tried with; nobody is named, and only so many a minute."""
    audit = Audit(reading)
    assert await audit.login_failed(LoginFault.LEVEL, "fordeling")
    audit.nobodys.per_minute = 2
    for _ in range(5):
        assert await audit.login_failed(LoginFault.TOKEN, "fordeling")
    found = await database.fetch(
        "SELECT kind, what, channel, user_id, role, subject, refusal, allowed, details FROM gateway.audit"
    )
    assert tuple(found[0]) == (
        "refusal", "login", "page", None, None, None, "login-level-too-low", False, {"client": "fordeling"},
    )  # fmt: skip
    assert len(found) == 1 + 1
