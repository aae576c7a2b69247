"""What a lab consists of: everything it needs to continue identically, and nothing that follows from the rest.

Contracts, tokens and a custom EntryPoint are in the nodes of the state trie. Addresses, and the keys of the faucet,
bundler and sponsor, follow from the seed. The effects of operations are in the receipts of the blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sessionlab.core.client import session
from sessionlab.core.client import smart_wallet as client
from sessionlab.core.client.refused import Judged, RefusedOperation
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.denials.cause import Cause
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.bundler import MinedOperation
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.erc4337.included import Included
from sessionlab.core.erc4337.sponsor import GasPolicy, PolicyAccount, Promise, SponsorState
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.block_building import Settings
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.engine import Engine
from sessionlab.core.evm.head import BlockList
from sessionlab.core.evm.records import Authorization, Block, FailedCall, Log, Receipt, Transaction
from sessionlab.core.permissions.limits import Meter
from sessionlab.core.permissions.operation import Operation, PlainCall, ReadingFault
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import PERMISSION_TYPES
from sessionlab.core.wallet_api import sessions
from sessionlab.core.wallet_api.prepare_request import PrepareRequest
from sessionlab.core.wallet_api.records import Account, Records, SessionRecord
from sessionlab.node.bundler.mempool import Waiting
from sessionlab.node.bundler.pool_bundler import Mempool
from sessionlab.node.bundler.reputation import Counts
from sessionlab.node.bundler.settings import ORDINARY, STRICT
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.own_contracts.known import KnownContract
from sessionlab.study.saving.clocks import RunningClock, clock_of, head_of
from sessionlab.study.saving.snapshots import SavedSnapshot, checkpoints_of, snapshots_of
from sessionlab.study.strict_lab import read_bundler

if TYPE_CHECKING:
    from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab

L = TypeVar("L", bound="BaseDeployingLab")


@dataclass(frozen=True)
class SavedState:
    """A lab as plain data."""

    seed: int
    rules: Ruleset
    names: AddressBook
    #: Contracts that the lab was told of, and the addresses where tokens may be of which no event tells.
    contracts: tuple[KnownContract, ...]
    seen: tuple[bytes, ...]
    policy_id: str
    #: Whether its bundler keeps to ERC-7562: ordinary or strict; what a strict one knows.
    bundler: str
    mempool: Mempool | None
    # -- the chain
    settings: Settings
    blocks: tuple[Block, ...]
    clock: int | RunningClock
    root: bytes
    nodes: tuple[bytes, ...]
    snapshots: tuple[SavedSnapshot, ...]
    next_snapshot: int
    # -- bundler, sponsor and Wallet API
    mined: tuple[MinedOperation, ...]
    sponsor_state: SponsorState
    accounts: tuple[Account, ...]
    sessions: tuple[SessionRecord, ...]
    requests: Mapping[bytes, PrepareRequest]
    delegations: Mapping[bytes, Receipt]
    # -- the clients
    wallets: tuple[client.Saved, ...]


#: Every kind of record that a file may contain, by its name there. The names are part of the format and stay the same
#: when a class is renamed or moved. Changing the fields of a record changes the format: see file_format.py.
KINDS: Mapping[str, type] = {
    "world": SavedState,
    "snapshot": SavedSnapshot,
    "running-clock": RunningClock,
    "settings": Settings,
    "block": Block,
    "transaction": Transaction,
    "receipt": Receipt,
    "log": Log,
    "failed-call": FailedCall,
    "authorization": Authorization,
    "mined-operation": MinedOperation,
    "user-operation": UserOperation,
    "included": Included,
    "mempool": Mempool,
    "waiting": Waiting,
    "counts": Counts,
    "revert": Revert,
    "gas-policy": GasPolicy,
    "ledger": PolicyAccount,
    "promise": Promise,
    "account": Account,
    "session-record": SessionRecord,
    "prepare-request": PrepareRequest,
    "call": Call,
    "signed-session": sessions.SignedSession,
    "install-state": sessions.InstallState,
    "wallet": client.Saved,
    "session-grant": session.SessionGrant,
    "refused-operation": RefusedOperation,
    "judged": Judged,
    "gas": Gas,
    "denial": Denial,
    "cause": Cause,
    "decision-context": DecisionContext,
    "decided-operation": Operation,
    "decided-call": PlainCall,
    "reading-fault": ReadingFault,
    "meter": Meter,
    "address-book": AddressBook,
    "token": Token,
    "contract": KnownContract,
    "ruleset": Ruleset,
    **PERMISSION_TYPES,
}


def state_of(lab: BaseDeployingLab) -> SavedState:
    """Return what to save of a lab."""
    with lab.chain.atomic():  # no other thread changes it meanwhile
        engine, now = lab.chain.engine, lab.chain.checkpoint()
        head = now.head
        requests, delegations = lab.api.kept()
        contracts, seen = lab.own_contracts.to_save()
        return SavedState(
            seed=lab.seed,
            rules=lab.rules,
            names=lab.own_contracts.base,
            contracts=contracts,
            seen=seen,
            policy_id=lab.policy_id,
            bundler=STRICT if lab.bundler.strict else ORDINARY,
            mempool=lab.bundler.capture() if lab.bundler.strict else None,
            settings=engine.settings,
            blocks=tuple(head.blocks),
            clock=clock_of(head),
            root=head.root,
            nodes=tuple(engine.nodes),
            snapshots=snapshots_of(now),
            next_snapshot=now.before,
            mined=tuple(lab.bundler.included()),
            sponsor_state=lab.sponsor.capture(),
            accounts=tuple(lab.api.records.accounts()),
            sessions=tuple(lab.api.records.sessions()),
            requests=requests,
            delegations=delegations,
            wallets=tuple(wallet._to_save() for wallet in lab.wallets()),
        )


def lab_of(kind: type[L], state: SavedState) -> L:
    """Rebuild a lab from its saved state."""
    head = head_of(BlockList(state.blocks), state.clock, state.root, state.settings)
    chain = Chain.on(Engine.restored(head, state.nodes))
    lab = kind._on(
        chain,
        rules=state.rules,
        seed=state.seed,
        names=state.names,
        policy_id=state.policy_id,
        wallets=state.wallets,
    )
    lab.bundler.load(state.mined)
    if read_bundler(state.bundler) == STRICT:
        lab._be_strict()
    if state.mempool is not None:
        lab.bundler.restore(state.mempool)
    lab.sponsor.restore(state.sponsor_state)
    lab.own_contracts.load(state.contracts, state.seen)
    lab.api.load(Records(state.accounts, state.sessions), state.requests, state.delegations)
    chain.load_snapshots(checkpoints_of(state.snapshots, chain), state.next_snapshot)
    return lab
