"""What the product costs: measured beside what it could cost at best, in one run."""
