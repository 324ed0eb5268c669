"""What the arguments are called that many mutations have."""

KEY = (
    "A key of your own for this request, at most 200 characters: with it a retry does nothing twice, for a day at "
    "least (INT-3)."
)
VERSION = "Refuse if the order is no longer at this version; the answer then shows it as it is now."
ORDER = "The order's id."
