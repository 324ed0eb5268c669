"""The chapter on the seller's desk: its filters and its tabs, each beside the same by hand."""

from benchmarks.chapters import Chapter, speeds
from benchmarks.charts import bars
from benchmarks.desks import OTHERS, VARIED, Answered, Desks
from benchmarks.handwritten_desk import FILTER, NARROWED, TABS, WORD
from benchmarks.lists import LIMIT, PRODUCT, TENTH
from benchmarks.markdown import said
from benchmarks.promises import Promise
from benchmarks.rounds import cpu, rate, ratio

ASKED = {
    FILTER: "four statuses, two of four colleagues, three of six destinations, a year, 手机 in a product's name",
    WORD: "手机 in a product's name, which a quarter of the orders have",
    TABS: "all seven, of all orders",
    NARROWED: "all seven, of what the filter leaves without its statuses",
}


def the_desk(seen: Desks) -> Chapter:
    """Each question, and what it is held to."""
    about = said(f"""
    What the seller with the most orders looks for, {seen.orders[0]:,} orders here and {seen.orders[1]:,} among a tenth
    of all: the list of before, narrowed, and the counts of its tabs, over 16 connections. The copies that fill the
    databases are alike in what a desk is narrowed by, so on copies of the databases this seller's orders were given
    colleagues, destinations and products' names in Chinese and English by chance. The bare handler knows the seller and
    the values beforehand and runs the same by a statement written by hand; their answers were compared before
    timing. A count goes as far as the policy's ceiling of orders in each tab.""")
    again = said(f"""
    A desk asks the same over and over, and so do these rounds: what a query says is read when it comes the second
    time, and kept. “{OTHERS}” is the same where no two of {VARIED:,} requests are alike, and everything
    is read anew.""")
    parts, promises, charts = [about, again], [], {}
    for place, (question, rounds) in enumerate(seen.rounds.items()):
        file = f"desk-{place + 1}.svg"
        values = {each: [1000 * speed.cpu for speed in rounds[each]] for each in rounds}
        charts[file] = bars(f"CPU of the server per request: {question}", "ms", values, [PRODUCT, TENTH])
        more, less = seen.answers[question]
        parts += [f"**{question.capitalize()}**: {ASKED[question]}. {_answers(more, less)}", speeds(rounds)]
        parts.append(f"![CPU per request](benchmarks/{file})")
        against = ratio(rounds, PRODUCT, LIMIT, cpu)
        promises.append(Promise(f"desk, {question}: CPU per request against the bare handler", against, 1.6, 1.3))
        if OTHERS in rounds:
            varied = ratio(rounds, OTHERS, LIMIT, cpu)
            promises.append(Promise("… with other values each time", varied, 1.6, 1.3))
        promises.append(_growth(ratio(rounds, TENTH, PRODUCT, rate), more, less))
    return Chapter("The seller's desk", parts, promises, charts)


def _answers(more: Answered, less: Answered) -> str:
    if more.listed:
        alike = "so that their times compare" if more.listed == less.listed else "which is less of a page to be read"
        return f"{more.listed} orders in {more.size:,} bytes; {less.listed} among a tenth, {alike}."
    return f"{more.counted:,} orders counted; {less.counted:,} among a tenth."


def _growth(tenfold: float, more: Answered, less: Answered) -> Promise:
    """The time of a page, or of each order that was counted: a count grows with its seller up to the ceiling."""
    if more.listed:
        return Promise("… with ten times the stored orders, time per request", tenfold, 1.2, 1)
    each = tenfold * less.counted / max(more.counted, 1)
    return Promise("… with ten times the stored orders, time per order counted", each, 1.2, 1)
