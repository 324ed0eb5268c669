"""What a list of orders can be asked for: its tabs, its orders, and the services an order has (DSK-1, DSK-2)."""

from collections.abc import Mapping
from enum import StrEnum, unique

from app.domain.records import Status

# How far a filter may be nested, and of how many conditions it may be made
DEPTH_MOST = 5
CONDITIONS_MOST = 100


@unique
class OrderTab(StrEnum):
    """A tab of a list of orders; drafts are under ALL alone (DSK-1)."""

    ALL = "ALL"
    TO_CONFIRM = "TO_CONFIRM"
    TO_PAY = "TO_PAY"
    TO_DISPATCH = "TO_DISPATCH"
    TO_RECEIVE = "TO_RECEIVE"
    AFTER_SALES = "AFTER_SALES"
    FINISHED = "FINISHED"


# The statuses of each tab that goes by them; after-sales stands beside an order's own tab
STATUSES: Mapping[OrderTab, tuple[Status, ...]] = {
    OrderTab.TO_CONFIRM: (Status.PENDING_CONFIRMATION,),
    OrderTab.TO_PAY: (Status.PENDING_PAYMENT,),
    OrderTab.TO_DISPATCH: (Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED),
    OrderTab.TO_RECEIVE: (Status.DISPATCHED,),
    OrderTab.FINISHED: (Status.COMPLETED, Status.CLOSED),
}


@unique
class OrderSort(StrEnum):
    """In which order orders are listed (DSK-2)."""

    CREATED_DESC = "CREATED_DESC"
    CREATED_ASC = "CREATED_ASC"
    AMOUNT_DESC = "AMOUNT_DESC"
    AMOUNT_ASC = "AMOUNT_ASC"
    DISPATCH_DUE_ASC = "DISPATCH_DUE_ASC"
    DISPATCH_DUE_DESC = "DISPATCH_DUE_DESC"
    CHANGED_DESC = "CHANGED_DESC"
    CHANGED_ASC = "CHANGED_ASC"


@unique
@unique
class DeskFigure(StrEnum):
    """What of a seller's orders asks for something to be done (DSK-4)."""

    OVERDUE = "OVERDUE"
    DUE_WITHIN_24_HOURS = "DUE_WITHIN_24_HOURS"
    DUE_WITHIN_72_HOURS = "DUE_WITHIN_72_HOURS"
    OPEN_CLAIMS = "OPEN_CLAIMS"


# How near the dispatch deadline of what is due soon lies, in hours
NEAR: Mapping[DeskFigure, int] = {DeskFigure.DUE_WITHIN_24_HOURS: 24, DeskFigure.DUE_WITHIN_72_HOURS: 72}


class OrderService(StrEnum):
    """What is promised of an order beside its terms (ENR-1, DLV-3)."""

    ON_TIME_DISPATCH = "ON_TIME_DISPATCH"
    ON_TIME_DELIVERY = "ON_TIME_DELIVERY"
