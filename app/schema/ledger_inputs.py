"""What a correction of the books is given."""

import strawberry
from strawberry import ID

from app.domain.ledger import AccountKind
from app.schema.inputs import KEY, ORDER, VERSION
from app.schema.money import MoneyInput


@strawberry.input(description="An amount that goes from one account to another.")
class LedgerMoveInput:
    """An amount that goes from one account to another."""

    source: AccountKind = strawberry.field(
        name="from", description="From which account: SELLER, FEE, PAYMENT_FEE, SUBSIDY or WORLD."
    )
    target: AccountKind = strawberry.field(name="to", description="To which of the same accounts.")
    amount: MoneyInput = strawberry.field(description="How much.")


@strawberry.input(description="An operator's correction of the books.")
class LedgerCorrectInput:
    """An operator's correction of the books."""

    order_id: ID = strawberry.field(description=ORDER)
    idempotency_key: str = strawberry.field(description=KEY)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    moves: list[LedgerMoveInput] = strawberry.field(description="What moves, at most 10; together one entry.")
    reason: str = strawberry.field(description="Why; the seller's owner and finance read it.")
