"""Labels: words that a seller's members put on their orders to find them again (DSK-3)."""

from collections.abc import Sequence

from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Step
from app.domain.steps import require
from app.domain.trade import Act, Trade

LABELS_MOST = 20
LABEL_LONGEST = 50


def label(trade: Trade, act: Act, add: Sequence[str], remove: Sequence[str]) -> Trade:
    """Put labels on an order and take others off; one that is there already, or is not there, is no mistake (DSK-3).

    Blanks around a label and its case make no difference: the spelling that was there first stays.
    """
    require(trade, Step.LABEL, act)
    if not add and not remove:
        raise Refusal(ErrorCode.REQUIRED, "Name a label to put on or to take off.", ("add",))
    added, removed = _named(add, "add"), _named(remove, "remove")
    before = trade.order.labels
    labels = {each.casefold(): each for each in before if each.casefold() not in removed}
    for folded, each in added.items():
        labels.setdefault(folded, each)
    after = tuple(labels.values())
    if len(after) > LABELS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"An order has at most {LABELS_MOST} labels.", ("add",))
    gone = [Change("label", each, None) for each in before if each not in after]
    new = [Change("label", None, each) for each in after if each not in before]
    if not gone and not new:
        return trade
    return trade.change(labels=after).record(EventKind.LABELS_CHANGED, act, [*gone, *new])


def _named(labels: Sequence[str], field: str) -> dict[str, str]:
    """Labels by what they are compared by."""
    if len(labels) > LABELS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name at most {LABELS_MOST} labels.", (field,))
    named: dict[str, str] = {}
    for at, each in enumerate(labels):
        plain = " ".join(each.split())
        if not 0 < len(plain) <= LABEL_LONGEST:
            raise Refusal(ErrorCode.TOO_LONG, f"A label has from 1 to {LABEL_LONGEST} characters.", (field, at))
        named.setdefault(plain.casefold(), plain)
    return named
