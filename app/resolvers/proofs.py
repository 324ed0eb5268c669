"""Queries that prove an order's money, and that tell an order's past."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from app.actions import ledger
from app.actions import past as actions
from app.domain.access import Scope
from app.domain.errors import ErrorCode, Refusal
from app.resolvers.context import Info
from app.resolvers.roots import query
from app.schema import past
from app.schema.ids import key
from app.schema.past import OrderAsOf
from app.schema.proof import LedgerProof, proof_of

ENTRIES_MOST = 100
_ORDER = strawberry.argument(description="The order's id.")


@strawberry.type
class ProofQueries:
    """Queries on proofs and on the past."""

    @query
    async def ledger_proof(
        self,
        info: Info,
        order_id: Annotated[ID, _ORDER],
        first: Annotated[int, strawberry.argument(description="At most how many entries, up to 100.")] = 20,
        after: Annotated[
            int, strawberry.argument(description="The sequence behind which to begin; 0 for the first entry.")
        ] = 0,
    ) -> LedgerProof | None:
        """Every entry of an order's ledger, chained by hash, and the funds card derived from it beside the stored one
        (PAY-10). What the viewer may not see of an entry is left out; its hash and kind remain. Sales see no ledger.
        """
        actor = info.context.signed_in()
        if not 1 <= first <= ENTRIES_MOST:
            raise Refusal(ErrorCode.OUT_OF_RANGE, f"A page has 1 to {ENTRIES_MOST} entries.", ("first",))
        if after < 0:
            raise Refusal(ErrorCode.OUT_OF_RANGE, "Entries are counted from 1; begin with 0.", ("after",))
        proof = await ledger.proof(info.context.kit, actor, key("ord", order_id, "orderId"), first, after)
        return proof_of(proof)

    @query
    async def order_as_of(
        self,
        info: Info,
        order_id: Annotated[ID, _ORDER],
        at: Annotated[datetime, strawberry.argument(description="The instant; not one that is still to come.")],
    ) -> OrderAsOf | None:
        """An order as it stood at a past instant: its status, flags, funds and deadlines, as far as they are kept.
        Who sees the order now sees its past, but for the time in which it was a draft of the other side.
        """
        actor = info.context.signed_in()
        found = await actions.order_as_of(info.context.kit, actor, key("ord", order_id, "orderId"), at)
        if Scope.CLAIMS_READ not in actor.scopes:
            found = replace(found, claim=None)
        return past.order_as_of(found, actor.viewer.role, found.currency)
