"""The cost of an operation: the fields it may read, each counted once for every object of its pages."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
)

PAGE_ARGUMENTS = ("first", "last")
SIZED_ARGUMENTS = (*PAGE_ARGUMENTS, "ids")
INPUT, RESULTS = "input", "results"
SUMS_KEPT = 64


class Size(NamedTuple):
    """How many objects a field may answer: the largest of a number and of the variables that say so.

    `default` counts when neither is given.
    """

    fixed: int
    default: int
    pages: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether no variable has a say in it."""
        return not self.pages and not self.lists


ONE = Size(1, 1)


class Step(NamedTuple):
    """A sum: a number of fields, and other sums times their sizes."""

    fixed: int
    terms: tuple[tuple[Size, int], ...]


@dataclass(slots=True)
class Sum:
    """A sum while it is being put together."""

    fixed: int = 0
    terms: list[tuple[Size, int]] = field(default_factory=list)


class Costs:
    """The sums of a document, each after those it is made of, so that one loop computes them all.

    A sum that was computed is kept for variables that say the same sizes; few ever do anything else.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._names: dict[str, None] = {}
        self._known: dict[tuple[Hashable, ...], int] = {}

    def keep(self, total: Sum) -> int:
        """Keep a finished sum and say where it is."""
        self._steps.append(Step(total.fixed, tuple(total.terms)))
        return len(self._steps) - 1

    def add(self, total: Sum, size: Size, part: Sum) -> None:
        """Add a part, `size` times, to a sum."""
        self._names.update(dict.fromkeys((*size.pages, *size.lists)))
        if not part.terms and size.known:
            total.fixed += _times(size, {}, _unchecked) * part.fixed
        elif size is ONE:
            total.fixed += part.fixed
            total.terms += part.terms
        else:
            total.terms.append((size, self.keep(part)))

    def compute(
        self,
        wanted: int,
        defaults: Mapping[str, Any],
        variables: Mapping[str, Any],
        check_page: Callable[[int], None],
    ) -> int:
        """The number of fields of one kept sum for these variables."""
        given = {name: _given(name, defaults, variables) for name in self._names}
        key = (wanted, *map(_said, given.values()))
        cost = self._known.get(key)
        if cost is None:
            cost = self._compute(wanted, given, check_page)
            if len(self._known) >= SUMS_KEPT:
                self._known.clear()
            self._known[key] = cost
        return cost

    def _compute(self, wanted: int, variables: Mapping[str, Any], check_page: Callable[[int], None]) -> int:
        totals: list[int] = []
        for fixed, terms in self._steps[: wanted + 1]:
            totals.append(fixed + sum(_times(size, variables, check_page) * totals[index] for size, index in terms))
        return totals[wanted]


def size_of(node: FieldNode, definition: GraphQLField | None, default_page: int) -> Size:
    """How many objects a field may answer, as far as its arguments tell."""
    if definition is None:
        return ONE
    if (listed := _answered_one_by_one(definition)) is not None:
        return _size_of_input(node, listed)
    if not any(name in definition.args for name in SIZED_ARGUMENTS):
        return ONE
    fixed = 0
    pages: list[str] = []
    lists: list[str] = []
    for argument in node.arguments or ():
        name, value = argument.name.value, argument.value
        if name not in SIZED_ARGUMENTS or name not in definition.args:
            continue
        if isinstance(value, VariableNode):
            (pages if name in PAGE_ARGUMENTS else lists).append(value.name.value)
        else:
            fixed = max(fixed, literal_size(value) or 0)
    paged = any(name in definition.args for name in PAGE_ARGUMENTS)
    return Size(fixed, default_page if paged else 1, tuple(pages), tuple(lists))


def _answered_one_by_one(definition: GraphQLField) -> str | None:
    """The list of a mutation's input that is answered by a result for each of its items; None for other fields."""
    payload = get_named_type(definition.type)
    if INPUT not in definition.args or not isinstance(payload, GraphQLObjectType) or RESULTS not in payload.fields:
        return None
    given = get_named_type(definition.args[INPUT].type)
    fields = given.fields if isinstance(given, GraphQLInputObjectType) else {}
    lists = (name for name, each in fields.items() if is_list_type(get_nullable_type(each.type)))
    return next((name for name in lists if is_required_input_field(fields[name])), None)


def _size_of_input(node: FieldNode, listed: str) -> Size:
    """How many items the list of a mutation's input has, wherever they stand."""
    value = next((argument.value for argument in node.arguments or () if argument.name.value == INPUT), None)
    if isinstance(value, VariableNode):
        return Size(0, 1, lists=(f"{value.name.value}.{listed}",))
    fields = value.fields if isinstance(value, ObjectValueNode) else ()
    items = next((each.value for each in fields if each.name.value == listed), None)
    if isinstance(items, VariableNode):
        return Size(0, 1, lists=(items.name.value,))
    return Size(literal_size(items) or 1, 1)


def default_sizes(name: str, value: ValueNode | None) -> Mapping[str, int | None]:
    """What the default value of a variable says of sizes, of the lists in an object too."""
    fields = value.fields if isinstance(value, ObjectValueNode) else ()
    return {name: literal_size(value)} | {f"{name}.{each.name.value}": literal_size(each.value) for each in fields}


def literal_size(value: ValueNode | None) -> int | None:
    """The size that a literal says, or None when it says none."""
    if isinstance(value, IntValueNode):
        return int(value.value) if len(value.value) < 12 else 10**12
    if isinstance(value, ListValueNode):
        return len(value.values)
    return None


def _given(name: str, defaults: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """What is given for a variable, or for a field of one that is an object."""
    variable, _, inner = name.partition(".")
    if variable not in variables:
        return defaults.get(name)
    value = variables[variable]
    return value.get(inner) if inner and isinstance(value, dict) else value


def _said(value: Any) -> Hashable:
    """All that `_times` may ask of a variable."""
    if isinstance(value, list):
        return list, len(value)
    return (type(value), value) if isinstance(value, (int, float)) else None


def _times(size: Size, variables: Mapping[str, Any], check_page: Callable[[int], None]) -> int:
    asked = size.fixed
    for name in size.pages:
        value = variables.get(name)
        if isinstance(value, (int, float)) and value > asked:
            check_page(_whole(value))
            asked = _whole(value)
    for name in size.lists:
        value = variables.get(name)
        if isinstance(value, list):
            asked = max(asked, len(value))
        elif isinstance(value, int):
            asked = max(asked, value)
    return asked if asked > 0 else size.default


def _whole(number: float) -> int:
    return int(min(number, 10**12))


def _unchecked(size: int) -> None:
    """The pages of a document's own literals are checked with its weight."""
