"""A broken promise over HTTP and WebSocket, from the late dispatch to the refund of what its coupon paid for.

One process on its embedded database, whose clock the operator moves. The late seller is Blue Lantern, which is
enrolled; the coupon is used with Red River Loom, and comes back when all of that order is refunded.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.demonstration.people import ADA, HOA, HUA, LINH, LOOM, MEI, MINH, SAM, TAO
from tests.api.contracts import contract, key
from tests.api.ears import Ears
from tests.api.people import Hall, Json, Person
from tests.api.server import Server, environment
from tests.api.test_story import usd

DAY = 86_400
M = "{ amount currencyCode }"
CHECK = f"""query Check($id: ID!) {{ node(id: $id) {{ ... on Order {{ overdue claimCheck {{
  claimable amount {M} totalUsd {M} percentage cap {M} changesAt
  promises {{ guarantee claimable bearer conditions {{ code met fact }} }}
}} }} }} }}"""
CARD = f"""query Card($id: ID!) {{ node(id: $id) {{ ... on Order {{
  status claim {{ status liability rejection reason coupon {{ id }} }}
  funds {{ agreedTotal {M} couponOffset {M} couponPosted {M} buyerPayable {M} received {M} refunded {M} status
    estimatedFee {M} feeCharged {M} released {M}
    instalments {{ amount {M} couponOffset {M} payable {M} missing {M} }} }}
  log(first: 100) {{ nodes {{ kind facts {{ name value }} }} }}
}} }} }}"""
COUPONS = f"""query Mine($status: CouponStatus) {{ viewer {{ coupons(first: 50, status: $status) {{ nodes {{
  id status amount {M} used {M} expiresAt order {{ id }} appliedTo {{ id }} }} }} }} }}"""
OWED = f"""{{ viewer {{ recoveries(first: 50) {{ nodes {{
  id cause status amount {M} collected {M} couponId owedAt reversedAt
  order {{ id claim {{ id }} }} collections {{ amount {M} at order {{ id }} }} }} }} }} }}"""
STATEMENT = f"{{ viewer {{ seller {{ statement(first: 100) {{ nodes {{ kind amount {M} }} }} }} }} }}"
SIMPLE: Json = {
    "items": [{"description": "Lantern", "quantity": "1", "unit": "piece", "unitPrice": "551.23"}],
    "shippingFee": "0.00",
    "shippingDiscount": "0.00",
    "paymentTerms": "FULL",
    "deposit": None,
    "guaranteeMethod": "NONE",
}


@dataclass(frozen=True)
class Cast:
    """Everybody in the story: the late seller's three, the other seller's three, the buyer, the operator."""

    mei: Person
    tao: Person
    hua: Person
    linh: Person
    minh: Person
    hoa: Person
    ada: Person
    sam: Person

    async def offer(self, seller: Person, price: str) -> Json:
        """An order that waits for the buyer."""
        items = [{**SIMPLE["items"][0], "unitPrice": price}]
        written = contract(ADA.email, **{**SIMPLE, "items": items})
        made = await seller.do("orderDraft", "order { id }", idempotencyKey=key(), contract=written)
        id = made["order"]["id"]
        await seller.do("orderMatchBuyer", orderId=id)
        order: Json = (await seller.do("orderSubmit", "order { id version }", orderId=id))["order"]
        return order

    async def money(self, id: str, amount: str) -> None:
        """An operator states that the buyer's card was charged."""
        stated = {"orderId": id, "method": "VISA", "reference": key(), "amount": usd(amount)}
        await self.sam.do("receiptRecord", **stated)

    async def late(self, price: str = "300.00") -> str:
        """A paid order of the late seller whose deadline has passed by now; its id."""
        id: str = (await self.offer(self.mei, price))["id"]
        await self.ada.do("orderConfirm", orderId=id)
        await self.money(id, price)
        await self.pass_days(9)
        return id

    async def claim(self, id: str) -> str:
        """The buyer claims; the claim's id."""
        filed = await self.ada.do("claimFile", "claim { id status }", orderId=id, idempotencyKey=key())
        assert filed["claim"]["status"] == "UNDER_REVIEW"
        claim: str = filed["claim"]["id"]
        return claim

    async def decide(self, claim: str, **more: Any) -> None:
        """An operator decides."""
        given = {"approve": True, "reason": "The facts are plain.", **more}
        await self.sam.do("claimDecide", claimId=claim, idempotencyKey=key(), **given)

    async def coupon(self, order: str, status: str | None = None) -> Json | None:
        """The buyer's coupon for this order, as "my coupons" shows it."""
        nodes = (await self.ada.ask(COUPONS, status=status))["viewer"]["coupons"]["nodes"]
        return next((node for node in nodes if node["order"]["id"] == order), None)

    async def pass_days(self, days: int) -> None:
        """Time passes."""
        await self.sam.do("clockAdvance", idempotencyKey=key(), by=days * DAY)

    async def owed(self, order: str) -> list[Json]:
        """What the late seller owes and owed for this order, and everything that finance sees of it."""
        nodes = (await self.hua.ask(OWED))["viewer"]["recoveries"]["nodes"]
        return [node for node in nodes if node["order"]["id"] == order]

    async def settle(self, order: str) -> None:
        """Whoever acts on an order finds settled what is due there, though no sweep has come by."""
        await self.mei.do("orderSetReference", orderId=order, reference=key())

    async def use(self, coupon: str) -> str:
        """The buyer agrees to an order of the other seller with the coupon, and pays; its id."""
        id: str = (await self.offer(self.linh, "551.23"))["id"]
        await self.ada.do("orderConfirm", orderId=id, couponId=coupon)
        await self.money(id, "521.23")
        return id

    async def refund(self, id: str) -> None:
        """The buyer gets all of it back."""
        asked = {"orderId": id, "reason": "QUALITY", "text": "Brittle.", "idempotencyKey": key()}
        dispute = (await self.ada.do("disputeOpen", "dispute { id }", **asked))["dispute"]["id"]
        await self.ada.do("disputeEscalate", disputeId=dispute)
        await self.sam.do("disputeDecide", disputeId=dispute, reason="The pictures show it.", idempotencyKey=key())


