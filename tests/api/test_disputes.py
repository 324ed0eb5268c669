"""A dispute as clients meet it: argued over HTTP, heard live by both sides, decided from the operators' queue."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import ALL_SCOPES, Scope
from tests.api.contracts import key
from tests.api.ears import Ears
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, completed, dispatched, drafted, new_account, order_row, paid
from tests.tokens import issue_access_token

M = "{ amount currencyCode }"
DISPUTE = f"""
  id status reason asked {M} offered {M} answerBy outcome refunded {M} openedAt resolvedAt ageHours
  steps {{ kind by amount {M} text at }}
  order {{ id disputed status funds {{ status refunded {M} }} }}
"""
PANEL = """
  protection {
    payment { state activeAt endedAt } dispatch { state activeAt endedAt }
    quality { state activeAt endedAt } delivery { state activeAt endedAt }
    protectedUntil protectedFor
  }
"""
PAGE = f"""query Page($id: ID!) {{ node(id: $id) {{ ... on Order {{
  status disputed confirmedAt completedAt dispatchedAt disputes {{ {DISPUTE} }} {PANEL}
  deadlines {{ kind status startsAt dueAt }}
}} }} }}"""
QUEUE = f"""query Queue($reasons: [DisputeReason!], $before: DateTime) {{ viewer {{ desk {{
  disputes(first: 100, reasons: $reasons, openedBefore: $before) {{ nodes {{ {DISPUTE} }} }}
}} }} }}"""


def usd(amount: str) -> Json:
    """An amount of US dollars as the API shows it."""
    return {"amount": amount, "currencyCode": "USD"}


async def page(person: Person, id: str) -> Json:
    """The order's page as this person sees it."""
    shown: Json = (await person.ask(PAGE, id=id))["node"]
    return shown


async def opened(buyer: Person, id: str, amount: str | None = "100.00", reason: str = "QUALITY") -> Json:
    """The buyer applies for a refund; the dispute."""
    given: dict[str, Any] = {} if amount is None else {"amount": usd(amount)}
    done = await buyer.do(
        "disputeOpen",
        f"dispute {{ {DISPUTE} }}",
        orderId=id,
        idempotencyKey=key(),
        reason=reason,
        text="Brittle.",
        **given,
    )
    shown: Json = done["dispute"]
    return shown


async def said(person: Person, dispute: Json, answer: str, amount: str | None = None) -> Json:
    """A side answers; the dispute."""
    given: dict[str, Any] = {} if amount is None else {"amount": usd(amount)}
    done = await person.do(
        "disputeAnswer",
        f"dispute {{ {DISPUTE} }}",
        disputeId=dispute["id"],
        idempotencyKey=key(),
        answer=answer,
        **given,
    )
    shown: Json = done["dispute"]
    return shown


STORY = [
    "DISPUTE_OPENED",
    "DEADLINE_SET",
    "DEADLINE_PAUSED",
    "DISPUTE_ANSWERED",
    "DEADLINE_SET",
    "DISPUTE_ANSWERED",
    "DEADLINE_SET",
    "DISPUTE_ANSWERED",
    "DISPUTE_RESOLVED",
    "FUNDS_REFUNDED",
    "DEADLINE_RESUMED",
]


