"""Mutations of lanes and freight templates."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import freight
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation
from app.schema.freight import FreightTemplate, Lane
from app.schema.freight_inputs import (
    LaneCreateInput,
    LaneRetireInput,
    LaneUpdateInput,
    SellerLaneCreateInput,
    TemplateBindInput,
    TemplateCreateInput,
    TemplateUpdateInput,
    lane_patch,
)
from app.schema.freight_payloads import LanePayload, TemplatePayload
from app.schema.ids import key


@strawberry.type
class FreightMutations:
    """Lanes and freight templates."""

    @mutation
    async def lane_create(self, info: Info, input: Annotated[LaneCreateInput, GIVEN]) -> LanePayload:
        """Add a lane of the platform or of a courier (DLV-1). Operators."""
        call = info.context.call("laneCreate", input)

        async def create() -> UUID:
            said = {"guaranteed": input.guaranteed, "recommended": input.recommended}
            patch = {**lane_patch(input.lane), **said}
            return await freight.lane_create(info.context.kit, call, input.provider, patch)

        return await about(info.context, create, LanePayload, lane=Lane)

    @mutation
    async def seller_lane_create(self, info: Info, input: Annotated[SellerLaneCreateInput, GIVEN]) -> LanePayload:
        """Add a lane of your own, for your own templates; it is never guaranteed (DLV-1). A seller's owner or sales."""
        call = info.context.call("sellerLaneCreate", input)

        async def create() -> UUID:
            return await freight.own_lane_create(info.context.kit, call, lane_patch(input.lane))

        return await about(info.context, create, LanePayload, lane=Lane)

    @mutation
    async def lane_update(self, info: Info, input: Annotated[LaneUpdateInput, GIVEN]) -> LanePayload:
        """Change a lane; agreed orders keep the transit they were agreed with. Operators those of the platform and of
        couriers, a seller's owner or sales their own.
        """
        call = info.context.call("laneUpdate", input)

        async def update() -> UUID:
            lane_id = key("lan", input.lane_id, "laneId")
            return await freight.lane_update(info.context.kit, call, lane_id, lane_patch(input))

        return await about(info.context, update, LanePayload, lane=Lane)

    @mutation
    async def lane_retire(self, info: Info, input: Annotated[LaneRetireInput, GIVEN]) -> LanePayload:
        """Run a lane no more: nothing new is sent by it, and what was promised by it stays promised."""
        call = info.context.call("laneRetire", input)

        async def retire() -> UUID:
            return await freight.lane_retire(info.context.kit, call, key("lan", input.lane_id, "laneId"))

        return await about(info.context, retire, LanePayload, lane=Lane)

    @mutation
    async def template_create(self, info: Info, input: Annotated[TemplateCreateInput, GIVEN]) -> TemplatePayload:
        """Make a freight template with the lanes that it holds (DLV-1). The seller's owner or sales."""
        call = info.context.call("templateCreate", input)

        async def create() -> UUID:
            return await freight.template_create(info.context.kit, call, input.name, _lanes(input.lane_ids))

        return await about(info.context, create, TemplatePayload, template=FreightTemplate)

    @mutation
    async def template_update(self, info: Info, input: Annotated[TemplateUpdateInput, GIVEN]) -> TemplatePayload:
        """Rename a freight template, or switch its lanes on and off."""
        call = info.context.call("templateUpdate", input)

        async def update() -> UUID:
            template_id = key("tpl", input.template_id, "templateId")
            lanes = None if input.lane_ids is None else _lanes(input.lane_ids)
            return await freight.template_update(info.context.kit, call, template_id, input.name, lanes)

        return await about(info.context, update, TemplatePayload, template=FreightTemplate)

    @mutation
    async def template_bind(self, info: Info, input: Annotated[TemplateBindInput, GIVEN]) -> TemplatePayload:
        """Bind products to a freight template: they are sent by its lanes from now on."""
        call = info.context.call("templateBind", input)

        async def bind() -> UUID:
            template_id = key("tpl", input.template_id, "templateId")
            products = [key("prd", product, "productIds") for product in input.product_ids]
            return await freight.template_bind(info.context.kit, call, template_id, products)

        return await about(info.context, bind, TemplatePayload, template=FreightTemplate)


def _lanes(ids: list[strawberry.ID]) -> list[UUID]:
    return list(dict.fromkeys(key("lan", lane, "laneIds") for lane in ids))
