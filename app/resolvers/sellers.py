"""Mutations of a seller: the service, enrolment, the quota, withdrawals."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import enrolment, sellers
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import minor_units
from app.domain.sellers import Verification
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Info, minor_of
from app.resolvers.roots import mutation
from app.schema.ids import key
from app.schema.money_inputs import WithdrawalMakeInput
from app.schema.payloads import SellerPayload, WithdrawalPayload
from app.schema.people import Seller, Withdrawal
from app.schema.seller_inputs import (
    ApplicationDecideInput,
    DeskSettingsChangeInput,
    EnrolmentJoinInput,
    EnrolmentLeaveInput,
    QuotaSetInput,
    ServiceApplyInput,
)


@strawberry.type
class SellerMutations:
    """The service, enrolment, the quota, withdrawals."""

    @mutation
    async def service_apply(self, info: Info, input: Annotated[ServiceApplyInput, GIVEN]) -> SellerPayload:
        """Apply for the trade-assurance service (SVC-1): a PAID member is active at once, a FREE member's verification
        is reviewed and the result pushed.
        """
        form = None
        if input.verification is not None:
            given = input.verification
            form = Verification(
                registered_name=given.registered_name,
                registration_number=given.registration_number,
                country=given.country,
                address=given.address,
                legal_representative=given.legal_representative,
            )
        call = info.context.call("serviceApply", input)

        async def apply() -> UUID:
            documents = [key("fil", file_id, "documents") for file_id in input.documents]
            return await sellers.apply(info.context.kit, call, form, documents)

        return await about(info.context, apply, SellerPayload, seller=Seller)

    @mutation
    async def application_decide(self, info: Info, input: Annotated[ApplicationDecideInput, GIVEN]) -> SellerPayload:
        """An operator approves or rejects an application, with a reason (SVC-1)."""
        call = info.context.call("applicationDecide", input)

        async def decide() -> UUID:
            application_id = key("apl", input.application_id, "applicationId")
            return await sellers.decide(info.context.kit, call, application_id, input.approve, input.reason)

        return await about(info.context, decide, SellerPayload, seller=Seller)

    @mutation
    async def enrolment_join(self, info: Info, input: Annotated[EnrolmentJoinInput, GIVEN]) -> SellerPayload:
        """Join the on-time dispatch guarantee: all orders offered from now on promise it (ENR-1). After leaving, not
        before the date of exit + 30 days; a refusal names the date. The seller's owner.
        """
        call = info.context.call("enrolmentJoin", input)
        return await about(info.context, lambda: enrolment.join(info.context.kit, call), SellerPayload, seller=Seller)

    @mutation
    async def enrolment_leave(self, info: Info, input: Annotated[EnrolmentLeaveInput, GIVEN]) -> SellerPayload:
        """Leave the on-time dispatch guarantee, from the date of joining + 30 days on; a refusal names it (ENR-2).
        Orders offered while enrolled stay covered. The seller's owner.
        """
        call = info.context.call("enrolmentLeave", input)
        return await about(info.context, lambda: enrolment.leave(info.context.kit, call), SellerPayload, seller=Seller)

    @mutation
    async def desk_settings_change(self, info: Info, input: Annotated[DeskSettingsChangeInput, GIVEN]) -> SellerPayload:
        """Set up the company's desk (DSK-3): whether sales see all orders, or those assigned to them. The seller's
        owner; it counts at once, for open subscriptions too.
        """
        kit, call = info.context.kit, info.context.call("deskSettingsChange", input)
        return await about(
            info.context, lambda: sellers.set_desk(kit, call, input.sales_see_all), SellerPayload, seller=Seller
        )

    @mutation
    async def quota_set(self, info: Info, input: Annotated[QuotaSetInput, GIVEN]) -> SellerPayload:
        """An operator sets the limit of a seller's guarantee quota (SVC-2)."""
        call = info.context.call("quotaSet", input)

        async def set_quota() -> UUID:
            try:
                limit = minor_units(input.limit, "USD")
            except ValueError as error:
                raise Refusal(ErrorCode.INVALID, f"{input.limit} USD is not an amount: {error}.", ("limit",)) from None
            seller_id = key("sel", input.seller_id, "sellerId")
            return await sellers.set_quota(info.context.kit, call, seller_id, limit, input.reason)

        return await about(info.context, set_quota, SellerPayload, seller=Seller)

    @mutation
    async def withdrawal_make(self, info: Info, input: Annotated[WithdrawalMakeInput, GIVEN]) -> WithdrawalPayload:
        """Withdraw from one's balance, never beyond it (PAY-8). The seller's owner or finance."""
        call = info.context.call("withdrawalMake", input)

        async def withdraw() -> UUID:
            amount, currency = minor_of(input.amount), input.amount.currency_code
            return await sellers.withdraw(info.context.kit, call, amount, currency, input.route)

        return await about(info.context, withdraw, WithdrawalPayload, withdrawal=Withdrawal)
