"""What the database itself forbids: to change or delete what was booked or what happened, whoever asks."""

from sqlalchemy import Connection, text

LEDGER = ("entries", "moves", "statement_lines")

REFUSE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% of % is forbidden: it is append-only', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""


def install(connection: Connection) -> None:
    """Make the guards, and the one row of the feed."""
    connection.execute(text(REFUSE))
    for table in LEDGER:
        _guard(connection, table, "UPDATE OR DELETE OR TRUNCATE")
    guard_events(connection)
    connection.execute(text('INSERT INTO feed ("one", head, floor) VALUES (true, 0, 0)'))


def guard_events(connection: Connection) -> None:
    """Guard every column of an event but its position, which is given once and never changed."""
    columns = connection.execute(
        text(
            "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name = 'events' AND column_name <> 'position' ORDER BY ordinal_position"
        )
    ).scalars()
    _guard(connection, "events", f"DELETE OR TRUNCATE OR UPDATE OF {', '.join(columns)}")
    connection.execute(
        text(
            "CREATE TRIGGER position_is_final BEFORE UPDATE OF position ON events FOR EACH ROW "
            "WHEN (OLD.position IS NOT NULL) EXECUTE FUNCTION refuse_change()"
        )
    )


def let_go_of_events(connection: Connection) -> None:
    """Take the guards of the events away, for as long as their columns change."""
    for trigger in ("append_only", "position_is_final"):
        connection.execute(text(f"DROP TRIGGER {trigger} ON events"))


def remove(connection: Connection) -> None:
    """Take the guards away, after their tables are gone."""
    connection.execute(text("DROP FUNCTION refuse_change()"))


def _guard(connection: Connection, table: str, acts: str) -> None:
    connection.execute(
        text(f"CREATE TRIGGER append_only BEFORE {acts} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
    )
