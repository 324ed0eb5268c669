"""How the schema changes: `python -m app.evolution` writes what changed since the last release into the schema's
changelog, `python -m app.evolution release VERSION` ends the list and takes the schema as released.

What a client may have written goes on working: a field, an argument or an enum value is taken away only after a release
in which it was deprecated, with the day from which it is gone, and after that day.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from graphql import GraphQLSchema, build_schema, get_named_type
from graphql.utilities import resolve_schema_coordinate
from graphql.utilities.find_schema_changes import (
    BreakingChange,
    BreakingChangeType,
    DangerousChangeType,
    SafeChangeType,
    SchemaChange,
    find_schema_changes,
)

from app.clock import SystemClock
from app.settings import ROOT

NOW = ROOT / "schema.graphql"
RELEASED = ROOT / "docs" / "schema" / "released.graphql"
CHANGELOG = ROOT / "docs" / "schema" / "changes.md"

# Half a year is what integrators of other platforms are used to plan with
NOTICE = timedelta(days=180)
ENDS = re.compile(r" Gone from (\d{4}-\d{2}-\d{2})\.$")
UNRELEASED = "## Unreleased"
NOTHING = "Nothing."

_REMOVED = {
    BreakingChangeType.FIELD_REMOVED,
    BreakingChangeType.ARG_REMOVED,
    BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
    BreakingChangeType.DIRECTIVE_ARG_REMOVED,
}
_COORDINATE = re.compile(r"@?\w+(?:\.\w+)?(?:\(\w+:\))?(?= was removed)")
_HEADINGS = (
    (BreakingChangeType, "Removed after notice"),
    (DangerousChangeType, "Look whether your code expects it"),
    (SafeChangeType, "Added"),
)


class Deprecation(NamedTuple):
    """Something that is on its way out: why, in favour of what, and from which day it is gone (None: nobody said)."""

    coordinate: str
    reason: str
    ends: date | None


def changes(released: GraphQLSchema, now: GraphQLSchema) -> list[SchemaChange]:
    """What differs for a client; another wording of a description does not."""
    found = find_schema_changes(released, now)
    return [change for change in found if change.type is not SafeChangeType.DESCRIPTION_CHANGED]


def refused(released: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """The changes that would break a client who was not told in time, each in a sentence."""
    breaking = [change for change in changes(released, now) if isinstance(change, BreakingChange)]
    taken = {_coordinate(change) for change in breaking if change.type in _REMOVED and _told(released, change, today)}
    # what a type that went led to went with it: whether the type may go is judged by what led to the type
    taken |= {place for place, _ in _places(released) if place.partition(".")[0] not in now.type_map}
    return [change.description for change in breaking if not _kept_word(released, change, taken)]


def _kept_word(released: GraphQLSchema, change: BreakingChange, taken: set[str]) -> bool:
    if change.type is BreakingChangeType.TYPE_REMOVED:
        return all(place in taken for place, named in _places(released) if named == _coordinate(change))
    return change.type in _REMOVED and _coordinate(change) in taken


def _coordinate(change: SchemaChange) -> str:
    found = _COORDINATE.search(change.description)
    return found[0] if found else ""


def _told(released: GraphQLSchema, change: SchemaChange, today: date) -> bool:
    """Whether the release said that this would be gone by now."""
    ends = _end(_reason(released, _coordinate(change)))
    return ends is not None and ends <= today


def _places(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Each field and argument with the name of the type it is of."""
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        for name, field in getattr(kind, "fields", {}).items():
            yield f"{kind.name}.{name}", get_named_type(field.type).name
            for argument, given in getattr(field, "args", {}).items():
                yield f"{kind.name}.{name}({argument}:)", get_named_type(given.type).name


