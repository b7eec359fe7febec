"""What processes tell the operations page, as it is read of them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth.users import User
from gateway.operations.figures import read
from gateway.operations.lookout import Process, Seen, State
from tests.unit.gateway.samples import NOW

OPERATOR = User("u-9", "Kari Nordmann", (), operator=True)

OF_ALL = """
# HELP fordeling_outbox_rows Records that are not sent yet.
# TYPE fordeling_outbox_rows gauge
fordeling_outbox_rows {rows}
fordeling_outbox_age_seconds {age}
fordeling_outbox_aside_rows 0.0
fordeling_dead_letters {parked}
fordeling_consumer_lag_records{{reader="{service}.one",topic="distribution.state.v1",partition="0"}} {lag}
fordeling_consumer_lag_records{{reader="{service}.one",topic="distribution.state.v1",partition="1"}} 2.0
process_cpu_seconds_total 7.1
"""
OWN = {
    "distribution": """
fordeling_lists_open{status="received"} 41.0
fordeling_lists_open{status="approved"} 1.0
fordeling_lists_near_deadline 7.0
fordeling_lists_overdue 3.0
""",
    "notification": """
fordeling_mails_in_hand{state="planned"} 12.0
fordeling_mails_overdue_seconds 90.0
fordeling_mails_to_decide{failure="refused"} 3.0
fordeling_digests_waiting 14.0
""",
    "municipality": """
fordeling_contacts_unreached{failure="bounced"} 5.0
fordeling_municipalities_not_mailed{why="no_writer"} 8.0
fordeling_municipalities_not_mailed{why="unreached"} 1.0
""",
    "letters": """
fordeling_letters_in_hand{stage="to_make"} 0.0
fordeling_letters_in_hand{stage="to_send"} 4.0
fordeling_letters_in_hand{stage="followed"} 5.0
fordeling_letters_overdue_seconds 0.0
""",
    "gateway": 'fordeling_commands_waiting{topic="distribution.commands.v1"} 2.0\n',
}
ALARMS = """
fordeling_alarm{alarm="messages are parked"} 1.0
fordeling_alarm{alarm="outbox is behind"} 1.0
"""
SERVICES = ("distribution", "municipality", "notification", "letters", "gateway")


def metrics(service: str, *, rows: int = 0, age: float = 0.0, parked: int = 0, lag: int = 0) -> str:
    """Give what a process of the service answers at ``/metrics``."""
    return OF_ALL.format(service=service, rows=rows, age=age, parked=parked, lag=lag) + OWN.get(service, "")


def process(service: str, text: str, state: State = State.READY) -> Process:
    return Process(service, state, "0.1.0", read(text))


OPERATED = Seen(NOW, tuple(process(one, metrics(one)) for one in SERVICES))
UNWELL = Seen(
    NOW,
    (
        process("distribution", metrics("distribution", rows=1234, age=7300.0, parked=2, lag=50_000) + ALARMS),
        process("municipality", "", State.NOT_READY),
        process("notification", metrics("notification"), State.STUCK),
        Process("letters", State.SILENT),
        process("gateway", metrics("gateway")),
    ),
)


@dataclass
class FakeLookout:
    """Has seen the processes already."""

    seen: Seen

    async def look(self) -> Seen:
        return self.seen
