"""One prepared input for every mutation of the schema, so that each can be tried by anybody on any order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.api.contracts import LANE, contract, key
from tests.api.people import ERRORS, MUTATIONS, Json, Person

NOWHERE = "0" * 32


@dataclass(frozen=True)
class Scene:
    """What the inputs name: an order, and of its rows and its seller's what there is."""

    order: str
    seller: str
    buyer_email: str
    member: str = f"mem_{NOWHERE}"
    application: str = f"apl_{NOWHERE}"
    token: str = f"tok_{NOWHERE}"
    endpoint: str = f"whk_{NOWHERE}"
    receipt: str = f"rcp_{NOWHERE}"
    shipment: str = f"shp_{NOWHERE}"
    dispute: str = f"dsp_{NOWHERE}"
    claim: str = f"clm_{NOWHERE}"
    product: str = f"prd_{NOWHERE}"
    lane: str = f"lan_{NOWHERE}"
    template: str = f"tpl_{NOWHERE}"


def _step(scene: Scene) -> Json:
    return {"orderId": scene.order}


def _reason(scene: Scene) -> Json:
    return {"orderId": scene.order, "reason": "Tried."}


def _receipt(scene: Scene) -> Json:
    return {"receiptId": scene.receipt}


def _product(scene: Scene) -> Json:
    return {"productId": scene.product}


def _endpoint(scene: Scene) -> Json:
    return {"endpointId": scene.endpoint}


def _dispute(scene: Scene) -> Json:
    return {"disputeId": scene.dispute}


def _dollars(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "USD"}


