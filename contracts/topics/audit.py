"""Where the audit log is anchored."""

from __future__ import annotations

from contracts import audit
from contracts.topics.shape import GATEWAY, Kind, Topic

AUDIT_ANCHORS = Topic(
    "audit.anchors.v1",
    "audit",
    Kind.EVENTS,
    "anchor",
    producers=(GATEWAY,),
    consumers=("operations",),
    messages=(audit.AuditAnchored,),
    partitions=1,
)
