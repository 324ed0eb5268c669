"""Bar charts as SVG: a bar for the median of the rounds, a dot for each of them."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median

WIDTH, LABEL, VALUE, BAR, GAP, TOP = 840, 250, 90, 18, 10, 44
OURS, OTHERS, DOT, TEXT = "#0b7285", "#adb5bd", "#343a40", "#212529"
FONT = 'font-family="system-ui, sans-serif"'


def bars(title: str, unit: str, rounds: Mapping[str, Sequence[float]], ours: Sequence[str]) -> str:
    """A chart of what each showed, round by round; ours stand out."""
    most = max(max(values) for values in rounds.values())
    scale = (WIDTH - LABEL - VALUE) / most
    height = TOP + len(rounds) * (BAR + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="26" font-size="16" font-weight="600" fill="{TEXT}">{escape(title)}</text>',
    ]
    for place, (name, values) in enumerate(rounds.items()):
        top = TOP + place * (BAR + GAP)
        parts += _bar(name, unit, values, scale, top, OURS if name in ours else OTHERS)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(name: str, unit: str, values: Sequence[float], scale: float, top: int, colour: str) -> list[str]:
    middle = median(values)
    end, line = LABEL + middle * scale, top + BAR - 4
    far = LABEL + max(values) * scale
    dots = [
        f'<circle cx="{LABEL + value * scale:.1f}" cy="{top + BAR / 2}" r="2.5" fill="{DOT}" fill-opacity="0.6"/>'
        for value in values
    ]
    return [
        f'<text x="{LABEL - 8}" y="{line}" font-size="13" text-anchor="end" fill="{TEXT}">{escape(name)}</text>',
        f'<rect x="{LABEL}" y="{top}" width="{max(end - LABEL, 1):.1f}" height="{BAR}" fill="{colour}"/>',
        *dots,
        f'<text x="{far + 8:.1f}" y="{line}" font-size="13" fill="{TEXT}">{figure(middle)} {escape(unit)}</text>',
    ]


def figure(value: float) -> str:
    """A number with three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"
