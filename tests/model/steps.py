"""The steps of the played market: each chooses what it does, tells the model, and goes through an action."""

from tests.model.agreeing import Agreeing
from tests.model.arguing import Arguing
from tests.model.claiming import Claiming
from tests.model.paying import Paying
from tests.model.shipping import Shipping


class Steps(Agreeing, Paying, Shipping, Claiming, Arguing):
    """What can be done in the market, one method a step."""