async def test_the_story_of_a_dispute(server: Server, market: Market, hall: Hall) -> None:
    """DSP-1, DSP-2: asked, countered twice, agreed: both sides hear each word once and in order, and see the same."""
    seller, buyer = await hall.enter(server, market.seller.sales), await hall.enter(server, market.buyer)
    id = f"ord_{(await dispatched(market)).hex}"
    sellers, buyers = Ears(seller, id), Ears(buyer, id)
    async with sellers.open(), buyers.open():
        for ear in (*sellers.both, *buyers.both):
            await ear.listener.opened()
        first = (await order_row(market.means, UUID(id.removeprefix("ord_"))))["version"] + 1
        dispute = await opened(buyer, id, "300.00")
        assert (dispute["status"], dispute["asked"], dispute["offered"]) == ("AWAITING_SELLER", usd("300.00"), None)
        assert dispute["order"]["disputed"] is True
        assert [code for code, _ in await buyer.refused("orderConfirmReceipt", orderId=id)] == ["DISPUTE_OPEN"]
        dispute = await said(seller, dispute, "COUNTER", "50.00")
        assert (dispute["status"], dispute["offered"]) == ("AWAITING_BUYER", usd("50.00"))
        dispute = await said(buyer, dispute, "COUNTER", "120.00")
        assert (dispute["status"], dispute["asked"]) == ("AWAITING_SELLER", usd("120.00"))
        assert await page(seller, id) == await page(buyer, id)
        dispute = await said(seller, dispute, "ACCEPT")
        for ear in (*sellers.both, *buyers.both):
            await ear.kind("DEADLINE_RESUMED")
    assert (dispute["outcome"], dispute["refunded"], dispute["answerBy"]) == ("PARTIAL", usd("120.00"), None)
    assert dispute["order"] == {
        "id": id,
        "disputed": False,
        "status": "DISPATCHED",
        "funds": {"status": "PARTIALLY_REFUNDED", "refunded": usd("120.00")},
    }
    assert [(step["kind"], step["by"], step["amount"]) for step in dispute["steps"]] == [
        ("OPENED", "BUYER", usd("300.00")),
        ("COUNTERED", "SELLER", usd("50.00")),
        ("COUNTERED", "BUYER", usd("120.00")),
        ("ACCEPTED", "SELLER", usd("120.00")),
    ]
    for side in (sellers, buyers):
        for ear in side.both:
            # what the market did beside the server before may be heard first
            told = [event for event in ear.events if event["version"] >= first]
            assert [(event["version"], event["kind"]) for event in told] == list(enumerate(STORY, first))


async def test_a_full_refund_closes_the_order(server: Server, market: Market, hall: Hall) -> None:
    """DSP-3: all that was paid goes back, also after release; the order is closed and every part of protection over."""
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    id = f"ord_{(await completed(market)).hex}"
    dispute = await said(seller, await opened(buyer, id, None), "ACCEPT")
    assert (dispute["outcome"], dispute["refunded"]) == ("FULL", usd("551.23"))
    shown = await page(buyer, id)
    assert (shown["status"], shown["disputes"][0]["order"]["funds"]["status"]) == ("CLOSED", "REFUNDED")
    assert {part["state"] for part in shown["protection"].values() if isinstance(part, dict)} == {"ENDED", "INACTIVE"}
    assert {row["status"] for row in shown["deadlines"]} <= {"MET", "VOID", "LAPSED"}
    refused = await buyer.refused("disputeOpen", orderId=id, idempotencyKey=key(), reason="QUALITY")
    assert refused == [("STEP_NOT_ALLOWED", "")]


async def test_the_operators_queue(server: Server, market: Market, hall: Hall) -> None:
    """DSP-2, section 0: what was escalated, oldest first, by reason and age; decided with a reason, and taken back."""
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.sales)
    operator = await hall.enter(server, market.operator)
    disputes = []
    for reason in ("QUALITY", "NOT_RECEIVED", "QUALITY"):
        dispute = await opened(buyer, f"ord_{(await paid(market)).hex}", reason=reason)
        disputes.append(dispute["id"])
        who = seller if reason == "QUALITY" else buyer
        await who.do("disputeEscalate", "dispute { status }", disputeId=dispute["id"], text="Enough.")
    waiting = await opened(buyer, f"ord_{(await paid(market)).hex}")

    async def queue(**narrow: Any) -> list[Json]:
        found = (await operator.ask(QUEUE, **narrow))["viewer"]["desk"]["disputes"]["nodes"]
        return [row for row in found if row["id"] in {*disputes, waiting["id"]}]

    shown = await queue()
    assert [row["id"] for row in shown] == disputes
    assert {(row["status"], row["ageHours"], row["answerBy"]) for row in shown} == {("ESCALATED", 0, None)}
    assert [row["id"] for row in await queue(reasons=["QUALITY"])] == [disputes[0], disputes[2]]
    assert await queue(reasons=[]) == []
    assert [row["id"] for row in await queue(before=shown[1]["openedAt"])] == disputes[:1]
    given = {"disputeId": disputes[0], "reason": "Nothing shows it."}
    decided = await operator.do(
        "disputeDecide", f"dispute {{ {DISPUTE} }}", idempotencyKey=key(), amount=usd("0"), **given
    )
    assert (decided["dispute"]["outcome"], decided["dispute"]["steps"][-1]["text"]) == ("REJECTED", "Nothing shows it.")
    assert [row["id"] for row in await queue()] == disputes[1:]
    await operator.do("disputeReopen", "dispute { status }", disputeId=disputes[0], reason="It was shown later.")
    assert [row["id"] for row in await queue()] == disputes
    decided = await operator.do("disputeDecide", "dispute { outcome } order { status }", idempotencyKey=key(), **given)
    assert (decided["dispute"]["outcome"], decided["order"]["status"]) == ("FULL", "CLOSED")


