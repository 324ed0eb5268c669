"""What a simulated market must have seen: every step, and every outcome of claims, coupons, recoveries and disputes."""

from app.domain.lifecycle import Step
from app.domain.records import CloseReason
from app.domain.remedies import ClaimRejection, CouponStatus, DisputeOutcome, Guarantee, Liability, RecoveryCause
from tests.simulation.processes import Moment
from tests.sizes import LONG

LEAST = 20 if LONG else 1
# What time does is seen by the event that tells of it
_TIMELY = {
    Step.RECEIVE_AUTOMATICALLY: "event: RECEIVED_AUTOMATICALLY",
    Step.RAISE_OVERDUE: "event: OVERDUE_RAISED",
    Step.RAISE_DELIVERY_OVERDUE: "event: DELIVERY_OVERDUE_RAISED",
    Step.CANCEL_UNPAID: "order: CLOSED UNPAID",
}
STEPS = tuple(_TIMELY.get(step, str(step)) for step in Step)
CLAIMS = (
    *(f"claimed: {guarantee}" for guarantee in Guarantee),
    *(f"claim: APPROVED by {liability}" for liability in Liability),
    *(f"claim: REJECTED {why}" for why in ClaimRejection),
    *("event: CLAIM_DECISION_UNDONE", "event: CLAIM_WINDOW_CLOSED"),
    *("waiver: before a claim", "waiver: under review", "waiver: after issue", "waiver: later"),
)
DISPUTES = (
    *(f"dispute: {outcome}" for outcome in DisputeOutcome),
    *("deadline: DISPUTE_SILENCE LAPSED", "event: DISPUTE_REOPENED", "event: DISPUTE_ESCALATED"),
)
COUPONS = (
    *(f"coupon: {status}" for status in (CouponStatus.USED, CouponStatus.EXPIRED, CouponStatus.REVOKED)),
    *(
        f"event: COUPON_{what}"
        for what in ("ISSUED", "RESERVED", "USED", "GIVEN_BACK", "EXPIRING", "EXPIRED", "REVOKED", "POSTED")
    ),
)
RECOVERIES = (
    *(f"recovery: {cause} COLLECTED" for cause in RecoveryCause),
    *("recovery: COUPON_USED REVERSED", "collected: in part", "collected: whole"),
    *(f"event: RECOVERY_{what}" for what in ("OWED", "COLLECTED", "REVERSED")),
)
FAULTS = (
    *(f"fault: killed {moment}" for moment in Moment),
    *("fault: asked again", "fault: late clock", "sweep: killed", "sweep: both", "sweep: late"),
    *("webhook: late", "webhook: twice", "tracking: told twice", "tracking: corrected"),
)
OTHERS = (
    *(f"order: CLOSED {why}" for why in CloseReason),
    *("PLACE", "JOIN", "LEAVE", "WITHDRAW", "UNLINK_CONSIGNMENT", "invited", "event: QUOTA_SHORT"),
    *("event: DELIVERY_OVERDUE_CLEARED", "event: OVERDUE_CLEARED", "event: AMENDMENT_LAPSED", "event: HELD_COUNTED"),
)
ALL = tuple(dict.fromkeys((*STEPS, *CLAIMS, *DISPUTES, *COUPONS, *RECOVERIES, *FAULTS, *OTHERS)))
