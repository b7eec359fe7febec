"""What operations may see of letters on their way, looked up when they ask."""

from __future__ import annotations

from chassis.seeing.metrics import Figure

FIGURES = (
    Figure(
        "letters_in_hand",
        "Letters to be made, to be sent, and sent and followed.",
        """
        SELECT 'to_make' AS stage, count(*) AS value FROM letter_queue WHERE stage = 'ready'
        UNION ALL
        SELECT stages.stage, count(letter_id) FROM (VALUES ('to_send'), ('followed')) AS stages (stage)
        LEFT JOIN letter_dispatch ON letter_dispatch.stage = stages.stage AND letter_dispatch.stage <> 'settled'
        GROUP BY stages.stage
        """,
        ("stage",),
    ),
    Figure(
        "letters_to_decide",
        "Letters that reached nobody, or could not be made.",
        # By the index letter_in_vain, whose condition this is.
        """
        SELECT coalesce(failure, dispatch_failure, statuses -> -1 ->> 'status') AS what, count(*) AS value FROM letter
        WHERE failure IN ('cannot_be_rendered', 'ended_its_workers') OR dispatch_failure = 'refused'
           OR statuses -> -1 ->> 'status' IN ('rejected', 'not_delivered', 'handled_manually')
        GROUP BY 1
        """,
        ("what",),
    ),
    Figure(
        "letters_overdue_seconds",
        "How long the letter that waits longest, to be made or sent, has been due.",
        # Since it was planned or made: each try that is put off moves due_at, which would hide that none succeeds.
        # Of each queue the first by turn, by its index: who came first has one of the lowest.
        """
        SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)) AS value FROM (
            SELECT planned_at AS since FROM letter WHERE letter_id IN (
                SELECT letter_id FROM letter_queue WHERE stage = 'ready' ORDER BY turn LIMIT 100
            )
            UNION ALL
            SELECT created_at FROM letter WHERE letter_id IN (
                SELECT letter_id FROM letter_dispatch WHERE stage = 'to_send' ORDER BY turn LIMIT 100
            )
        ) AS waiting
        """,
    ),
)
