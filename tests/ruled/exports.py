"""Sections 2, 5 and 6, what export methods, campaigns and the agent ask of an order, sentence by sentence."""

from tests.ruled.rule import Change, Rule

EXPORTS, PRODUCTS = "tests/domain/test_exports.py", "tests/domain/test_products.py"
OF_EXPORTS, OF_COSTS, OF_ORDERS = "app/domain/exports.py", "app/domain/costs.py", "app/domain/orders.py"
OF_CONSIGNMENTS, OF_CONDITIONS = "app/domain/consignments.py", "app/domain/conditions.py"

ACKNOWLEDGED = (
    Rule(
        "ORD-6.1",
        "With YIDATONG_AGENCY the seller must acknowledge that the order is exported through Yidatong.",
        f"{EXPORTS}::test_the_agents_export_is_acknowledged",
        Change(
            OF_EXPORTS,
            "if order.export_method is ExportMethod.YIDATONG_AGENCY:",
            "if order.export_method is ExportMethod.SELF_OPERATED:",
        ),
    ),
    Rule(
        "ORD-6.2",
        "With an attached contract, that it names no collection account.",
        f"{EXPORTS}::test_an_attached_contract_names_no_account",
        Change(OF_EXPORTS, "    if order.contract_file_id is not None:", "    if order.contract_file_id is None:"),
    ),
    Rule(
        "ORD-6.3",
        "A refusal names each that was not acknowledged.",
        f"{EXPORTS}::test_an_attached_contract_names_no_account",
        Change(OF_EXPORTS, '{"missing": " ".join(missing)}', '{"missing": missing[0]}'),
    ),
    Rule(
        "ORD-6.4",
        "A buyer's request waits for the seller who completes it.",
        f"{EXPORTS}::test_a_request_is_acknowledged_by_the_seller_who_completes_it",
        Change(OF_ORDERS, "trade = _offer(acknowledge(trade, acknowledged), act)", "trade = _offer(trade, act)"),
    ),
)

METHODS = (
    Rule(
        "FEE-1.14",
        "MARKET_PROCUREMENT needs a partner's title.",
        f"{EXPORTS}::test_market_procurement_needs_a_partner_and_no_express",
        Change(
            OF_EXPORTS,
            "    if Requirement.PARTNER_TITLE in missing:",
            "    if Requirement.CONSIGNMENT_ORDER in missing and not order.export_method:",
        ),
    ),
    Rule(
        "FEE-1.15",
        "It is not offered by EXPRESS.",
        f"{EXPORTS}::test_market_procurement_needs_a_partner_and_no_express",
        Change(
            OF_EXPORTS,
            "MARKET_PROCUREMENT and order.transport_mode is TransportMode.EXPRESS:",
            "MARKET_PROCUREMENT and order.transport_mode is TransportMode.LAND:",
        ),
    ),
    Rule(
        "FEE-1.16",
        "YIDATONG_AGENCY takes only products that passed the agent's review.",
        f"{EXPORTS}::test_the_agent_takes_only_reviewed_products",
        Change(
            OF_EXPORTS,
            "    if Requirement.PRODUCT_REVIEW in missing:",
            "    if Requirement.PRODUCT_REVIEW in missing and not order.export_method:",
        ),
    ),
    Rule(
        "FEE-1.17",
        "At confirmation as well as at the offer.",
        f"{EXPORTS}::test_what_was_possible_at_the_offer_must_be_so_at_confirmation",
        Change(OF_ORDERS, "    check_method(trade)\n    campaign =", "    trade = trade.change()\n    campaign ="),
    ),
    Rule(
        "FEE-3.1",
        "EASY_DISPATCH asks for a proof of every shipment.",
        f"{EXPORTS}::test_each_shipment_needs_its_own_proof",
        Change(
            OF_EXPORTS,
            "facts.shipments > 0 and not facts.unproven,",
            "facts.shipments > len(facts.unproven),",
        ),
    ),
    Rule(
        "FEE-3.2",
        "As long as nothing was dispatched, nothing is proven.",
        f"{EXPORTS}::test_every_method_says_what_it_asks_for",
        Change(OF_EXPORTS, "facts.shipments > 0 and not facts.unproven,", "not facts.unproven,"),
    ),
    Rule(
        "FEE-3.3",
        "Each requirement names the rows that lack it.",
        f"{EXPORTS}::test_every_method_says_what_it_asks_for",
        Change(OF_EXPORTS, 'tuple(f"shp_{id.hex}" for id in facts.unproven),', "(),"),
    ),
    Rule(
        "FEE-3.4",
        "MARKET_PROCUREMENT goes under its own supervision type.",
        f"{EXPORTS}::test_every_method_has_its_manner",
        Change(
            OF_EXPORTS,
            "DispatchMethod.PARTNER_DECLARATION, SupervisionType.MARKET_PROCUREMENT,",
            "DispatchMethod.PARTNER_DECLARATION, SupervisionType.GENERAL_TRADE,",
        ),
    ),
    Rule(
        "FEE-3.5",
        "A product whose name, words or class change must be reviewed again.",
        f"{PRODUCTS}::test_another_product_is_reviewed_again",
        Change(
            "app/domain/products.py",
            "agency_reviewed=product.agency_reviewed and not anew)",
            "agency_reviewed=product.agency_reviewed)",
        ),
    ),
    Rule(
        "PAY-8.6",
        "Where the released orders lead to several routes, the seller names one of them.",
        f"{EXPORTS}::test_the_route_is_one_of_the_released_orders",
        Change("app/domain/sellers.py", "    if wanted is None and len(open_) == 1:", "    if wanted is None:"),
    ),
)

