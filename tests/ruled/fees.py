"""Section 5, export methods and fees (FEE), sentence by sentence."""

from tests.ruled.rule import Change, Rule

MONEY, FUNDS, POLICY = "tests/domain/test_money.py", "tests/domain/test_funds.py", "tests/domain/test_policy.py"
CONTRACT, ORDERS = "tests/domain/test_contract.py", "tests/domain/test_orders.py"
OF_FEES, OF_POLICY, OF_COSTS = "app/domain/fees.py", "app/domain/policy.py", "app/domain/costs.py"
OF_ORDERS, OF_FUNDS, OF_MONEY = "app/domain/orders.py", "app/domain/funds.py", "app/domain/money.py"

RULES = (
    Rule(
        "FEE-1.1",
        "SELF_OPERATED costs nothing.",
        f"{MONEY}::test_the_sellers_own_title_costs_nothing",
        Change(OF_POLICY, 'SELF_OPERATED: {"rate": "0",', 'SELF_OPERATED: {"rate": "0.01",'),
    ),
    Rule(
        "FEE-1.2",
        "EASY_DISPATCH and MARKET_PROCUREMENT cost 2 %, by whatever logistics.",
        f"{MONEY}::test_the_fee_and_its_cap",
        Change(OF_POLICY, 'two_percent = {"rate": "0.02",', 'two_percent = {"rate": "0.01",'),
    ),
    Rule(
        "FEE-1.3",
        "Their fee is at most USD 100.",
        f"{MONEY}::test_the_fee_and_its_cap",
        Change(OF_POLICY, '"cap": 100_00, "cap_currency": "USD"', '"cap": 100_01, "cap_currency": "USD"'),
    ),
    Rule(
        "FEE-1.4",
        "YIDATONG_AGENCY costs 1.2 %.",
        f"{MONEY}::test_the_cap_in_yuan_on_an_order_in_dollars",
        Change(OF_POLICY, '{"rate": "0.012", "cap": 480_00', '{"rate": "0.02", "cap": 480_00'),
    ),
    Rule(
        "FEE-1.5",
        "Its fee is at most CNY 480.",
        f"{MONEY}::test_the_cap_in_yuan_on_an_order_in_yuan",
        Change(OF_POLICY, '"cap": 480_00, "cap_currency": "CNY"', '"cap": 480_01, "cap_currency": "CNY"'),
    ),
    Rule(
        "FEE-1.6",
        "The schedule has a row per export method and logistics.",
        f"{POLICY}::test_a_fee_by_export_method_and_logistics",
        Change(OF_FEES, "is export_method and rule.logistics is logistics)", "is export_method)"),
    ),
    Rule(
        "FEE-1.7",
        "Of several promotions the one that is better for the seller is taken.",
        f"{MONEY}::test_the_better_promotion_applies_alone",
        Change(OF_FEES, "min(factors, default=Decimal(1))", "max(factors, default=Decimal(1))"),
    ),
    Rule(
        "FEE-1.8",
        "Promotions are not combined.",
        f"{MONEY}::test_the_better_promotion_applies_alone",
        Change(OF_FEES, "rule.rate * min(factors,", "rule.rate * max(factors, default=Decimal(1)) * min(factors,"),
    ),
    Rule(
        "FEE-1.9",
        "A promotion counts from its first day to its last.",
        f"{MONEY}::test_a_promotion_is_of_the_platforms_day",
        Change(
            OF_FEES, "promotion.starts_on <= on <= promotion.ends_on", "promotion.starts_on <= on < promotion.ends_on"
        ),
    ),
    Rule(
        "FEE-1.10",
        "The fee is rounded half up to the minor unit.",
        f"{MONEY}::test_the_fee_and_its_cap",
        Change(OF_FEES, "fee = times(base, self.rate)", "fee = int(base * self.rate)"),
    ),
    Rule(
        "FEE-1.11",
        "The fee is then cut to the cap.",
        f"{MONEY}::test_the_fee_and_its_cap",
        Change(OF_FEES, "return fee if self.cap is None else min(fee, self.cap)", "return fee"),
    ),
    Rule(
        "FEE-1.12",
        "The cap is converted into the order's currency.",
        f"{MONEY}::test_the_cap_in_yuan_on_an_order_in_dollars",
        Change(
            OF_FEES,
            "converted = convert(cap, rule.cap_currency, currency, rate_of(rates, rule.cap_currency, currency))",
            "converted = cap",
        ),
    ),
    Rule(
        "FEE-1.13",
        "It is converted once, at confirmation, and stands.",
        f"{MONEY}::test_confirmation_pins_fee_and_rate",
        Change(
            OF_FUNDS,
            "terms = FeeTerms(order.fee_rate or Decimal(0), order.fee_cap)",
            "terms = FeeTerms(order.fee_rate or Decimal(0), 1)",
        ),
    ),
    Rule(
        "FEE-2.1",
        "EASY_DISPATCH is for orders up to USD 5,000: 5,000.00 is in.",
        f"{MONEY}::test_easy_dispatch_up_to_its_limit",
        Change(OF_COSTS, "or usd <= limit:", "or usd < limit:"),
    ),
    Rule(
        "FEE-2.2",
        "5,000.01 is not in.",
        f"{MONEY}::test_easy_dispatch_up_to_its_limit",
        Change(OF_POLICY, '"easy_dispatch_limit_usd": 5_000_00', '"easy_dispatch_limit_usd": 5_000_01'),
    ),
    Rule(
        "FEE-2.3",
        "Other currencies are compared by their converted amount.",
        f"{MONEY}::test_easy_dispatch_up_to_its_limit",
        Change(OF_COSTS, "usd = in_usd(order.total, order.currency, trade.rates)", "usd = order.total"),
    ),
    Rule(
        "FEE-2.4",
        "The amount at confirmation decides.",
        f"{MONEY}::test_the_amount_at_confirmation_decides",
        Change(OF_ORDERS, "campaign = campaign_place(trade, act)", "campaign = None"),
    ),
    Rule(
        "FEE-2.5",
        "An amendment does not lead round the limit.",
        f"{MONEY}::test_an_amendment_does_not_lead_round_the_limit",
        Change("app/domain/amendments.py", "change(campaign=campaign_place(trade, act))", "change(campaign=None)"),
    ),
    Rule(
        "FEE-4.1",
        "A rate has at most ten decimal places.",
        f"{POLICY}::test_a_rate_has_at_most_ten_decimals",
        Change("app/domain/policy_changes.py", "DECIMALS_MOST = 10", "DECIMALS_MOST = 11"),
    ),
    Rule(
        "FEE-4.2",
        "A conversion is rounded once.",
        f"{MONEY}::test_a_conversion_is_rounded_once",
        Change(
            OF_MONEY,
            "return half_up(minor * Fraction(rate) * scale)",
            "return half_up(half_up(minor * Fraction(rate)) * scale)",
        ),
    ),
    Rule(
        "FEE-4.3",
        "A currency nobody has set a rate for cannot carry an order.",
        f"{MONEY}::test_a_currency_without_a_rate",
        Change(OF_FEES, "rate = rates.get((base, quote))", "rate = rates.get((base, quote), Decimal(1))"),
    ),
    Rule(
        "FEE-4.4",
        "Confirmation pins the policy version.",
        f"{ORDERS}::test_what_the_buyer_confirms_is_pinned",
        Change(OF_ORDERS, "policy_id=trade.policy.id,", "policy_id=None,"),
    ),
    Rule(
        "FEE-4.5",
        "Confirmation pins the rate.",
        f"{MONEY}::test_confirmation_pins_fee_and_rate",
        Change(OF_ORDERS, 'usd_rate=rate_of(trade.rates, order.currency, "USD"),', "usd_rate=None,"),
    ),
    Rule(
        "FEE-4.6",
        "The fee stays what it was, whatever operators decide afterwards.",
        f"{MONEY}::test_confirmation_pins_fee_and_rate",
        Change(
            OF_FUNDS,
            "terms = FeeTerms(order.fee_rate or Decimal(0), order.fee_cap)",
            "terms = FeeTerms(trade.policy.fees[-1].rate, order.fee_cap)",
        ),
    ),
    Rule(
        "FEE-5.1",
        "The first policy has no payment fee anywhere.",
        f"{POLICY}::test_no_method_costs_the_buyer_anything_at_first",
        Change(OF_POLICY, '"largest_usd": None, "fee_rate": "0"}', '"largest_usd": None, "fee_rate": "0.01"}'),
    ),
    Rule(
        "FEE-5.2",
        "A payment fee stands on a line of its own.",
        f"{FUNDS}::test_the_buyers_payment_fee",
        Change(
            OF_FUNDS, "Move(WORLD, PAYMENT_FEE, fee, arrival.currency)", "Move(WORLD, PAYMENT_FEE, 0, arrival.currency)"
        ),
    ),
    Rule(
        "FEE-5.3",
        "The agreed total does not contain it.",
        f"{FUNDS}::test_the_buyers_payment_fee",
        Change(OF_FUNDS, "rest = receipt.amount - fee", "rest = receipt.amount"),
    ),
    Rule(
        "FEE-5.4",
        "What is payable comes first: too little leaves no fee.",
        f"{FUNDS}::test_the_payment_fee_takes_only_what_came_beside",
        Change(
            OF_FUNDS,
            "fee = min(max(arrival.amount - payment.amount, 0), payment.payment_fee)",
            "fee = payment.payment_fee",
        ),
    ),
)
