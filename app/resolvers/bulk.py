"""Acting on many orders by one mutation, with a result for each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from uuid import UUID

from strawberry import ID

from app.actions import bulk
from app.actions.work import Call
from app.domain.errors import Refusal
from app.resolvers.context import Context
from app.schema.facts import UserError, user_errors
from app.schema.ids import key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one order: what was made of it, or why it was refused; `named` is its key, if it is one."""

    order_id: ID
    named: UUID | None
    made: T | None
    errors: list[UserError]


async def one_by_one(
    context: Context,
    operation: str,
    input: object,
    field: str,
    order_ids: Sequence[ID],
    act: Callable[[int, Call, UUID], Awaitable[T]],
) -> tuple[list[Outcome[T]], list[UserError]]:
    """Act on each order in turn, by its place in the input's `field`; with why nothing at all was done."""
    call = context.call(operation, input)
    try:
        await bulk.begin(context.kit, call, order_ids, field)
    except Refusal as refusal:
        return [], user_errors(refusal)
    outcomes = [await _one(context, call, (field, at), order_id, act) for at, order_id in enumerate(order_ids)]
    context.tick()
    refused = [error for outcome in outcomes for error in outcome.errors]
    return outcomes, refused if all(outcome.errors for outcome in outcomes) else []


async def _one(
    context: Context, call: Call, place: tuple[str, int], order_id: ID, act: Callable[[int, Call, UUID], Awaitable[T]]
) -> Outcome[T]:
    named = None
    try:
        named = key("ord", order_id, "orderId")
        return Outcome(order_id, named, await act(place[1], bulk.one_of(call, named), named), [])
    except Refusal as refusal:
        errors = [_placed(error, place) for error in user_errors(refusal)]
        return Outcome(order_id, named, None, errors)


def _placed(error: UserError, place: tuple[str, int]) -> UserError:
    """The error by its place in the whole input: a list of ids has nothing below its items."""
    field, at = place
    below = [] if error.field == ["orderId"] and field == "orderIds" else error.field
    return replace(error, field=[field, str(at), *below])
