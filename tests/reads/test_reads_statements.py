"""One statement a root field, plans used again, arguments as parameters, and refusals with their reasons."""

from typing import Any

import pytest

from app.domain.errors import ErrorCode, Refusal
from app.reads.plans import Plans
from tests.reads.conftest import NOW, Context, Market

PAGE = """query P($filter: DealFilter, $size: Int, $fee: Boolean!) { deals(filter: $filter, first: $size) {
    totalCount nodes { id number fee @include(if: $fee) { amount } lines { text deal { number } } } } }"""


async def numbers(shop: Market, filter: Any) -> list[Any]:
    """The numbers of the deals that pass a filter."""
    answer = await shop.ask(PAGE, shop.viewers["operator"], {"filter": filter, "fee": False})
    assert answer.errors is None
    return [deal["number"] for deal in answer.data["deals"]["nodes"]]


async def test_a_whole_page_is_one_statement(shop: Market) -> None:
    with shop.reader.recorded() as log:
        answer = await shop.ask(PAGE, shop.viewers["owner"], {"size": 20, "fee": True})
    assert answer.errors is None
    assert answer.data["deals"]["nodes"]
    assert [statement.path for statement in log] == [("deals",)]


async def test_refs_of_a_list_are_one_statement(shop: Market) -> None:
    deal = f"del_{shop.tables.deals[0].id.hex}"
    with shop.reader.recorded() as log:
        answer = await shop.ask(
            "query T($id: ID!) { touched(id: $id) { deal { id } others { id status } } }",
            shop.viewers["operator"],
            {"id": deal},
        )
    assert answer.errors is None
    assert answer.data["touched"]["deal"] == {"id": deal}
    assert [each and each["id"] for each in answer.data["touched"]["others"]] == [deal, None, None]
    assert sorted(statement.path for statement in log) == [("touched", "deal"), ("touched", "others")]


async def test_nodes_of_several_types_are_one_statement_in_their_order(shop: Market) -> None:
    tables = shop.tables
    ids = [f"lin_{tables.lines[1].id.hex}", f"del_{tables.deals[2].id.hex}", "x", f"lin_{tables.lines[0].id.hex}"]
    with shop.reader.recorded() as log:
        text = "query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
        answer = await shop.ask(text, shop.viewers["operator"], {"ids": ids})
    assert answer.errors is None
    assert [each and each["id"] for each in answer.data["nodes"]] == [ids[0], ids[1], None, ids[3]]
    assert [each and each["__typename"] for each in answer.data["nodes"]] == ["Line", "Deal", None, "Line"]
    assert len(log) == 1


async def test_a_plan_serves_every_value_of_the_same_shape_and_no_other(shop: Market) -> None:
    shop.engine.plans = Plans(shop.engine.catalog)
    kept = shop.engine.plans._plans
    for size in (1, 2, 3):
        await shop.ask(PAGE, shop.viewers["owner"], {"size": size, "fee": True})
    assert len(kept) == 1
    await shop.ask(PAGE, shop.viewers["owner"], {"size": 3, "fee": False})
    assert len(kept) == 2
    await shop.ask(PAGE, shop.viewers["buyer"], {"size": 3, "fee": True})
    assert len(kept) == 3
    await shop.ask(PAGE, shop.viewers["another buyer"], {"size": 3, "fee": True})
    assert len(kept) == 3
    await shop.ask(PAGE, shop.viewers["owner"], {"filter": {"status": "OPEN"}, "size": 3, "fee": True})
    await shop.ask(PAGE, shop.viewers["owner"], {"filter": {"status": "PAID"}, "size": 3, "fee": True})
    assert len(kept) == 5


async def test_two_buyers_share_a_plan_and_no_row(shop: Market) -> None:
    text = "{ deals(first: 100) { nodes { id } } }"
    one = await shop.ask(text, shop.viewers["buyer"])
    two = await shop.ask(text, shop.viewers["another buyer"])
    first, second = ({deal["id"] for deal in each.data["deals"]["nodes"]} for each in (one, two))
    assert first
    assert second
    assert not first & second


async def test_plans_are_forgotten_beyond_their_number(shop: Market) -> None:
    shop.engine.plans = Plans(shop.engine.catalog, kept=3)
    for at in range(6):
        await shop.ask(f"{{ a{at}: deals(first: 1) {{ totalCount }} }}", shop.viewers["operator"])
    assert len(shop.engine.plans._plans) == 3
    shop.engine.plans = Plans(shop.engine.catalog)


async def test_arguments_reach_the_statement_as_parameters_only(shop: Market) -> None:
    for hostile in ("'; DROP TABLE market_deals; --", "⟪now⟫", "$1", "%(x)s", "row__", "\\", '"'):
        with shop.reader.recorded() as log:
            assert await numbers(shop, {"numbers": [hostile]}) == []
            literal = hostile.replace("\\", "\\\\").replace('"', '\\"')
            text = f'{{ dealByNumber(number: "{literal}") {{ id }} }}'
            assert (await shop.ask(text, shop.viewers["operator"])).data == {"dealByNumber": None}
        assert all(hostile not in statement.sql or hostile in ("$1", '"', "\\") for statement in log)
        assert all(hostile in statement.arguments for statement in log)


