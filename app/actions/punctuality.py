"""What dispatching orders now would make of the rate, asked on a view of the database in which nothing is written."""

from collections.abc import Sequence
from uuid import UUID

from app.actions.work import NOT_FOUND, Means
from app.db import policies, proofs
from app.db import punctuality as stored
from app.domain.access import SELLER_SIDE, Actor, Seen, party_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.many import check_number
from app.domain.punctuality import since
from app.domain.supposing import Facts, Supposed, horizon, supposed


async def suppose(means: Means, actor: Actor, named: Sequence[UUID]) -> tuple[Supposed, list[Facts]]:
    """The rate of a seller if these orders of theirs were dispatched now, and the facts of each (DSK-4)."""
    check_number(named, "orderIds")
    if actor.viewer.role not in SELLER_SIDE:
        raise Refusal(ErrorCode.FORBIDDEN, "How punctual a seller is, is told to the seller and to operators only.")
    ids = list(dict.fromkeys(named))
    async with proofs.moment(means.engine) as connection:
        now = await means.clock.read(connection)
        found = await stored.facts(connection, ids)
        seller_id = _seller_of(actor, ids, {id: seen for id, (_, seen) in found.items()})
        chosen = [found[id][0] for id in ids]
        policy = await policies.in_force(connection, now)
        calendar, days = policy.calendar, policy.dispatch_rate_days
        others = await stored.promises(
            connection, stored.DISPATCH, seller_id, since(calendar, days, now), horizon(chosen, now), ids
        )
    return supposed(others, chosen, calendar, days, now), chosen


def _seller_of(actor: Actor, ids: Sequence[UUID], seen: dict[UUID, Seen]) -> UUID:
    """The one seller of orders that the actor sees; a refusal names the first order that is none of theirs."""
    for at, id in enumerate(ids):
        if id not in seen or party_of(actor.viewer, seen[id]) is None:
            raise Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderIds", at))
        if seen[id].seller_id != seen[ids[0]].seller_id:
            raise Refusal(ErrorCode.INVALID, "A rate is of one seller: name orders of one.", ("orderIds", at))
    return seen[ids[0]].seller_id