async def card(person: Person, id: str) -> Json:
    """The order with its funds card, as this person sees it."""
    shown: Json = (await person.ask(CARD, id=id))["node"]
    return shown


async def check(person: Person, id: str) -> Json:
    """Why the order can or cannot be claimed, as this person sees it."""
    shown: Json = (await person.ask(CHECK, id=id))["node"]["claimCheck"]
    return shown


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server on an embedded database, whose clock can be moved."""
    given = environment("", tmp_path_factory.mktemp("promise"))
    made = Server({name: value for name, value in given.items() if name != "DATABASE_URL"})
    await made.start()
    yield made
    await made.end()


@pytest.fixture
async def cast(server: Server, hall: Hall, tmp_path: Path) -> Cast:
    """Everybody, and both sellers open for business."""
    people = [await hall.enter(server, who.actor) for who in (MEI, TAO, HUA, LINH, MINH, HOA, ADA, SAM)]
    cast = Cast(*people)
    queue = "{ viewer { desk { applications { nodes { id seller { id } } } } } }"
    for row in (await cast.sam.ask(queue))["viewer"]["desk"]["applications"]["nodes"]:
        if row["seller"]["id"] == f"sel_{LOOM.id.hex}":
            await cast.sam.do("applicationDecide", applicationId=row["id"], approve=True, reason="All there.")
    return cast


async def test_the_story_of_a_broken_promise(cast: Cast) -> None:
    """SHP-3, CLM-1 to 9, COU-1 to 5, PAY-4, PAY-9: pushed, claimed, paid with, recovered, and undone."""
    id, claim = await claimed_and_approved(cast)
    coupon = await cast.coupon(id, "AVAILABLE")
    assert coupon is not None
    assert (coupon["amount"], coupon["used"], coupon["appliedTo"]) == (usd("30.00"), usd("0.00"), None)
    user = await cast.use(coupon["id"])
    await received_in_two_entries(cast, user, coupon["id"], id)
    await cast.settle(id)
    (recovery,) = await cast.owed(id)
    assert (recovery["amount"], recovery["couponId"]) == (usd("30.00"), coupon["id"])
    assert recovery["order"]["claim"]["id"] == claim
    await nobody_sees_more_than_is_theirs(cast, id, user, coupon["id"])
    await collected_from_the_next_release(cast, id)
    await cast.refund(user)
    await undone(cast, id, user)


async def claimed_and_approved(cast: Cast) -> tuple[str, str]:
    """Both sides hear of the overdue dispatch and of what becomes of the claim; the ids of order and claim."""
    id = (await cast.offer(cast.mei, "300.00"))["id"]
    await cast.ada.do("orderConfirm", orderId=id)
    await cast.money(id, "300.00")
    buyers, sellers = Ears(cast.ada, id), Ears(cast.mei, id)
    async with buyers.open(), sellers.open():
        before = await check(cast.ada, id)
        assert (before["claimable"], before["amount"]) == (False, usd("30.00"))
        await cast.pass_days(9)
        for ear in (*buyers.both, *sellers.both):
            await ear.kind("OVERDUE_RAISED")
        now = await check(cast.ada, id)
        assert (now["claimable"], now["promises"][0]["bearer"]) == (True, None)
        assert (await check(cast.hua, id))["promises"][0]["bearer"] == "SELLER"
        claim = await cast.claim(id)
        refused = await cast.ada.refused("claimFile", orderId=id, idempotencyKey=key())
        assert refused == [("CLAIM_NOT_POSSIBLE", "")]
        queue = "{ viewer { desk { claims { nodes { id implied { approve liability } ageHours } } } } }"
        (waiting,) = [c for c in (await cast.sam.ask(queue))["viewer"]["desk"]["claims"]["nodes"] if c["id"] == claim]
        assert waiting["implied"] == {"approve": True, "liability": "SELLER"}
        await cast.decide(claim)
        for ear in (*buyers.both, *sellers.both):
            await ear.kind("CLAIM_FILED")
            await ear.kind("CLAIM_APPROVED")
        await buyers.feed.kind("COUPON_ISSUED")
    assert not [event for event in sellers.feed.events if event["kind"].startswith("COUPON")]
    return id, claim


async def received_in_two_entries(cast: Cast, user: str, coupon: str, late: str) -> None:
    """PAY-1, PAY-4: the other seller's card is the worked example's, and the full total has arrived."""
    shown = await card(cast.linh, user)
    funds = shown["funds"]
    assert (funds["agreedTotal"], funds["couponOffset"], funds["buyerPayable"]) == tuple(
        map(usd, ("551.23", "30.00", "521.23"))
    )
    assert (funds["received"], funds["couponPosted"], funds["estimatedFee"]) == tuple(
        map(usd, ("521.23", "30.00", "11.02"))
    )
    assert (funds["status"], shown["status"]) == ("FULLY_RECEIVED", "PENDING_DISPATCH")
    assert funds["instalments"][0]["missing"] == usd("0.00")
    posted = [
        {fact["name"]: fact["value"] for fact in event["facts"]}
        for event in shown["log"]["nodes"]
        if event["kind"] == "COUPON_POSTED"
    ]
    assert posted == [{"amount": "30.00 USD", "payer": "PLATFORM_FOR_LATE_SELLER"}]
    assert coupon not in str(shown) and late not in str(shown)
    mine = await cast.coupon(late, "USED")
    assert mine is not None
    assert (mine["used"], mine["appliedTo"]) == (usd("30.00"), {"id": user})


async def nobody_sees_more_than_is_theirs(cast: Cast, late: str, user: str, coupon: str) -> None:
    """Section 13: the late seller never sees where, the buyer neither who bears it nor what is owed, sales nothing."""
    log = await card(cast.mei, late)
    assert "RECOVERY_OWED" in [event["kind"] for event in log["log"]["nodes"]]
    for person in (cast.mei, cast.tao, cast.hua):
        assert user not in str(await card(person, late))
        assert (await person.ask("query Node($id: ID!) { node(id: $id) { id } }", id=user))["node"] is None
        assert (await person.ask("query Node($id: ID!) { node(id: $id) { id } }", id=coupon))["node"] is None
    assert user not in str(await cast.owed(late))
    assert (await card(cast.hua, late))["claim"]["liability"] == "SELLER"
    private = "query Private($id: ID!) { node(id: $id) { ... on Order { waivers { id } recoveries { id } } } }"
    for person in (cast.ada, cast.tao):
        shown = await card(person, late)
        assert shown["claim"]["liability"] is None
        assert not [e for e in shown["log"]["nodes"] if e["kind"].startswith(("RECOVERY", "WAIVER"))]
        assert (await person.ask(private, id=late))["node"] == {"waivers": None, "recoveries": None}
        assert (await person.ask(OWED))["viewer"]["recoveries"] is None
    assert (await card(cast.tao, late))["claim"]["coupon"] is None
    assert (await card(cast.ada, late))["claim"]["coupon"] == {"id": coupon}


async def collected_from_the_next_release(cast: Cast, late: str) -> None:
    """COU-4, COU-5: the late order leaves and is received; 300.00 less the fee of 6.00 less the 30.00."""
    sent = {"orderId": late, "carrier": "DHL", "trackingNumber": "1Z 1", "idempotencyKey": key()}
    await cast.mei.do("shipmentDispatch", **sent)
    await cast.ada.do("orderConfirmReceipt", orderId=late)
    (recovery,) = await cast.owed(late)
    assert (recovery["status"], recovery["collected"]) == ("COLLECTED", usd("30.00"))
    taken = [cents(row["amount"]) for row in recovery["collections"]]
    assert sum(taken) == 30_00
    # what had stood on the account was taken from it at once, in the late order's name too
    assert {row["order"]["id"] for row in recovery["collections"]} == {late}
    assert [(kind, amount) for kind, amount in await statement(cast.hua) if kind in ("RELEASE", "FEE")][:2][::-1] == [
        ("RELEASE", 300_00),
        ("FEE", -6_00),
    ]


async def undone(cast: Cast, late: str, user: str) -> None:
    """PAY-9: the buyer's money and the coupon are back, the late seller has his 30.00 again, and the claim stands."""
    funds = (await card(cast.linh, user))["funds"]
    assert (funds["refunded"], funds["status"], funds["feeCharged"]) == (usd("521.23"), "REFUNDED", usd("0.00"))
    back = await cast.coupon(late, "AVAILABLE")
    assert back is not None
    assert (back["used"], back["appliedTo"]) == (usd("0.00"), None)
    await cast.settle(late)
    (recovery,) = await cast.owed(late)
    assert recovery["status"] == "REVERSED"
    assert recovery["reversedAt"] is not None
    assert ("RECOVERY_REVERSED", 30_00) in await statement(cast.hua)
    shown = await card(cast.ada, late)
    assert (shown["status"], shown["claim"]["status"]) == ("COMPLETED", "APPROVED")


