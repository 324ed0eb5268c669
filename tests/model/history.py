"""One history: a market is opened, played for so many steps, and brought to its end; nothing may be stuck."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from tests.actions.ledgers import faults
from tests.means import TestMeans
from tests.model.replay import Replay
from tests.model.steps import Steps
from tests.model.world import Order, World

STEPS, ORDERS_MOST = 50, 12
MONEY = ["card", "transfer", "send_back", "repeat", "keep_promise"]
COUNTED = ["associate", "pay", "start", "dispute"]
AMENDING = ["amend", "answer_amendment"]
LATE = ["claim", "claim", "waive", "withdraw_waiver"]
WAYS = {
    "PENDING_CONFIRMATION": [*MONEY, *["confirm"] * 8, "cancel"],
    "PENDING_PAYMENT": [*MONEY, *["pay", "associate"] * 4, "start", *AMENDING, "undo", "undo", "cancel", "dispute"],
    "PENDING_DISPATCH": [*MONEY, *COUNTED, *LATE, "dispute", *["dispatch", "part"] * 3, *AMENDING, "undo", "undo"],
    "PARTIALLY_DISPATCHED": [*COUNTED, *LATE, *["dispatch"] * 4, *AMENDING, "deliver"],
    "DISPATCHED": [*COUNTED, *LATE, *["receive"] * 4, "deliver", "card"],
    "COMPLETED": [*COUNTED, *LATE, *["withdraw", "dispute"] * 3, "card", "transfer", "deliver"],
    "CLOSED": ["send_back", "waive", "card", "keep_promise", "withdraw", "deliver", "repeat"],
}
ARGUING = ["answer"] * 5 + ["escalate", "decide_dispute", "withdraw_dispute"]
ALL = sorted({way for ways in WAYS.values() for way in ways} | set(ARGUING) | {"decide", "undo_decision", "reopen"})
WAITS = ({"hours": 2}, {"hours": 30}, {"days": 2}, {"days": 4}, {"days": 8}, {"days": 16}, {"days": 31}, {"days": 40})


async def live(doors: Sequence[TestMeans], rng: Random, replay: Replay, seen: Counter[str]) -> None:
    """Open, play and end one market."""
    play = Steps(doors, rng, replay, seen, World(doors[0].time.at))
    await play.open()
    try:
        await _late_story(play)
        for _ in range(STEPS):
            await step(play)
            await play.check()
        await finish(play)
        for team in play.sellers:
            assert await faults(doors[0].engine, team.id) == []
    except Exception as error:
        error.add_note("\n".join(play.trail[-60:]))
        raise


async def step(play: Steps) -> None:
    """One random step, more often one that leads on."""
    before = play.seen.total()
    while play.seen.total() == before:
        luck = play.rng.random()
        if luck < 0.1 and len(play.world.orders) < ORDERS_MOST:
            await play.offer()
        elif luck < 0.2:
            await wait(play)
        else:
            order = play.rng.choice([order for order in play.world.orders for _ in range(_interest(order))])
            await getattr(play, play.rng.choice(ways(play, order)))(order)
    await play.pass_time(minutes=7)


def _interest(order: Order) -> int:
    """How much more often something is done with an order whose story is not over."""
    arguing = order.dispute is not None or (order.claim is not None and order.claim.status == "UNDER_REVIEW")
    return 1 if order.status == "CLOSED" else 12 if arguing else 6 if order.coupon else 3


def ways(play: Steps, order: Order) -> list[str]:
    """What may be tried with an order now, most of it in place."""
    if play.rng.random() < 0.08:
        return ALL
    found = list(WAYS[order.status])
    if order.dispute is not None:
        found += ARGUING + ["decide_dispute"] * (6 if order.dispute.status == "ESCALATED" else 0)
    elif order.disputes and order.disputes[-1].outcome == "REJECTED":
        found += ["reopen"]
    if order.claim is not None:
        found += ["decide"] * (8 if order.claim.status == "UNDER_REVIEW" else 1) + ["undo_decision"]
    return found


async def wait(play: Steps) -> None:
    """Time passes; mostly two processes sweep at once, and sometimes nobody does yet."""
    await play.pass_time(**play.rng.choice(WAITS))
    play.seen["time passes"] += 1
    if play.rng.random() < 0.7:
        await play.sweep()
        play.seen["two sweeps at once"] += 1


async def _late_story(play: Steps) -> None:
    """Orders of the enrolled seller are paid and left lying; perhaps claimed, compensated, and the coupons used."""
    for _ in range(play.rng.choice([1, 2])):
        order = await play.offer(play.sellers[0], play.rng.choice([300_00, 551_23]))
        await play.confirm_with(order, None)
        while order.missing:
            await play.pay(order)
    await play.check()
    await play.pass_time(days=22)
    await play.sweep()
    await play.check()
    for order in play.world.orders[: play.rng.choice([0, 1, 2, 2])]:
        await play.claim(order)
        await play.decide(order)
        await play.check()
    for coupon in play.world.coupons[: play.rng.choice([0, 1, 2])]:
        order = await play.offer(play.rng.choice(play.sellers[1:]), buyer_id=coupon.buyer)
        await play.confirm_with(order, coupon)
        await play.pay(order)
        await play.check()


async def finish(play: Steps) -> None:
    """Section 16: whoever has a step to take takes it, time does the rest, and no order is left on its way."""
    await play.sweep()
    for order in play.world.orders:
        for _ in range(12):
            await _onward(play, order)
        await play.sweep()
        await play.check()
    await play.pass_time(days=50)
    await play.sweep()
    await play.pass_time(days=50)
    await play.sweep()
    await play.check()
    for order in play.world.orders:
        assert order.status in ("COMPLETED", "CLOSED"), order
        assert play.world.holds("ESCROW", order.id, order.currency) == 0
        play.seen[f"ended {order.status}"] += 1


async def _onward(play: Steps, order: Order) -> None:
    match order.status:
        case "PENDING_CONFIRMATION":
            await play.confirm_with(order, None)
        case "PENDING_PAYMENT":
            await (play.pay if order.missing else play.associate)(order)
        case "PENDING_DISPATCH" | "PARTIALLY_DISPATCHED":
            await play.dispatch(order)
        case "DISPATCHED" | "COMPLETED" if order.dispute is not None:
            await (play.decide_dispute if order.dispute.status == "ESCALATED" else play.escalate)(order)
