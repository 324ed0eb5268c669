"""What every list and every object with an id has in common: Node, Connection, Edge, PageInfo."""

from typing import Generic, TypeVar

import strawberry

T = TypeVar("T")


@strawberry.interface(description="An object that can be read again by its id.")
class Node:
    """An object that can be read again by its id."""

    id: strawberry.ID = strawberry.field(description="The object's id, unique among all objects of this API.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(description="Whether something precedes this page in the list.")
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first object.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last object.")


@strawberry.type(description="An object of a list with its cursor.")
class Edge(Generic[T]):
    """An object of a list with its cursor."""

    cursor: str = strawberry.field(description="Where the object stands: pass it as `after` or `before`.")
    node: T = strawberry.field(description="The object.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The page's objects, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The page's objects.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in its list.")
    total_count: int = strawberry.field(description="How many objects the whole list has; counted only when asked for.")