def cents(amount: Json) -> int:
    """An amount of dollars in cents."""
    return int(amount["amount"].replace(".", ""))


async def statement(person: Person) -> list[tuple[str, int]]:
    """The moves of the seller's account, newest first, in cents."""
    nodes = (await person.ask(STATEMENT))["viewer"]["seller"]["statement"]["nodes"]
    return [(line["kind"], cents(line["amount"])) for line in nodes]


async def test_what_is_waived_is_the_platform_s(cast: Cast) -> None:
    """CLM-8, PAY-4: the buyer is compensated, the payer is PLATFORM, and nothing is owed."""
    id = await cast.late()
    granted = {"orderIds": [id], "compensate": True, "reason": "The port was closed.", "idempotencyKey": key()}
    (result,) = (await cast.sam.do("waiverGrant", "results { orderId waiver { id compensate } }", **granted))["results"]
    assert (result["orderId"], result["waiver"]["compensate"]) == (id, True)
    await cast.decide(await cast.claim(id))
    assert (await card(cast.hua, id))["claim"]["liability"] == "PLATFORM"
    coupon = await cast.coupon(id, "AVAILABLE")
    assert coupon is not None
    user = await cast.use(coupon["id"])
    facts = str([e["facts"] for e in (await card(cast.linh, user))["log"]["nodes"] if e["kind"] == "COUPON_POSTED"])
    assert "'PLATFORM'" in facts
    await cast.settle(id)
    assert await cast.owed(id) == []


