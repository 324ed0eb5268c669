"""The event feed told again: versions follow without a gap, and what events tell adds up to the state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.model.kept import Rows

COUPON = {
    "COUPON_ISSUED": "AVAILABLE",
    "COUPON_RESERVED": "RESERVED",
    "COUPON_USED": "USED",
    "COUPON_GIVEN_BACK": "AVAILABLE",
    "COUPON_EXPIRED": "EXPIRED",
    "COUPON_REVOKED": "REVOKED",
}
CLAIM = {
    "CLAIM_FILED": "UNDER_REVIEW",
    "CLAIM_APPROVED": "APPROVED",
    "CLAIM_REJECTED": "REJECTED",
    "CLAIM_DECISION_UNDONE": "UNDER_REVIEW",
}
WAIVED = {"WAIVER_GRANTED": True, "WAIVER_WITHDRAWN": False}
AMENDMENT = {
    "AMENDMENT_PROPOSED": True,
    "AMENDMENT_CONFIRMED": False,
    "AMENDMENT_DECLINED": False,
    "AMENDMENT_LAPSED": False,
}
DISPUTE = {
    "DISPUTE_OPENED": "AWAITING_SELLER",
    "DISPUTE_ESCALATED": "ESCALATED",
    "DISPUTE_REOPENED": "ESCALATED",
}


@dataclass
class Subject:
    """What the events of one subject have told so far."""

    version: int = 0
    told: dict[str, str | None] = field(default_factory=lambda: {"status": "DRAFT"})
    coupon: str | None = None
    claim: str | None = None
    waived: bool = False
    amendment: bool = False
    dispute: str | None = None


@dataclass
class Replay:
    """Everything that the feed has told, up to the event `seen`."""

    seen: int = 0
    subjects: dict[str, Subject] = field(default_factory=dict)

    def hear(self, rows: Rows) -> None:
        """Take in the events that came."""
        for event in rows["events"]:
            self.seen = event["id"]
            subject = self.subjects.setdefault(event["subject_id"], Subject())
            assert event["version"] == subject.version + 1, event
            subject.version = event["version"]
            _tell(subject, event)

    def check(self, rows: Rows) -> None:
        """What was told is what is."""
        for row in rows["sellers"]:
            assert self._of(row).version == row["version"]
        for row in rows["coupons"]:
            assert (self._of(row).version, self._of(row).coupon) == (row["version"], row["status"])
        for row in rows["orders"]:
            subject = self._of(row)
            assert (subject.version, subject.told["status"]) == (row["version"], row["status"])
            told, kept = subject.told.get("overdueSince"), row["overdue_at"]
            assert (told and _at(told)) == (kept and _at(kept))
            assert subject.claim == (row["claim"] and row["claim"][0])
            assert subject.waived == (row["waiver"] is not None)
            assert subject.amendment == (row["amendment"] is not None)
            assert subject.dispute == (row["disputes"][-1] if row["disputes"] else None)

    def _of(self, row: Mapping[str, Any]) -> Subject:
        return self.subjects.get(row["id"], Subject())


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(UTC)


def _tell(subject: Subject, event: Mapping[str, Any]) -> None:
    kind, facts = event["kind"], {fact["name"]: fact["value"] for fact in event["data"]["facts"]}
    for change in event["data"]["changes"]:
        if change["field"] in ("status", "overdueSince") and event["subject"] == "ORDER":
            assert subject.told.get(change["field"]) == change["before"], event
            subject.told[change["field"]] = change["after"]
    if event["subject"] == "COUPON":
        subject.coupon = COUPON.get(kind, subject.coupon)
    subject.claim = CLAIM.get(kind, subject.claim)
    subject.waived = WAIVED.get(kind, subject.waived)
    subject.amendment = AMENDMENT.get(kind, subject.amendment)
    subject.dispute = DISPUTE.get(kind, subject.dispute)
    if kind == "DISPUTE_ANSWERED":
        subject.dispute = "AWAITING_SELLER" if event["by"] == "BUYER" else "AWAITING_BUYER"
    if kind == "DISPUTE_RESOLVED":
        subject.dispute = facts["outcome"]
