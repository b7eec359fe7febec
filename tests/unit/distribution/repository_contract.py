"""What holds for the ports wherever they keep things: all of it together."""

from __future__ import annotations

from tests.unit.distribution.answering_contract import AnsweringContract
from tests.unit.distribution.offers_contract import OffersContract
from tests.unit.distribution.reoffers_contract import ReoffersContract
from tests.unit.distribution.reply_clock_contract import ReplyClockContract
from tests.unit.distribution.settlement_contract import SettlementContract
from tests.unit.distribution.transactions_contract import TransactionsContract
from tests.unit.distribution.withdrawal_contract import WithdrawalContract


class RepositoryContract(
    OffersContract,
    AnsweringContract,
    TransactionsContract,
    SettlementContract,
    WithdrawalContract,
    ReoffersContract,
    ReplyClockContract,
):
    """Use cases over the ports, each in a transaction of its own. Subclasses give the fixture ``world``."""
