"""The four steps of sending calls: prepare the operation, sign it, send it and query its status."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, runtime_checkable

from sessionlab.core.base.doors import ADDRESS, FLAG, MAPPING, NUMBER, TEXT, Reader, integer, kind, maybe, reads
from sessionlab.core.base.errors import ChainError, InvalidInput, NotFound, RpcError, StaleHandle
from sessionlab.core.base.keys import KEY, Key
from sessionlab.core.base.rpc_codes import UNKNOWN_METHOD
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.erc4337.gas import Gas, read_gas, without_simulation
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.core.wallet_api.errors import raise_typed
from sessionlab.core.wallet_api.prepare_request import MAX_PARALLEL

#: Asks a provider that ``checks_when_sent`` to run the operation once instead of twice, after its estimate.
WHEN_SENT = {"preflight": {"whenSent": True}}
#: How the arguments of sending are read; ``Gas`` reads its own.
SENDING: dict[str, Reader] = {
    "calls": lambda calls, field: read_calls(calls),
    "policy_id": maybe(TEXT),
    "preflight": FLAG,
    "nonce_key": partial(integer, most=MAX_PARALLEL),
}
#: What parts of a request are called as arguments.
ARGUMENTS = {
    "capabilities.nonceOverride.nonceKey": "nonce_key",
    "nonceOverride": "nonce_key",
    "policyId": "policy_id",
    "maxFeePerGas": "max_fee",
    "maxPriorityFeePerGas": "max_priority_fee",
    "callGasLimit": "gas.call",
    "verificationGasLimit": "gas.verification",
    "preVerificationGas": "gas.pre_verification",
}
_WIRE = re.compile("|".join(map(re.escape, ARGUMENTS)))
#: The lab's method that tells stale handles.
KNOWN = "lab_knownSessions"
#: Methods that refuse an unknown session or operation themselves. Whether the handle is stale is asked only afterwards.
NAMES_ITS_SESSION = ("wallet_prepareCalls", "wallet_sendPreparedCalls")
NAMES_ITS_OPERATION = ("wallet_getCallsStatus",)


@runtime_checkable
class Provider(Protocol):
    """Sends JSON-RPC requests to an endpoint."""

    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of one JSON-RPC request. Raises RpcError if the response is an error."""


PROVIDER = kind(Provider, "a provider", "give lab.provider or HttpProvider(url).")


class FourSteps:
    """The four steps of sending calls, and all of them at once, for anyone who has a ``WalletApiClient``."""

    _api: WalletApiClient

    @reads(**SENDING, estimate=FLAG)
    def prepare_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        estimate: bool = False,
    ) -> dict[str, Any]:
        """Return the operation to sign (wallet_prepareCalls). Raises OperationRefused if it would be refused.

        Without ``preflight``, the operation is not simulated, and its gas limits follow from the calls. ``gas`` names
        limits, ``max_fee`` and ``max_priority_fee`` are in wei per gas. ``estimate``: judge the operation as it would
        be sent, whatever its gas limits, and sign nothing: a sponsor promises nothing either.
        """
        offered = self._api._offered(calls, preflight, read_gas(gas, max_fee, max_priority_fee))
        extra = {"paymasterService": {"onlyEstimation": True}} if estimate else {}
        return self._api._prepare(calls, policy_id, nonce_key, offered, extra)

    @reads(prepared=kind(Mapping, "prepared calls", "sign what prepare_calls returned."))
    def sign_prepared_calls(self, prepared: Mapping[str, Any]) -> dict[str, Any]:
        """Sign a prepared operation: its hash, signed as ``personal_sign`` does (EIP-191). Sends no request."""
        return self._api._signed(prepared)

    @reads(signed=kind(Mapping, "signed calls", "send what sign_prepared_calls returned."))
    def send_prepared_calls(self, signed: Mapping[str, Any]) -> str:
        """Send a signed operation and return its call id (wallet_sendPreparedCalls). Raises OperationRefused.

        An operation that is on the chain already is refused (AA25), and the denial names its block and call id.
        """
        return self._api._send(signed, {})

    def get_calls_status(self, call_id: str) -> dict[str, Any]:
        """Return the status of a call id (wallet_getCallsStatus): 200 succeeded, 500 reverted."""
        status: dict[str, Any] = self._api.request("wallet_getCallsStatus", [call_id])
        return status

    @reads(**SENDING)
    def send_calls(
        self,
        calls: Sequence[Call],
        *,
        policy_id: str | None = None,
        preflight: bool = True,
        nonce_key: int = 0,
        gas: Gas | Mapping[str, int] | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
    ) -> Outcome:
        """Prepare, sign, send and wait. A refusal is returned, not raised; a session keeps it in its ``history``.

        Without ``preflight``, nothing is simulated: gas limits follow from the calls, and an operation that fails in
        execution is mined and its gas is paid. ``gas``: limits by name, as ``Gas`` has them; ``max_fee`` and
        ``max_priority_fee``: wei per gas. ``nonce_key``: operations with different ones do not wait for each other; a
        session's first operation, which installs it, takes none.
        """
        with self._api._atomic():
            named = read_gas(gas, max_fee, max_priority_fee)
            return self._sent(calls, policy_id, nonce_key, named, self._api._offered(calls, preflight, named))

    def _sent(self, calls: Sequence[Call], policy_id: str | None, nonce_key: int, named: Gas, offered: Gas) -> Outcome:
        return self._api._try_calls(calls, policy_id, nonce_key, offered)[0]


