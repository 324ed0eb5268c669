"""Scopes by noun (INT-4): what a token may not read is as if it were not there."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import false

from app.domain.access import ALL_SCOPES, By, Role, Scope, Seen
from app.domain.attachments import may_see
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.happenings import SCOPED, untold
from app.domain.lifecycle import Step, Who, scope_of
from app.domain.remedies import ClaimStatus
from app.graphql.schema import engine
from app.reads.visibility import Standing
from app.schema.order_filter import OrderFilter
from app.schema.order_lists import narrow_orders
from tests.domain.build import ACTORS, START

OF_SHIPMENTS = {"Shipment", "ShipmentItem", "TrackingEvent", "Milestone", "Consignment"}
OF_CLAIMS = {"Claim", "Waiver", "Dispute", "DisputeStep"}
WHOLE = Standing(Role.OWNER, True, True)


def _hidden(standing: Standing) -> set[str]:
    """The types of which nothing is shown, though it is to somebody with every scope."""
    rules = {name: entity.reads.visible for name, entity in engine.catalog.entities.items()}
    return {
        name
        for name, rule in rules.items()
        if rule is not None and rule(standing).compare(false()) and not rule(WHOLE).compare(false())
    }


def test_each_scope_hides_its_noun_and_nothing_else() -> None:
    """INT-4: shipments and what was made of the goods; claims, waivers and disputes."""
    assert _hidden(replace(WHOLE, shipments=False)) == OF_SHIPMENTS
    assert _hidden(replace(WHOLE, claims=False)) == OF_CLAIMS


@pytest.mark.parametrize("scope", SCOPED)
def test_a_token_is_not_told_of_what_it_may_not_read(scope: Scope) -> None:
    """INT-4: the events of a noun, and no other."""
    assert untold(ALL_SCOPES) == frozenset()
    assert untold(ALL_SCOPES - {scope}) == {str(kind) for kind in SCOPED[scope]}


def test_nothing_is_found_by_a_claim_that_may_not_be_read() -> None:
    """INT-4, DSK-2: whoever may not read claims finds no order by what became of one."""
    (condition,) = narrow_orders(OrderFilter(claim_status=[ClaimStatus.APPROVED]))
    rule: Any = condition
    assert "claim_status" in str(rule(WHOLE))
    assert "claim_status" not in str(rule(replace(WHOLE, claims=False)))


def _file(purpose: AttachmentPurpose, order_id: UUID | None) -> Attachment:
    return Attachment(
        id=UUID(int=1),
        purpose=purpose,
        order_id=order_id,
        seller_id=None,
        about=None,
        by=By.SELLER,
        uploaded_by=ACTORS[Who.OWNER].account_id,
        name="paper.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_at=START,
    )


def test_files_of_shipments_are_given_to_who_may_read_them() -> None:
    """INT-4: proofs and pictures of the production, not what waits to be used, nor any other file."""
    owner = ACTORS[Who.OWNER]
    assert owner.seller_id is not None
    seen = Seen(owner.seller_id, None, None, By.SELLER, False)
    bare = replace(owner, scopes=ALL_SCOPES - {Scope.SHIPMENTS_READ}).viewer
    for purpose in AttachmentPurpose:
        goods = purpose in (AttachmentPurpose.PROOF, AttachmentPurpose.PRODUCTION)
        assert may_see(_file(purpose, UUID(int=2)), owner.viewer, seen)
        assert may_see(_file(purpose, UUID(int=2)), bare, seen) is not goods
        assert may_see(_file(purpose, None), bare, None)


def test_a_step_takes_the_scope_of_its_noun() -> None:
    """INT-4: claims and disputes, but for what operators decide of money."""
    claims = {step for step in Step if scope_of(step) is Scope.CLAIMS_WRITE}
    assert {step for step in Step if "CLAIM" in step or "WAIVE" in step} <= claims
    assert {Step.OPEN_DISPUTE, Step.ANSWER_DISPUTE, Step.ESCALATE_DISPUTE, Step.WITHDRAW_DISPUTE} <= claims
    assert scope_of(Step.DECIDE_DISPUTE) is scope_of(Step.REOPEN_DISPUTE) is Scope.FINANCE_WRITE
    assert scope_of(Step.CANCEL) is Scope.ORDERS_WRITE
