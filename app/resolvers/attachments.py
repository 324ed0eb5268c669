"""Mutations about uploaded files, milestones and consignment orders."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import consignments, files, fulfilment, products
from app.actions.work import Call
from app.reads import ref
from app.resolvers.context import GIVEN, Info
from app.resolvers.fulfilment import on_shipment
from app.resolvers.orders import act_on_order
from app.resolvers.products import on_product
from app.resolvers.roots import mutation
from app.schema.attachment_inputs import (
    ConsignmentLinkInput,
    ConsignmentUnlinkInput,
    MilestoneAddInput,
    MilestoneTakeBackInput,
    OrderAttachEvidenceInput,
    ProductAttachPictureInput,
    ShipmentAttachProofInput,
)
from app.schema.fulfilment import Milestone
from app.schema.ids import key
from app.schema.payloads import MilestonePayload, OrderPayload, ProductPayload, ShipmentPayload


def _files(ids: Sequence[ID]) -> list[UUID]:
    return [key("fil", file_id, "fileIds") for file_id in ids]


@strawberry.type
class AttachmentMutations:
    """Uploaded files, milestones and consignment orders."""

    @mutation
    async def milestone_add(self, info: Info, input: Annotated[MilestoneAddInput, GIVEN]) -> MilestonePayload:
        """The seller reports what was reached of the production, and on which day, with pictures sent before (SHP-7).
        The buyer sees it at once.
        """
        made: list[UUID] = []

        async def add(call: Call, order_id: UUID) -> UUID:
            pictures = _files(input.file_ids)
            kit = info.context.kit
            made.append(await fulfilment.add_milestone(kit, call, order_id, input.date, input.text, pictures))
            return made[0]

        payload = await act_on_order(info.context, "milestoneAdd", input, input.order_id, add)
        milestone = ref(Milestone, made[0]) if made else None
        return MilestonePayload(milestone=milestone, order=payload.order, user_errors=payload.user_errors)

    @mutation
    async def milestone_take_back(self, info: Info, input: Annotated[MilestoneTakeBackInput, GIVEN]) -> OrderPayload:
        """The seller takes a wrong milestone back (SHP-7); its pictures stay among the order's files."""

        async def take_back(call: Call, order_id: UUID) -> UUID:
            milestone_id = key("mst", input.milestone_id, "milestoneId")
            return await fulfilment.take_milestone_back(info.context.kit, call, order_id, milestone_id)

        return await act_on_order(info.context, "milestoneTakeBack", input, input.order_id, take_back)

    @mutation
    async def shipment_attach_proof(
        self, info: Info, input: Annotated[ShipmentAttachProofInput, GIVEN]
    ) -> ShipmentPayload:
        """The seller proves a shipment by files sent before: waybills, receipts, pictures of what left (SHP-2)."""
        kit = info.context.kit

        async def attach(call: Call, shipment_id: UUID) -> UUID:
            order_id = await fulfilment.order_of_shipment(kit, shipment_id)
            return await files.attach_proofs(kit, call, shipment_id, order_id, _files(input.file_ids))

        return await on_shipment(info.context, "shipmentAttachProof", input, input.shipment_id, attach)

    @mutation
    async def order_attach_evidence(
        self, info: Info, input: Annotated[OrderAttachEvidenceInput, GIVEN]
    ) -> OrderPayload:
        """Show the other side and the operators, by files sent before, what one says of the order."""
        kit = info.context.kit
        return await act_on_order(
            info.context,
            "orderAttachEvidence",
            input,
            input.order_id,
            lambda call, order_id: files.attach_evidence(kit, call, order_id, _files(input.file_ids)),
        )

    @mutation
    async def product_attach_picture(
        self, info: Info, input: Annotated[ProductAttachPictureInput, GIVEN]
    ) -> ProductPayload:
        """Show a product by pictures sent before; it has at most 20. Owners and sales."""
        kit = info.context.kit
        return await on_product(
            info.context,
            "productAttachPicture",
            input,
            input.product_id,
            lambda call, product_id: products.attach_pictures(kit, call, product_id, _files(input.file_ids)),
        )

    @mutation
    async def consignment_link(self, info: Info, input: Annotated[ConsignmentLinkInput, GIVEN]) -> OrderPayload:
        """Link a consignment order of the agent's (SHP-4): where Yidatong exports the goods, dispatch needs one. Linked
        again under its number, its customs clearance is put right.
        """
        kit = info.context.kit
        return await act_on_order(
            info.context,
            "consignmentLink",
            input,
            input.order_id,
            lambda call, order_id: consignments.link(kit, call, order_id, input.number, input.customs_cleared_at),
        )

    @mutation
    async def consignment_unlink(self, info: Info, input: Annotated[ConsignmentUnlinkInput, GIVEN]) -> OrderPayload:
        """Take a wrong consignment order off again, but not the last one that goods were exported by."""
        kit = info.context.kit

        async def unlink(call: Call, order_id: UUID) -> UUID:
            consignment_id = key("cns", input.consignment_id, "consignmentId")
            return await consignments.unlink(kit, call, order_id, consignment_id)

        return await act_on_order(info.context, "consignmentUnlink", input, input.order_id, unlink)