CAMPAIGNS = (
    Rule(
        "FEE-2.6",
        "During a campaign EASY_DISPATCH goes up to 10,000.00, included.",
        f"{EXPORTS}::test_a_campaign_opens_a_band_above_the_limit",
        Change(
            OF_COSTS,
            "if usd <= campaign.limit_usd), None)",
            "if usd < campaign.limit_usd), None)",
        ),
    ),
    Rule(
        "FEE-2.7",
        "A seller may hold 5 orders beyond the limit; the sixth is refused.",
        f"{EXPORTS}::test_five_orders_hold_a_place",
        Change(OF_COSTS, "< campaign.orders_most]", "<= campaign.orders_most]"),
    ),
    Rule(
        "FEE-2.8",
        "A place is taken at confirmation.",
        f"{EXPORTS}::test_places_are_counted_at_confirmation",
        Change(OF_ORDERS, "campaign = campaign_place(trade, act)", "campaign = trade.order.campaign"),
    ),
    Rule(
        "FEE-2.9",
        "A campaign runs from its first day to its last on the platform's calendar.",
        f"{EXPORTS}::test_a_campaign_runs_by_the_platform_calendar",
        Change(
            OF_COSTS,
            "campaign.starts_on <= today <= campaign.ends_on",
            "campaign.starts_on <= today < campaign.ends_on",
        ),
    ),
    Rule(
        "FEE-2.10",
        "An order that closes before it was paid frees its place.",
        f"{EXPORTS}::test_a_cancelled_order_frees_its_place",
        Change(
            OF_ORDERS,
            "campaign=trade.order.campaign if why is CloseReason.REFUNDED else None,",
            "campaign=trade.order.campaign,",
        ),
    ),
    Rule(
        "FEE-2.11",
        "One that is refunded keeps it.",
        f"{EXPORTS}::test_a_cancelled_order_frees_its_place",
        Change(OF_ORDERS, "campaign=trade.order.campaign if why is CloseReason.REFUNDED else None,", "campaign=None,"),
    ),
    Rule(
        "FEE-2.12",
        "A place is kept when the campaign ends.",
        f"{EXPORTS}::test_an_amendment_takes_keeps_or_frees_a_place",
        Change(
            OF_COSTS,
            "for campaign in (*held, *free) if usd <= campaign.limit_usd)",
            "for campaign in free if usd <= campaign.limit_usd)",
        ),
    ),
)

AGENT = (
    Rule(
        "SHP-4.1",
        "Under YIDATONG_AGENCY a consignment order must be linked before dispatch.",
        f"{EXPORTS}::test_the_agents_export_waits_for_a_consignment_order",
        Change(OF_CONDITIONS, "lambda facts: facts.consigned,", "lambda facts: True,"),
    ),
    Rule(
        "SHP-4.2",
        "Its customs clearance does not precede the order's drafting.",
        f"{EXPORTS}::test_customs_clear_after_the_drafting",
        Change(OF_CONSIGNMENTS, "not drafted <= at <= act.now:", "not at <= act.now:"),
    ),
    Rule(
        "SHP-4.3",
        "Nor does it lie ahead.",
        f"{EXPORTS}::test_customs_clear_after_the_drafting",
        Change(OF_CONSIGNMENTS, "not drafted <= at <= act.now:", "not drafted <= at:"),
    ),
    Rule(
        "SHP-4.4",
        "The same number is the same consignment order.",
        f"{EXPORTS}::test_a_consignment_named_again_is_put_right",
        Change(OF_CONSIGNMENTS, "if row.number == number), None)", "if row.customs_cleared_at == number), None)"),
    ),
    Rule(
        "SHP-4.5",
        "The last one is not taken off again once goods have left by it.",
        f"{EXPORTS}::test_a_wrong_consignment_is_taken_off_while_another_stays",
        Change(OF_CONSIGNMENTS, "if not kept and trade.shipments and", "if kept and trade.shipments and"),
    ),
    Rule(
        "SHP-4.6",
        "Each belongs to exactly one order; any other is told CONSIGNMENT_TAKEN.",
        "tests/actions/test_files.py::test_a_consignment_order_belongs_to_one_order",
        Change(
            OF_CONSIGNMENTS, "Refusal(ErrorCode.CONSIGNMENT_TAKEN, message,", "Refusal(ErrorCode.NOT_FOUND, message,"
        ),
    ),
)

RULES = (*ACKNOWLEDGED, *METHODS, *CAMPAIGNS, *AGENT)
