"""The chapter on the seller's desk: its filters and its tabs, each beside the same by hand."""

from collections.abc import Sequence

from benchmarks.chapters import Chapter, speeds
from benchmarks.charts import bars
from benchmarks.desks import HUNDREDTH, OTHERS, VARIED, Answered, Desks
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
    What the seller with the most orders looks for, {seen.orders[0]:,} orders here, {seen.orders[1]:,} among a tenth of
    all and {seen.orders[2]:,} among a hundredth: the list of before, narrowed, and the counts of its tabs, over 16
    connections. The copies that fill the databases are alike in what a desk is narrowed by, so on copies of the
    databases this seller's orders were given colleagues, destinations and products' names in Chinese and English by
    chance. The bare handler knows the seller and the values beforehand and runs the same by a statement written by
    hand; their answers were compared before timing. A count goes as far as the policy's ceiling of orders in each
    tab.""")
    again = said(f"""
    A desk asks the same over and over, and so do these rounds: what a query says is read when it comes the second
    time, and kept. “{OTHERS}” is the same where no two of {VARIED:,} requests are alike, and everything
    is read anew.""")
    parts, promises, charts = [about, again], [], {}
    for place, (question, rounds) in enumerate(seen.rounds.items()):
        file = f"desk-{place + 1}.svg"
        values = {each: [1000 * speed.cpu for speed in rounds[each]] for each in rounds}
        charts[file] = bars(f"CPU of the server per request: {question}", "ms", values, [PRODUCT, TENTH, HUNDREDTH])
        answers = seen.answers[question]
        parts += [f"**{question.capitalize()}**: {ASKED[question]}. {_answers(answers)}", speeds(rounds)]
        parts.append(f"![CPU per request](benchmarks/{file})")
        against = ratio(rounds, PRODUCT, LIMIT, cpu)
        promises.append(Promise(f"desk, {question}: CPU per request against the bare handler", against, 1.6, 1.3))
        if OTHERS in rounds:
            varied = ratio(rounds, OTHERS, LIMIT, cpu)
            promises.append(Promise("… with other values each time", varied, 1.6, 1.3))
        for times, fewer, less in (("ten", TENTH, answers[1]), ("a hundred", HUNDREDTH, answers[2])):
            promises.append(_growth(times, ratio(rounds, fewer, PRODUCT, rate), answers[0], less))
    return Chapter("The seller's desk", parts, promises, charts)


def _answers(answers: Sequence[Answered]) -> str:
    whole, tenth, hundredth = answers
    if whole.listed:
        alike = whole.listed == tenth.listed == hundredth.listed
        so = "so that their times compare" if alike else "which is less of a page to be read"
        listed = f"{tenth.listed} among a tenth and {hundredth.listed} among a hundredth"
        return f"{whole.listed} orders in {whole.size:,} bytes; {listed}, {so}."
    counted = f"{tenth.counted:,} among a tenth and {hundredth.counted:,} among a hundredth"
    return f"{whole.counted:,} orders counted; {counted}."


def _growth(times: str, growth: float, more: Answered, less: Answered) -> Promise:
    """The time of a page, or of each order that was counted: a count grows with its seller up to the ceiling."""
    stored = f"… with {times} times the stored orders"
    if more.listed:
        return Promise(f"{stored}, time per request", growth, 1.2, 1)
    each = growth * less.counted / max(more.counted, 1)
    return Promise(f"{stored}, time per order counted", each, 1.2, 1)
