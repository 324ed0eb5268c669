"""The schema changes without breaking whoever relied on it: by notice, with a day, and written down."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from graphql import build_schema

from app import evolution
from app.evolution import CHANGELOG, NOTICE, NOW, RELEASED, ended, hasty, listed, read, refused, renewed

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
BASE = """
enum Colour { RED BLUE }
input Find { text: String, colour: Colour }
type Query { order(id: ID!, old: Boolean): Order, orders(find: Find): [Order!]! }
type Order { id: ID!, number: String!, buyer: Buyer }
type Buyer { name: String! }
"""


def _refused(released: str, now: str, today: date = TODAY) -> list[str]:
    return refused(build_schema(released), build_schema(now), today)


def test_the_schema_breaks_nobody_who_was_not_told() -> None:
    """What is served now against what was released; whether notice is long enough is asked at the release."""
    released, now = read(RELEASED), read(NOW)
    assert refused(released, now, datetime.now(UTC).date()) == []
    assert hasty(released, now, date.min) == []


def test_the_changelog_is_made_from_the_difference() -> None:
    """`python -m app.evolution` was run after the last change of the schema."""
    changelog = CHANGELOG.read_text()
    assert renewed(changelog, listed(read(RELEASED), read(NOW))) == changelog


BREAKING = {
    "field removed": ("number: String!, ", ""),
    "argument removed": (", old: Boolean", ""),
    "enum value removed": ("RED BLUE", "RED"),
    "input field removed": (", colour: Colour", ""),
    "type changed": ("number: String!", "number: Int!"),
    "answer may be null": ("[Order!]!", "[Order!]"),
    "argument required": ("old: Boolean", "old: Boolean!"),
    "required argument added": ("old: Boolean", "old: Boolean, more: Int!"),
    "required input field added": ("text: String", "text: String, more: Int!"),
    "type removed": ("type Buyer { name: String! }", "type Person { name: String! }"),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_breaking_change_is_refused(change: str) -> None:
    """Whatever a client may have written goes on working."""
    old, new = BREAKING[change]
    now = BASE.replace(old, new)
    if change == "type removed":
        now = now.replace("buyer: Buyer", "buyer: Person")
    assert _refused(BASE, now)
    assert _refused(BASE, BASE) == []


HARMLESS = {
    "field added": ("number: String!", "number: String!, more: Int"),
    "enum value added": ("RED BLUE", "RED BLUE GREEN"),
    "optional argument added": ("old: Boolean", "old: Boolean, more: Int"),
    "optional input field added": ("text: String", "text: String, more: Int"),
    "never null": ("buyer: Buyer", "buyer: Buyer!"),
    "type added": ("type Buyer", "type Person { name: String! } type Buyer"),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_what_clients_must_expect_is_listed(change: str) -> None:
    """Additions are no breach, but a client can read of them."""
    now = BASE.replace(*HARMLESS[change])
    assert _refused(BASE, now) == []
    assert listed(build_schema(BASE), build_schema(now)) != evolution.NOTHING
    assert listed(build_schema(BASE), build_schema(BASE)) == evolution.NOTHING


REMOVABLE = {
    "field": ("number: String!", "number: String! {}", "number: String!, "),
    "argument": ("old: Boolean", "old: Boolean {}", ", old: Boolean"),
    "enum value": ("RED BLUE", "RED BLUE {}", " BLUE"),
    "input field": ("colour: Colour", "colour: Colour {}", ", colour: Colour"),
}


@pytest.mark.parametrize("what", REMOVABLE)
def test_what_was_deprecated_goes_on_its_day_and_not_before(what: str) -> None:
    """The day that the release named is the first without it."""
    plain, marked, gone = REMOVABLE[what]
    notice = f'@deprecated(reason: "Use something else. Gone from {TODAY}.")'
    released = BASE.replace(plain, marked.format(notice))
    now = BASE.replace(gone, "")
    assert _refused(released, now, TODAY - DAY)
    assert _refused(released, now, TODAY) == []
    assert "Removed after notice" in listed(build_schema(released), build_schema(now))


def test_a_deprecation_without_a_day_ends_nothing() -> None:
    """Somebody who was not told when cannot have planned."""
    released = BASE.replace("number: String!", 'number: String! @deprecated(reason: "Use something else.")')
    assert _refused(released, BASE.replace("number: String!, ", ""))
    assert len(hasty(build_schema(BASE), build_schema(released), TODAY)) == 1


def test_a_type_goes_with_the_last_that_led_to_it() -> None:
    """A type cannot be deprecated; what leads to it can."""
    notice = f'@deprecated(reason: "Use something else. Gone from {TODAY}.")'
    released = BASE.replace("buyer: Buyer", f"buyer: Buyer {notice}")
    now = BASE.replace(", buyer: Buyer", "").replace("type Buyer { name: String! }", "")
    assert _refused(released, now) == []
    assert _refused(BASE, now)
    deeper = released.replace("name: String!", "name: String!, home: Home") + "type Home { city: String! }"
    assert _refused(deeper, now) == []
    elsewhere = deeper.replace("number: String!", "number: String!, home: Home")
    assert _refused(elsewhere, now)


@pytest.mark.parametrize("late", [0, 1])
def test_a_deprecation_gives_half_a_year(late: int) -> None:
    """A day too soon is refused; one that was released stays as it is, however near it comes."""
    ends = TODAY + NOTICE - late * DAY
    marked = BASE.replace("number: String!", f'number: String! @deprecated(reason: "Use another. Gone from {ends}.")')
    assert len(hasty(build_schema(BASE), build_schema(marked), TODAY)) == late
    assert hasty(build_schema(marked), build_schema(marked), TODAY + NOTICE) == []


def test_a_release_ends_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was unreleased stands under the version, and the next difference is from there."""
    changelog, released, now = tmp_path / "changes.md", tmp_path / "released.graphql", tmp_path / "schema.graphql"
    changelog.write_text("# Changes\n\n## Unreleased\n\nOld.\n\n## 0.1.0, 2026-11-22\n\nThe first.\n")
    released.write_text(BASE)
    now.write_text(BASE.replace("number: String!", "number: String!, more: Int"))
    for name, path in (("CHANGELOG", changelog), ("RELEASED", released), ("NOW", now)):
        monkeypatch.setattr(evolution, name, path)
    evolution.main([])
    assert "### Added\n\n- Field Order.more was added." in changelog.read_text()
    evolution.main(["release", "0.2.0"])
    heads = [line for line in changelog.read_text().splitlines() if line.startswith("## ")]
    assert [head.split(",")[0] for head in heads] == ["## Unreleased", "## 0.2.0", "## 0.1.0"]
    assert released.read_text() == now.read_text()
    assert changelog.read_text().count("Order.more") == 1
    now.write_text(BASE)
    with pytest.raises(SystemExit, match=r"Order\.more was removed"):
        evolution.main([])


def test_a_release_is_put_under_its_day() -> None:
    """The list that was, and an empty one before it."""
    told = ended("# C\n\n## Unreleased\n\nOld.\n", "New.", "0.2.0", TODAY)
    assert told == f"# C\n\n## Unreleased\n\nNothing.\n\n## 0.2.0, {TODAY}\n\nNew.\n"
