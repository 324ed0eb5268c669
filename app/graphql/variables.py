"""Variables as an operation runs with them: each by its type's function, where graphql-core walks the type anew.

What is not plainly right is left to graphql-core, which alone says what is wrong with it, and knows the rarer ways to
be right: a variable's default, one value in place of a list, an object of which exactly one field is given.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLSchema, NonNullTypeNode, VariableDefinitionNode, get_variable_values

from app.graphql.coercing import Coerce, Coercions, Unsure
from app.reads.selection import Said


class Coerced(NamedTuple):
    """Values as an operation runs with them; with their shape where that was found on the way."""

    values: dict[str, Any]
    shape: tuple[Hashable, ...] | None


class Variables:
    """Coerces the variables of one schema's operations."""

    def __init__(self, schema: GraphQLSchema, errors: int) -> None:
        self._schema = schema
        self._errors = errors
        self._coercions = Coercions(schema)

    def taken(self, definitions: Sequence[VariableDefinitionNode]) -> "Taken":
        """What an operation takes."""
        each = [(each.variable.name.value, self._coercions.of(each.type), _optional(each)) for each in definitions]
        return Taken(each, definitions, self._schema, self._errors)


class Taken:
    """The variables of one operation, in their order: how each is coerced, and whether it may be left out."""

    def __init__(
        self,
        each: Sequence[tuple[str, Coerce, bool]],
        definitions: Sequence[VariableDefinitionNode],
        schema: GraphQLSchema,
        errors: int,
    ) -> None:
        self._each = each
        self._definitions = definitions
        self._schema = schema
        self._errors = errors

    def coerced(self, values: Mapping[str, Any]) -> Coerced | None:
        """The values as graphql-core coerces them; None when it refuses them."""
        try:
            return self.plain(values)
        except Unsure:
            found = get_variable_values(self._schema, self._definitions, dict(values), self._errors)
            return None if isinstance(found, list) else Coerced(found.coerced, None)

    def plain(self, values: Mapping[str, Any]) -> Coerced:
        """The same of values that are plainly right; Unsure of others."""
        made: dict[str, Any] = {}
        said: Said = []
        for name, coerce, optional in self._each:
            if name in values:
                made[name] = coerce(values[name], 0, said)
            elif not optional:
                raise Unsure
        said.append(tuple(made))
        return Coerced(made, tuple(said))


def _optional(definition: VariableDefinitionNode) -> bool:
    """Whether a variable that is not given is left out, and nothing else."""
    return definition.default_value is None and not isinstance(definition.type, NonNullTypeNode)
