"""A case for every mutation: who may take it, on what, an input that is done, and another one under the same key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from app.actions import consignments, desk, fulfilment, sellers, sheets, tokens
from app.actions import webhooks as actions
from app.db import deliveries
from app.db import tables as t
from app.db import webhooks as stored
from app.domain import webhooks
from app.domain.access import Scope
from app.domain.deliveries import Delivery, DeliveryState
from app.domain.goods import AttachmentPurpose
from app.domain.sellers import Verification
from app.domain.sheets import Choice, SheetFormat
from app.domain.webhooks import Place, Wanted
from app.keyring import Keyring
from tests.actions import promising, shelf
from tests.actions.taking import associated, card, deposited
from tests.api import late
from tests.api.contracts import contract
from tests.api.everything import NOWHERE, PREPARED, Scene
from tests.api.people import MUTATIONS, Json
from tests.api.server import WEBHOOK_KEY
from tests.api.test_no_party_makes_money import amending, disputed, escalated, landed_order, refused_refund, scene_of
from tests.market import Market, by, completed, confirmed, dispatched, drafted, paid, submitted, uploaded

Make = Callable[[Market], Awaitable[UUID]]
More = Callable[[Market, Scene], Awaitable[Json]]
VERSION = {"expectedVersion": 1}


@dataclass(frozen=True)
class Case:
    """What a mutation is tried on: `who` takes it on what `make` made, with `more` in its input; `other` is different.

    `instead` is another operation to try the key on where no other input can be; `seller` replaces columns.
    """

    who: str
    make: Make | None = None
    other: Json = field(default_factory=dict)
    more: More | None = None
    instead: str | None = None
    seller: Json = field(default_factory=dict)


async def given(name: str, case: Case, market: Market) -> Json:
    """A fresh input of a mutation that can be done once, without a key."""
    scene = Scene("", f"sel_{market.seller.id.hex}", market.buyer.email)
    if case.make is not None:
        scene = await scene_of(market, await case.make(market))
    input = {**PREPARED[name](scene), **(await case.more(market, scene) if case.more else {})}
    input.pop("idempotencyKey", None)
    return input


def _public(prefix: str, id: UUID) -> str:
    return f"{prefix}_{id.hex}"


def _key(public: str) -> UUID:
    return UUID(public[4:])


async def _one(market: Market, query: str, **values: Any) -> UUID:
    async with market.means.engine.connect() as connection:
        found: UUID = (await connection.execute(text(query), values)).scalar_one()
    return found


async def _note(market: Market, scene: Scene) -> Json:
    return {
        "noteId": _public("nte", await desk.add_note(market.means, by(market.seller.owner), _key(scene.order), "A"))
    }


async def _milestone(market: Market, scene: Scene) -> Json:
    made = await fulfilment.add_milestone(
        market.means, by(market.seller.owner), _key(scene.order), market.means.clock.now().date(), "Cut.", []
    )
    return {"milestoneId": _public("mst", made)}


def _file(purpose: AttachmentPurpose, who: str) -> More:
    async def sent(market: Market, scene: Scene) -> Json:
        actor = market.buyer if who == "buyer" else market.seller.owner
        return {"fileIds": [_public("fil", await uploaded(market.means, actor, purpose))]}

    return sent


async def _picture(market: Market, scene: Scene) -> Json:
    sent = await _file(AttachmentPurpose.PRODUCT, "owner")(market, scene)
    return {**sent, "productId": _public("prd", await shelf.new_product(market))}


async def _consignment(market: Market, scene: Scene) -> Json:
    for number in (uuid4().hex, uuid4().hex):
        await consignments.link(market.means, by(market.seller.owner), _key(scene.order), number, None)
    query = "SELECT id FROM consignments WHERE order_id = :id ORDER BY id LIMIT 1"
    return {"consignmentId": _public("cns", await _one(market, query, id=_key(scene.order)))}


async def _review(market: Market, scene: Scene) -> Json:
    await fulfilment.review(market.means, by(market.buyer), _key(scene.order), 5, 5, 5, None)
    return {}


def _product(published: bool = True) -> More:
    async def made(market: Market, _: Scene) -> Json:
        return {"productId": _public("prd", await shelf.new_product(market, published=published))}

    return made


async def _basket(market: Market, _: Scene) -> Json:
    lane = await shelf.new_lane(market)
    product = await shelf.new_product(market, lane)
    return {"laneId": _public("lan", lane), "lines": [{"productId": _public("prd", product), "quantity": "3"}]}


async def _lane(market: Market, _: Scene) -> Json:
    return {"laneId": _public("lan", await shelf.new_lane(market))}


async def _lanes(market: Market, _: Scene) -> Json:
    return {"laneIds": [_public("lan", await shelf.new_lane(market))]}


async def _template(market: Market, _: Scene) -> Json:
    return {"templateId": _public("tpl", await shelf.new_template(market, await shelf.new_lane(market)))}


async def _bound(market: Market, scene: Scene) -> Json:
    product = _public("prd", await shelf.new_product(market))
    return {**await _template(market, scene), "productIds": [product]}


async def _application(market: Market, _: Scene) -> Json:
    form = Verification("Ningbo Carbon Works Ltd.", "91330200MA", "CN", "1 Harbour Road, Ningbo", "Li Wei")
    await sellers.apply(market.means, by(market.seller.owner), form)
    made = await _one(market, "SELECT id FROM applications WHERE seller_id = :id", id=market.seller.id)
    return {"applicationId": _public("apl", made)}


async def _enrolled(market: Market, _: Scene) -> Json:
    await promising.enrol(market)
    return {}


async def _member(market: Market, _: Scene) -> Json:
    sales = market.seller.sales.account_id
    return {"memberId": _public("mem", await _one(market, "SELECT id FROM members WHERE account_id = :id", id=sales))}


async def _token(market: Market, _: Scene) -> Json:
    owner, until = by(market.seller.owner), market.means.clock.real() + timedelta(days=1)
    made = await tokens.create(market.means, owner, "Old", [Scope.ORDERS_READ], until, timedelta(days=2))
    return {"tokenId": _public("tok", made.id)}


async def _endpoint(market: Market, _: Scene) -> Json:
    act = by(market.seller.owner).act(market.means.clock.real(), market.means.mint)
    wanted = Wanted("https://erp.invalid/hooks", "subscription { events { cursor } }", None, {})
    name = Keyring((WEBHOOK_KEY,)).newest
    assert name is not None
    async with market.means.engine.begin() as connection:
        endpoint, happening = webhooks.create(act, wanted, Place(0, 0), name, 0)
        await stored.add(connection, (endpoint, happening))
    return {"endpointId": _public("whk", endpoint.id)}


async def _paused(market: Market, scene: Scene) -> Json:
    made = await _endpoint(market, scene)
    await actions.pause(market.means, by(market.seller.owner), _key(made["endpointId"]))
    return made


async def _dead(market: Market, scene: Scene) -> Json:
    """A delivery that was given up, of an event that happened while the endpoint was paused."""
    endpoint_id = _key((await _paused(market, scene))["endpointId"])
    query = select(t.events.c.id).where(t.events.c.subject_id == endpoint_id).order_by(t.events.c.id.desc()).limit(1)
    now, number, given_up = market.means.clock.real(), market.means.mint.id(), DeliveryState.DEAD
    async with market.means.engine.begin() as connection:
        event_id = (await connection.execute(query)).scalar_one()
        row = (number, endpoint_id, event_id, 1, endpoint_id, "WEBHOOK_CHANGED", now, given_up, now, now, 12, 12)
        await deliveries.take_up(connection, [replace(Delivery(*row), finished_at=now)])
    return {"deliveryId": _public("dlv", number)}


async def _sheet(market: Market, _: Scene) -> Json:
    """A sheet that another process writes, which has fallen silent."""
    held = "UPDATE sheets SET state = 'RUNNING', writer_id = :id, leased_until = now() + interval '1 h' WHERE id = :id"
    while True:
        made = await sheets.request(market.means, by(market.seller.owner), SheetFormat.CSV, Choice(None, None))
        async with market.means.engine.begin() as connection:
            state = select(t.sheets.c.state).where(t.sheets.c.id == made).with_for_update()
            if (await connection.execute(state)).scalar_one() == "WAITING":
                await connection.execute(text(held), {"id": made})
                return {"sheetId": _public("sht", made)}


async def _limit(_: Market, scene: Scene) -> Json:
    return {"easyDispatchLimit": str(10_000 + uuid4().int % 900_000)}


async def _until(_: Market, scene: Scene) -> Json:
    return {"expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}


async def _associated(market: Market) -> UUID:
    order_id = await confirmed(market)
    await associated(market, order_id)
    return order_id


async def _held(market: Market) -> UUID:
    order_id = await confirmed(market)
    await card(market, order_id, 1, "CHF")
    return order_id


# What has a case of its own elsewhere, for a server on a database of its own keeps real time
ELSEWHERE = {"clockAdvance": "tests/actions/test_clock.py"}
NO_FILE = f"fil_{NOWHERE}"
NO_DISPATCH = {"orderId": f"ord_{NOWHERE}", "carrier": "DHL", "trackingNumber": "1Z 1"}
OTHER_CONTACT = {"contact": {**contract("somebody@example.com")["contact"], "city": "Oakland"}}
CASES: Mapping[str, Case] = {
    "laneCreate": Case("operator", other={"guaranteed": True}),
    "sellerLaneCreate": Case(
        "owner", other={"lane": {**PREPARED["sellerLaneCreate"](Scene("", "", ""))["lane"], "name": "B"}}
    ),
    "laneUpdate": Case("operator", other={"name": "B"}, more=_lane),
    "laneRetire": Case("operator", more=_lane, instead="laneUpdate"),
    "templateCreate": Case("owner", other={"name": "B"}, more=_lanes),
    "templateUpdate": Case("owner", other={"name": "B"}, more=_template),
    "templateBind": Case("owner", other={"productIds": []}, more=_bound),
    "productCreate": Case("owner", other={"name": "B"}),
    "productUpdate": Case("owner", other={"description": "B"}, more=_product()),
    "productPublish": Case("owner", other=VERSION, more=_product(published=False)),
    "productReview": Case("operator", other={"passed": False}, more=_product()),
    "orderPlace": Case("buyer", other=OTHER_CONTACT, more=_basket),
    "productWithdraw": Case("owner", other=VERSION, more=_product()),
    "orderDraft": Case("owner", other={"contract": contract(None)}),
    "orderEdit": Case("owner", drafted, {"contract": {"notes": "B"}}),
    "orderMatchBuyer": Case("owner", drafted, VERSION),
    "orderAssign": Case("owner", confirmed, {"memberId": None}),
    "orderLabel": Case("owner", confirmed, {"add": ["b"]}),
    "orderAddNote": Case("owner", confirmed, {"text": "B"}),
    "orderRemoveNote": Case("owner", confirmed, more=_note, instead="orderAddNote"),
    "orderAssignMany": Case("owner", confirmed, {"memberId": None}),
    "orderLabelMany": Case("owner", confirmed, {"add": ["b"]}),
    "orderSetReference": Case("buyer", confirmed, {"reference": "B"}),
    "orderSetLeadSource": Case("owner", confirmed, {"leadSource": "RFQ"}),
    "orderSubmit": Case("owner", drafted, VERSION),
    "orderConfirm": Case("buyer", submitted, VERSION),
    "paymentStart": Case("buyer", confirmed, {"instalment": 1}),
    "receiptRecord": Case("operator", confirmed, {"payer": "B"}),
    "receiptAssociate": Case("finance", landed_order, VERSION),
    "receiptUndoAssociation": Case("operator", _associated, VERSION),
    "receiptRefundHeld": Case("operator", _held, VERSION),
    "ledgerCorrect": Case("operator", paid, {"reason": "B"}),
    "amendmentPropose": Case("owner", confirmed, {"reason": "B"}),
    "amendmentAnswer": Case("buyer", amending, {"accept": False}),
    "amendmentWithdraw": Case("owner", amending, VERSION),
    "milestoneAdd": Case("owner", deposited, {"text": "B"}),
    "milestoneTakeBack": Case("owner", deposited, more=_milestone, instead="milestoneAdd"),
    "shipmentDispatch": Case("owner", paid, {"carrier": "B"}),
    "shipmentDispatchMany": Case("owner", paid, {"dispatches": [NO_DISPATCH]}),
    "shipmentAttachProof": Case("owner", dispatched, {"fileIds": [NO_FILE]}, _file(AttachmentPurpose.PROOF, "owner")),
    "productAttachPicture": Case("owner", None, {"fileIds": [NO_FILE]}, _picture),
    "orderAttachEvidence": Case("buyer", disputed, {"fileIds": [NO_FILE]}, _file(AttachmentPurpose.EVIDENCE, "buyer")),
    "consignmentLink": Case("owner", paid, {"number": "B"}),
    "consignmentUnlink": Case("owner", paid, more=_consignment, instead="consignmentLink"),
    "shipmentCorrect": Case("owner", dispatched, {"carrier": "B"}),
    "trackingRecord": Case("operator", dispatched, {"text": "B"}),
    "orderConfirmReceipt": Case("buyer", dispatched, VERSION),
    "reviewWrite": Case("buyer", completed, {"text": "B"}),
    "reviewReply": Case("owner", completed, {"text": "B"}, _review),
    "claimFile": Case("buyer", late.overdue, {"text": "B"}),
    "claimDecide": Case("operator", late.claimed, {"reason": "B"}),
    "claimUndoDecision": Case("operator", late.approved, {"reason": "B"}),
    "waiverGrant": Case("operator", late.overdue, {"reason": "B"}),
    "waiverWithdraw": Case("operator", late.waived, {"reason": "B"}),
    "disputeOpen": Case("buyer", paid, {"text": "B"}),
    "disputeAnswer": Case("owner", disputed, {"text": "B"}),
    "disputeEscalate": Case("buyer", disputed, {"text": "B"}),
    "disputeDecide": Case("operator", escalated, {"reason": "B"}),
    "disputeReopen": Case("operator", refused_refund, {"reason": "B"}),
    "disputeWithdraw": Case("buyer", disputed, {"text": "B"}),
    "memberRemove": Case("owner", other={"successorId": f"mem_{NOWHERE}"}, more=_member),
    "accessTokenCreate": Case("owner", other={"label": "B"}, more=_until),
    "accessTokenRotate": Case("owner", other={"overlapSeconds": 5}, more=_token),
    "accessTokenRevoke": Case("owner", more=_token, instead="accessTokenRotate"),
    "webhookEndpointCreate": Case("owner", other={"url": "https://erp.invalid/"}),
    "webhookEndpointChange": Case("owner", other={"url": "https://erp.invalid/"}, more=_endpoint),
    "webhookEndpointPause": Case("owner", more=_endpoint, instead="webhookTest"),
    "webhookEndpointResume": Case("owner", more=_paused, instead="webhookTest"),
    "webhookEndpointDelete": Case("owner", more=_endpoint, instead="webhookSecretRotate"),
    "webhookSecretRotate": Case("owner", other={"overlapSeconds": 5}, more=_endpoint),
    "webhookRedeliver": Case("owner", more=_endpoint, instead="webhookTest"),
    "webhookDeliveryRetry": Case("owner", more=_dead, instead="webhookRedeliver"),
    "webhookTest": Case("owner", more=_endpoint, instead="webhookSecretRotate"),
    "deskSettingsChange": Case("owner", other={"salesSeeAll": False}),
    "serviceApply": Case("owner", other={"verification": None}, seller={"service": "INACTIVE"}),
    "enrolmentJoin": Case("owner", instead="enrolmentLeave"),
    "enrolmentLeave": Case("owner", more=_enrolled, instead="enrolmentJoin"),
    "applicationDecide": Case(
        "operator", other={"reason": "B"}, more=_application, seller={"service": "INACTIVE", "membership": "FREE"}
    ),
    "quotaSet": Case("operator", other={"reason": "B"}),
    "policyChange": Case("operator", other={"easyDispatchLimit": "1000001"}, more=_limit),
    "rateSet": Case("operator", other={"rate": "1001"}),
    "sheetRequest": Case("owner", other={"format": "XLSX"}),
    "sheetCancel": Case("owner", more=_sheet, instead="sheetRequest"),
    "withdrawalMake": Case("finance", completed, {"amount": {"amount": "0.02", "currencyCode": "USD"}}),
    "orderRevise": Case("owner", submitted, VERSION),
    "orderCancel": Case("buyer", confirmed, {"reason": "B"}),
    "orderDecline": Case("buyer", submitted, {"reason": "B"}),
    "orderDeleteMany": Case("owner", drafted, {"orderIds": [NO_DISPATCH["orderId"]]}),
    "orderDelete": Case("owner", drafted, VERSION),
}
assert set(CASES) | set(ELSEWHERE) == set(MUTATIONS), f"a case for {(set(CASES) | set(ELSEWHERE)) ^ set(MUTATIONS)}"
