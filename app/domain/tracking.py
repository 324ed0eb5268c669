"""What the reports of a shipment add up to, in whatever order they came (SHP-2)."""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.records import Shipment, TrackingEvent, TrackingKind


def standing(shipment: Shipment, reports: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The reports of a shipment that no other one of the same source corrects, whichever of the two came first."""
    own = [report for report in reports if report.shipment_id == shipment.id]
    corrected = {(report.source, report.corrects) for report in own if report.corrects is not None}
    return [report for report in own if (report.source, report.source_reference) not in corrected]


def told(shipment: Shipment, reports: Iterable[TrackingEvent]) -> Shipment:
    """The shipment as its standing reports tell it: cleared by the last of them, delivered by the first (SHP-2)."""
    known = standing(shipment, reports)
    cleared = [report.occurred_at for report in known if report.kind is TrackingKind.CUSTOMS_CLEARED]
    delivered = [report.occurred_at for report in known if report.kind is TrackingKind.DELIVERED]
    return replace(shipment, customs_cleared_at=max(cleared, default=None), delivered_at=min(delivered, default=None))
