"""A connector for an ERP: keeps a copy of a seller's orders in SQLite, and dispatches what the warehouse sent."""