async def test_filters_of_every_kind_narrow(shop: Market) -> None:
    deals = sorted(shop.tables.deals, key=lambda deal: (deal.created_at, deal.id), reverse=True)
    assert await numbers(shop, {"status": "DRAFT"}) == [deal.number for deal in deals if deal.status == "DRAFT"]
    assert await numbers(shop, {"urgent": False}) == [deal.number for deal in deals if not deal.urgent]
    assert await numbers(shop, {"numbers": ["N1", "N2"]}) == ["N1", "N2"]
    assert await numbers(shop, {"numbers": []}) == []
    assert await numbers(shop, {"sellerId": "trd_nonsense"}) == []
    since = deals[3].created_at.isoformat()
    assert await numbers(shop, {"since": since}) == [d.number for d in deals if d.created_at >= deals[3].created_at]
    assert await numbers(shop, {"status": None}) == [deal.number for deal in deals]


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ("first: 101", ErrorCode.OUT_OF_RANGE, "first"),
        ("first: -1", ErrorCode.OUT_OF_RANGE, "first"),
        ("last: 101", ErrorCode.OUT_OF_RANGE, "last"),
        ("first: 1, last: 1", ErrorCode.INVALID, "last"),
        ('after: ""', ErrorCode.CURSOR_INVALID, "after"),
        ('after: "ffffff.1.2"', ErrorCode.CURSOR_INVALID, "after"),
        ('before: "é"', ErrorCode.CURSOR_INVALID, "before"),
        ('before: "%HEAD%.99999999999999999999.%KEY%"', ErrorCode.CURSOR_INVALID, "before"),
        ('before: "%HEAD%.1.%KEY%0"', ErrorCode.CURSOR_INVALID, "before"),
        ('before: "%HEAD%. 1.%KEY%"', ErrorCode.CURSOR_INVALID, "before"),
        ('before: "%HEAD%.1"', ErrorCode.CURSOR_INVALID, "before"),
        ('filter: {numbers: ["a\\u0000b"]}', ErrorCode.INVALID, None),
    ],
)
async def test_arguments_that_cannot_be_are_refused(
    shop: Market, arguments: str, code: ErrorCode, field: str | None
) -> None:
    text = arguments.replace("%HEAD%", shop.signatures["Query.deals NEWEST"]).replace("%KEY%", "0" * 32)
    with shop.reader.recorded() as log:
        answer = await shop.ask(f"{{ deals({text}) {{ totalCount }} }}", shop.viewers["operator"])
    assert answer.data is None
    (error,) = answer.errors
    assert isinstance(error.original_error, Refusal)
    assert error.original_error.code is code
    assert error.original_error.field == ((field,) if field else ())
    assert log == []


async def test_a_cursor_of_another_order_is_refused(shop: Market) -> None:
    cursor = shop.cursors["Me.deals"][0]
    answer = await shop.ask(f'{{ deals(after: "{cursor}") {{ totalCount }} }}', shop.viewers["operator"])
    assert answer.errors[0].original_error.code is ErrorCode.CURSOR_INVALID


async def test_rows_within_a_visible_parent_cost_no_second_look(shop: Market) -> None:
    with shop.reader.recorded() as log:
        await shop.ask("{ deals { nodes { lines { id } funds { lines { id } } } } }", shop.viewers["owner"])
        await shop.ask("{ allLines { nodes { id } } }", shop.viewers["owner"])
    assert "EXISTS" not in log[0].sql
    assert "EXISTS" in log[1].sql


async def test_the_payload_of_a_mutation_is_read_by_what_was_selected_of_it(shop: Market) -> None:
    deal = shop.tables.deals[0]
    text = f'mutation {{ touch(id: "del_{deal.id.hex}") {{ note deal {{ number lines {{ text }} }} }} }}'
    with shop.reader.recorded() as log:
        answer = await shop.ask(text, shop.viewers["operator"])
    assert answer.errors is None
    assert answer.data["touch"]["deal"]["number"] == deal.number
    assert [statement.path for statement in log] == [("touch", "deal")]


async def test_messages_of_a_subscription_are_read_one_by_one(shop: Market) -> None:
    deal = shop.tables.deals[0]
    text = f'subscription {{ watched(id: "del_{deal.id.hex}") {{ deal {{ number }} }} }}'
    with shop.reader.recorded() as log:
        context = Context(shop.viewers["operator"], NOW, shop.reader)
        stream: Any = await shop.schema.subscribe(text, context_value=context)
        answers = [answer async for answer in stream]
    assert [answer.errors for answer in answers] == [None, None]
    assert [answer.data for answer in answers] == [{"watched": {"deal": {"number": deal.number}}}] * 2
    assert len(log) == 2


async def test_a_root_field_is_shown_to_its_roles_alone(shop: Market) -> None:
    for name, viewer in shop.viewers.items():
        answer = await shop.ask("{ people { id } }", viewer)
        assert answer.errors is None
        assert (answer.data["people"] is not None) == (name == "operator")
