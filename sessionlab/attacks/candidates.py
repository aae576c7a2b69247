"""Calls that a thief might try, drawn from the session's permissions and the state of the chain."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.core.permissions.limits import GrantKind
from sessionlab.core.permissions.operation import plain_call
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.study.audit.calls import DEPOSIT_TO, TOKEN_FUNCTIONS, TokenFunction, code, replace_owner, withdraw_to

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief

#: Maximum number of ways to send ETH that are tried at the end.
SOME = 6


class Candidates:
    """Candidate calls for one thief. Each drawn call may take something; most are refused."""

    def __init__(self, thief: Thief, random: Random) -> None:
        self.thief, self.random = thief, random
        granted = rows(thief.session.permissions)
        targets = [checksum(bytes.fromhex(row.target[2:])) for row in granted if row.target != ZERO_ADDRESS]
        self.targets = list(dict.fromkeys(targets))
        self.functions = list(dict.fromkeys([bytes(4), *(row.selector for row in granted)]))
        self.amounts = [row.amount for row in granted if row.amount]
        anywhere = any(row.kind in (GrantKind.FUNCTION_ANYWHERE, GrantKind.ROOT) for row in granted)
        #: Tokens that a granted permission may reach.
        self.tokens = [token for token in thief.tokens if anywhere or token in self.targets]

    def obvious(self) -> list[Call]:
        """Return the obvious attempts: each asset's full balance or full allowance, by each granted function."""
        thief = self.thief
        result = [withdraw_to(ENTRY_POINT, thief.address, thief.lab.bundler.deposit_of(thief.wallet))]
        for token in self.tokens:
            held = thief.lab.token_balance(token, thief.wallet)
            for function in TOKEN_FUNCTIONS[:3]:
                for amount in {held, *(least for allowed in self.amounts if (least := min(held, allowed)))}:
                    result.append(plain_call(token, 0, self._data(function, amount)))
        balance = thief.chain.balance(thief.wallet)
        for wei in {balance, *(min(balance, allowed) for allowed in self.amounts)}:
            for data in (b"", *self.functions):
                for to in (thief.address, *self.targets):
                    result.append(plain_call(to, wei, data))
        return [Call(checksum(bytes.fromhex(c.target[2:])), c.value, c.data) for c in result]

    def leftovers(self) -> list[list[Call]]:
        """Return, for each asset, the calls that could take the rest; only the first that works is needed."""
        thief, result = self.thief, []
        for token in self.tokens:
            held = thief.lab.token_balance(token, thief.wallet)
            amounts = sorted({held, min(held, thief.left("erc20-token-transfer", token))} - {0}, reverse=True)
            ways = [self._data(how, amount) for amount in amounts for how in TOKEN_FUNCTIONS[:2]]
            result.append([Call(token, 0, data) for data in ways])
        balance = thief.chain.balance(thief.wallet)
        amounts = sorted({balance, min(balance, thief.left("native-token-transfer"))} - {0}, reverse=True)
        public_functions = [(to, data) for to in (thief.address, *self.targets) for data in (b"", *self.functions)]
        result.append([Call(to, wei, data) for wei in amounts for to, data in public_functions[:SOME]])
        return result

    def call(self) -> Call:
        """Draw one call."""
        kind = self.random.choices((self._token, self._value, self._machinery, self._blind), (5, 4, 1, 1))[0]
        return kind()

    def own_data(self) -> bytes:
        """Return calldata for a wallet function that would give the thief control or pay out the wallet's ETH."""
        thief = self.thief
        install = account.install_call(entity_id=99, key=thief.address, rows=[GrantRow(GrantKind.ROOT)])
        pay_in = thief_validates(thief.wallet, self._wei())
        return self.random.choice((replace_owner(thief.address), replace_owner(thief.address), install, pay_in))

    def _token(self) -> Call:
        thief = self.thief
        token = self.random.choice(thief.tokens)
        function = self.random.choice(TOKEN_FUNCTIONS)
        held = thief.lab.token_balance(token, thief.wallet)
        amount = self._amount(held)
        data = self._data(function, amount)
        if self.random.random() < 0.15:  # indirectly: approve the wallet itself, or the counter, which pulls tokens
            other = self.random.choice((thief.wallet, thief.lab.counter))
            data = artifact("Token").encode("approve", other, amount)
        return Call(token, 0, self._bent(data))

    def _value(self) -> Call:
        to = self.random.choice((self.thief.address, *self.targets, ENTRY_POINT))
        function = self.random.choice((b"", *self.functions))
        data = function + (bytes(160) if self.random.random() < 0.7 and function else b"")
        if to == ENTRY_POINT:
            data = code(DEPOSIT_TO) + address_word(self.thief.address)
        return Call(to, self._wei(), data)

    def _machinery(self) -> Call:
        thief = self.thief
        deposit = thief.lab.bundler.deposit_of(thief.wallet)
        return Call(ENTRY_POINT, 0, withdraw_to(ENTRY_POINT, thief.address, self._amount(deposit)).data)

    def _blind(self) -> Call:
        """Draw any granted function on any known contract, with the thief in every possible address argument."""
        to = self.random.choice((*self.targets, *self.thief.tokens, self.thief.lab.counter))
        who = self.random.choice((self.thief.address, self.thief.wallet))
        words = address_word(who) + address_word(self.thief.address) + word(self._amount(10**18))
        return Call(to, 0, self.random.choice(self.functions) + words)

    def _data(self, function: TokenFunction, amount: int) -> bytes:
        return function.data(thief=self.thief.address, wallet=self.thief.wallet, amount=amount)

    def _wei(self) -> int:
        return self._amount(self.thief.chain.balance(self.thief.wallet))

    def _amount(self, held: int) -> int:
        allowance = self.random.choice(self.amounts) if self.amounts else held
        choice = self.random.choice((held, held, allowance, allowance, allowance // 2, held // 2, 1, MAX_UINT256))
        return choice if self.random.random() < 0.9 else choice // 3

    def _bent(self, data: bytes) -> bytes:
        """Occasionally return the data too long, too short, or with dirty bytes."""
        odd = self.random.random()
        if odd < 0.05:
            return data + b"\0"
        if odd < 0.08:
            return data[:-1]
        if odd < 0.1:
            return data[:4] + b"\xff" + data[5:]
        return data


def thief_validates(wallet: str, wei: int) -> bytes:
    """Encode a direct call of validateUserOp: an operation that passes, with ``wei`` as its missing funds."""
    from sessionlab.core.erc4337.user_operation import UserOperation, pack

    inner = UserOperation(
        wallet, account.OWNER_NONCE_KEY << 64, account.execute_batch([], wrapped=False), 0, 0, 0, 0, 0
    )
    packed = pack(inner.signed(account.DUMMY_SIGNATURE))
    return VALIDATE_USER_OP + word(96) + bytes(32) + word(wei) + packed
