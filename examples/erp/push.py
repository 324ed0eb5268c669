"""Telling what the warehouse sent: many parcels in one request, each told once however often it is tried."""

from uuid import uuid4

from gql.client import AsyncClientSession

from examples.erp.asking import ask
from examples.erp.copy import Copy

AT_ONCE = 250
DISPATCH = """
mutation Dispatch($input: ShipmentDispatchManyInput!) {
  shipmentDispatchMany(input: $input) {
    results { orderId userErrors { code message } }
    userErrors { code message }
  }
}
"""


async def push(session: AsyncClientSession, copy: Copy, at_once: int = AT_ONCE) -> None:
    """Tell every parcel that has no answer yet; a refused one keeps the reason."""
    while True:
        key, parcels = copy.batch(f"parcels-{uuid4()}", at_once)
        if not parcels:
            return
        dispatches = [
            {"orderId": each.order_id, "carrier": each.carrier, "trackingNumber": each.tracking_number}
            for each in parcels
        ]
        answer = await ask(session, DISPATCH, input={"dispatches": dispatches, "idempotencyKey": key})
        payload = answer["shipmentDispatchMany"]
        said = {each["orderId"]: _said(each["userErrors"]) for each in payload["results"]}
        copy.answered(key, said or {each.order_id: _said(payload["userErrors"]) for each in parcels})


def _said(errors: list[dict[str, str]]) -> str:
    return errors[0]["message"] if errors else "DISPATCHED"