async def test_a_waiver_without_compensation_refuses_the_claim(cast: Cast) -> None:
    """CLM-8: nobody can claim under it; a second one is refused with the reason, and it can be taken back."""
    id = await cast.late()
    granted = {"orderIds": [id], "compensate": False, "reason": "The port was closed."}
    await cast.sam.do("waiverGrant", idempotencyKey=key(), **granted)
    assert await cast.sam.refused("waiverGrant", idempotencyKey=key(), **granted) == [("WAIVER_EXISTS", "orderIds.0")]
    shown = await check(cast.ada, id)
    unmet = [c["code"] for promise in shown["promises"][:1] for c in promise["conditions"] if not c["met"]]
    assert (shown["claimable"], unmet) == (False, ["NOT_WAIVED"])
    assert await cast.ada.refused("claimFile", orderId=id, idempotencyKey=key()) == [("CLAIM_NOT_POSSIBLE", "")]
    await cast.sam.do("waiverWithdraw", orderId=id, reason="It was open after all.", idempotencyKey=key())
    await cast.claim(id)


async def test_a_rejected_claim_and_a_decision_taken_back(cast: Cast) -> None:
    """CLM-6: the reason is told and no coupon issued; taken back, the claim is under review and can be approved."""
    id = await cast.late()
    claim = await cast.claim(id)
    await cast.decide(claim, approve=False, rejection="FACTS", note="Seen the pictures.")
    shown = (await card(cast.ada, id))["claim"]
    assert (shown["status"], shown["rejection"], shown["coupon"]) == ("REJECTED", "FACTS", None)
    note = "query Note($id: ID!) { node(id: $id) { ... on Claim { note } } }"
    assert (await cast.sam.ask(note, id=claim))["node"] == {"note": "Seen the pictures."}
    assert (await cast.ada.ask(note, id=claim))["node"] == {"note": None}
    await cast.sam.do("claimUndoDecision", claimId=claim, reason="Of another order.", idempotencyKey=key())
    await cast.decide(claim)
    assert await cast.coupon(id, "AVAILABLE") is not None


async def test_nobody_else_decides_or_waives(cast: Cast) -> None:
    """CLM-6, CLM-8, CLM-1: neither side decides, no seller claims, and other people's claims do not exist."""
    id = await cast.late()
    claim = await cast.claim(id)
    for person, code in ((cast.ada, "FORBIDDEN"), (cast.mei, "FORBIDDEN"), (cast.linh, "NOT_FOUND")):
        decided = {"claimId": claim, "approve": True, "reason": "Mine.", "idempotencyKey": key()}
        assert (await person.refused("claimDecide", **decided))[0][0] == code
        waived = {"orderIds": [id], "compensate": True, "reason": "Mine.", "idempotencyKey": key()}
        assert (await person.refused("waiverGrant", **waived))[0][0] == code
    assert (await cast.mei.refused("claimFile", orderId=id, idempotencyKey=key()))[0][0] == "FORBIDDEN"
    none = {"orderIds": [], "compensate": True, "reason": "None.", "idempotencyKey": key()}
    assert await cast.sam.refused("waiverGrant", **none) == [("TOO_MANY", "orderIds")]
