"""Sellers by themselves: who gets the service and when, the limit of a quota, what a withdrawal takes."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain import sellers
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.ledger import AccountKind, chain_faults, deltas, seller_account
from app.domain.lifecycle import Who
from app.domain.records import Membership, Seller, ServiceStatus
from app.domain.remedies import Recovery, RecoveryCause, RecoveryStatus
from app.domain.sellers import Application, ApplicationStatus, Tail, Verification, Withdrawn
from tests.domain.build import SELLER, START, act

PAID = replace(SELLER, service=ServiceStatus.INACTIVE)
FREE = replace(PAID, membership=Membership.FREE)
TAIL = Tail(7, "before")
FORM = Verification("Ningbo Carbon Works Ltd.", "91330200MA", "CN", "1 Harbour Road, Ningbo", "Li Wei")


def applied(seller: Seller = FREE, form: Verification | None = FORM) -> tuple[Seller, Application | None, Happening]:
    """The owner asks for the service."""
    return sellers.apply(seller, act(Who.OWNER), form)


def decided(approve: bool, reason: str = "Looked up.") -> tuple[Seller, Application, Happening]:
    """An operator decides a FREE member's application."""
    seller, application, _ = applied()
    assert application is not None
    return sellers.decide(seller, application, act(Who.OPERATOR), approve, reason)


# --- SVC-1: the service -----------------------------------------------------------------------------------------


def test_a_paid_member_is_active_at_once() -> None:
    """SVC-1: without an application, and no second time."""
    seller, application, told = applied(PAID, None)
    assert (seller.service, application) == (ServiceStatus.ACTIVE, None)
    assert (told.kind, told.seller_id, told.version) == (EventKind.SERVICE_ACTIVATED, SELLER.id, SELLER.version + 1)
    with pytest.raises(Refusal) as refused:
        applied(seller, None)
    assert refused.value.code is ErrorCode.SERVICE_ALREADY_ACTIVE


def test_a_free_member_waits_for_an_operator() -> None:
    """SVC-1: a FREE member hands in a verification and has no service until it is decided."""
    with pytest.raises(Refusal) as refused:
        applied(form=None)
    assert (refused.value.code, refused.value.field) == (ErrorCode.REQUIRED, ("verification",))
    seller, application, told = applied()
    assert (seller.service, told.kind) == (ServiceStatus.PENDING, EventKind.APPLICATION_SUBMITTED)
    assert application is not None
    assert (application.status, application.submitted_at) == (ApplicationStatus.PENDING, START)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("registered_name", "registeredName"),
        ("registration_number", "registrationNumber"),
        ("address", "address"),
        ("legal_representative", "legalRepresentative"),
    ],
)
def test_a_verification_is_whole(name: str, path: str) -> None:
    """SVC-1: every field has 1 to 500 characters, and each that has not is named."""
    for word in ("", " ", "x" * 501):
        with pytest.raises(Refusal) as refused:
            applied(form=replace(FORM, **{name: word}))
        assert [fault.field for fault in refused.value.all] == [("verification", path)]
    assert applied(form=replace(FORM, **{name: "x" * 500}))[0].service is ServiceStatus.PENDING


def test_one_application_at_a_time() -> None:
    """SVC-1: while one is pending there is no second."""
    pending, _, _ = applied()
    with pytest.raises(Refusal) as refused:
        applied(pending)
    assert refused.value.code is ErrorCode.APPLICATION_PENDING


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("reason", ["", " ", "x" * 1_001])
def test_a_decision_has_a_reason(approve: bool, reason: str) -> None:
    """SVC-1: an operator says why, in 1 to 1,000 characters, approving or declining."""
    with pytest.raises(Refusal) as refused:
        decided(approve, reason)
    assert refused.value.field == ("reason",)
    assert decided(approve, "x" * 1_000)[1].reason == "x" * 1_000


