"""The demonstration market of the embedded default: made-up companies, their orders, and a token for each of them.

Everything but the accounts themselves is made by the same actions that clients' mutations call.
"""

from app.demonstration.market import Needs, fresh_order, seed
from app.demonstration.tokens import tokens

__all__ = ["Needs", "fresh_order", "seed", "tokens"]
