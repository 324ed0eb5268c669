"""What a client accepts as an answer: the Accept header read for the media types that are served."""

from dataclasses import dataclass
from functools import lru_cache

RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"

# In this order where the client prefers none: a client that names no type is an old one
_JSON_TYPES = (PLAIN_JSON, RESPONSE_JSON)
_KEPT_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Accepted:
    """The JSON type to answer with, if one is accepted, and whether event streams and pages are."""

    json: str | None
    events: bool
    html: bool


def accepted(header: str | None) -> Accepted:
    """Read an Accept header; without one, anything is accepted. There are few, each sent over and over."""
    return _kept(header) if header is None or len(header) <= _KEPT_LONGEST else _read(header)


def _read(header: str | None) -> Accepted:
    ranges = _ranges(header) if header and header.strip() else {"*/*": (1.0, 0)}
    best = max(_JSON_TYPES, key=lambda media_type: _preference(media_type, ranges))
    quality = _preference(best, ranges)[0]
    html = ranges.get(HTML, (0.0, 0))[0]
    return Accepted(
        json=best if quality > 0 else None,
        events=ranges.get(EVENT_STREAM, (0.0, 0))[0] > 0,
        html=html > 0 and html >= quality,
    )


_kept = lru_cache(maxsize=128)(_read)


def _ranges(header: str) -> dict[str, tuple[float, int]]:
    """Each media range with its quality and its place from the end, so that earlier is greater."""
    ranges: dict[str, tuple[float, int]] = {}
    for place, item in enumerate(header.split(",")):
        media_range, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _quality(value.strip())
        ranges.setdefault(media_range, (quality, -place))
    return ranges


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _preference(media_type: str, ranges: dict[str, tuple[float, int]]) -> tuple[float, bool, int]:
    """How much a type is wanted: its quality, whether it is named, and how early."""
    if media_type in ranges:
        quality, place = ranges[media_type]
        return quality, True, place
    for wildcard in (media_type.partition("/")[0] + "/*", "*/*"):
        if wildcard in ranges:
            return ranges[wildcard][0], False, 0
    return 0.0, False, 0