async def test_a_dispute_is_withdrawn_and_another_follows(server: Server, market: Market, hall: Hall) -> None:
    """DSP-1: one at a time; once withdrawn, the next may be opened, and its answer names it."""
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.sales)
    id = f"ord_{(await paid(market)).hex}"
    first = await opened(buyer, id)
    again = await buyer.refused("disputeOpen", orderId=id, idempotencyKey=key(), reason="QUALITY")
    assert again == [("DISPUTE_OPEN", "")]
    done = await buyer.do("disputeWithdraw", "dispute { outcome }", disputeId=first["id"], text="It was my own fault.")
    assert done["dispute"]["outcome"] == "WITHDRAWN"
    second = await opened(buyer, id)
    late = await seller.refused("disputeAnswer", disputeId=first["id"], idempotencyKey=key(), answer="ACCEPT")
    assert late == [("DISPUTE_NOT_OPEN", "disputeId")]
    assert [row["id"] for row in (await page(seller, id))["disputes"]] == [first["id"], second["id"]]


REFUSED: list[tuple[str, str, str, Json, tuple[str, str]]] = [
    ("buyer", "disputeOpen", "order", {"reason": "OTHER"}, ("REQUIRED", "text")),
    ("buyer", "disputeOpen", "order", {"reason": "QUALITY", "text": "x" * 2_001}, ("TOO_LONG", "text")),
    ("buyer", "disputeOpen", "order", {"reason": "QUALITY", "amount": usd("0")}, ("OUT_OF_RANGE", "amount")),
    ("buyer", "disputeOpen", "order", {"reason": "QUALITY", "amount": usd("551.24")}, ("REFUND_TOO_LARGE", "amount")),
    ("buyer", "disputeOpen", "order", {"reason": "QUALITY", "amount": usd("0.001")}, ("INVALID", "amount")),
    (
        "buyer",
        "disputeOpen",
        "order",
        {"reason": "QUALITY", "amount": {"amount": "1", "currencyCode": "EUR"}},
        ("INVALID", "amount"),
    ),
    ("seller", "disputeOpen", "order", {"reason": "QUALITY"}, ("FORBIDDEN", "")),
    ("seller", "disputeAnswer", "dispute", {"answer": "COUNTER"}, ("REQUIRED", "amount")),
    ("seller", "disputeAnswer", "dispute", {"answer": "COUNTER", "amount": usd("100")}, ("OUT_OF_RANGE", "amount")),
    ("buyer", "disputeAnswer", "dispute", {"answer": "ACCEPT"}, ("DISPUTE_NOT_OPEN", "")),
    ("finance", "disputeAnswer", "dispute", {"answer": "ACCEPT"}, ("FORBIDDEN", "")),
    ("operator", "disputeDecide", "dispute", {"reason": "So."}, ("DISPUTE_NOT_OPEN", "")),
    ("seller", "disputeDecide", "dispute", {"reason": "So."}, ("FORBIDDEN", "")),
    ("stranger", "disputeAnswer", "dispute", {"answer": "ACCEPT"}, ("NOT_FOUND", "disputeId")),
]


