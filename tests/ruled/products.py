"""Sections 1, 2 and 6, products, purchases at once and files, sentence by sentence."""

from tests.ruled.rule import Change, Rule

PRODUCTS, BUYING = "tests/domain/test_products.py", "tests/domain/test_buying.py"
FILES, GOODS = "tests/domain/test_attachments.py", "tests/domain/test_fulfilment.py"
GUARANTEES, MEDIA = "tests/domain/test_guarantees.py", "tests/domain/test_media.py"
OF_PRODUCTS, OF_BUYING, OF_FILES = "app/domain/products.py", "app/domain/buying.py", "app/domain/attachments.py"
OF_GUARANTEES, OF_CONTRACT = "app/domain/guarantees.py", "app/domain/contract.py"

OFFERED = (
    Rule(
        "SVC-1.8",
        "Documents of a verification are its owner's own uploads.",
        f"{FILES}::test_documents_verify_an_application",
        Change(
            OF_FILES,
            "and file.about is None and file.uploaded_by == act.account_id",
            "and file.about is None",
        ),
    ),
    Rule(
        "ORD-1.3",
        "A product's prices begin at quantities that ascend.",
        f"{PRODUCTS}::test_prices_ascend_from_the_minimum_quantity",
        Change(OF_PRODUCTS, "or tier.from_quantity <= least:", "or tier.from_quantity < least:"),
    ),
    Rule(
        "ORD-1.4",
        "The first is for the minimum quantity.",
        f"{PRODUCTS}::test_prices_ascend_from_the_minimum_quantity",
        Change(
            OF_PRODUCTS,
            'if after.tiers and Decimal(after.tiers[0]["from"]) != after.minimum_quantity:',
            'if after.tiers and Decimal(after.tiers[0]["from"]) > after.minimum_quantity * 1000:',
        ),
    ),
    Rule(
        "ORD-1.5",
        "What is ready to ship says within how many days it leaves.",
        f"{PRODUCTS}::test_what_no_product_can_be",
        Change(OF_PRODUCTS, "if product.ready_to_ship and days is None:", "if product.small_fast and days is None:"),
    ),
    Rule(
        "ORD-1.6",
        "From 1 to 30 days.",
        f"{PRODUCTS}::test_what_no_product_can_be",
        Change(OF_PRODUCTS, "most = READY_DAYS_MOST if product.ready_to_ship else DAYS_MOST", "most = DAYS_MOST"),
    ),
    Rule(
        "ORD-1.7",
        "To a buyer a product is sold as it is published, whatever the buyer writes.",
        f"{BUYING}::test_a_request_takes_what_is_published",
        Change(OF_BUYING, "    said = by is not By.BUYER", "    said = True"),
    ),
    Rule(
        "ORD-1.8",
        "The seller may say otherwise of a line.",
        f"{BUYING}::test_a_seller_may_say_otherwise",
        Change(OF_BUYING, "    said = by is not By.BUYER", "    said = False"),
    ),
    Rule(
        "ORD-1.9",
        "A line names a product of the order's seller.",
        f"{BUYING}::test_a_line_names_a_product_of_the_orders_seller_and_currency",
        Change(
            OF_BUYING,
            "own = product is not None and product.seller_id == trade.order.seller_id",
            "own = product is not None",
        ),
    ),
    Rule(
        "ORD-1.10",
        "Priced in the order's currency.",
        f"{BUYING}::test_a_line_names_a_product_of_the_orders_seller_and_currency",
        Change(OF_BUYING, "    if product.currency != currency:", "    if not product.currency:"),
    ),
    Rule(
        "ORD-1.11",
        "A buyer's order holds only what is on offer.",
        f"{BUYING}::test_only_the_seller_names_what_is_not_on_offer",
        Change(OF_BUYING, " or (by is By.BUYER and not product.published):", ":"),
    ),
)

