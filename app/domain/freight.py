"""Freight (DLV-1 to DLV-4): what a lane costs, how long it takes, and what a buyer is quoted for a destination."""

from app.domain.goods import Lane

GRAMS_PER_KILOGRAM = 1_000


def lane_price(lane: Lane, grams: int) -> int:
    """What a lane costs in USD cents: its base price, and its kilogram's price for each kilogram begun (DLV-1)."""
    return lane.base_price + lane.kilo_price * -(-grams // GRAMS_PER_KILOGRAM)
