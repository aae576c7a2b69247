"""A chain on which wallets, paymasters and factories of a few statements are validated as a strict bundler does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sessionlab.attacks.attack_lab import address
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.deployments import Accounts
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.records import DELEGATION
from sessionlab.core.evm.rpc import handle
from sessionlab.node.bundler.rules import RuleViolation
from sessionlab.node.bundler.validation import Validation, validate
from sessionlab.node.methods import METHODS
from tests.differential.actors import VALID, made_by, paymaster_code, wallet_code
from tests.differential.assembly import Statement, answers, assemble, creates, deploying, on
from tests.differential.compared import VALIDATE_USER_OP
from tests.differential.interface import call

ETHER, DAY = 10**18, 86_400
#: Nobody's: it has no code.
NOBODY = "0x" + "ab" * 20


class Yard:
    """One chain. ``reset`` goes back to its beginning."""

    def __init__(self, entry_point: Accounts) -> None:
        self.chain = Chain(entry_point, time=1_800_000_000)
        self._start = self.chain.checkpoint()

    def reset(self) -> None:
        self.chain.restore(self._start)

    # -- who is there

    def place(self, code: bytes, name: str = "", *, balance: int = ETHER) -> str:
        """Put a contract on the chain; its address follows from code and name."""
        where = address(f"{name} {code.hex()}")
        self.chain.set_account(where, GenesisAccount(balance=balance, nonce=1, code=code))
        return where

    def delegated(self, to: str, name: str = "delegated") -> str:
        """An account with a key, which delegates to a contract (EIP-7702)."""
        where = address(f"{name} to {to}")
        self.chain.set_account(where, GenesisAccount(balance=ETHER, nonce=1, code=DELEGATION + address_bytes(to)))
        return where

    def stake(self, account: str, wei: int = ETHER, seconds: int = DAY) -> None:
        """Lock a stake for an account, as it would by itself."""
        self.chain.set_balance(account, self.chain.balance(account) + wei + ETHER)
        self.sends(account, call("addStake", seconds), wei)

    def deposit(self, account: str, wei: int = ETHER) -> None:
        payer = self.place(b"\x00", "payer", balance=wei + ETHER)
        self.sends(payer, call("depositTo", account), wei)

    def sends(self, account: str, data: bytes, value: int = 0) -> None:
        """Send the EntryPoint a transaction in the name of any account."""
        asked = {"from": account, "to": ENTRY_POINT, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(10**6)}
        handle(self.chain, "anvil_impersonateAccount", [account], METHODS)
        digest = handle(self.chain, "eth_sendTransaction", [asked], METHODS)
        assert self.chain.receipt(digest).status == 1, asked

    # -- operations

    def by_wallet(self, *does: Statement, execution: Statement = b"") -> UserOperation:
        return _operation(self.place(wallet_code(execution, validation=(does, VALID))))

    def by_paymaster(self, *does: Statement, wallet: Statement = b"") -> UserOperation:
        return self.sponsored(self.place(paymaster_code(validation=does), "paymaster"), wallet)

    def sponsored(self, paymaster: str, wallet: Statement = b"") -> UserOperation:
        self.deposit(paymaster)
        sender = self.place(wallet_code(validation=(wallet, VALID)))
        return _operation(sender, paymaster=paymaster)

    def by_factory(self, *does: Statement, wallet: Statement = b"", behind: Statement = b"") -> UserOperation:
        """``does`` runs before the sender is deployed, ``behind`` afterwards, ``wallet`` in the sender's validation."""
        return self.made(lambda init: (does, _creates(init), behind), wallet)

    def made(self, factory: Callable[[bytes], Statement], wallet: Statement = b"") -> UserOperation:
        """The first operation of a sender. ``factory``: what the factory does, by the sender's init code."""
        code = wallet_code(validation=(wallet, VALID))
        where = address(f"factory {code.hex()}")
        sender = made_by(where, code)
        answer = assemble(factory(deploying(code)), answers(bytes(12) + address_bytes(sender)))
        self.chain.set_account(where, GenesisAccount(balance=ETHER, nonce=1, code=answer))
        self.chain.set_balance(sender, ETHER)
        return _operation(sender, factory=where)

    def validate(self, operation: UserOperation, **how: object) -> Validation:
        return validate(self.chain, operation, **how)  # type: ignore[arg-type]


def _creates(init: bytes) -> Statement:
    made = creates(init)
    assert isinstance(made, bytes)
    return made[: -len(b"\x5f\x52\x60\x20\x5f\xf3")] + b"\x50"  # drop what it returns


def _operation(
    sender: str, *, factory: str | None = None, paymaster: str | None = None, signature: bytes = b""
) -> UserOperation:
    return UserOperation(
        sender=sender,
        nonce=0,
        call_data=b"\x01",
        call_gas_limit=100_000,
        verification_gas_limit=3_000_000,
        pre_verification_gas=50_000,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=0,
        factory=factory,
        factory_data=b"",
        paymaster=paymaster,
        paymaster_verification_gas_limit=2_000_000 if paymaster else 0,
        signature=signature,
    )


@dataclass(frozen=True)
class Broken:
    """What a case is to break: the rule, whose validation, which opcode, and which slot if it is about storage."""

    rule: str
    entity: str
    opcode: str | None = None
    slot: int | None = None

    @classmethod
    def of(cls, violation: RuleViolation) -> Broken:
        return cls(violation.rule, violation.entity, violation.opcode, violation.slot)


__all__ = ["DAY", "ETHER", "NOBODY", "VALIDATE_USER_OP", "Broken", "Yard", "on"]
