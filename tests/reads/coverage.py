"""What was selected and answered so far: every (type, field, directive), and where nulls and empty lists were seen."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from tests.reads.givens import FILLED, VALUED
from tests.reads.walking import Place, Seen

DIRECTIVES = (None, "skip", "include")
AIMED = 8.0
# how often the aim is at what never was null or empty, rather than at what was not answered
NEVER = 0.5


def reachable(schema: GraphQLSchema, roots: tuple[str, ...] = ("Query",)) -> dict[tuple[str, str], GraphQLField]:
    """Every field of the types that an operation can come to."""
    waiting, found = list(roots), dict[str, Any]()
    while waiting:
        name = waiting.pop()
        type_ = schema.type_map[name]
        if name in found or not is_composite_type(type_):
            continue
        found[name] = type_
        if is_abstract_type(type_):
            waiting += [member.name for member in schema.get_possible_types(type_)]
        waiting += [get_named_type(each.type).name for each in getattr(type_, "fields", {}).values()]
    return {(name, each): of for name, type_ in found.items() for each, of in getattr(type_, "fields", {}).items()}


@dataclass
class Coverage:
    """What was answered of everything that can be asked, and so what the generator should rather choose."""

    fields: dict[tuple[str, str], GraphQLField]
    answered: Counter[Place] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    nulls: set[tuple[str, str]] = field(default_factory=set)
    empties: set[tuple[str, str]] = field(default_factory=set)
    # what may be null, and what may be empty
    nullable: set[tuple[str, str]] = field(init=False)
    lists: set[tuple[str, str]] = field(init=False)
    # what the next document should come to, how often that was so, and how many fields it is away from each type
    aim_at: tuple[str, str] = ("", "")
    aimed: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: dict[str, int] = field(default_factory=dict)
    _leads: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (name, _field), of in self.fields.items():
            self._leads.setdefault(name, set()).add(get_named_type(of.type).name)
        self._leads["Node"] |= {type_ for type_, each in self.fields if each == "id"}
        nullable = {key for key, of in self.fields.items() if not is_non_null_type(of.type)}
        lists = {key for key, of in self.fields.items() if is_list_type(get_nullable_type(of.type))}
        self.nullable = {key for key in nullable if ".".join(key) not in VALUED}
        self.lists = {key for key in lists if ".".join(key) not in FILLED}

    def add(self, seen: Seen) -> None:
        """Count a field that was selected."""
        key = seen.place[:2]
        self.asked[key] += 1
        if seen.value is None:
            self.nulls.add(key)
            return
        self.answered[seen.place] += 1
        if seen.value == []:
            self.empties.add(key)

    @property
    def share(self) -> float:
        """How many of all places were answered."""
        return 1 - len(self.missing) / (len(self.fields) * len(DIRECTIVES))

    @property
    def missing(self) -> list[Place]:
        """The places that were not answered yet."""
        places = (Place(*key, directive) for key in self.fields for directive in DIRECTIVES)
        return [place for place in places if not self.answered[place]]

    def never_null(self) -> list[tuple[str, str]]:
        """The fields that may be null and never were."""
        return sorted(self.nullable - self.nulls)

    def never_empty(self) -> list[tuple[str, str]]:
        """The lists that may be empty and never were."""
        return sorted(self.lists - self.empties)

    @property
    def vacant(self) -> float:
        """How many of the fields that may be null were, and of the lists that may be empty."""
        never = len(self.never_null()) + len(self.never_empty())
        return 1 - never / (len(self.nullable) + len(self.lists))

    def wrongly_given(self) -> list[str]:
        """What stands in the tables of what is always given, and is not: it was null or empty, or there is no such."""
        named = {".".join(key) for key in self.fields}
        nulls, empties = ({".".join(key) for key in keys} for keys in (self.nulls, self.empties))
        return sorted((VALUED.keys() & nulls) | (FILLED.keys() & empties) | (VALUED.keys() | FILLED.keys()) - named)

    def figures(self) -> dict[str, str]:
        """How much of what there is was seen."""
        places = len(self.fields) * len(DIRECTIVES)
        return {
            "(type, field, directive) answered": f"{places - len(self.missing)} of {places} = {self.share:.1%}",
            "nullable fields that were null": f"{len(self.nullable & self.nulls)} of {len(self.nullable)}",
            "nullable fields that are always given": f"{len(VALUED)}",
            "lists that were empty": f"{len(self.lists & self.empties)} of {len(self.lists)}",
            "lists that are never empty": f"{len(FILLED)}",
        }

    # --- the generator's interest -----------------------------------------------------------------------------------

    def aim(self, chance: random.Random) -> None:
        """Choose a place that is missing, or a field that never was null or empty, for the next document to come to.

        Rather one that was not tried often.
        """
        never = {*self.never_null(), *self.never_empty()}
        unanswered = {place[:2] for place in self.missing}
        first, second = (never, unanswered) if chance.random() < NEVER else (unanswered, never)
        missing = sorted(first or second or self.fields)
        weights = [1 / (1 + self.aimed[key]) for key in missing]
        self.aim_at = chance.choices(missing, weights)[0]
        self.aimed[self.aim_at] += 1
        self.steps = {self.aim_at[0]: 0}
        waiting = [self.aim_at[0]]
        for name in waiting:
            nearer = {type_ for type_, leads in self._leads.items() if name in leads} - self.steps.keys()
            self.steps |= dict.fromkeys(nearer, self.steps[name] + 1)
            waiting += sorted(nearer)

    def weight(self, type_: str, field: str) -> float:
        """More for what was seldom answered or never null or empty, and most for what is aimed at or leads there."""
        leads = get_named_type(self.fields[type_, field].type).name if (type_, field) in self.fields else type_
        key = (type_, field)
        missing = sum(not self.answered[Place(type_, field, each)] for each in DIRECTIVES)
        missing += (key in self.nullable and key not in self.nulls) + (key in self.lists and key not in self.empties)
        aimed = key == self.aim_at or self.steps.get(leads, 99) < self.steps.get(type_, 0)
        return 0.3 + missing / (1 + self.asked[type_, field] / 15) + (AIMED if aimed else 0)

    def directive(self, type_: str, field: str) -> str | None:
        """A directive that the field was not answered with yet."""
        return next((each for each in DIRECTIVES[1:] if not self.answered[Place(type_, field, each)]), None)

    def kinds(self, chance: random.Random, types: Sequence[str]) -> str:
        """One of these types, rather one from which it is not far to what is aimed at."""
        return chance.choices(types, [1 / (1 + self.steps.get(name, 9)) ** 3 for name in types])[0]
