"""What operations may see of lists, looked up when they ask."""

from __future__ import annotations

from chassis.seeing.metrics import Figure
from services.distribution.adapters.list_rows import OPEN

FIGURES = (
    Figure(
        "lists_open",
        "Lists that are not answered, by status.",
        f"SELECT status, count(*) AS value FROM distribution_list WHERE {OPEN} GROUP BY status",  # noqa: S608  ours
        ("status",),
    ),
    Figure(
        "lists_near_deadline",
        "Open lists whose deadline is today or within two days.",
        f"SELECT count(*) AS value FROM distribution_list WHERE {OPEN}"  # noqa: S608  ours
        " AND deadline BETWEEN (clock_timestamp() AT TIME ZONE 'Europe/Oslo')::date"
        " AND (clock_timestamp() AT TIME ZONE 'Europe/Oslo')::date + 2",
    ),
    Figure(
        "lists_overdue",
        "Open lists whose deadline is past.",
        f"SELECT count(*) AS value FROM distribution_list WHERE {OPEN}"  # noqa: S608  ours
        " AND deadline < (clock_timestamp() AT TIME ZONE 'Europe/Oslo')::date",
    ),
)
