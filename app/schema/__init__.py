"""What clients see; the domain's enums are declared before any type refers to them."""

import app.schema.enums
import app.schema.remedy_enums  # noqa: F401
