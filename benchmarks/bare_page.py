"""A buyer's page by hand: the functions of the domain called directly, their results spliced into what was read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import protection
from app.domain.access import Viewer
from app.schema.actions import available_actions
from app.schema.claims import claim_check
from app.schema.explanations import explained
from app.schema.exports import export_requirements
from app.schema.forecast import what_happens_next
from app.schema.freight import estimate
from app.schema.funds import next_payment
from app.schema.stages import stage, stages
from benchmarks import bare_rendering as rendering
from benchmarks.bare_facts import Facts, maybe
from benchmarks.bare_rendering import rendered


def page(row: Mapping[str, Any], policies: Mapping[UUID, Mapping[str, Any]], viewer: Viewer, now: datetime) -> bytes:
    """The answer to the query of the page."""
    facts = Facts(row, policies)
    payment = rendered(maybe(rendering.payment, next_payment(facts.payment())))
    parts = (
        b'{"data":{"order":',
        row["head"][:-1],
        b',"funds":',
        row["funds"][:-1],
        b',"nextPayment":',
        payment,
        b'},"deadlines":',
        row["deadlines"],
        b",",
        rendered(_computed(facts, viewer, now))[1:],
        b"}}",
    )
    return b"".join(parts)


def _computed(facts: Facts, viewer: Viewer, now: datetime) -> dict[str, Any]:
    check = facts.check()
    return {
        "stage": stage(facts.status, facts.closed_in),
        "stages": [rendering.stamp(each) for each in stages(facts.stages())],
        "estimatedDelivery": maybe(rendering.delivery, estimate(facts.transit())),
        "exportRequirements": maybe(rendering.export, export_requirements(facts.export())),
        "protection": rendering.panel(protection.panel(facts.course(), now)),
        "claimCheck": rendering.check(claim_check(check, viewer, now)),
        "whatHappensNext": [rendering.transition(each) for each in what_happens_next(facts.forecast(), viewer, now)],
        "explanations": [rendering.explanation(each) for each in explained(facts.figures(), viewer)],
        "availableActions": [rendering.action(each) for each in available_actions(facts.steps(check), viewer, now)],
    }
