"""The chapter on pushing: what a crowd of subscribers costs, delivery by delivery."""

from collections.abc import Sequence
from statistics import median

from benchmarks import graphql_ws
from benchmarks.chapters import Chapter
from benchmarks.charts import bars, figure
from benchmarks.fanout import STALLED, Fanout, Pushed
from benchmarks.lists import PRODUCT, TENTH
from benchmarks.markdown import said, table
from benchmarks.promises import Promise
from benchmarks.storms import MISSED

LIMIT, STOCK, ALONE = "raw broadcast", "Strawberry's own handler", "product"
SHOWN = {ALONE: PRODUCT, "broadcast": LIMIT, "stock": STOCK}


def pushes(seen: Fanout) -> Chapter:
    """One event to many subscribers."""
    crowds = sorted({crowd for _, crowd in seen.rounds})
    about = said("""
    Everybody follows the same order over a WebSocket of their own. Its buyer writes a reference on it through another
    process: one event, one message to each. The product reads the event from its feed, decides who may see it, and
    executes and encodes it once for all who ask the same and may see the same. The raw broadcast is a Starlette
    application that is handed the bytes of that message and sends them to each of its sockets, with the same WebSocket
    implementation; graphql-ws is handed the data and executes every subscription for itself, over `ws`. Strawberry's
    own handler executes the product's subscription for each alone; it is asked for the smaller crowd only.""")
    figures = said(f"""
    CPU is all that the pushing server used, by the number of deliveries; memory is what a fresh server grew by for each
    idle subscriber of its first crowd; the last receipt is counted from before the mutation is sent. Once in every
    round {STALLED} of the subscribers stop reading.""")
    back = said(f"""
    Once in every round a whole crowd is cut off, {MISSED} events happen, and all come back to the product at once with
    the cursor of the last message they had. CPU is all that it used until the last of them had had what it missed:
    handshakes, tokens and subscriptions of all, and what was read and executed for them together.""")
    charts = {
        f"pushes-{crowd}.svg": bars(
            f"CPU per delivery to {crowd:,} subscribers", "µs", _values(seen, crowd), [PRODUCT, TENTH]
        )
        for crowd in crowds
    }
    pictures = [f"![CPU per delivery](benchmarks/{name})" for name in charts]
    parts = [about, figures, _table(seen, crowds), *pictures, back, _storms(seen)]
    return Chapter("The push", parts, _promises(seen, crowds), charts)


def cpu(pushed: Pushed) -> float:
    """CPU of a delivery."""
    return pushed.cpu


def last(pushed: Pushed) -> float:
    """When the last one had it."""
    return pushed.last


def _values(seen: Fanout, crowd: int) -> dict[str, list[float]]:
    rounds = {name: pushed for (name, size), pushed in seen.rounds.items() if size == crowd}
    return {SHOWN.get(name, name): [1_000_000 * each.cpu for each in pushed] for name, pushed in rounds.items()}


def _table(seen: Fanout, crowds: Sequence[int]) -> str:
    rows = [
        [
            SHOWN.get(name, name),
            f"{crowd:,}",
            f"{1_000_000 * seen.middle(name, crowd, cpu):.0f}",
            f"{seen.idle(name):.0f}" if crowd == crowds[0] else "",
            f"{1000 * seen.middle(name, crowd, last):.0f}",
            "" if name == ALONE else figure(seen.ratio(ALONE, name, crowd, cpu)),
        ]
        for crowd in crowds
        for name, size in seen.rounds
        if size == crowd
    ]
    heads = ["server", "subscribers", "µs CPU/delivery", "KB each, idle", "ms to the last", "product's CPU ×"]
    return table(heads, rows)


def _storms(seen: Fanout) -> str:
    rows = [
        [
            f"{crowd:,}",
            f"{1_000_000 * median(each.cpu for each in storms):.0f}",
            f"{median(each.seconds for each in storms):.2f}",
        ]
        for crowd, storms in seen.storms.items()
    ]
    return table(["subscribers who come back", "µs CPU each", "s until all have what they missed"], rows)


def _promises(seen: Fanout, crowds: Sequence[int]) -> list[Promise]:
    kept = []
    for other, least, aim in ((graphql_ws.NAME, 0.35, 0.25), ("broadcast", 1.2, 0.8)):
        for crowd in crowds:
            if (other, crowd) in seen.rounds:
                name = SHOWN.get(other, other)
                against = seen.ratio(ALONE, other, crowd, cpu)
                kept.append(Promise(f"push to {crowd:,}, CPU per delivery against {name}", against, least, aim))
    least_crowd = crowds[0]
    kept.append(Promise("memory per idle subscriber", seen.idle(ALONE), 45, 28, unit="KB"))
    if ("stock", least_crowd) in seen.rounds:
        slow = seen.ratio(ALONE, "stock", least_crowd, last)
        kept.append(Promise(f"to the last of {least_crowd:,} receipts, against stock Strawberry", slow, 0.1, 0.04))
    held_up = seen.hindered(last)
    kept.append(Promise(f"last receipt with {STALLED} stalled readers, against none", held_up, 1.3, 1.1))
    tenfold = seen.ratio(ALONE, TENTH, least_crowd, cpu)
    return [*kept, Promise("push with ten times the stored orders, CPU per delivery", tenfold, 1.2, 1)]
