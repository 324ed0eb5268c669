"""What clients see; the domain's enums are declared before any type refers to them."""

import app.schema.enums  # noqa: F401
