"""Gas of session operations, against the production contracts and against the number of permissions.

Gas is deterministic: these figures are the same on every machine. Each is the receipt of a ``handleOps``
with one operation, after one that is like it has gone before, under the ruleset that costs more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
    Root,
    Ruleset,
)
from tests.bench import attack_lab
from tests.bench.attack_lab import (
    BUNDLE_GAS,
    BUNDLER,
    CHAIN_ID,
    COUNTER,
    INCREMENT,
    OWNER,
    RECIPIENT,
    SESSION,
    TOKEN,
    WALLET,
    Transaction,
)
from tests.bench.figures import Figure, compared

ENTITY = 7
LATER = 2_000_000_000  # an expiry, unix seconds
PRODUCTION = "production contracts"
MOST, MANY_MOST = 1.2, 1.02

SEND = Call(RECIPIENT, 1)
TRANSFER = Call(TOKEN, 0, artifact("Token").encode("transfer", RECIPIENT, 1))


def others(count: int) -> list[Permission]:
    """Permissions on other contracts, as many as wanted."""
    return [ContractAccess(address="0x" + f"{place + 1:040x}") for place in range(count)]


@dataclass(frozen=True)
class Case:
    """One kind of operation: its call, the session's permissions, and what production needs for it."""

    name: str
    call: Call
    permissions: tuple[Permission, ...]
    wrapped: bool = False  # in executeUserOp, as spend limits need it
    plain: int = 0  # gas in production without expiry
    expiring: int = 0  # with expiry
    owner: int = 0  # the same operation by the owner
    is_global: bool = False


NATIVE = (NativeTokenTransfer(allowance=10**18), ContractAccess(address=RECIPIENT))
ERC20 = (Erc20TokenTransfer(address=TOKEN, allowance=10**9),)
ACCESS = (ContractAccess(address=COUNTER),)
FUNCTIONS = (FunctionsOnContract(address=COUNTER, functions=["0x" + INCREMENT.data[:4].hex()]),)
CASES = (
    Case("native transfer", SEND, NATIVE, True, 134_952, 143_902, 95_893),
    Case("ERC-20 transfer", TRANSFER, ERC20, True, 143_650, 152_600, 100_766),
    Case("counter, contract-access", INCREMENT, ACCESS, False, 112_715, 121_665, 94_700),
    Case("counter, functions-on-contract", INCREMENT, FUNCTIONS, False, 115_158, 124_108, 94_700),
    Case("counter, root", INCREMENT, (Root(),), False, 99_777, is_global=True),
)
INSTALLS = {1: 410_275, 10: 709_623, 100: 3_709_416}
DEFERRED = 709_744