@dataclass(frozen=True)
class WalletApiClient(FourSteps):
    """Sends operations for a wallet, with the key that signs them and the capabilities that they carry."""

    provider: Provider
    wallet: str
    chain_id: int
    key: Key
    permissions: Mapping[str, Any] | None = None
    #: The lab's own methods that the endpoint turned out not to have, as a hosted one; shared by a wallet's sessions.
    _missing: set[str] = field(default_factory=set, repr=False, compare=False)
    #: Returns what the next operation installs: a session's rows, until it is installed.
    installs: Callable[[], Sequence[GrantRow]] = tuple
    #: What the lab calls its addresses; None if no lab is known.
    names: AddressBook | None = field(default=None, repr=False, compare=False)

    @property
    def _api(self) -> WalletApiClient:  # type: ignore[override]
        return self  # by its own means

    @property
    def session_id(self) -> str | None:
        """The id of the session for which it sends; None for the owner."""
        sent = self.permissions or {}
        return f"0x{sent['context'][4:36].lower()}" if "context" in sent else sent.get("sessionId")

    def __post_init__(self) -> None:
        own = {"provider": PROVIDER, "wallet": ADDRESS, "chain_id": NUMBER, "key": KEY, "permissions": maybe(MAPPING)}
        for name, read in own.items():
            object.__setattr__(self, name, read(getattr(self, name), name))

    def _prepare(
        self, calls: Sequence[Call], policy_id: str | None, nonce_key: int, offered: Gas, extra: Mapping[str, Any]
    ) -> dict[str, Any]:
        capabilities: dict[str, Any] = dict(extra)
        if self.permissions is not None:
            capabilities["permissions"] = dict(self.permissions)
        if policy_id is not None:
            capabilities["paymasterService"] = {**capabilities.get("paymasterService", {}), "policyId": policy_id}
        if nonce_key:
            capabilities["nonceOverride"] = {"nonceKey": hex(nonce_key)}
        if override := offered.to_json():
            capabilities["gasParamsOverride"] = override
        request: dict[str, Any] = {
            "calls": [call.to_json() for call in read_calls(calls)],
            "from": self.wallet,
            "chainId": hex(self.chain_id),
        }
        if capabilities:
            request["capabilities"] = capabilities
        return self._asked("wallet_prepareCalls", request)

    def _asked(self, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer. An error about the caller's arguments has their names here."""
        try:
            answer: dict[str, Any] = self.request(method, [request])
            return answer
        except InvalidInput as error:
            for part in ("field", "message", "fix"):
                words = getattr(error, part) or ""
                setattr(error, part, _WIRE.sub(lambda named: ARGUMENTS[named[0]], words) or None)
            raise

    def _offered(self, calls: Sequence[Call], preflight: bool, gas: Gas) -> Gas:
        """Return the limits and fees that the client names for these calls."""
        return gas if preflight else gas._over(without_simulation(read_calls(calls), self.installs()))

    def _signed(self, prepared: Mapping[str, Any]) -> dict[str, Any]:
        try:
            digest = bytes.fromhex(prepared["signatureRequest"]["data"]["raw"][2:])
            kept = {name: prepared[name] for name in ("type", "data", "chainId")}
        except (KeyError, TypeError, ValueError):
            fix = "sign what prepare_calls returned."
            raise InvalidInput("These are not prepared calls.", field="prepared", fix=fix) from None
        signature = "0x" + self.key.sign_message(digest).hex()
        return kept | {"signature": {"type": "secp256k1", "data": signature}}

    def _send(self, signed: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
        request, capabilities = dict(signed), dict(extra)
        if self.permissions is not None:
            capabilities["permissions"] = dict(self.permissions)
        if capabilities:
            request["capabilities"] = capabilities
        answer = self._asked("wallet_sendPreparedCalls", request)
        if answer.get("denial"):
            raise OperationRefused(Denial.from_json(answer["denial"]))
        return str(answer["id"])

    def _try_calls(
        self, calls: Sequence[Call], policy_id: str | None, nonce_key: int, offered: Gas
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Do what ``send_calls`` does; for an off-chain refusal, also return the block it was judged at, if known."""
        _ = self.key.private  # raises if only its address is known here: then nothing is asked
        simulated = offered.total is None
        once = WHEN_SENT if simulated and getattr(self.provider, "checks_when_sent", False) else {}
        with self._atomic():
            try:
                with self._atomic():
                    prepared = self._prepare(calls, policy_id, nonce_key, offered, once)
                    call_id = self._send(self._signed(prepared), once)
            except OperationRefused as refused:
                return Outcome(refused.denial, None), refused.judged
            status = send_request(self.provider, "wallet_getCallsStatus", [call_id])
        if not status.get("receipts"):
            fix = f"wait until it is mined, then get_calls_status({call_id!r})."
            raise ChainError("The operation waits in the bundler's mempool.", field="id", asked=call_id, fix=fix)
        denial = Denial.from_json(status["denial"]) if status.get("denial") else None
        return Outcome(denial, status["receipts"][0], call_id, tuple(status.get("notes", ()))), None

    def _atomic(self) -> AbstractContextManager[None]:
        """Return a context manager that makes its requests atomic, if the provider supports that."""
        section: Callable[[], AbstractContextManager[None]] = getattr(self.provider, "atomic", nullcontext)
        return section()

    @reads(method=TEXT, params=maybe(kind((list, tuple, dict), "a list", "put the parameters into [ ].")))
    def request(self, method: str, params: Any = None) -> Any:
        """Send one request. Raises the typed error that an error response stands for, StaleHandle first of all."""
        if method not in NAMES_ITS_OPERATION and (method not in NAMES_ITS_SESSION or self.permissions is None):
            with self._atomic():  # so that nothing reverts in between
                self._check_handle()
                return send_request(self.provider, method, params)
        try:
            return send_request(self.provider, method, params)
        except (InvalidInput, NotFound):
            self._check_handle()
            raise

    def _check_handle(self) -> None:
        """Raise StaleHandle if the endpoint is a lab that does not know this wallet, or its session."""
        own = [self.session_id] if self.session_id else []
        if self._known_of(own) != own:
            raise _stale("session", f"{own[0]} of {self.wallet}", "use one of wallet.sessions(), or grant a new one.")

    def _known_of(self, session_ids: list[str]) -> list[str]:
        """Return those of the wallet's session ids that the endpoint knows; all of them if it cannot tell.

        Raises StaleHandle if it does not know the wallet.
        """
        if KNOWN in self._missing:
            return session_ids
        try:
            known = self.provider.request(KNOWN, [{"account": self.wallet, "sessionIds": session_ids}])
        except RpcError as error:
            if error.code == UNKNOWN_METHOD:
                self._missing.add(KNOWN)
            return session_ids
        if known is None:
            raise _stale("wallet", self.wallet, "use one of lab.wallets(), or make a new one.")
        return list(known)


def _stale(kind: str, which: str, fix: str) -> StaleHandle:
    words = f"There is no {kind} {which} here: a revert undid it, or it is another lab's."
    return StaleHandle(words, field=kind, asked=which, fix=fix)


def send_request(provider: Provider, method: str, params: Any = None) -> Any:
    """Return the result of one request. Raises the typed error that an error response stands for."""
    try:
        return provider.request(method, params)
    except RpcError as error:
        raise_typed(error)
