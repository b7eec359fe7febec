"""What operations may see of the register, looked up when they ask."""

from __future__ import annotations

from chassis.metrics import Figure

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
)
