"""Generated GraphQL documents: valid ones for any schema, with fragments, aliases, merges, directives and variables."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from tests.arguments import Arguments, Values

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True)
class Document:
    """A document with the variables to run it with."""

    text: str
    variables: dict[str, Any]


class Interest(Protocol):
    """What the generator should rather choose."""

    def weight(self, type_: str, field: str) -> float:
        """How much a field is worth; 1 is as much as any other."""

    def directive(self, type_: str, field: str) -> str | None:
        """The directive that a field was too seldom selected with, if any."""


class Anything:
    """No interest in anything more than in the rest."""

    def weight(self, type_: str, field: str) -> float:
        """As much as any other."""
        return 1.0

    def directive(self, type_: str, field: str) -> str | None:
        """None more than another."""
        return None


@dataclass
class Generator:
    """Writes documents; `values` says what arguments may be, `type_of` which type an id names."""

    schema: GraphQLSchema
    chance: random.Random
    values: Values
    depth: int = 5
    width: int = 5
    budget: int = 60
    without: frozenset[str] = frozenset()
    interest: Interest = field(default_factory=Anything)
    type_of: Callable[[str], str | None] = lambda _id: None
    _arguments: Arguments = field(init=False)
    _fragments: list[str] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _plain: dict[str, str] = field(default_factory=dict)
    _left: int = 0

    def document(self, roots: int = 2, kind: OperationType = OperationType.QUERY) -> Document:
        """An operation with some root fields; a subscription has one."""
        self._arguments = Arguments(self.chance, self.values)
        self._fragments, self._keys, self._plain = [], {}, {}
        self._left = self.budget
        root = self.schema.get_root_type(kind)
        assert root is not None
        single = kind is OperationType.SUBSCRIPTION
        selection = self._rooted(root) if single else self._selection(root, self.depth, roots)
        declared = f"({', '.join(self._arguments.declared)})" if self._arguments.declared else ""
        text = "\n".join([f"{kind.value} Generated{declared} {selection}", *self._fragments])
        return Document(text, self._arguments.variables)

    def again(self) -> dict[str, Any]:
        """Other values for the variables of the last document."""
        return self._arguments.again()

    def _rooted(self, root: GraphQLObjectType) -> str:
        while not (text := self._field(root, self.depth, narrowed=False, conditional=False)):
            pass
        return "{ " + text + " }"

    def _selection(
        self, type_: Composite, depth: int, width: int, narrowed: bool = False, likely: Collection[str] = ()
    ) -> str:
        parts = [self._part(type_, depth, narrowed, likely) for _ in range(self.chance.randint(1, width))]
        chosen = [part for part in parts if part]
        if self.chance.random() < (0.8 if is_abstract_type(type_) else 0.15) or not chosen:
            chosen.append(self.chance.choice(["__typename", "is: __typename"]))
        return "{ " + " ".join(chosen) + " }"

    def _part(self, type_: Composite, depth: int, narrowed: bool, likely: Collection[str]) -> str:
        roll = self.chance.random()
        if roll < 0.08:
            return f"... {self._directive()}{self._selection(type_, depth, 3, narrowed, likely)}"
        if roll < 0.14:
            return f"... on {type_.name} {self._directive()}{self._selection(type_, depth, 3, narrowed, likely)}"
        if roll < 0.22:
            return self._spread(type_, depth, narrowed, likely)
        if is_abstract_type(type_) and (roll < 0.8 or isinstance(type_, GraphQLUnionType)):
            possible = self.schema.get_possible_types(type_)
            expected = [member for member in possible if member.name in likely and self.chance.random() < 0.9]
            member = self.chance.choice(expected or possible)
            return f"... on {member.name} {self._directive()}{self._selection(member, depth, 4, narrowed=True)}"
        return "" if isinstance(type_, GraphQLUnionType) else self._field(type_, depth, narrowed)

    def _spread(self, type_: Composite, depth: int, narrowed: bool, likely: Collection[str]) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments.append("")
        selection = self._selection(type_, depth, 3, narrowed, likely)
        self._fragments[int(name[1:])] = f"fragment {name} on {type_.name} {selection}"
        # most fragments are spread where they were made, and some once more
        again = f" ...{name}" if self.chance.random() < 0.1 else ""
        return f"...{name} {self._directive()}{again}"

    def _field(
        self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, narrowed: bool, conditional: bool = True
    ) -> str:
        fields = [name for name in type_.fields if f"{type_.name}.{name}" not in self.without]
        deep = depth > 0 and self._left > 0
        possible = [name for name in fields if deep or not is_composite_type(get_named_type(type_.fields[name].type))]
        if not possible:
            return ""
        self._left -= 1
        weights = [self.interest.weight(type_.name, name) for name in possible]
        name = self.chance.choices(possible, weights)[0]
        chosen = type_.fields[name]
        arguments = self._arguments.text(f"{type_.name}.{name}", chosen)
        if arguments is None:
            return ""
        likely = {kind for kind in map(self.type_of, self._arguments.ids) if kind}
        key = self._key(type_.name, name, chosen, arguments, narrowed)
        inner = get_named_type(chosen.type)
        directive = self._directive(type_.name, name) if conditional else ""
        selection = ""
        if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            selection = " " + self._selection(inner, depth - 1, self.width, likely=likely)
        return f"{key}{name}{arguments} {directive}{selection}"

    def _key(self, type_: str, name: str, chosen: GraphQLField, arguments: str, narrowed: bool) -> str:
        """An alias that only ever stands for this field with these arguments, so that all selections merge.

        Within a fragment on one of several types the same key may stand for fields of other types with equal values.
        """
        leaf = not is_composite_type(get_named_type(chosen.type))
        kind = f"{chosen.type}" if leaf and not arguments else type_
        identity = f"{kind if narrowed else ''}.{name}{arguments}"
        if identity not in self._keys:
            free = not narrowed or (leaf and self._plain.setdefault(name, kind) == kind)
            plain = not arguments and free and self.chance.random() < 0.7
            self._keys[identity] = "" if plain else f"k{len(self._keys)}: "
        return self._keys[identity]

    def _directive(self, type_: str | None = None, name: str = "") -> str:
        wanted = self.interest.directive(type_, name) if type_ else None
        if self.chance.random() > (0.35 if wanted else 0.1):
            return ""
        first = wanted or self.chance.choice(["skip", "include"])
        both = [first, "include" if first == "skip" else "skip"][: 2 if self.chance.random() < 0.1 else 1]
        kept = self.chance.random() < 0.75
        return "".join(f"@{name}(if: {self._arguments.condition((name == 'include') is kept)}) " for name in both)
