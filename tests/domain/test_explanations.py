"""Explanations are data: what is computed again from their inputs is what the order holds."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from app.domain.explanations import AUDIENCES, Explained, Explanation, explain, figures_of
from app.domain.money import DECIMALS, amount_text
from app.domain.policy import ExportMethod
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import CURRENCIES, confirmed, drafted, one_line


def explained(trade: Trade) -> dict[Explained, Explanation]:
    """The explanations of an order, by what they are of."""
    return {each.of: each for each in explain(figures_of(trade))}


def test_the_worked_example() -> None:
    """PAY-1, FEE-1, CLM-5: 551.23 in all, 11.02 of fee, 56.00 if a promise is broken."""
    found = explained(confirmed())
    assert {of: each.arithmetic for of, each in found.items()} == {
        Explained.AGREED_TOTAL: "530.22 + 25.00 - 3.99 - 0.00 = 551.23 USD",
        Explained.BUYER_PAYABLE: "551.23 - 0.00 = 551.23 USD",
        Explained.FEE_CAP: "100.00 USD = 100.00 USD",
        Explained.FEE: "551.23 * 0.02 = 11.02 USD, half-up; min(11.02, 100.00 USD) = 11.02 USD",
        Explained.COMPENSATION: "551.23 USD * 1 = 551.23 USD, half-up; min(ceil(551.23 * 0.1), 100.00 USD) = 56.00 USD",
    }
    assert {each.policy for each in found.values()} == {build.POLICY.id}
    assert {of: each.rule for of, each in found.items()} == {
        Explained.AGREED_TOTAL: "ORD-3",
        Explained.BUYER_PAYABLE: "PAY-1",
        Explained.FEE_CAP: "FEE-1",
        Explained.FEE: "FEE-1",
        Explained.COMPENSATION: "CLM-5",
    }
    assert found[Explained.FEE].inputs["scheduledRate"] == "0.02"


def test_a_coupon_is_explained() -> None:
    """COU-1, PAY-1: 30.00 of 551.23 leave 521.23 to pay; of a larger coupon the rest is lost."""
    figures = replace(figures_of(confirmed()), coupon=30_00, coupon_worth=30_00)
    small = {each.of: each.arithmetic for each in explain(figures)}
    assert small[Explained.COUPON_OFFSET] == "min(30.00 USD, 551.23 USD) = 30.00 USD"
    assert small[Explained.BUYER_PAYABLE] == "551.23 - 30.00 = 521.23 USD"


def test_what_is_not_agreed_names_no_policy_version() -> None:
    """FEE-4: a version is pinned at confirmation; until then the estimate follows whatever is in force."""
    found = explained(drafted())
    assert set(found) == {Explained.AGREED_TOTAL, Explained.BUYER_PAYABLE, Explained.FEE_CAP, Explained.FEE}
    assert {each.policy for each in found.values()} == {None}


def _last(arithmetic: str) -> str:
    return arithmetic.rpartition(" = ")[2].removesuffix(", half-up")


_EXPORT = st.sampled_from([ExportMethod.SELF_OPERATED, ExportMethod.EASY_DISPATCH])


@given(st.sampled_from(CURRENCIES), st.integers(1, 400_000), _EXPORT)
def test_every_result_can_be_computed_from_its_inputs(currency: str, price: int, export: ExportMethod) -> None:
    """Each ends in the figure that the order holds, and a reader who computes it again comes to the same."""
    amount = amount_text(price, currency)
    trade = confirmed(one_line(amount, currency, export_method=export))
    found, order = explained(trade), trade.order
    unit = Decimal(1).scaleb(-DECIMALS[currency])
    total, rate = Decimal(amount), Decimal(found[Explained.FEE].inputs["rate"])
    fee = (total * rate).quantize(unit, ROUND_HALF_UP)
    if "cap" in found[Explained.FEE].inputs:
        fee = min(fee, Decimal(found[Explained.FEE].inputs["cap"].split()[0]))
    assert _last(found[Explained.FEE].arithmetic) == f"{fee} {currency}"
    assert order.fee is not None
    assert f"{fee} {currency}" == f"{amount_text(order.fee, currency)} {currency}"
    assert _last(found[Explained.AGREED_TOTAL].arithmetic) == f"{amount_text(order.total, currency)} {currency}"
    facts = found[Explained.COMPENSATION].inputs
    usd = (total * Decimal(facts["usdRate"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert facts["totalUsd"] == f"{usd} USD"
    worth = min(Decimal(ceil(usd * Decimal(facts["percentage"]))), Decimal(facts["cap"].split()[0]))
    assert _last(found[Explained.COMPENSATION].arithmetic) == f"{worth.quantize(Decimal('0.01'))} USD"


def test_rates_and_caps_are_hidden_from_whom_the_fee_s_policy_is() -> None:
    """Section 13: fee policy is the seller's finance's and operators'; a coupon's worth is its owner's."""
    assert {str(role) for role in AUDIENCES[Explained.FEE]} == {"OWNER", "FINANCE", "OPERATOR"}
    assert AUDIENCES[Explained.FEE_CAP] == AUDIENCES[Explained.FEE]
    assert {str(role) for role in AUDIENCES[Explained.COUPON_OFFSET]} == {"BUYER", "OPERATOR"}
    assert set(AUDIENCES) == set(Explained)
