"""What clients see; the domain's enums are declared before any type refers to them."""

import app.schema.error_enums
import app.schema.event_enums
import app.schema.money_enums
import app.schema.order_enums
import app.schema.people_enums
import app.schema.remedy_enums  # noqa: F401
