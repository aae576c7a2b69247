"""What a session tells of itself as tables: its allowances, its operations and its history."""

from __future__ import annotations

from sessionlab.core.client.session import BaseSession
from sessionlab.core.permissions.limits import Remaining
from sessionlab.study.allowances import Allowances, allowances_of, remaining_of
from sessionlab.study.history import History, history_of
from sessionlab.study.operations import OperationTable, operations_of


class BaseSessionTables(BaseSession):
    """A session whose allowances, operations and history are tables, with ``to_frame()``."""

    @property
    def allowances(self) -> Allowances:
        """Read every allowance's limit, used and remaining amounts from the chain, in the allowance's unit.

        ``allowances["native-token-transfer"].remaining``; of several tokens, ``allowances["dollar"]``. Before its first
        operation, the full limits remain; once the session is revoked, nothing does.
        """
        return allowances_of(self)

    @property
    def remaining(self) -> Remaining:
        """What remains of each meter, in the form that the decision engine takes."""
        return remaining_of(self)

    @property
    def operations(self) -> OperationTable:
        """Everything that was done, oldest first: accepted operations, and refused ones that this client saw.

        Raises ChainError if a bundle on the chain cannot be read.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
        >>> for wei in (3, 4):
        ...     outcome = session.send_calls([sl.Call("merchant", wei)])
        >>> [(one.code, one.left["native-token-transfer"].remaining) for one in session.operations]
        [(None, 2), ('ExceededNativeTokenLimit', 2)]
        """
        with self._api._atomic():
            return operations_of(self, self.allowances)

    @property
    def history(self) -> History:
        """Every event, oldest first: the wallet's, operations that were mined and failed, and what was refused here.

        A refusal that never reached the chain is known only to the session object that received it.
        """
        return history_of(self)
