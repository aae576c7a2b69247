"""Replay a line on the decision engine: no chain, only the rules and a model of the called contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.core.permissions.operation import Operation, operation_of, plain_call, read_operation
from sessionlab.core.permissions.policy import NOTHING, NOTHING_LEFT, install, revoke
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.replay import vectors
from sessionlab.study.replay.demo_contracts import DemoContracts
from sessionlab.study.replay.vectors import TOKEN_SUPPLY, WALLET_ETH, Line, permissions_of, remaining_of

COUNTERS = ("COUNTER", "COUNTER_2")
OWNER = "owner"


class ModelEngine:
    """Decides by the rules alone. Each line starts from its own fresh state."""

    def __init__(self, addresses: Mapping[str, str], rules: Ruleset) -> None:
        self.where = {symbol: address.lower() for symbol, address in addresses.items()}
        self.rules = rules
        self.wallet = self.where["WALLET"]

    def begin(self, line: Line) -> dict[str, Any]:
        """Grant the line's session; return the grant in the line's format."""
        self.line = line
        self.demo_contracts = DemoContracts(
            wallet=self.wallet,
            owner=OWNER,
            eth={self.wallet: WALLET_ETH},
            tokens={self.where[symbol]: {self.wallet: TOKEN_SUPPLY} for symbol in vectors.TOKENS},
            counts={self.where[symbol]: 0 for symbol in COUNTERS},
            strict=frozenset([self.where["STRICT"]]),
        )
        #: The next nonce for each nonce key, and the nonce key and nonce of each operation so far.
        self.next, self.nonces = {False: 0, True: 0}, list[tuple[bool, int]]()
        self.policy, self.left = NOTHING, NOTHING_LEFT
        self.wrapped = self.is_global = False
        where, reason = self._grant(line | {"time": line["time0"]})
        if reason is not None:
            return {"granted": False, "where": where, "reason": reason}
        return {"granted": True, "where": None, "reason": None, "remaining": self.remaining()}

    def run(self, step: vectors.Operation) -> dict[str, Any]:
        """Decide one operation, revocation or grant; return the decision in the line's format."""
        act = {"revoke": self._revoke, "grant": self._grant}.get(step.get("kind", ""), self._operate)
        phase, reason = act(step)
        return {"accepted": phase == "ok", "phase": phase, "reason": reason, "remaining": self.remaining()}

    def remaining(self) -> dict[str, Any]:
        """Return what is left of the session's allowances."""
        return remaining_of(self.line, self.rules, lambda meter: self.left.get(meter, 0))

    def final_state(self) -> dict[str, Any]:
        """Return the balances and counters of every address in the line's final state."""
        wanted, where, demo_contracts = self.line["final_state"], self.where, self.demo_contracts
        return {
            "eth": {who: str(demo_contracts.eth.get(where[who], 0)) for who in wanted["eth"]},
            "tokens": {
                token: {who: str(demo_contracts.tokens[where[token]].get(where[who], 0)) for who in holders}
                for token, holders in wanted["tokens"].items()
            },
            "counts": {who: str(demo_contracts.counts[where[who]]) for who in wanted["counts"]},
        }

    def _grant(self, step: vectors.Operation) -> tuple[str, str | None]:
        """Grant a session as the owner, under the only entity id; if it is refused, the phase says where."""
        line = self.line | {name: step[name] for name in vectors.GRANT_FIELDS}
        permissions, expiry, valid_after = (
            permissions_from_json(permissions_of(line)),
            line["expiry"],
            line["valid_after"],
        )
        where = "builder"
        try:
            check_grant(permissions, wallet=self.wallet, expiry=expiry, now=step["time"], rules=self.rules)
            where = "onchain"
            if self.demo_contracts.owner != OWNER:
                return where, "NotAuthorized"
            taken = self.policy.is_installed
            check_install(permissions, expiry=expiry, valid_after=valid_after, entity_taken=taken, wallet=self.wallet)
        except GrantRefused as refused:
            return where, refused.rule
        self.line = line
        self.policy, self.left = install(
            rows(permissions),
            wallet=self.wallet,
            rules=self.rules,
            valid_after=valid_after,
            valid_until=expiry,
            before=(self.policy, self.left),
        )
        self.wrapped, self.is_global = self.policy.limits_spending, self.policy.is_root
        return "ok", None

    def _revoke(self, step: vectors.Operation) -> tuple[str, str | None]:
        """Revoke as the owner with a separate operation; the signature of a replaced owner is invalid."""
        if self.demo_contracts.owner != OWNER:
            return "validation", "AA24 signature error"
        clear = step["how"] == "full-hook-data"
        if clear and not self.policy.is_installed and not self.rules.revocation_is_total:
            return "execution", "ArrayLengthMismatch"
        self.policy, self.left = revoke(self.policy, self.left, self.rules, with_hook_data=clear)
        return "ok", None

    def operation(self, step: vectors.Operation) -> Operation:
        """Return an operation as the rules would see it if it came next."""
        nonce_key, nonce = self._nonce(step)
        wrapped = step["wrap"] == "always" or (step["wrap"] == "auto" and self.wrapped)
        gas = step["gas"]
        facts: dict[str, Any] = {
            "gas": gas["verificationGasLimit"] + gas["callGasLimit"] + gas["preVerificationGas"],
            "fee": gas["maxFeePerGas"],
            "sponsored": step["paymaster"] is not None,
        }
        signed = {
            "is_global": nonce_key,
            "nonce_fits": nonce == self.next[nonce_key],
            "signature_fits": step["signer"] == "SESSION",
        }
        return self._read(step, wrapped, facts)._replace(**signed)

    def _operate(self, step: vectors.Operation) -> tuple[str, str | None]:
        operation = self.operation(step)
        self.nonces.append(self._nonce(step))
        decision = decide(self.policy, self.left, operation, step["time"], self.rules, self.demo_contracts.run)
        self.left = decision.remaining
        if decision.phase != "validation":
            self.next[operation.is_global] += 1
        return decision.phase, decision.reason

    def _nonce(self, step: vectors.Operation) -> tuple[bool, int]:
        """Return the nonce key and the number."""
        kind, _, number = step["nonce"].partition(":")
        if kind == "replay":
            return self.nonces[int(number)]
        return self.is_global, self.next[self.is_global] + int(number or 0)

    def _read(self, step: vectors.Operation, wrapped: bool, facts: dict[str, Any]) -> Operation:
        if step["via"] == "direct":
            return read_operation((EXECUTE_USER_OP if wrapped else b"") + bytes.fromhex(step["calldata"][2:]), **facts)
        calls = [plain_call(self.where[c["to"]], int(c["value"]), bytes.fromhex(c["data"][2:])) for c in step["calls"]]
        return operation_of(calls, batch=step["via"] == "executeBatch", wrapped=wrapped, **facts)
