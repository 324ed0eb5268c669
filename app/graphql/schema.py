"""The served schema: queries, mutations and subscriptions put together and checked."""

import strawberry

from app import reads
from app.resolvers.attachments import AttachmentMutations
from app.resolvers.claims import ClaimMutations
from app.resolvers.clock import ClockMutations
from app.resolvers.desk import DeskMutations
from app.resolvers.disputes import DisputeMutations
from app.resolvers.freight import FreightMutations
from app.resolvers.fulfilment import FulfilmentMutations
from app.resolvers.many import ManyMutations
from app.resolvers.members import MemberMutations
from app.resolvers.orders import OrderMutations
from app.resolvers.payments import PaymentMutations
from app.resolvers.policies import PolicyMutations
from app.resolvers.products import ProductMutations
from app.resolvers.queries import Query
from app.resolvers.sellers import SellerMutations
from app.resolvers.sheets import SheetMutations
from app.resolvers.subscriptions import Subscription
from app.resolvers.tokens import TokenMutations
from app.resolvers.webhooks import WebhookMutations
from app.schema.contract import Contact, Destination, Item
from app.schema.fulfilment import Deadline, Review, Shipment, TrackingEvent
from app.schema.funds import Instalment, Payment
from app.schema.scalars import schema_config


@strawberry.type(description="Everything that can be done. Each mutation takes one `input` and answers `userErrors`.")
class Mutation(
    OrderMutations,
    DeskMutations,
    ManyMutations,
    PaymentMutations,
    FulfilmentMutations,
    AttachmentMutations,
    ProductMutations,
    FreightMutations,
    DisputeMutations,
    ClaimMutations,
    SellerMutations,
    SheetMutations,
    MemberMutations,
    TokenMutations,
    WebhookMutations,
    PolicyMutations,
    ClockMutations,
):
    """Everything that can be done."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Contact, Destination, Item, Deadline, Review, Shipment, TrackingEvent, Instalment, Payment],
    config=schema_config(),
)
engine = reads.install(schema)
