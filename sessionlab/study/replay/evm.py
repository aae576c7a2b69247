"""Replay a line on the EVM: the real wallet, the real EntryPoint, one transaction per operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.keys import Key, derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.core.permissions.limits import LIMITS, Meter
from sessionlab.core.permissions.rows import limits_of, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.replay.vectors import (
    GRANT_FIELDS,
    TOKEN_SUPPLY,
    TOKENS,
    WALLET_ETH,
    Line,
    Operation,
    has,
    permissions_of,
    remaining_of,
)

ENTITY = 1
WALLET_DEPOSIT = 1_000 * 10**18
BUNDLE_GAS = 30_000_000
OWNER_GAS = {
    "verificationGasLimit": 500_000,
    "callGasLimit": 500_000,
    "preVerificationGas": 60_000,
    "maxFeePerGas": 10**9,
}

OWNER, SESSION, WRONG, BUNDLER = (derive_key("replay", r) for r in ("owner", "session", "wrong", "bundler"))
SIGNERS = {"OWNER": OWNER, "SESSION": SESSION, "WRONG": WRONG}

EntryPointCode = Callable[[], deployments.Accounts]


class EvmEngine:
    """Decides by running. All lines share one chain; each starts from the same snapshot."""

    def __init__(
        self, addresses: Mapping[str, str], rules: Ruleset, entry_point: EntryPointCode = deployments.entry_point
    ) -> None:
        self.addresses, self.rules = addresses, rules
        self.wallet = addresses["WALLET"]
        # Time stands still between blocks, because operations of a line may share a second.
        self.chain = Chain(dict(_genesis(addresses, rules, entry_point()).items()), time=1, block_seconds=0)
        deposit = artifact("EntryPoint")
        for who in (self.wallet, addresses["PAYMASTER"]):
            pay_in = deposit.encode("depositTo", who)
            self.chain.transact(BUNDLER.private, ENTRY_POINT, pay_in, WALLET_DEPOSIT)
        self._start = self.chain.snapshot()

    def begin(self, line: Line) -> dict[str, Any]:
        """Grant the line's session; return the grant in the line's format."""
        self.chain.revert(self._start)
        self._start = self.chain.snapshot()
        self.line: Line = line
        self.nonces: list[int] = []
        self.root = self.limited = False
        self.chain.travel_to(line["time0"])
        where, reason = self._grant(line)
        if reason is not None:
            return {"granted": False, "where": where, "reason": reason}
        return {"granted": True, "where": None, "reason": None, "remaining": self.remaining()}

    def run(self, step: Operation) -> dict[str, Any]:
        """Run one operation, revocation or grant; return the decision in the line's format."""
        self.chain.travel_to(step["time"])
        decide = {"revoke": self._revoke, "grant": self._grant}.get(step.get("kind", ""), self._operate)
        phase, reason = decide(step)
        return {
            "accepted": phase == "ok",
            "phase": phase,
            "reason": reason,
            "remaining": self.remaining(),
        }

    def remaining(self) -> dict[str, Any]:
        """Return what is left of the session's allowances."""
        return remaining_of(self.line, self.rules, self._left)

    def final_state(self) -> dict[str, Any]:
        """Return the balances and counters of every address in the line's final state."""
        wanted = self.line["final_state"]
        where = self.addresses
        return {
            "eth": {who: str(self.chain.balance(where[who])) for who in wanted["eth"]},
            "tokens": {
                token: {who: self._ask("Token", token, "balanceOf", where[who]) for who in holders}
                for token, holders in wanted["tokens"].items()
            },
            "counts": {who: self._ask("Counter", who, "number") for who in wanted["counts"]},
        }

    def _grant(self, step: Operation) -> tuple[str, str | None]:
        """Grant a session as the owner, under the only entity id; if it is refused, the phase says where."""
        line = self.line | {name: step[name] for name in GRANT_FIELDS}
        permissions = permissions_from_json(permissions_of(line))
        expiry = line["expiry"]
        try:
            check_grant(permissions, wallet=self.wallet, expiry=expiry, now=self.chain.now, rules=self.rules)
        except GrantRefused as refused:
            return "builder", refused.rule
        install = account.install_call(
            entity_id=ENTITY,
            key=SESSION.address,
            rows=rows(permissions),
            valid_after=line["valid_after"],
            valid_until=expiry,
            generation=self._generation(),
        )
        receipt = self.chain.transact(OWNER.private, self.wallet, install)
        if receipt.status != 1:
            return "onchain", decode_revert(receipt.output).reason
        self.line = line
        self.root = has(line, "root")
        self.limited = any(LIMITS[meter.kind].of_call for meter in limits_of(permissions))
        return "ok", None

    def _revoke(self, step: Operation) -> tuple[str, str | None]:
        """Revoke as the owner with a separate operation, as wallets do."""
        call = account.uninstall_call(ENTITY, with_hook_data=step["how"] == "full-hook-data")
        nonce = self._next_nonce(account.OWNER_NONCE_KEY)
        return self._send(self._operation(nonce, call, OWNER_GAS), OWNER)

    def _operate(self, step: Operation) -> tuple[str, str | None]:
        nonce = self._nonce(step["nonce"])
        self.nonces.append(nonce)
        operation = self._operation(nonce, self._call_data(step), step["gas"], step["paymaster"])
        return self._send(operation, SIGNERS[step["signer"]])

    def _send(self, operation: UserOperation, signer: Key) -> tuple[str, str | None]:
        digest = operation_hash(operation, self.chain.chain_id)
        signed = operation.signed(account.signature_envelope(signer.sign_message(digest)))
        receipt = self.chain.transact(
            BUNDLER.private, ENTRY_POINT, handle_ops([signed], BUNDLER.address), gas=BUNDLE_GAS
        )
        try:
            (included,) = read_bundle(receipt)
        except BundleReverted as refused:
            return "validation", refused.revert.innermost.reason
        if included.revert is None:
            return "ok", None
        return "execution", included.revert.reason

    def _operation(
        self, nonce: int, call_data: bytes, gas: Mapping[str, int], paymaster: str | None = None
    ) -> UserOperation:
        return UserOperation(
            sender=self.wallet,
            nonce=nonce,
            call_data=call_data,
            call_gas_limit=gas["callGasLimit"],
            verification_gas_limit=gas["verificationGasLimit"],
            pre_verification_gas=gas["preVerificationGas"],
            max_fee_per_gas=gas["maxFeePerGas"],
            max_priority_fee_per_gas=gas["maxFeePerGas"],
            paymaster=None if paymaster is None else self.addresses[paymaster],
            paymaster_verification_gas_limit=0 if paymaster is None else 100_000,
        )

    def _call_data(self, step: Operation) -> bytes:
        wrapped = step["wrap"] == "always" or (step["wrap"] == "auto" and self.limited)
        if step["via"] == "direct":
            return (EXECUTE_USER_OP if wrapped else b"") + bytes.fromhex(step["calldata"][2:])
        calls = [Call(self.addresses[c["to"]], int(c["value"]), bytes.fromhex(c["data"][2:])) for c in step["calls"]]
        if step["via"] == "execute":
            return account.execute(calls[0], wrapped=wrapped)
        return account.execute_batch(calls, wrapped=wrapped)

    def _nonce(self, which: str) -> int:
        kind, _, number = which.partition(":")
        if kind == "replay":
            return self.nonces[int(number)]
        return self._next_nonce(account.nonce_key_of(ENTITY, is_global=self.root)) + int(number or 0)

    def _next_nonce(self, key: int) -> int:
        entry_point = artifact("EntryPoint")
        answer = self.chain.call(ENTRY_POINT, entry_point.encode("getNonce", self.wallet, key))
        return int.from_bytes(answer.output, "big")

    def _generation(self) -> int:
        """Return how often the entity id was revoked; a grant is valid for one generation only."""
        wallet = artifact("SessionWallet")
        answer = self.chain.call(self.wallet, wallet.encode("session", ENTITY))
        return int(wallet.decode("session", answer.output)[3])

    def _left(self, meter: Meter) -> int:
        wallet = artifact("SessionWallet")
        data = wallet.encode("allowance", ENTITY, meter.kind, meter.token or ZERO_ADDRESS)
        return int(wallet.decode("allowance", self.chain.call(self.wallet, data).output)[1])

    def _ask(self, contract_name: str, symbol: str, function: str, *values: Any) -> str:
        made = artifact(contract_name)
        answer = self.chain.call(self.addresses[symbol], made.encode(function, *values))
        return str(made.decode(function, answer.output))


def _genesis(
    addresses: Mapping[str, str], rules: Ruleset, entry_point: deployments.Accounts
) -> dict[str, GenesisAccount]:
    wallet = addresses["WALLET"]
    accounts: dict[str, GenesisAccount] = {}
    for symbol in TOKENS:
        info = deployments.TokenInfo(symbol, symbol[-1], 18)
        accounts |= deployments.token(addresses[symbol], info, {wallet: TOKEN_SUPPLY})
    for symbol, name in (("COUNTER", "Counter"), ("COUNTER_2", "Counter"), ("STRICT", "Strict")):
        accounts |= deployments.plain(name, addresses[symbol])
    accounts |= deployments.plain("OpenPaymaster", addresses["PAYMASTER"])
    accounts |= deployments.wallet_at(wallet, OWNER.address, WALLET_ETH)
    accounts |= deployments.wallet_contracts(rules)
    accounts |= entry_point
    for key in (OWNER, BUNDLER):
        accounts[key.address] = GenesisAccount(balance=10**24)
    return accounts
