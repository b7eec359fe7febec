"""What operations may see of the register, looked up when they ask."""

from __future__ import annotations

from chassis.seeing.metrics import Figure

FIGURES = (
    Figure(
        "contacts_unreached",
        "Contacts whom e-mail does not reach, by why.",
        """
        SELECT mail_failure AS failure, count(*) AS value FROM municipality_contact
        WHERE mail_failure IS NOT NULL GROUP BY mail_failure
        """,
        ("failure",),
    ),
    Figure(
        "municipalities_not_mailed",
        "Municipalities in which nobody is mailed about new lists and deadlines: no writer, or none whom mails reach.",
        """
        SELECT why, count(*) AS value FROM (
            SELECT CASE WHEN bool_or('settlement_writer' = ANY(roles)) IS NOT TRUE THEN 'no_writer'
                        WHEN NOT bool_or('settlement_writer' = ANY(roles)
                                         AND coalesce(mail_failure, 'gave_up') = 'gave_up') THEN 'unreached' END AS why
            FROM municipality AS m LEFT JOIN municipality_contact AS c ON c.municipality_id = m.id
            WHERE m.merged_on IS NULL OR m.merged_on > (now() AT TIME ZONE 'Europe/Oslo')::date
            GROUP BY m.id
        ) AS each WHERE why IS NOT NULL GROUP BY why
        """,
        ("why",),
    ),
)