class Meter:
    """A world under one ruleset in which every measurement starts from the same state."""

    def __init__(self, rules: Ruleset) -> None:
        self.chain = Chain(attack_lab.genesis(rules), chain_id=CHAIN_ID)
        self._transact(attack_lab.deposit())
        # Like a wallet in use: the owner's nonce key has been used.
        self._include(_by_owner(0, account.execute(INCREMENT, wrapped=False)))

    def session(self, case: Case, *, expiry: int = 0, permissions: Sequence[Permission] = ()) -> int:
        """Return the gas of the second operation of a fresh session."""
        moment = self.chain.snapshot()
        chosen = permissions or case.permissions
        self._transact(Transaction(OWNER, WALLET, attack_lab.install(chosen, entity=ENTITY, expiry=expiry)))
        nonce_key = account.nonce_key_of(ENTITY, is_global=case.is_global)
        data = account.execute(case.call, wrapped=case.wrapped)
        used = [self._include(attack_lab.operation(number, data, nonce_key=nonce_key)) for number in range(2)]
        self.chain.revert(moment)
        return used[-1]

    def owner(self, case: Case) -> int:
        """Return the gas of the same operation by the owner."""
        moment = self.chain.snapshot()
        data = account.execute(case.call, wrapped=False)
        used = [self._include(_by_owner(number, data)) for number in (1, 2)]
        self.chain.revert(moment)
        return used[-1]

    def install(self, entries: int) -> int:
        """Return the gas of the owner's operation that installs a native limit and so many targets."""
        moment = self.chain.snapshot()
        permissions = [NativeTokenTransfer(allowance=10**18), *others(entries)]
        data = attack_lab.install(permissions, entity=ENTITY)
        used = self._include(_by_owner(1, data))
        self.chain.revert(moment)
        return used

    def deferred(self) -> int:
        """Return the gas of a first operation that installs its own session and transfers a token."""
        moment = self.chain.snapshot()
        nonce_key = account.nonce_key_of(ENTITY, is_global=False, deferred=True)
        built = attack_lab.operation(
            0, account.execute(TRANSFER, wrapped=True), nonce_key=nonce_key, verification_gas=2_000_000
        )
        call, digest = attack_lab.install(ERC20, entity=ENTITY), attack_lab.digest(built)
        owned = account.deferred_action_hash(wallet=WALLET, chain_id=CHAIN_ID, nonce=built.nonce, deadline=0, call=call)
        envelope = account.deferred_envelope(
            deadline=0,
            call=call,
            owner_signature=OWNER.sign_hash(owned),
            signature=SESSION.sign_message(digest),
        )
        used = self._include(built.signed(envelope))
        self.chain.revert(moment)
        return used

    def _transact(self, made: Transaction) -> None:
        receipt = self.chain.transact(made.key.private, made.to, made.data, made.value, gas=made.gas)
        assert receipt.status == 1, (receipt.halt, receipt.output.hex())

    def _include(self, operation: UserOperation) -> int:
        data = handle_ops([operation], BUNDLER.address)
        receipt = self.chain.transact(BUNDLER.private, ENTRY_POINT, data, gas=BUNDLE_GAS)
        (included,) = read_bundle(receipt)
        assert included.success, included.revert
        return receipt.gas_used


def _by_owner(sequence: int, data: bytes) -> UserOperation:
    return attack_lab.operation(sequence, data, nonce_key=account.OWNER_NONCE_KEY, signer=OWNER, call_gas=12_000_000)


@cache
def meters() -> tuple[Meter, ...]:
    """Return a world for each ruleset."""
    return Meter(DEPLOYED), Meter(DOCUMENTED)


def figures() -> list[Figure]:
    """Measure everything."""
    return [*_operations(), *_grants(), *_many_permissions()]


def _operations() -> list[Figure]:
    found = []
    for case in CASES:
        plain = max(meter.session(case) for meter in meters())
        found.append(_against(f"gas: {case.name}", plain, case.plain))
        if case.expiring:
            expiring = max(meter.session(case, expiry=LATER) for meter in meters())
            found.append(_against(f"gas: {case.name}, with expiry", expiring, case.expiring))
        if case.owner:
            by_owner = max(meter.owner(case) for meter in meters())
            found.append(_against(f"gas: {case.name}, by the owner", by_owner, case.owner))
    return found


def _grants() -> list[Figure]:
    deferred = max(meter.deferred() for meter in meters())
    found = [_against("gas: install in the first operation + ERC-20 transfer", deferred, DEFERRED)]
    for entries, production in INSTALLS.items():
        used = max(meter.install(entries) for meter in meters())
        found.append(_against(f"gas: install, native and {entries} targets", used, production))
    return found


def _against(name: str, used: int, production: int) -> Figure:
    return compared(name, used, "gas", production, PRODUCTION, at_most=MOST)


def _many_permissions() -> list[Figure]:
    """Compare 1 permission with 100 in a session, the one that is used standing first, or last."""
    found = []
    for case in CASES:
        if case.is_global:
            continue
        rest = others(100 - len(case.permissions))
        crowds = ([*case.permissions, *rest], [*rest, *case.permissions])
        alone = max(meter.session(case) for meter in meters())
        crowded = max(meter.session(case, permissions=crowd) for meter in meters() for crowd in crowds)
        name = f"gas with 100 permissions: {case.name}"
        against = "with 1" if len(case.permissions) == 1 else "with 2"
        found.append(compared(name, crowded, "gas", alone, against, at_most=MANY_MOST))
    return found
