"""Payments: what a buyer starts and a provider is told to expect; they move no money (PAY-2, PAY-3)."""

from datetime import timedelta

from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import in_usd, methods_on_offer, payment_fee
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.records import Instalment, Payment
from app.domain.steps import require
from app.domain.trade import Act, Trade

PAYMENTS_MOST = 200


def next_instalment(instalments: tuple[Instalment, ...]) -> Instalment | None:
    """The first instalment that is not complete."""
    return next((instalment for instalment in instalments if instalment.missing), None)


def start(
    trade: Trade, act: Act, instalment: int | None, method: PaymentMethod, provider: str, reference: str
) -> tuple[Trade, Payment]:
    """A payment the buyer starts: a reference, the exact amount and until when; it moves no money (PAY-3)."""
    require(trade, Step.START_PAYMENT, act)
    if len(trade.payments) >= PAYMENTS_MOST:
        message = f"At most {PAYMENTS_MOST} payments are started for an order; pay by bank transfer (TT) instead."
        raise Refusal(ErrorCode.TOO_MANY, message)
    chosen = _chosen(trade, instalment)
    order = trade.order
    usd = in_usd(chosen.missing, order.currency, trade.rates)
    country = trade.buyer_country or ""
    offered = [
        rule
        for rule in methods_on_offer(trade.policy, order.currency, country, usd)
        if rule.method is not PaymentMethod.TT
    ]
    fee = payment_fee(offered, method, chosen.missing)
    payment = Payment(
        id=act.mint.id(),
        order_id=order.id,
        instalment=chosen.position,
        method=method,
        provider=provider,
        reference=reference,
        amount=chosen.missing,
        currency=order.currency,
        payment_fee=fee,
        started_at=act.now,
        expires_at=act.now + timedelta(minutes=trade.policy.payment_minutes),
        receipt_id=None,
    )
    facts = {
        "instalment": str(chosen.position + 1),
        "method": str(method),
        "amount": str(Money(chosen.missing, order.currency)),
    }
    return trade.put("payments", payment).record(EventKind.PAYMENT_STARTED, act, facts=facts), payment


def _chosen(trade: Trade, position: int | None) -> Instalment:
    """The instalment to pay: the named one, which must be the first that is open, since money fills them in order."""
    following = next_instalment(trade.instalments)
    if following is None or position not in (None, following.position):
        raise Refusal(
            ErrorCode.INSTALMENT_COMPLETE,
            "Instalments are paid in their order; pay the first one that is not complete.",
            ("instalment",),
            {} if following is None else {"next": str(following.position + 1)},
        )
    return following
