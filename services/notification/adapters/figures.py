"""What operations may see of mails on their way, looked up when they ask."""

from __future__ import annotations

from chassis.seeing.metrics import Figure

FIGURES = (
    Figure(
        "mails_in_hand",
        "E-mails that are not at an end, by state.",
        "SELECT state, count(*) AS value FROM mail WHERE ended_at IS NULL GROUP BY state",
        ("state",),
    ),
    Figure(
        "mails_to_decide",
        "E-mails that are not known to have arrived, by why: somebody has to decide.",
        "SELECT failure, count(*) AS value FROM mail WHERE failure IS NOT NULL GROUP BY failure",
        ("failure",),
    ),
    Figure(
        "digests_waiting",
        "Daily digests that somebody will get: receivers for whom something waits.",
        """
        SELECT count(*) AS value FROM (
            SELECT DISTINCT municipality_id, lower(receiver) FROM digest_item JOIN notice USING (notice_id)
        ) AS digest
        """,
    ),
    Figure(
        "mails_overdue_seconds",
        "How long the e-mail that waits longest has been due.",
        # Since it was planned: each try that is put off moves due_at ahead, which would hide that none succeeds.
        """
        SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(planned_at)), 0)) AS value
        FROM mail WHERE ended_at IS NULL
        """,
    ),
)
