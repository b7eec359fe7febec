"""What IMDi publishes."""

from __future__ import annotations

from contracts.imdi import v1 as imdi
from contracts.topics.shape import IMDI, Kind, Topic

IMDI_LISTS = Topic(
    "imdi.distribution-lists.v1",
    IMDI,
    Kind.INBOUND,
    "municipality number",
    producers=(IMDI,),
    consumers=("distribution",),
    messages=(
        imdi.PublishDistributionList,
        imdi.ConfirmPlacement,
        imdi.WithdrawList,
        imdi.WithdrawPersons,
        imdi.ErasePersons,
        imdi.ExtendDeadline,
        imdi.ReplyInThread,
        imdi.CorrectAddress,
    ),
)

IMDI_REQUESTS = Topic(
    "imdi.requests.v1",
    IMDI,
    Kind.INBOUND,
    "municipality number",
    producers=(IMDI,),
    consumers=("municipality",),
    messages=(imdi.RequestPlaces,),
    partitions=3,
)
