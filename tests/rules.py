"""Every sentence of the rule book that holds a number, a must or a refusal: its test, and what makes the test fail.

`python -m tests.rules` prints the table; with ids, or the beginnings of ids, it breaks the product by each in turn and
says whether its test has seen it: `python -m tests.rules PAY-7.2 SHP`, or `all`.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.breaking import unseen
from tests.ruled import (
    claims,
    clocks,
    coupons,
    desk,
    disputes,
    enrolment,
    exports,
    fees,
    freight,
    goods,
    integrations,
    ledger,
    lifecycle,
    lists,
    money,
    orders,
    papers,
    products,
    service,
    sheets,
    visibility,
)
from tests.ruled.rule import Rule

RULES: Sequence[Rule] = (
    *visibility.WORDS,
    *service.RULES,
    *orders.RULES,
    *money.RULES,
    *fees.RULES,
    *goods.RULES,
    *enrolment.RULES,
    *freight.RULES,
    *claims.RULES,
    *coupons.RULES,
    *disputes.RULES,
    *lists.RULES,
    *desk.RULES,
    *sheets.RULES,
    *exports.RULES,
    *products.RULES,
    *papers.RULES,
    *visibility.RULES,
    *clocks.RULES,
    *ledger.RULES,
    *lifecycle.RULES,
    *integrations.RULES,
)

# Rules whose sentences hold no number, no must and no refusal: they say what there is
PLAIN: Mapping[str, str] = {
    "PAY-11": "the statement lists what the ledger holds",
}

# Rules, or the parts of rules, that nothing is built of yet
NOT_YET: Mapping[str, str] = {}


def chosen(words: Sequence[str]) -> list[Rule]:
    """The rules of which a word is the id, the rule, or its beginning."""
    return [rule for rule in RULES if "all" in words or any(_named(rule, word) for word in words)]


def _named(rule: Rule, word: str) -> bool:
    return rule.id == word or rule.of == word or rule.of.partition("-")[0] == word


def main(words: Sequence[str]) -> int:
    """Print the table, or break the product by the rules that are named; 1 when a change was not seen."""
    if not words:
        for rule in RULES:
            _say(f"{rule.id:9} {rule.says}\n{'':9} {rule.test}")
        return 0
    rules, blind = chosen(words), 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda rule: unseen(rule.change, rule.test), rules)
        for at, (rule, why) in enumerate(zip(rules, found, strict=True), start=1):
            _say(f"{at:4}/{len(rules)} {rule.id:9} {why or 'red'}")
            blind += bool(why)
    _say(f"{len(rules)} changes, {blind} not seen")
    return 1 if blind or not rules else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
