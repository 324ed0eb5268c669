"""The facts that the domain computes a buyer's page from, made of one row that the statement by hand has read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import orjson

from app.domain.access import By
from app.domain.goods import TransitUnit
from app.domain.policy import ExportMethod, Logistics, PaymentMethod
from app.domain.protection import Course
from app.domain.records import DeadlineKind, DeadlineStatus, DispatchTerm, Status
from app.domain.remedies import ClaimStatus, CouponStatus, DisputeOutcome, DisputeStatus
from app.schema.actions import ClaimFact, CouponFact, DisputeFact, DueAt, Protected, ReceiptFact, StepFacts
from app.schema.claims import CheckFacts, ClockFact, TermsFact
from app.schema.explanations import FigureFacts, Worth
from app.schema.exports import OrderExport
from app.schema.exports import Row as Lacking
from app.schema.forecast import ClockRow, CouponEnd, ForecastFacts, Landed, SellerStamps
from app.schema.freight import TransitFacts
from app.schema.funds import BuyerFact, DiscountUntil, InstalmentFact, PaymentFacts, PolicyFact
from app.schema.stages import StageFacts

T = TypeVar("T")
_BEGUN = ("RUNNING", "LAPSED", "MET")
_OPEN = ("RUNNING", "WAITING")


class Facts:
    """An order as it was read, in the shapes that the functions take."""

    def __init__(self, row: Mapping[str, Any], policies: Mapping[UUID, Mapping[str, Any]]) -> None:
        self.row, self.read = row, orjson.loads(row["facts"])
        self.policy = maybe(lambda id: PolicyFact(id, policies[id]), row["policy_id"])
        self.document = {} if self.policy is None else self.policy.document
        self.status, self.closed_in = Status(row["status"]), maybe(Status, row["closed_in"])
        self.received_by = maybe(By, row["received_by"])
        self.receipts = [ReceiptFact(PaymentMethod(each[1]), *each[2:]) for each in self.read["receipts"]]
        self.unpaid = [place for place, payable, received in self.read["instalments"] if received < payable]

    def _record(self, make: Callable[..., T], **more: Any) -> T:
        """A record: what is named here, and the order's columns of the same names."""
        names = make.__match_args__  # type: ignore[attr-defined]
        return make(*[more[name] if name in more else self.row[name] for name in names])

    def _of(self, make: Callable[[datetime], Any], kind: str, *statuses: str) -> Any:
        """What is made of the end of the first clock of a kind in one of these statuses."""
        found = (clock[4] for clock in self.read["clocks"] if clock[1] == kind and clock[6] in statuses)
        return maybe(lambda due: make(datetime.fromisoformat(due)), next(found, None))

    def _last(self, kind: str, place: int) -> datetime | None:
        """Of the clocks of a kind the latest start or end; one that the order's closing stopped counts as well."""
        closed = self.row["closed_at"]
        stamps = [
            datetime.fromisoformat(clock[place])
            for clock in self.read["clocks"]
            if clock[1] == kind
            and (clock[6] in _BEGUN or (clock[6] == "VOID" and maybe(datetime.fromisoformat, clock[8]) == closed))
        ]
        return max(stamps, default=None)

    def stages(self) -> StageFacts:
        """Of the five stages."""
        return self._record(StageFacts, status=self.status, closed_in=self.closed_in)

    def payment(self) -> PaymentFacts:
        """Of the next payment."""
        return self._record(
            PaymentFacts,
            status=self.status,
            instalments=[InstalmentFact(*each) for each in self.read["instalments"]],
            policy=self.policy,
            buyer=maybe(BuyerFact, self.read["country"]),
            discount_until=self._of(DiscountUntil, "UNPAID_DISCOUNT", "RUNNING"),
        )

    def transit(self) -> TransitFacts:
        """Of the estimated delivery."""
        row = self.row
        unit = maybe(TransitUnit, row["transit_unit"])
        zone = self.document.get("zone")
        return TransitFacts(row["dispatched_at"], row["transit_min"], row["transit_max"], unit, zone)

    def export(self) -> OrderExport:
        """Of the export requirements."""
        method, shipments = self.row["export_method"], self.read["shipments"]
        return OrderExport(
            maybe(ExportMethod, method),
            self.document.get("withdrawal_routes", {}).get(method),
            self.row["customs_title"],
            len(shipments),
            self.read["consignments"],
            [Lacking(UUID(each)) for each in self.read["unreviewed"]],
            [Lacking(UUID(id)) for id, _, _, proven in shipments if not proven],
        )

    def course(self) -> Course:
        """Of the protection."""
        return self._record(
            Course,
            dispatch_from=self._last("DISPATCH", 3),
            first_dispatched_at=min((datetime.fromisoformat(each[1]) for each in self.read["shipments"]), default=None),
            delivery_from=self._last("DELIVERY", 3),
            received_by=self.received_by,
            protected_until=self._last("PROTECTION_END", 4),
            days=self.document.get("protection_days"),
        )

    def check(self) -> CheckFacts:
        """Of the oracle of claims."""
        row, document = self.row, self.document
        terms = document and TermsFact(
            document["zone"], document["claim_window_days"], Decimal(document["claim_rate"]), document["claim_cap_usd"]
        )
        return self._record(
            CheckFacts,
            status=self.status,
            dispatched=row["dispatched_at"],
            promised=row["promised_at"],
            delivered=row["delivered_at"],
            received=row["completed_at"],
            received_by=self.received_by,
            claims=len(self.read["claims"]),
            waivers=len(self.read["waivers"]),
            refusals=self.read["waivers"].count(False),
            dispatch=self._of(ClockFact, "DISPATCH", *_BEGUN),
            auto_receipt=self._of(ClockFact, "AUTO_RECEIPT", "RUNNING"),
            terms=terms or None,
        )

    def steps(self, check: CheckFacts) -> StepFacts:
        """Of the available actions."""
        row, read, document = self.row, self.read, self.document
        uncovered = row["received"] == 0 and row["coupon_posted"] > row["coupon_returned"]
        return self._record(
            StepFacts,
            status=self.status,
            awaiting=maybe(By, row["awaiting"]),
            drafted_by=By(row["drafted_by"]),
            open_instalments=len(self.unpaid),
            unpaid_first=self.unpaid.count(0),
            open_amendments=read["amendments"],
            shipments=len(read["shipments"]),
            undelivered=sum(delivered is None for _, _, delivered, _ in read["shipments"]),
            reviews=len(read["replies"]),
            replies=read["replies"].count(True),
            dispatch_term=maybe(DispatchTerm, row["dispatch_term"]),
            export_method=maybe(ExportMethod, row["export_method"]),
            consignments=read["consignments"],
            receipts=self.receipts,
            auto_receipt=self._of(DueAt, "AUTO_RECEIPT", "RUNNING"),
            completed=row["completed_at"] is not None,
            refundable=row["received"] > row["refunded"] or uncovered,
            refunded=row["refunded"] > 0,
            disputes=[DisputeFact(DisputeStatus(of), maybe(DisputeOutcome, end)) for of, end in read["disputes"]],
            silence=self._of(DueAt, "DISPUTE_SILENCE", "RUNNING"),
            protection=self._of(DueAt, "PROTECTION_END", "RUNNING"),
            protected=Protected(document["protection_days"], document["zone"]) if document else None,
            check=check,
            claim=next((ClaimFact(ClaimStatus(status)) for status in read["claims"]), None),
            coupon=maybe(lambda c: CouponFact(CouponStatus(c[0]), datetime.fromisoformat(c[1])), read["coupon"]),
        )

    def forecast(self) -> ForecastFacts:
        """Of what happens next."""
        read = self.read
        clocks = [each for each in read["clocks"] if each[6] in _OPEN]
        return self._record(
            ForecastFacts,
            status=self.status,
            open_instalments=len(self.unpaid),
            owed=read["owed"],
            claims=len(read["claims"]),
            waivers=len(read["waivers"]),
            refusals=read["waivers"].count(False),
            policy=self.policy,
            seller=SellerStamps(*(maybe(datetime.fromisoformat, at) for at in read["seller"])),
            applied=maybe(lambda each: CouponEnd(datetime.fromisoformat(each[1])), read["applied"]),
            clocks=[_clock(*each) for each in clocks],
            transfers=[Landed(UUID(each[0]), of) for each, of in zip(read["receipts"], self.receipts, strict=True)],
        )

    def figures(self) -> FigureFacts:
        """Of the explanations."""
        row = self.row
        return self._record(
            FigureFacts,
            refunded_before=row["refunded"] - row["refunded_after"] if row["released"] > 0 else 0,
            export_method=maybe(ExportMethod, row["export_method"]),
            logistics=Logistics(row["logistics"]),
            transit_unit=maybe(TransitUnit, row["transit_unit"]),
            applied=maybe(lambda each: Worth(each[0]), self.read["applied"]),
            dispatch=self._of(ClockFact, "DISPATCH", *_BEGUN, "WAITING"),
            pinned=self.policy,
        )


def _clock(
    id: str, kind: str, about: str, _: str, due: str, rule: str, status: str, left: int | None, __: str
) -> ClockRow:
    at = datetime.fromisoformat(due)
    return ClockRow(UUID(id), DeadlineKind(kind), about, at, rule, DeadlineStatus(status), left)


def maybe(make: Callable[[Any], Any], value: Any) -> Any:
    """What is made of a value; None of None."""
    return None if value is None else make(value)
