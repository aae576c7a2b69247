"""The manifest: everything that an application's tests need to start, including keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.base.amounts import ether
from sessionlab.core.base.keys import derive_key
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.lab.layout import TOKENS
from sessionlab.node.senders import senders_of
from sessionlab.study.key_elsewhere import KeyElsewhere

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

ACCOUNTS = 5
ACCOUNT_ETH = ether(1_000)


def make_demo_wallet(lab: Lab, *, accounts: bool = True) -> tuple[SmartWalletClient, list[Key]]:
    """Return a deployed and funded wallet, and keys that each hold ether, the wallet's owner first.

    With ``accounts``, the node holds the keys as well: eth_accounts lists them, and eth_sendTransaction signs.
    """
    wallet = lab.wallet()
    keys = [wallet.owner, *_account_keys(lab)]
    for key in keys:
        lab.chain.set_balance(key.address, ACCOUNT_ETH)
    lab.chain.mine()  # so that the newest block's state includes the balances
    if accounts:
        senders_of(lab.chain).hold(keys)
    return wallet, keys


def saved_wallet(lab: Lab, *, accounts: bool = True) -> tuple[SmartWalletClient, list[Key]]:
    """Return the first wallet of a loaded lab, and the keys of all its owners and accounts. Nothing is moved.

    If it has no wallet, one is made, as for a new lab.
    """
    wallets = lab.wallets()
    if not wallets:
        return make_demo_wallet(lab, accounts=accounts)
    keys = [*(wallet.owner for wallet in wallets), *_account_keys(lab)]
    if accounts:
        senders_of(lab.chain).hold(keys)
    return wallets[0], keys


def _account_keys(lab: Lab) -> list[Key]:
    return [derive_key(lab.seed, f"account {number}") for number in range(1, ACCOUNTS)]


def manifest(lab: Lab, wallet: SmartWalletClient, keys: list[Key], url: str, api_key: str | None) -> dict[str, Any]:
    """Return the manifest's content. Its ``url`` works as it is, so it includes the API key if there is one."""
    return {
        "url": url,
        **({"apiKey": api_key} if api_key else {}),
        "chainId": lab.chain.chain_id,
        **lab.rules.named(),
        "seed": lab.seed,
        "now": lab.now,
        "entryPoint": ENTRY_POINT,
        "factory": deployments.FACTORY,
        "implementation": deployments.IMPLEMENTATION,
        "delegate7702": deployments.DELEGATE_7702,
        "bundler": lab.bundler.address,
        "owner": _with_key(wallet.owner),
        "wallet": wallet.address,
        "accounts": [_with_key(key) for key in keys],
        "wallets": [{"address": own.address, "owner": _with_key(own.owner)} for own in lab.wallets()],
        "sessions": [
            _session(session)
            for own in lab.wallets()
            for session in own.sessions()
            if not isinstance(session.key, KeyElsewhere)
        ],
        "policyId": lab.policy_id,
        "tokens": {name: lab.addresses[name] for name in TOKENS},
        "decimals": {name: info.decimals for name, info in TOKENS.items()},
        "recipient": lab.recipient,
        "merchant": lab.merchant,
        **lab.addresses,
    }


def _session(session: Session) -> dict[str, Any]:
    """Return what another process needs to take up a session."""
    named = {"wallet": session.wallet, "entityId": session.entity_id, "state": session.state}
    return named | {"key": _with_key(session.key), "context": session.context}


def _with_key(key: Key) -> dict[str, str]:
    return {"address": key.address, "privateKey": "0x" + key.private.hex()}
