"""The carriers of simulated shipments: fast or slow; telling at once, late, twice, wrongly, or never."""

from datetime import datetime, timedelta
from uuid import UUID

from app.actions import fulfilment
from app.actions.work import Call
from app.domain.access import By
from app.domain.fulfilment import Report
from app.domain.records import TrackingKind
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World

AGAIN = timedelta(minutes=10)


async def carry(world: World, deal: Deal, shipment_id: UUID, number: str) -> Life:
    """One shipment goes its way."""
    manner = deal.temper.carrying
    yield world.hours(10, 40)
    async for pause in _tell(world, shipment_id, TrackingKind.IN_TRANSIT, f"{number}-1"):
        yield pause
    if manner == "NEVER":
        return
    yield world.hours(300, 600) if manner == "SLOW" else world.hours(12, 60)
    arrived = world.time.now
    if manner == "TOLD_LATE":
        yield world.hours(150, 600)
    async for pause in _tell(world, shipment_id, TrackingKind.DELIVERED, f"{number}-2", arrived):
        yield pause
    if manner == "TWICE":
        yield timedelta(minutes=1)
        await _told_again(world, number, arrived)
    if manner == "CORRECTED":
        async for pause in _correct(world, shipment_id, number):
            yield pause


async def _correct(world: World, shipment_id: UUID, number: str) -> Life:
    """It was another parcel that was delivered; this one is later."""
    yield world.hours(5, 50)
    async for pause in _tell(world, shipment_id, TrackingKind.EXCEPTION, f"{number}-3", corrects=f"{number}-2"):
        yield pause
    yield world.hours(30, 300)
    async for pause in _tell(world, shipment_id, TrackingKind.DELIVERED, f"{number}-4"):
        yield pause
    world.counts["tracking: corrected"] += 1


async def _tell(
    world: World,
    shipment_id: UUID,
    kind: TrackingKind,
    reference: str,
    at: datetime | None = None,
    corrects: str | None = None,
) -> Life:
    """The carrier tells until it is heard: to a process whose clock is late it tells of the future."""
    said = Report(kind, at or world.time.now, "carrier", reference, "Oakland", corrects=corrects)
    while (
        await world.take(
            "RECORD_TRACKING", By.TRACKING, lambda means, call: fulfilment.track(means, call, shipment_id, said)
        )
        is None
    ):
        yield AGAIN


async def _told_again(world: World, number: str, at: datetime) -> None:
    """The webhook comes again, by the parcel's number: it counts once."""
    said = Report(TrackingKind.DELIVERED, at, "carrier", f"{number}-2", "Oakland")
    query = "SELECT count(*) FROM tracking_events WHERE source_reference = :reference"
    before = await world.rows(query, reference=said.source_reference)
    await fulfilment.report(world.processes[1].means, Call(By.TRACKING), "dhl", number, said)
    assert await world.rows(query, reference=said.source_reference) == before
    world.counts["tracking: told twice"] += 1