@pytest.mark.parametrize(("who", "mutation", "about", "given", "refused"), REFUSED)
async def test_what_is_refused_and_where(
    server: Server,
    market: Market,
    hall: Hall,
    who: str,
    mutation: str,
    about: str,
    given: Json,
    refused: tuple[str, str],
) -> None:
    """DSP-1, DSP-2: each refusal has its code and names the field at fault."""
    actors = {
        "buyer": market.buyer,
        "seller": market.seller.sales,
        "finance": market.seller.finance,
        "operator": market.operator,
        "stranger": await new_account(market.means),
    }
    id = f"ord_{(await paid(market)).hex}"
    named = {"orderId": id}
    if about == "dispute":
        named = {"disputeId": (await opened(await hall.enter(server, market.buyer), id))["id"]}
    person = await hall.enter(server, actors[who])
    assert await person.refused(mutation, idempotencyKey=key(), **named, **given) == [refused]


async def test_a_token_decides_with_the_scope_for_money(server: Server, market: Market, hall: Hall) -> None:
    """Section 0: an operator's token without FINANCE_WRITE decides nothing, a side's without CLAIMS_WRITE neither."""
    buyer = await hall.enter(server, market.buyer)
    dispute = await opened(buyer, f"ord_{(await paid(market)).hex}")
    until = datetime.now(UTC) + timedelta(days=1)
    for actor, lacking, mutation, given in (
        (market.operator, Scope.FINANCE_WRITE, "disputeDecide", {"reason": "So."}),
        (market.seller.owner, Scope.CLAIMS_WRITE, "disputeAnswer", {"answer": "ACCEPT"}),
    ):
        scopes = ALL_SCOPES - {lacking}
        token = await issue_access_token(market.means, actor.account_id, scopes, until)
        person = await hall.enter(server, token)
        refused = await person.refused(mutation, disputeId=dispute["id"], idempotencyKey=key(), **given)
        assert refused == [("SCOPE_MISSING", "")]


async def test_the_protection_panel(server: Server, market: Market, hall: Hall) -> None:
    """DSP-4: what protects the buyer of a draft, of a paid order, and until when after receipt; both sides see it."""
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.owner)
    draft = (await page(seller, f"ord_{(await drafted(market)).hex}"))["protection"]
    assert {part["state"] for part in draft.values() if isinstance(part, dict)} == {"INACTIVE"}
    assert (draft["protectedUntil"], draft["protectedFor"]) == (None, None)
    shown = await page(buyer, id := f"ord_{(await paid(market)).hex}")
    clock = next(row for row in shown["deadlines"] if row["kind"] == "DISPATCH")
    assert shown["protection"] == {
        "payment": {"state": "ACTIVE", "activeAt": shown["confirmedAt"], "endedAt": None},
        "dispatch": {"state": "ACTIVE", "activeAt": clock["startsAt"], "endedAt": None},
        "quality": {"state": "TO_BE_ACTIVATED", "activeAt": None, "endedAt": None},
        "delivery": {"state": "INACTIVE", "activeAt": None, "endedAt": None},
        "protectedUntil": None,
        "protectedFor": "receipt + 30 days",
    }
    assert (await page(seller, id))["protection"] == shown["protection"]
    shown = await page(buyer, f"ord_{(await completed(market)).hex}")
    end = next(row for row in shown["deadlines"] if row["kind"] == "PROTECTION_END")
    panel = shown["protection"]
    assert (panel["payment"]["state"], panel["payment"]["endedAt"]) == ("ENDED", shown["completedAt"])
    assert (panel["dispatch"]["state"], panel["dispatch"]["endedAt"]) == ("ENDED", shown["dispatchedAt"])
    assert (panel["quality"]["state"], panel["quality"]["activeAt"]) == ("ACTIVE", shown["dispatchedAt"])
    assert (panel["protectedUntil"], panel["protectedFor"]) == (end["dueAt"], None)
