"""The chapter on writing: mutations of orders beside pgbench with the statements that they are made of."""

from benchmarks.chapters import Chapter, speeds
from benchmarks.charts import bars
from benchmarks.markdown import said
from benchmarks.promises import Promise
from benchmarks.rounds import CONNECTIONS, middle, rate, ratio
from benchmarks.writes import PGBENCH, PRODUCT, Writes


def mutations(whole: Writes, tenth: Writes) -> Chapter:
    """Each mutation; `tenth` is of the database with a tenth of the orders."""
    about = said(f"""
    {CONNECTIONS} clients over HTTP against {CONNECTIONS} clients of pgbench, which run the very statements that the
    product was seen to send for such a mutation, with a prepared plan each. The product has as many connections for
    writing (CONNECTIONS), because a commit waits for the disk. It also authenticates, decides, numbers the
    event for the feed and answers with the order as it is then. On copies of the databases, because what pgbench writes
    is not what the domain would have decided.""")
    parts, promises, charts = [about], [], {}
    for place, (name, rounds) in enumerate(whole.seen.items()):
        file = f"mutation-{place + 1}.svg"
        values = {each: [speed.rate for speed in rounds[each]] for each in rounds}
        charts[file] = bars(f"Transactions a second: {name}", "/s", values, [PRODUCT])
        parts += [f"**{name.capitalize()}**: {whole.trips[name]} round trips.", speeds(rounds, "transactions/s")]
        parts.append(f"![Transactions a second](benchmarks/{file})")
        tenfold = middle(tenth.seen[name], PRODUCT, rate) / middle(rounds, PRODUCT, rate)
        against = ratio(rounds, PRODUCT, PGBENCH, rate)
        promises.append(Promise(f"mutation, {name}: transactions/s against {PGBENCH}", against, 0.6, 1, more=True))
        promises.append(Promise("… with ten times the stored orders, time of one", tenfold, 1.2, 1))
    return Chapter("The mutation of an order", parts, promises, charts)