def deprecations(schema: GraphQLSchema) -> list[Deprecation]:
    """Everything that is on its way out."""
    coordinates = [place for place, _ in _places(schema)]
    for kind in schema.type_map.values():
        coordinates += [f"{kind.name}.{value}" for value in getattr(kind, "values", {})]
    reasons = [(each, _reason(schema, each)) for each in coordinates if not each.startswith("__")]
    return [Deprecation(each, reason, _end(reason)) for each, reason in reasons if reason is not None]


def _reason(schema: GraphQLSchema, coordinate: str) -> str | None:
    """Why a part of the schema is deprecated; None where it is not, or is not there."""
    found: Any = resolve_schema_coordinate(schema, coordinate)
    if found is None:
        return None
    # the last part of what is found is what the coordinate names
    reason: str | None = getattr(found[-2], "deprecation_reason", None)
    return reason


def _end(reason: str | None) -> date | None:
    found = ENDS.search(reason or "")
    return None if found is None else date.fromisoformat(found[1])


def hasty(released: GraphQLSchema, now: GraphQLSchema, today: date) -> list[str]:
    """The deprecations that are new and end too soon, or name no day, each in a sentence."""
    known = {each.coordinate for each in deprecations(released)}
    soonest = today + NOTICE
    return [
        f"{each.coordinate} is deprecated: end its reason with ` Gone from {soonest}.` or a later day."
        for each in deprecations(now)
        if each.ends is None or (each.coordinate not in known and each.ends < soonest)
    ]


def listed(released: GraphQLSchema, now: GraphQLSchema) -> str:
    """What changed, in Markdown: what needs a look first."""
    found = changes(released, now)
    parts = []
    for kind, heading in _HEADINGS:
        lines = sorted({f"- {change.description}" for change in found if isinstance(change.type, kind)})
        if lines:
            parts.append("\n".join([f"### {heading}\n", *lines]))
    known = {each.coordinate for each in deprecations(released)}
    fresh = [f"- {each.coordinate}: {each.reason}" for each in deprecations(now) if each.coordinate not in known]
    if fresh:
        parts.append("\n".join(["### Deprecated\n", *sorted(fresh)]))
    return "\n\n".join(parts) or NOTHING


def renewed(changelog: str, text: str) -> str:
    """The changelog with another list of what is not released yet."""
    before, _, after = changelog.partition(f"{UNRELEASED}\n")
    older = after.find("\n## ")
    return f"{before}{UNRELEASED}\n\n{text}\n{after[older:] if older >= 0 else ''}"


def ended(changelog: str, text: str, version: str, today: date) -> str:
    """The changelog with that list under a version, and nothing unreleased."""
    with_list = renewed(changelog, text)
    return with_list.replace(f"{UNRELEASED}\n", f"{UNRELEASED}\n\n{NOTHING}\n\n## {version}, {today}\n", 1)


def read(path: Path) -> GraphQLSchema:
    """A schema that is checked in."""
    return build_schema(path.read_text())


def main(arguments: Sequence[str] | None = None) -> None:
    """Renew the changelog of the schema, or end it with a release; ends with the reasons when a client would break."""
    parser = argparse.ArgumentParser(prog="python -m app.evolution", description=__doc__)
    parser.add_argument("release", nargs="?", choices=["release"], help="take the present schema as released")
    parser.add_argument("version", nargs="?", help="the name of the release, such as 1.2.0")
    chosen = parser.parse_args(arguments)
    if chosen.release and not chosen.version:
        parser.error("name the version to release")
    released, now, today = read(RELEASED), read(NOW), SystemClock().real().date()
    faults = refused(released, now, today) + hasty(released, now, today if chosen.release else date.min)
    if faults:
        sys.exit("\n".join(["This would break clients:", *(f"- {fault}" for fault in faults)]))
    changelog, text = CHANGELOG.read_text(), listed(released, now)
    if chosen.release:
        CHANGELOG.write_text(ended(changelog, text, chosen.version, today))
        RELEASED.write_text(NOW.read_text())
    else:
        CHANGELOG.write_text(renewed(changelog, text))


if __name__ == "__main__":
    main()
