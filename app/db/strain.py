"""What is no mistake of anybody's: the database is away, or had no time for a statement."""

import asyncpg
from sqlalchemy.exc import DBAPIError

STRAIN = (
    TimeoutError,  # no connection became free
    ConnectionError,
    asyncpg.InterfaceError,  # the connection is closed
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # the statement took too long, or the database is starting or stopping
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)


def strained(error: BaseException | None) -> bool:
    """Whether what failed may succeed when it is tried again later."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.driver_exception, STRAIN)
    return isinstance(error, STRAIN)
