"""Reviews: the buyer's one word on a completed order, and the seller's one reply (SHP-6)."""

from dataclasses import replace

from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.records import Review
from app.domain.steps import require
from app.domain.trade import Act, Trade

TEXT_LONGEST = 2_000


def review(trade: Trade, act: Act, product: int, dispatch_speed: int, service: int, text: str | None) -> Trade:
    """The buyer's one review of a completed order (SHP-6)."""
    require(trade, Step.REVIEW, act)
    scores = {"product": product, "dispatchSpeed": dispatch_speed, "service": service}
    for name, score in scores.items():
        if not 1 <= score <= 5:
            raise Refusal(ErrorCode.OUT_OF_RANGE, "A score is from 1 to 5.", (name,))
    _check_text(text)
    row = Review(act.mint.id(), trade.order.id, product, dispatch_speed, service, text, act.now, None, None)
    return trade.put("reviews", row).record(
        EventKind.REVIEWED, act, facts={name: str(score) for name, score in scores.items()}
    )


def reply(trade: Trade, act: Act, text: str) -> Trade:
    """The seller's one reply to the review (SHP-6)."""
    require(trade, Step.REPLY, act)
    if not text.strip():
        raise Refusal(ErrorCode.REQUIRED, "Write the reply.", ("text",))
    _check_text(text)
    row = replace(trade.reviews[0], reply=text, replied_at=act.now)
    return trade.put("reviews", row).record(EventKind.REVIEW_REPLIED, act)


def _check_text(text: str | None) -> None:
    if text is not None and len(text) > TEXT_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"At most {TEXT_LONGEST} characters.", ("text",))