BOUGHT = (
    Rule(
        "ORD-1.12",
        "Buying now needs every item on offer.",
        f"{BUYING}::test_each_item_is_on_offer_ready_and_priced",
        Change(OF_BUYING, "    if product is None or not product.published:", "    if product is None:"),
    ),
    Rule(
        "ORD-1.13",
        "Ready to ship.",
        f"{BUYING}::test_each_item_is_on_offer_ready_and_priced",
        Change(OF_BUYING, "    elif not product.ready_to_ship:", "    elif product.small_fast is None:"),
    ),
    Rule(
        "ORD-1.14",
        "A price that moved since it was shown is refused.",
        f"{BUYING}::test_each_item_is_on_offer_ready_and_priced",
        Change(OF_BUYING, "    elif price != item.unit_price:", "    elif price < 0:"),
    ),
    Rule(
        "ORD-1.15",
        "So is a total other than the one the buyer names.",
        f"{BUYING}::test_the_price_is_what_the_buyer_was_shown",
        Change(OF_BUYING, "    if shown is not None and shown != total:", "    if shown is not None and not total:"),
    ),
    Rule(
        "ORD-1.16",
        "It needs a lane that each item is sent by.",
        f"{BUYING}::test_one_item_without_the_lane_is_enough",
        Change(
            "app/domain/lanes.py",
            "for product in products if bound else ():",
            "for product in products[:1] if bound else ():",
        ),
    ),
    Rule(
        "ORD-1.17",
        "It is dispatched within the longest of the products' days.",
        f"{BUYING}::test_the_longest_dispatch_days_and_the_whole_weight_count",
        Change(OF_BUYING, '"dispatch_days": max((', '"dispatch_days": min(('),
    ),
    Rule(
        "ORD-1.18",
        "Placing it is agreeing to it.",
        f"{BUYING}::test_placing_agrees_to_the_sellers_standing_offer",
        Change(
            "app/domain/orders.py",
            "return _agree(trade.record(EventKind.ORDER_SUBMITTED, act, changes, facts), act, coupon_id)",
            "return trade.record(EventKind.ORDER_SUBMITTED, act, changes, facts)",
        ),
    ),
    Rule(
        "ORD-1.19",
        "An attached contract stands only in a seller's own draft.",
        f"{FILES}::test_a_request_and_an_amendment_have_no_contract_of_paper",
        Change(
            OF_FILES,
            "if file_id is not None and trade.order.type is not OrderType.SELLER_DRAFT:",
            "if file_id is not None and trade.order.type is OrderType.BUY_NOW:",
        ),
    ),
    Rule(
        "ORD-1.20",
        "It is a file of one's own that waits to be used.",
        f"{FILES}::test_only_a_waiting_file_of_ones_own_is_attached",
        Change(
            OF_FILES,
            "mine = file is not None and file.order_id is None and",
            "mine = file is not None and",
        ),
    ),
    Rule(
        "ORD-1.21",
        "A file is what its content says, and one that is cut off is none.",
        f"{MEDIA}::test_a_file_that_is_cut_off_is_none",
        Change("app/domain/media.py", "return kind.media_type if kind.end in tail else None", "return kind.media_type"),
    ),
    Rule(
        "ORD-1.22",
        "An order has at most 200 files.",
        f"{FILES}::test_an_order_has_so_many_files",
        Change(OF_FILES, "    if len(own) >= OF_ORDER_MOST:", "    if len(own) > OF_ORDER_MOST:"),
    ),
    Rule(
        "ORD-3.7",
        "An attached contract stands in place of lines.",
        f"{FILES}::test_an_attached_contract_stands_in_place_of_lines",
        Change(OF_CONTRACT, '"items": trade.items or order.contract_file_id,', '"items": trade.items,'),
    ),
    Rule(
        "ORD-3.8",
        "Naming a lane writes its name, its carrier and its mode; other words in its place take its place.",
        "tests/domain/test_freight.py::test_naming_a_lane_writes_what_it_is",
        Change(
            "app/domain/lanes.py",
            'and trade.lane is not None and patch["lane"] != trade.lane.name',
            'and trade.lane is not None and patch["lane"] is None',
        ),
    ),
    Rule(
        "ORD-10.21",
        "A promise of delivery once given is not lost by an amendment.",
        f"{GUARANTEES}::test_another_lane_moves_the_promise_and_keeps_the_guarantee",
        Change(
            OF_GUARANTEES,
            "    if not trade.order.delivery_guaranteed:",
            "    if trade.order.delivery_guaranteed:",
        ),
    ),
    Rule(
        "ORD-10.22",
        "One that failed is judged anew where the amendment changes what it failed by.",
        f"{GUARANTEES}::test_an_amendment_may_win_the_guarantee",
        Change(OF_GUARANTEES, "return promise(trade, act) if fields & _JUDGED else trade", "return trade"),
    ),
    Rule(
        "ORD-10.23",
        "A promised date that would be over is refused like a deadline.",
        f"{GUARANTEES}::test_a_promise_in_the_past_is_refused",
        Change(OF_GUARANTEES, "    _require_ahead(act, due)\n", "    assert due\n"),
    ),
    Rule(
        "ORD-10.24",
        "Delivery that is late by the old promise and not by the new is no longer overdue.",
        f"{GUARANTEES}::test_an_amendment_clears_the_flag_and_closes_the_window",
        Change(
            OF_GUARANTEES,
            "    if trade.order.delivery_overdue_at is None:",
            "    if trade.order.delivery_overdue_at is not None:",
        ),
    ),
    Rule(
        "SHP-2.13",
        "A report may correct another one of the same source, which then stands no more.",
        f"{GOODS}::test_corrections_in_any_order",
        Change(
            "app/domain/tracking.py",
            "if (report.source, report.source_reference) not in corrected]",
            "if report.source_reference]",
        ),
    ),
)

RULES = (*OFFERED, *BOUGHT)