@pytest.mark.parametrize(("approve", "service"), [(True, ServiceStatus.ACTIVE), (False, ServiceStatus.INACTIVE)])
def test_a_decision_opens_the_service_or_does_not(approve: bool, service: ServiceStatus) -> None:
    """SVC-1: approved it is active, declined it is not; the seller is told, and after a no may ask again."""
    seller, _, told = decided(approve)
    assert seller.service is service
    assert (told.kind, told.facts) == (EventKind.APPLICATION_DECIDED, {"approved": "yes" if approve else "no"})
    if not approve:
        assert applied(seller)[0].service is ServiceStatus.PENDING


def test_an_application_is_decided_once() -> None:
    """SVC-1: a decision stands."""
    seller, application, _ = decided(False)
    with pytest.raises(Refusal) as refused:
        sellers.decide(seller, application, act(Who.OPERATOR), True, "Looked up again.")
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED


# --- SVC-2: the quota -------------------------------------------------------------------------------------------


def test_a_quota_is_not_negative() -> None:
    """SVC-2: a limit is 0 or more, and the seller is told what it was before."""
    with pytest.raises(Refusal) as refused:
        sellers.set_quota(SELLER, act(Who.OPERATOR), -1, "Reviewed.")
    assert (refused.value.code, refused.value.field) == (ErrorCode.OUT_OF_RANGE, ("limit",))
    seller, told = sellers.set_quota(SELLER, act(Who.OPERATOR), 0, "Reviewed.")
    (change,) = told.changes
    assert (seller.quota_limit, change.before, change.after) == (0, "100000.00 USD", "0.00 USD")


# --- PAY-8: withdrawals -----------------------------------------------------------------------------------------


def withdrawn(amount: int, *owed: Recovery, tail: Tail = TAIL) -> Withdrawn:
    """The seller's finance withdraws of a balance of USD 540.21."""
    return sellers.withdraw(SELLER, act(Who.FINANCE), 540_21, owed, amount, "USD", "COMPANY", tail)


@pytest.mark.parametrize(("amount", "good"), [(0, False), (-1, False), (1, True), (540_21, True), (540_22, False)])
def test_a_withdrawal_is_at_most_the_balance(amount: int, good: bool) -> None:
    """PAY-8, section 15: from a cent to all of it goes seller → world, chained; neither nothing nor a cent more."""
    if not good:
        with pytest.raises(Refusal) as refused:
            withdrawn(amount)
        code = ErrorCode.OUT_OF_RANGE if amount <= 0 else ErrorCode.BALANCE_TOO_SMALL
        assert (refused.value.code, refused.value.field) == (code, ("amount",))
        return
    done = withdrawn(amount)
    (entry,) = done.entries
    moved = deltas([entry])
    assert moved[seller_account(SELLER.id), "USD"] == -amount
    assert {account.kind for account, _ in moved} == {AccountKind.SELLER, AccountKind.WORLD}
    assert (done.withdrawal.amount, done.withdrawal.entry_id) == (amount, entry.id)
    assert [told.kind for told in done.happenings] == [EventKind.WITHDRAWAL_MADE]
    assert (entry.sequence, entry.previous_hash) == (8, "before")
    assert chain_faults(withdrawn(amount, tail=Tail()).entries) == []


def test_debts_go_first() -> None:
    """Section 15: what is owed in the currency is collected before a withdrawal, and only the rest can be withdrawn."""
    recovery = Recovery(
        UUID(int=0xD0),
        SELLER.id,
        UUID(int=0xD1),
        RecoveryCause.COUPON_USED,
        None,
        RecoveryStatus.OWED,
        56_00,
        0,
        "USD",
        START,
    )
    with pytest.raises(Refusal) as refused:
        withdrawn(484_22, recovery)
    assert refused.value.params == {"balance": "540.21 USD", "owed": "56.00 USD"}
    done = withdrawn(484_21, recovery)
    assert [(move.target.kind, move.amount) for entry in done.entries for move in entry.moves] == [
        (AccountKind.RECEIVABLE, 56_00),
        (AccountKind.WORLD, 484_21),
    ]
    assert [row.status for row in done.recoveries] == [RecoveryStatus.COLLECTED]
