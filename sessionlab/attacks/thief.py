"""A thief with a session's key and its own account, who does not use our client.

The thief bundles its own operations, so it sets every gas limit and price, and is the beneficiary. Its own paymaster
pays when the wallet should not. It uses every session that the key has on the wallet, and the owner's place if the key
is the owner's. What it takes, and how, is measured on the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.attacks.holdings import Known, Taken, holdings, lost_by_others
from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.amounts import ether
from sessionlab.core.base.doors import (
    ADDRESS,
    ANY_NUMBER,
    BYTES,
    FLAG,
    MAPPING,
    NUMBER,
    TEXT,
    each,
    maybe,
    reads,
    wrong,
)
from sessionlab.core.base.errors import NotFound
from sessionlab.core.base.keys import Key, derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, Included, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.core.permissions.rows import rows
from sessionlab.study.doors import CALL, LAB, SESSION, WALLET, a, either, one_of

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.evm.records import Log
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

BUNDLE_GAS = 30_000_000
#: Verification gas that is tried for an operation that burns gas, before the exact amount is looked for.
VERIFICATIONS = (10_000, 20_000, 40_000, 60_000, 90_000, 140_000, 200_000, 300_000)
#: Gas limits large enough for any operation here: verification, execution, pre-verification.
VERIFICATION, EXECUTION, BEFORE = 250_000, 400_000, 60_000
THIEF_ETH = ether(1_000)
#: Permission type -> kind of limit that it sets.
_KINDS = {limit.permission: kind for kind, limit in LIMITS.items()}
#: Topic of the EntryPoint's Withdrawn(account, withdrawAddress, amount).
WITHDRAWN = "0x" + artifact("EntryPoint").event("Withdrawn").topic.hex()
#: The same of StakeWithdrawn.
STAKE_WITHDRAWN = "0x" + artifact("EntryPoint").event("StakeWithdrawn").topic.hex()
#: Entity ids that are asked for: those of all sessions that a wallet is likely to have.
ENTITIES = range(1, 25)
#: The mark of root in what a wallet says of a session.
ROOT_MARK = 1


def _limits(value: Any, field: str) -> tuple[int, ...]:
    limits: tuple[int, ...] = each(NUMBER)(value, field)
    if len(limits) != 3:
        raise wrong(value, "is not three limits", field, "give verification, execution and pre-verification gas.")
    return limits


class Role(NamedTuple):
    """A place in the wallet that the stolen key can sign for: a session, or the owner with entity id 0."""

    entity_id: int
    is_global: bool


OWNER_ROLE = Role(account.OWNER, is_global=True)


class Thief:
    """Acts with a stolen key on one wallet. First installs the key's sessions as the wallet's owner would.

    ``friends``: accounts that approved something to the wallet; what they lose is measured too. ``known``: contracts
    besides the lab's own whose interface the thief knows. ``elsewhere``: sessions of the key on other wallets, each
    with its wallet.
    """

    @reads(
        lab=LAB,
        wallet=WALLET,
        session=SESSION,
        seed=either(ANY_NUMBER, TEXT),
        friends=each(ADDRESS),
        known=maybe(MAPPING),
    )
    def __init__(
        self,
        lab: Lab,
        wallet: SmartWalletClient,
        session: Session,
        *,
        seed: int | str = 0,
        friends: Sequence[str] = (),
        known: Known | None = None,
        elsewhere: Sequence[tuple[SmartWalletClient, Session]] = (),
    ) -> None:
        self.known = dict(known or {})
        #: The same thief on the key's other wallets.
        self.allies = [Thief(lab, *other, seed=seed) for other in elsewhere]
        self.lab, self.chain, self.session = lab, lab.chain, session
        self.wallet, self.friends = session.wallet, tuple(friends)
        self.is_owner = False
        self._account = derive_key(seed, "thief")
        self._paymaster = derive_key(seed, "thief's paymaster").address
        self._gas = 0
        self._withdrawn = 0
        self._unstaked = 0
        self._nonces: dict[int, int] = {}
        self.chain.set_balance(self.address, THIEF_ETH)
        self.chain.set_account(self._paymaster, deployments.plain("OpenPaymaster", self._paymaster)[self._paymaster])
        siblings = (other for other in session.siblings() if other.key.address == session.key.address)
        self.sessions = [session, *siblings]
        for held in self.sessions:
            if not held.installed and not self._was_revoked(held):
                self._install(held, wallet.owner)
        self.roles = list(self._roles())
        if str(lab.read("SessionWallet", self.wallet, "owner")) == session.key.address:
            self.roles.append(OWNER_ROLE)
        self._at_first = holdings(lab, self.wallet, self.known)
        self._others_at_first = {friend: holdings(lab, friend) for friend in self.friends}

    def __repr__(self) -> str:
        return f"<Thief {self.address} of {self.session!r}>"

    @property
    def address(self) -> str:
        """The thief's own account."""
        return self._account.address

    # -- operations of the wallet

    @reads(calls=each(CALL), batch=FLAG, wrapped=FLAG, fee=maybe(NUMBER))
    def call(self, *calls: Call, batch: bool = False, wrapped: bool = True, fee: int | None = None) -> bool:
        """Send these calls in one operation; returns whether it succeeded. Without ``fee``, the paymaster pays."""
        if len(calls) == 1 and not batch:
            return self.operate(account.execute(calls[0], wrapped=wrapped), fee=fee)
        return self.operate(account.execute_batch(calls, wrapped=wrapped), fee=fee)

    @reads(data=BYTES, wrapped=FLAG, fee=maybe(NUMBER))
    def own_function(self, data: bytes, *, wrapped: bool = True, fee: int | None = None) -> bool:
        """Call a function of the wallet itself in one operation; returns whether it succeeded."""
        return self.operate((EXECUTE_USER_OP if wrapped else b"") + data, fee=fee)

    def become_owner(self) -> bool:
        """Try to replace the owner through the wallet itself; returns whether it worked. If so, sign as the owner."""
        self.is_owner = self.is_owner or self.own_function(self.replaces_owner)
        return self.is_owner

    @property
    def replaces_owner(self) -> bytes:
        """The call of the wallet that makes the thief its owner."""
        return artifact("SessionWallet").encode("updateFallbackSignerData", self.address, False)

    @reads(call_data=BYTES, fee=maybe(NUMBER), limits=_limits)
    def operate(
        self,
        call_data: bytes,
        *,
        fee: int | None = None,
        limits: tuple[int, int, int] = (VERIFICATION, EXECUTION, BEFORE),
    ) -> bool:
        """Bundle one operation, for each place that the key has until one succeeds; returns whether one did.

        ``limits``: verification, execution and pre-verification gas. ``fee``: wei per gas that the wallet pays; without
        a fee, the thief's paymaster pays.
        """
        roles = [OWNER_ROLE] if self.is_owner else self.roles
        return any(self.send(self._operation(role, call_data, fee, limits)) for role in roles)

    @reads(operation=a("sessionlab.core.erc4337.user_operation:UserOperation", fix="give a UserOperation."))
    def send(self, operation: UserOperation) -> Included | None:
        """Bundle an operation; returns None if it was refused or its calls reverted."""
        digest = operation_hash(operation, self.chain.chain_id)
        key = self._account if self.is_owner else self.session.key
        signed = operation.signed(account.signature_envelope(key.sign_message(digest)))
        data = handle_ops([signed], self.address)
        receipt = self.chain.transact(self._account.private, ENTRY_POINT, data, gas=BUNDLE_GAS)
        try:
            (included,) = read_bundle(receipt)
        except BundleReverted:
            return None
        self._nonces[operation.nonce >> 64] = operation.nonce + 1
        if included.paymaster is None:
            self._gas += included.gas_cost
        self._note_withdrawals(receipt.logs)
        return included if included.success else None

    @reads(gas=NUMBER, fee=NUMBER, call_data=maybe(BYTES))
    def burn(self, gas: int, fee: int, call_data: bytes | None = None) -> int:
        """Send an operation whose gas limits add up to ``gas``; returns its cost to the wallet in wei.

        preVerificationGas is charged in full, so it gets all the gas that validation does not need. Trial and error
        finds that amount: too little verification gas is refused at no cost; with just enough, the whole prefund is
        charged. What is tried goes back to a checkpoint, as a bundler simulates.
        """
        data = account.execute_batch([], wrapped=True) if call_data is None else call_data
        enough = next((least for least in VERIFICATIONS if self._charged(data, gas, least, fee)), 0)
        if not enough:
            return 0
        refused = max((least for least in VERIFICATIONS if least < enough), default=0)
        while enough - refused > 1:
            middle = (enough + refused) // 2
            refused, enough = (refused, middle) if self._charged(data, gas, middle, fee) else (middle, enough)
        before = self._gas
        self.operate(data, fee=fee, limits=(enough, 0, gas - enough))
        return self._gas - before

    def _charged(self, data: bytes, gas: int, verification: int, fee: int) -> bool:
        """Whether an operation with these limits is charged to the wallet. Leaves no trace."""
        if gas <= verification:
            return False
        nonces, before = dict(self._nonces), self._gas
        withdrawn, unstaked = self._withdrawn, self._unstaked
        with self.chain.atomic():
            checkpoint = self.chain.checkpoint()
            self.operate(data, fee=fee, limits=(verification, 0, gas - verification))
            charged = self._gas > before
            self.chain.restore(checkpoint)
        self._nonces, self._gas, self._withdrawn, self._unstaked = nonces, before, withdrawn, unstaked
        return charged

    # -- transactions of the thief

    @reads(to=ADDRESS, data=BYTES)
    def transact(self, to: str, data: bytes) -> bool:
        """Send a transaction from the thief's own account; returns whether it succeeded."""
        return self.chain.transact(self._account.private, to, data).status == 1

    @reads(to=ADDRESS, data=BYTES)
    def sign(self, to: str, data: bytes) -> bool:
        """Send a transaction from the stolen key's own account; returns whether it succeeded."""
        key = self.session.key
        if key.address != self.wallet:
            self.chain.set_balance(key.address, THIEF_ETH)
        return self.chain.transact(key.private, to, data).status == 1

    @reads(wallet=ADDRESS, call=CALL)
    def call_from(self, wallet: str, call: Call) -> bool:
        """Make a call from another wallet of the key; returns whether it succeeded."""
        return any(ally.call(call) for ally in self.allies if ally.wallet == wallet)

    @property
    def hands(self) -> dict[str, Callable[[Call], bool]]:
        """The accounts besides the wallet that the thief acts for, each with how it makes a call without ETH."""
        hands: dict[str, Callable[[Call], bool]] = {
            self.address: lambda call: self.transact(call.to, call.data),
            self.session.key.address: lambda call: self.sign(call.to, call.data),
        }
        return hands | {ally.wallet: ally.call for ally in self.allies}

    @reads(token=ADDRESS)
    def pull(self, token: str) -> bool:
        """Take the tokens that the wallet approved to the thief, the key or its wallets; returns whether it worked."""
        pulled = [self._pull_as(spender, make, token) for spender, make in self.hands.items()]
        return any(pulled)

    def _pull_as(self, spender: str, make: Callable[[Call], bool], token: str) -> bool:
        units = int(self.lab.read("Token", token, "allowance", self.wallet, spender))
        amount = min(units, int(self.lab.read("Token", token, "balanceOf", self.wallet)))
        data = artifact("Token").encode("transferFrom", self.wallet, self.address, amount)
        return amount > 0 and make(Call(token, 0, data))

    @reads(limit=one_of(*_KINDS), token=ADDRESS)
    def left(self, limit: str, token: str = ZERO_ADDRESS) -> int:
        """Read what remains of one of the session's limits, in base units, gas or wei; 0 if it has no such limit.

        ``limit``: the type of the permission that sets it, such as ``"gas-limit"``. Raises NotFound for other types.
        """
        if limit not in _KINDS:
            fix = f"one of {', '.join(_KINDS)}."
            raise NotFound(f"{limit!r} does not set a limit.", field="limit", asked=limit, fix=fix)
        kind = _KINDS[limit]
        answer = self.lab.read("SessionWallet", self.wallet, "allowance", self.session.entity_id, kind, token)
        return int(answer[1])

    # -- what the thief took

    def taken(self) -> Taken:
        """What the wallet, and those who trust it, have lost since the key was stolen."""
        had, has = self._at_first, holdings(self.lab, self.wallet, self.known)
        lost = {token: units - has.tokens[token] for token, units in had.tokens.items()}
        return Taken(
            gas=self._gas,
            value=had.eth - has.eth - self._gas - self._withdrawn - self._unstaked,
            deposit=self._withdrawn,
            stake=self._unstaked,
            tokens=lost,
            collectibles=had.things - has.things,
            of_others=lost_by_others(self.lab, self._others_at_first),
        )

    @property
    def tokens(self) -> Sequence[str]:
        """Addresses of the tokens whose balances are tracked."""
        return list(self._at_first.tokens)

    def _roles(self) -> Iterator[Role]:
        """Yield the sessions that the wallet says the key has, and those of this client, oldest first."""
        own = {held.entity_id: any(p.type == "root" for p in held.permissions) for held in self.sessions}
        for entity in sorted({*ENTITIES, *own}):
            key, marks, *_ = self.lab.read("SessionWallet", self.wallet, "session", entity)
            if str(key) == self.session.key.address:
                yield Role(entity, bool(int(marks) & ROOT_MARK))
            elif entity in own:
                yield Role(entity, own[entity])

    def _was_revoked(self, session: BaseSession) -> bool:
        return int(self.lab.read("SessionWallet", self.wallet, "session", session.entity_id)[3]) > 0

    def _install(self, session: BaseSession, owner: Key) -> None:
        call = account.install_call(
            entity_id=session.entity_id,
            key=session.key.address,
            rows=rows(session.permissions),
            valid_until=session.expiry_sec or 0,
        )
        # The owner's account pays for this transaction, so the wallet's balance does not change.
        if owner.address != self.wallet:
            self.chain.set_balance(owner.address, ether(1))
        receipt = self.chain.transact(owner.private, self.wallet, call)
        assert receipt.status == 1, "the session cannot be installed"

    def _operation(self, role: Role, call_data: bytes, fee: int | None, limits: tuple[int, int, int]) -> UserOperation:
        verification, execution, before = limits
        return UserOperation(
            sender=self.wallet,
            nonce=self._nonce(role),
            call_data=call_data,
            call_gas_limit=execution,
            verification_gas_limit=verification,
            pre_verification_gas=before,
            max_fee_per_gas=fee or 0,
            max_priority_fee_per_gas=fee or 0,
            paymaster=self._paymaster if fee is None else None,
            paymaster_verification_gas_limit=100_000 if fee is None else 0,
        )

    def _nonce(self, role: Role) -> int:
        nonce_key = account.nonce_key_of(role.entity_id, is_global=role.is_global)
        if nonce_key not in self._nonces:
            self._nonces[nonce_key] = self.lab.bundler.next_nonce(self.wallet, nonce_key)
        return self._nonces[nonce_key]

    def _note_withdrawals(self, logs: Sequence[Log]) -> None:
        for log in logs:
            is_ours = log.address == ENTRY_POINT and log.topics[0] in (WITHDRAWN, STAKE_WITHDRAWN)
            if is_ours and log.topics[1][-40:] == self.wallet[2:].lower():
                wei = int.from_bytes(log.data[32:64], "big")
                if log.topics[0] == WITHDRAWN:
                    self._withdrawn += wei
                else:
                    self._unstaked += wei