VERIFICATION = {
    "registeredName": "Ningbo Carbon Works",
    "registrationNumber": "91330200",
    "country": "CN",
    "address": "1 Harbour Road",
    "legalRepresentative": "Li Na",
}
# In the order of an order's life, what ends it last: so each is tried on an order that is still there
PREPARED: Mapping[str, Callable[[Scene], Json]] = {
    "laneCreate": lambda _: {"idempotencyKey": key(), "provider": "PLATFORM", "lane": LANE},
    "sellerLaneCreate": lambda _: {"idempotencyKey": key(), "lane": LANE},
    "laneUpdate": lambda scene: {"laneId": scene.lane, "name": "Tried"},
    "laneRetire": lambda scene: {"laneId": scene.lane},
    "templateCreate": lambda scene: {"idempotencyKey": key(), "name": "Tried", "laneIds": [scene.lane]},
    "templateUpdate": lambda scene: {"templateId": scene.template, "name": "Tried"},
    "templateBind": lambda scene: {"templateId": scene.template, "productIds": [scene.product]},
    "productCreate": lambda _: {
        "idempotencyKey": key(),
        "name": "Lantern",
        "unit": "piece",
        "unitGrams": 400,
        "currency": "USD",
        "prices": [{"fromQuantity": "1", "unitPrice": "18.50"}],
    },
    "productUpdate": lambda scene: {"productId": scene.product, "description": "Tried."},
    "productPublish": _product,
    "productReview": lambda scene: {"productId": scene.product, "passed": True},
    "orderPlace": lambda scene: {
        "idempotencyKey": key(),
        "lines": [{"productId": scene.product, "quantity": "3"}],
        "laneId": scene.lane,
        "contact": contract(scene.buyer_email)["contact"],
    },
    "productWithdraw": _product,
    "orderDraft": lambda scene: {
        "idempotencyKey": key(),
        "contract": contract(scene.buyer_email),
        "sellerId": scene.seller,
    },
    "orderEdit": lambda scene: {**_step(scene), "contract": {"notes": "Tried.", "carrier": "FedEx"}},
    "orderMatchBuyer": _step,
    "orderAssign": lambda scene: {**_step(scene), "memberId": scene.member},
    "orderLabel": lambda scene: {**_step(scene), "add": [f"tried {uuid4().hex}"]},
    "orderAddNote": lambda scene: {**_step(scene), "text": "Tried."},
    "orderRemoveNote": lambda scene: {**_step(scene), "noteId": f"nte_{NOWHERE}"},
    "orderAssignMany": lambda scene: {
        "orderIds": [scene.order],
        "memberId": scene.member,
        "idempotencyKey": key(),
    },
    "orderLabelMany": lambda scene: {
        "orderIds": [scene.order],
        "add": [f"tried {uuid4().hex}"],
        "idempotencyKey": key(),
    },
    "orderSetReference": lambda scene: {**_step(scene), "reference": "Tried"},
    "orderSetLeadSource": lambda scene: {**_step(scene), "leadSource": "CHAT"},
    "orderSubmit": _step,
    "orderConfirm": _step,
    "paymentStart": lambda scene: {**_step(scene), "idempotencyKey": key(), "method": "VISA"},
    "receiptRecord": lambda scene: {
        **_step(scene),
        "method": "VISA",
        "reference": f"made up {uuid4().hex}",
        "amount": _dollars("165.37"),
    },
    "receiptAssociate": _receipt,
    "receiptUndoAssociation": _receipt,
    "receiptRefundHeld": _receipt,
    "ledgerCorrect": lambda scene: {
        "orderId": scene.order,
        "idempotencyKey": key(),
        "moves": [{"from": "SUBSIDY", "to": "SELLER", "amount": {"amount": "1.00", "currencyCode": "USD"}}],
        "reason": "Charged twice.",
    },
    "amendmentPropose": lambda scene: {
        **_step(scene),
        "idempotencyKey": key(),
        "contract": {"carrier": "UPS"},
    },
    "amendmentAnswer": lambda scene: {**_step(scene), "accept": True},
    "amendmentWithdraw": _step,
    "milestoneAdd": lambda scene: {
        **_step(scene),
        "date": datetime.now(UTC).date().isoformat(),
        "text": "Tried.",
    },
    "milestoneTakeBack": lambda scene: {**_step(scene), "milestoneId": f"mst_{NOWHERE}"},
    "shipmentDispatch": lambda scene: {
        **_step(scene),
        "idempotencyKey": key(),
        "carrier": "DHL",
        "trackingNumber": "1Z 1",
    },
    "shipmentDispatchMany": lambda scene: {
        "dispatches": [{**_step(scene), "carrier": "DHL", "trackingNumber": "1Z 1"}],
        "idempotencyKey": key(),
    },
    "shipmentAttachProof": lambda scene: {"shipmentId": scene.shipment, "fileIds": [f"fil_{NOWHERE}"]},
    "productAttachPicture": lambda _: {"productId": f"prd_{NOWHERE}", "fileIds": [f"fil_{NOWHERE}"]},
    "orderAttachEvidence": lambda scene: {**_step(scene), "fileIds": [f"fil_{NOWHERE}"]},
    "consignmentLink": lambda scene: {**_step(scene), "number": f"YDT {uuid4().hex}"},
    "consignmentUnlink": lambda scene: {**_step(scene), "consignmentId": f"cns_{NOWHERE}"},
    "shipmentCorrect": lambda scene: {"shipmentId": scene.shipment, "carrier": "UPS"},
    "trackingRecord": lambda scene: {
        "shipmentId": scene.shipment,
        "kind": "DELIVERED",
        "occurredAt": datetime.now(UTC).isoformat(),
        "source": "DHL",
        "reference": uuid4().hex,
    },
    "orderConfirmReceipt": _step,
    "reviewWrite": lambda scene: {**_step(scene), "product": 5, "dispatchSpeed": 4, "service": 5},
    "reviewReply": lambda scene: {**_step(scene), "text": "Thank you."},
    "claimFile": lambda scene: {**_step(scene), "idempotencyKey": key(), "text": "Tried."},
    "claimDecide": lambda scene: {
        "claimId": scene.claim,
        "idempotencyKey": key(),
        "approve": True,
        "reason": "Tried.",
    },
    "claimUndoDecision": lambda scene: {"claimId": scene.claim, "idempotencyKey": key(), "reason": "Tried."},
    "waiverGrant": lambda scene: {
        "orderIds": [scene.order],
        "idempotencyKey": key(),
        "compensate": True,
        "reason": "Tried.",
    },
    "waiverWithdraw": lambda scene: {**_reason(scene), "idempotencyKey": key()},
    "disputeOpen": lambda scene: {
        **_step(scene),
        "idempotencyKey": key(),
        "reason": "QUALITY",
        "amount": _dollars("1.00"),
    },
    "disputeAnswer": lambda scene: {**_dispute(scene), "idempotencyKey": key(), "answer": "ACCEPT"},
    "disputeEscalate": lambda scene: _dispute(scene),
    "disputeDecide": lambda scene: {
        **_dispute(scene),
        "idempotencyKey": key(),
        "reason": "Tried.",
        "amount": _dollars("0.50"),
    },
    "disputeReopen": lambda scene: {**_dispute(scene), "reason": "Tried."},
    "disputeWithdraw": lambda scene: _dispute(scene),
    "memberRemove": lambda _: {"memberId": f"mem_{NOWHERE}"},
    "accessTokenCreate": lambda _: {
        "idempotencyKey": key(),
        "label": "Tried",
        "scopes": ["ORDERS_READ"],
        "expiresAt": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    },
    "accessTokenRotate": lambda scene: {"idempotencyKey": key(), "tokenId": scene.token},
    "accessTokenRevoke": lambda scene: {"tokenId": scene.token},
    "webhookEndpointCreate": lambda _: {
        "idempotencyKey": key(),
        "url": "https://erp.invalid/hooks",
        "document": "subscription { events { cursor event { kind } } }",
    },
    "webhookEndpointChange": lambda scene: {"endpointId": scene.endpoint, "url": "https://erp.invalid/other"},
    "webhookEndpointPause": _endpoint,
    "webhookEndpointResume": _endpoint,
    "webhookSecretRotate": lambda scene: {**_endpoint(scene), "idempotencyKey": key()},
    "webhookRedeliver": lambda scene: {**_endpoint(scene), "after": "f.0.0", "idempotencyKey": key()},
    "webhookDeliveryRetry": lambda _: {"deliveryId": f"dlv_{NOWHERE}", "idempotencyKey": key()},
    "webhookTest": lambda scene: {**_endpoint(scene), "idempotencyKey": key()},
    "webhookEndpointDelete": _endpoint,
    "deskSettingsChange": lambda _: {"salesSeeAll": True},
    "serviceApply": lambda _: {"verification": VERIFICATION},
    "enrolmentJoin": lambda _: {},
    "enrolmentLeave": lambda _: {},
    "applicationDecide": lambda scene: {"applicationId": scene.application, "approve": True, "reason": "Tried."},
    "quotaSet": lambda scene: {"sellerId": scene.seller, "limit": "1000000", "reason": "Tried."},
    "policyChange": lambda _: {"easyDispatchLimit": "1000000"},
    "clockAdvance": lambda _: {"idempotencyKey": key(), "by": 60},
    "rateSet": lambda _: {"base": "EUR", "quote": "USD", "rate": "1000"},
    "sheetRequest": lambda _: {"format": "CSV", "idempotencyKey": key()},
    "sheetCancel": lambda _: {"sheetId": f"sht_{NOWHERE}"},
    "withdrawalMake": lambda _: {"idempotencyKey": key(), "amount": _dollars("0.01")},
    "orderRevise": _step,
    "orderCancel": _reason,
    "orderDecline": _reason,
    "orderDeleteMany": lambda scene: {"orderIds": [scene.order], "idempotencyKey": key()},
    "orderDelete": _step,
}
assert set(PREPARED) == set(MUTATIONS), f"prepare an input for {set(PREPARED) ^ set(MUTATIONS)}"


async def try_everything(person: Person, scene: Scene, backwards: bool = False) -> dict[str, str]:
    """Try every mutation, one after another in one request; the code each was refused with, "" for what was done."""
    names = list(PREPARED)[:: -1 if backwards else 1]
    given = ", ".join(f"${name}: {MUTATIONS[name].args['input'].type}" for name in names)
    calls = " ".join(f"{name}(input: ${name}) {{ {ERRORS} }}" for name in names)
    inputs = {name: prepare(scene) for name, prepare in PREPARED.items()}
    payloads = await person.ask(f"mutation Everything({given}) {{ {calls} }}", **inputs)
    return {
        name: payload["userErrors"][0]["code"] if payload["userErrors"] else "" for name, payload in payloads.items()
    }
