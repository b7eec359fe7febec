"""A stack with lists taken to their stages, and changing things behind its processes' backs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import psycopg

from contracts.codes import WithdrawalReason
from contracts.imdi.v1 import WithdrawList, WithdrawPersons
from contracts.topics import IMDI_LISTS
from ops import broker
from ops.demo.conversation import Conversation
from ops.demo.lists import DemoList, Stage, distribution_list
from ops.demo.load import _case, _work
from ops.inbound import Inbound

STAGES = (Stage.RECEIVED, Stage.UNDER_TREATMENT, Stage.ANSWERED, Stage.SETTLED, Stage.ANSWERED, Stage.ANSWERED)
MUNICIPALITIES = ("0301", "4601", "5001", "1103", "1804", "5501")
SETTLED = "FL-2026-700004"


def work_on_lists(bootstrap: str, first: int = 700001) -> list[str]:
    """Take six lists to their stages, and two of them back; gives their ids once the owners have told so."""
    now = datetime.now(ZoneInfo("Europe/Oslo"))
    conversation = Conversation(bootstrap, now)
    lists = [
        DemoList(
            distribution_list(
                Random(f"reconcile {number}"),
                municipality_number=municipality,
                persons=4,
                today=now.date(),
                list_id=f"FL-2026-{number}",
            ),
            stage,
        )
        for number, (municipality, stage) in enumerate(zip(MUNICIPALITIES, STAGES, strict=True), first)
    ]
    broker.publish(conversation.bootstrap, [Inbound(0, IMDI_LISTS, one.body) for one in lists], now, lambda _n: None)
    conversation.hear(lambda: all(one.body.list_id in conversation.states for one in lists), "the lists")
    _work(conversation, [_case(Random(1), one) for one in lists], now)
    why = WithdrawalReason.OFFERED_ELSEWHERE
    whole, some = (one.body.list_id for one in lists[4:])
    taken_back = [
        Inbound(0, IMDI_LISTS, WithdrawList(list_id=whole, municipality_number=MUNICIPALITIES[4], reason=why)),
        Inbound(
            0,
            IMDI_LISTS,
            WithdrawPersons(list_id=some, municipality_number=MUNICIPALITIES[5], persons=[1, 2], reason=why),
        ),
    ]
    broker.publish(conversation.bootstrap, taken_back, now, lambda _n: None)
    conversation.hear(lambda: all(conversation.states[one]["withdrawn_persons"] for one in (whole, some)), "both")
    return [one.body.list_id for one in lists]


@contextmanager
def changed(environment: Mapping[str, str], database: str, change: str, back: str) -> Iterator[None]:
    """Change something behind a process's back, and change it back at the end."""
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        assert connection.execute(change.encode()).rowcount >= 1
        try:
            yield
        finally:
            connection.execute(back.encode())


@contextmanager
def kept_row(environment: Mapping[str, str], database: str, table: str, condition: str) -> Iterator[str]:
    """Remember one row; gives the statements that put it back, whatever has become of it."""
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        [(row,)] = connection.execute(f"SELECT to_jsonb(t) FROM {table} AS t WHERE {condition}".encode()).fetchall()
    document = json.dumps(row).replace("'", "''")
    again = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{document}')"
    yield f"DELETE FROM {table} WHERE {condition}; {again}"
