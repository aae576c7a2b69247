"""The Python SDK: the owner's side and the session's side of a smart wallet. It speaks JSON-RPC and nothing else.

    wallet = SmartWalletClient(provider, owner)
    session = wallet.grant_permissions([NativeTokenTransfer(allowance=ether(1)), ...], expiry_sec=...)
    session.send_calls([Call(to=merchant, value=ether("0.3"))])

A provider is anything with ``request(method, params)`` that returns the result or raises RpcError: the lab's own
API in this process, or the same methods behind a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessionlab import account
from sessionlab.call import Call
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.chain.rpc import RpcError
from sessionlab.errors import InvalidInput
from sessionlab.growing import Growing
from sessionlab.insight.names import Names
from sessionlab.insight.outcome import Outcome
from sessionlab.keys import Key, new_key
from sessionlab.permissions.grant import check_expiry_unit
from sessionlab.permissions.reading import permissions_from_json, permissions_to_json
from sessionlab.permissions.rulesets import DEPLOYED, Ruleset, ruleset
from sessionlab.permissions.types import Permission
from sessionlab.sender import Provider, Sender, send_request
from sessionlab.session import Granted, Refusal, Session
from sessionlab.wallet_api.describe import read_description


@dataclass(frozen=True, slots=True)
class Saved:
    """A client as it is saved with its lab."""

    address: str
    owner: Key
    sessions: tuple[Granted, ...]
    refusals: tuple[Refusal, ...]


class SmartWalletClient:
    """The owner's side of one wallet.

    ``rules`` (what its contracts enforce) and ``names`` are there to explain what happens. A lab is asked for them;
    of another endpoint, production's rules are taken.
    """

    def __init__(
        self,
        provider: Provider,
        owner: Key,
        *,
        salt: int = 0,
        names: Names | None = None,
        rules: str | Ruleset | None = None,
    ) -> None:
        self.provider, self.owner = provider, owner
        if not isinstance(owner, Key):
            raise InvalidInput("owner is not a Key.", field="owner", fix="make one with new_key().")
        if isinstance(salt, bool) or not isinstance(salt, int) or not 0 <= salt < 2**256:
            raise InvalidInput(f"{salt!r} is not a salt.", field="salt", asked=salt, fix="use 0, 1, 2, …")
        if rules is None or isinstance(rules, str) or names is None:
            known_rules, known_names = _described(provider)
            # A name stands for the rules alone: which extensions the wallet has, the lab says.
            named = ruleset(rules, known_rules.extensions) if isinstance(rules, str) else rules
            rules, names = named or known_rules, names or known_names
        self.rules, self.names = ruleset(rules), names
        self.chain_id = int(send_request(provider, "eth_chainId"), 16)
        hint = {"creationHint": {"salt": hex(salt)}} if salt else {}
        request = {"signerAddress": owner.address, **hint, "includeCounterfactualInfo": True}
        found = send_request(provider, "wallet_requestAccount", [request])
        self._begin(checksum(address_bytes(found["accountAddress"])))

    @classmethod
    def saved(cls, provider: Provider, chain_id: int, names: Names, rules: Ruleset, wallet: Saved) -> SmartWalletClient:
        """The client of a wallet that was saved with its lab."""
        client = cls.__new__(cls)
        client.provider, client.chain_id, client.names, client.rules = provider, chain_id, names, rules
        client.owner = wallet.owner
        client._begin(wallet.address, wallet.refusals)
        for granted in wallet.sessions:
            client._open(granted)
        return client

    def to_save(self) -> Saved:
        """What this object remembers of its own, to make it again."""
        sessions = tuple(session.granted for session in self._sessions.items)
        return Saved(self.address, self.owner, sessions, tuple(self._refusals.items))

    def _begin(self, address: str, refusals: Iterable[Refusal] = ()) -> None:
        self.address = address
        self._sender = Sender(self.provider, address, self.chain_id, self.owner)
        self._sessions: Growing[Session] = Growing()
        self._refusals = Growing(refusals)
        self.prepare_calls = self._sender.prepare_calls
        self.sign_prepared_calls = self._sender.sign_prepared_calls
        self.send_prepared_calls = self._sender.send_prepared_calls
        self.get_calls_status = self._sender.get_calls_status
        self.send_calls = self._sender.send_calls

    def __repr__(self) -> str:
        return f"<SmartWallet {self.address}, owner {self.owner.address}, {len(self._sessions.items)} sessions>"

    def _repr_html_(self) -> str:
        from sessionlab.insight.cards import wallet_card

        return wallet_card(self)

    @property
    def balance(self) -> int:
        """Wei that the wallet holds."""
        return int(send_request(self.provider, "eth_getBalance", [self.address, "latest"]), 16)

    def grant_permissions(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]],
        *,
        expiry_sec: int | None = None,
        key: Key | None = None,
    ) -> Session:
        """Create a session and sign it as the owner. ``expiry_sec``: its last second, unix time; None: no end.

        Raises GrantRefused when the permissions break a grant rule, InvalidInput when a value is malformed;
        nothing has been signed then. The first operation of the session installs it.
        """
        found = _permissions(permissions)
        check_expiry_unit(expiry_sec)
        session_key = new_key() if key is None else key
        if not isinstance(session_key, Key):
            raise InvalidInput("key is not a Key.", field="key", fix="make one with new_key().")
        request = {
            "chainId": hex(self.chain_id),
            **({"expirySec": expiry_sec} if expiry_sec else {}),
            "key": {"type": "secp256k1", "publicKey": session_key.address},
            "permissions": permissions_to_json(found),
            "account": self.address,
        }
        with self._sender.all_or_nothing():
            answer = self._sender.request("wallet_createSession", [request])
            typed_data = answer["signatureRequest"]["data"]
            signature = self.owner.sign_typed_data(typed_data)
            granted = Granted(
                id=answer["sessionId"],
                entity_id=int(typed_data["message"]["nonce"], 16) >> 72 & (2**32 - 1),
                key=session_key,
                permissions=tuple(found),
                expiry_sec=expiry_sec or None,
                context="0x00" + answer["sessionId"][2:] + signature.hex(),
            )
            return self._open(granted)

    def sessions(self) -> tuple[Session, ...]:
        """The sessions that this client granted, oldest first; revoked and expired ones too."""
        return tuple(self._sessions.items)

    def _open(self, granted: Granted) -> Session:
        """The session's side of what was granted, kept here."""
        sender = Sender(self.provider, self.address, self.chain_id, granted.key, {"context": granted.context})
        session = Session(sender, granted, names=self.names, rules=self.rules, refusals=self._refusals)
        self._sessions.append(session)
        return session

    def moment(self) -> tuple[Any, Any]:
        """What this object remembers of its own: sessions and refusals. ``go_to`` brings it back."""
        return self._sessions.moment(), self._refusals.moment()

    def go_to(self, moment: tuple[Any, Any]) -> None:
        """Remember what was remembered at a moment: after a revert, what came since never was."""
        self._sessions.go_to(moment[0])
        self._refusals.go_to(moment[1])

    def revoke(self, session: Session, *, clear: bool = True) -> Outcome:
        """End a session, installed or not, by an operation of the owner.

        ``clear`` matters under the deployed rules alone: without it the session's lists and allowances stay
        and a later session with the same entity id inherits them.
        """
        if not isinstance(session, Session):
            raise InvalidInput("session is not a Session.", field="session", fix="use one of wallet.sessions().")
        if session.wallet != self.address:
            message, fix = f"The session is one of {session.wallet}.", "revoke it with its own wallet."
            raise InvalidInput(message, field="session", asked=self.address, left=session.wallet, fix=fix)
        call = account.uninstall_call(session.entity_id, with_hook_data=clear and session.installed)
        return self.send_calls([Call(self.address, data=call)])


def _described(provider: Provider) -> tuple[Ruleset, Names]:
    """What a lab says of itself; of an endpoint that is none, production's rules and no names."""
    try:
        return read_description(provider.request("lab_describe"))
    except RpcError:
        return DEPLOYED, Names(gas_unit="wei")


def _permissions(items: Sequence[Permission | Mapping[str, Any]]) -> list[Permission]:
    if isinstance(items, Permission | Mapping | str) or not isinstance(items, Sequence):
        raise InvalidInput("permissions is a list.", field="permissions", fix="put the permission into [ ].")
    plain = [item.to_json() if isinstance(item, Permission) else item for item in items]
    return permissions_from_json(plain)
