"""What was selected and answered so far: every (type, field, directive), and where nulls and empty lists were seen."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

DIRECTIVES = (None, "skip", "include")
TYPENAMES = {"is", "__typename"}
AIMED = 8.0


class Place(NamedTuple):
    """A field of a type, and the directive it was selected with."""

    type: str
    field: str
    directive: str | None


class Seen(NamedTuple):
    """A field that was selected, and what was answered; `within` is the nearest list of pages around it."""

    place: Place
    field: GraphQLField
    value: Any
    within: str


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
class Walk:
    """Goes through one answer along the document that asked for it."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def seen(self, type_: Any, selection: SelectionSetNode, value: Any, within: str = "") -> Iterator[Seen]:
        """Every field that was selected of an object, and of those in it."""
        for node in selection.selections:
            if not self._included(node):
                continue
            if not isinstance(node, FieldNode):
                yield from self._inside(node, type_, value, within)
                continue
            chosen = type_.fields.get(node.name.value) if hasattr(type_, "fields") else None
            key = node.alias.value if node.alias else node.name.value
            if chosen is None or key not in value:
                continue
            coordinate = f"{type_.name}.{node.name.value}"
            inside = coordinate if "after" in chosen.args else within
            directives: list[str | None] = [each.name.value for each in node.directives or ()]
            for directive in directives or [None]:
                yield Seen(Place(type_.name, node.name.value, directive), chosen, value[key], inside)
            if node.selection_set is not None:
                for each in _objects(value[key]):
                    yield from self.seen(get_named_type(chosen.type), node.selection_set, each, inside)

    def _inside(self, node: SelectionNode, type_: Any, value: Any, within: str) -> Iterator[Seen]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            named, selection = fragment.type_condition.name.value, fragment.selection_set
        else:
            assert isinstance(node, InlineFragmentNode)
            named = node.type_condition.name.value if node.type_condition else type_.name
            selection = node.selection_set
        # of several types that an object may be, the one it is
        if named == type_.name or not is_abstract_type(type_) or _type(value) == named:
            yield from self.seen(self.schema.type_map[named], selection, value, within)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            (given,) = directive.arguments or ()
            if self._value(given.value) is (directive.name.value == "skip"):
                return False
        return True

    def _value(self, node: ValueNode) -> Any:
        return self.variables[node.name.value] if isinstance(node, VariableNode) else getattr(node, "value", None)


def walked(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], data: Any) -> Iterator[Seen]:
    """Every field that was selected in the data of an answer."""
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    defaults = {
        node.variable.name.value: getattr(node.default_value, "value", None)
        for node in operation.variable_definitions or ()
    }
    walk = Walk(schema, fragments, {**defaults, **variables})
    return walk.seen(schema.get_root_type(operation.operation), operation.selection_set, data)


def _type(value: dict[str, Any]) -> Any:
    return next((value[key] for key in TYPENAMES if key in value), None)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


@dataclass
class Coverage:
    """What was answered of everything that can be asked, and so what the generator should rather choose."""

    fields: dict[tuple[str, str], GraphQLField]
    answered: Counter[Place] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    nulls: set[tuple[str, str]] = field(default_factory=set)
    empties: set[tuple[str, str]] = field(default_factory=set)
    # what the next document should come to, how often that was so, and how many fields it is away from each type
    aim_at: tuple[str, str] = ("", "")
    aimed: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: dict[str, int] = field(default_factory=dict)
    _leads: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (name, _field), of in self.fields.items():
            self._leads.setdefault(name, set()).add(get_named_type(of.type).name)
        self._leads["Node"] |= {type_ for type_, each in self.fields if each == "id"}

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
        """The nullable fields that were never null."""
        return sorted(self._nullable - self.nulls)

    def never_empty(self) -> list[tuple[str, str]]:
        """The lists that were never empty."""
        return sorted(self._lists - self.empties)

    def figures(self) -> dict[str, str]:
        """How much of what there is was seen."""
        places = len(self.fields) * len(DIRECTIVES)
        return {
            "(type, field, directive) answered": f"{places - len(self.missing)} of {places} = {self.share:.1%}",
            "nullable fields that were null": f"{len(self._nullable & self.nulls)} of {len(self._nullable)}",
            "lists that were empty": f"{len(self._lists & self.empties)} of {len(self._lists)}",
        }

    @property
    def _nullable(self) -> set[tuple[str, str]]:
        return {key for key, of in self.fields.items() if not is_non_null_type(of.type)}

    @property
    def _lists(self) -> set[tuple[str, str]]:
        return {key for key, of in self.fields.items() if is_list_type(get_nullable_type(of.type))}

    # --- the generator's interest -----------------------------------------------------------------------------------

    def aim(self, chance: random.Random) -> None:
        """Choose something that is missing, rather what was not tried often, for the next document to come to."""
        missing = sorted({place[:2] for place in self.missing}) or sorted(self.fields)
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
        """More for what was seldom answered, and most for what is aimed at or leads there."""
        leads = get_named_type(self.fields[type_, field].type).name if (type_, field) in self.fields else type_
        missing = sum(not self.answered[Place(type_, field, each)] for each in DIRECTIVES)
        aimed = (type_, field) == self.aim_at or self.steps.get(leads, 99) < self.steps.get(type_, 0)
        return 0.3 + missing / (1 + self.asked[type_, field] / 15) + (AIMED if aimed else 0)

    def directive(self, type_: str, field: str) -> str | None:
        """A directive that the field was not answered with yet."""
        return next((each for each in DIRECTIVES[1:] if not self.answered[Place(type_, field, each)]), None)

    def kinds(self, chance: random.Random, types: Sequence[str]) -> str:
        """One of these types, rather one from which it is not far to what is aimed at."""
        return chance.choices(types, [1 / (1 + self.steps.get(name, 9)) ** 3 for name in types])[0]
