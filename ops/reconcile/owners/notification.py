"""Notification: notices."""

from __future__ import annotations

from contracts.notification.v1 import NoticeState
from contracts.topics import NOTIFICATION_STATE
from ops.reconcile.entities import Entity, Owner

NOTICES = """
SELECT notice_id AS key, version AS sequence,
       jsonb_build_object(
           'notice_id', notice_id, 'municipality_id', municipality_id, 'kind', kind, 'list_id', list_id,
           'posted_at', posted_at,
           'read_by', ARRAY(SELECT user_id FROM notice_reading AS r WHERE r.notice_id = notice.notice_id
                            ORDER BY r.position),
           'mail', (SELECT jsonb_build_object(
                        'sent', count(*) FILTER (WHERE m.state = 'sent'),
                        'failed', count(*) FILTER (WHERE m.state = 'failed'),
                        'unsure', count(*) FILTER (WHERE m.state = 'unsure'))
                    FROM mail AS m WHERE m.notice_id = notice.notice_id)
       ) AS body
FROM notice
WHERE %(keys)s::text[] IS NULL OR notice_id = ANY(%(keys)s)
"""

SHOWN_NOTICES = """
SELECT notice_id AS key, sequence, body,
       (body ->> 'notice_id', body ->> 'municipality_id', (body ->> 'posted_at')::timestamptz)
       IS NOT DISTINCT FROM (notice_id, municipality_id, posted_at) AS agrees
FROM readmodel.notice
WHERE %(keys)s::text[] IS NULL OR notice_id = ANY(%(keys)s)
"""

NOTIFICATION = Owner(
    "notification",
    "NOTIFICATION_DATABASE_URL",
    (Entity("notices", NOTIFICATION_STATE, NoticeState, NOTICES, SHOWN_NOTICES),),
)
