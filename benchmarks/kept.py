"""What each part last measured, kept where the data is, so that one part can be measured anew and none is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.chapters import Chapter
from benchmarks.ground import Ground
from benchmarks.promises import Promise


@dataclass(frozen=True, slots=True)
class Kept:
    """A part's chapters, and what they stand on."""

    ground: Ground
    chapters: list[Chapter]


def keep(folder: Path, part: str, measured: Kept) -> None:
    """Keep what a part measured, in place of what it measured before."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}.json").write_bytes(orjson.dumps(measured, option=orjson.OPT_INDENT_2))


def all_of(folder: Path, parts: Iterable[str]) -> list[Kept]:
    """What is kept of these parts, in their order."""
    paths = [folder / f"{part}.json" for part in parts]
    return [_read(path) for path in paths if path.exists()]


def _read(path: Path) -> Kept:
    found = orjson.loads(path.read_bytes())
    chapters = [
        Chapter(**{**each, "promises": [Promise(**promise) for promise in each["promises"]]})
        for each in found["chapters"]
    ]
    return Kept(Ground(**found["ground"]), chapters)
