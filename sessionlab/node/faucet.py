"""lab_fund and lab_status: a lab's faucet, clock and gas policy, for clients in other processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import ChainError
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.lab.layout import Layout, send_from_faucet
from sessionlab.core.wallet_api import request_params as reading

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi


def fund(api: WalletApi, params: Any) -> None:
    """Send ``amount`` wei to an address from the faucet, or base units of ``token``. Raises ChainError if it cannot."""
    request = reading.params_object(params, ("to", "amount", "token"))
    to = reading.address(reading.required(request, "to"), "to")
    amount = reading.quantity(reading.required(request, "amount"), "amount")
    faucet = Layout.of(api.rules, api.chain.engine.settings.seed).faucet
    if request.get("token") is not None:
        token = reading.address(request["token"], "token")
        if not api.chain.code(token):
            message, fix = f"There is no contract at {token}.", "give a token's address, or leave it out to send ETH."
            raise ChainError(message, field="token", asked=token, fix=fix)
        send_from_faucet(api.chain, faucet, token, artifact("Token").encode("transfer", to, amount))
    elif amount:
        send_from_faucet(api.chain, faucet, to, b"", amount)


def get_status(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer ``{now, runs, policyId}``: the clock's time, whether it runs, and the lab's own gas policy."""
    return {
        "now": hex(api.chain.now),
        "runs": api.chain.runs,
        "policyId": next(iter(api.sponsor.policies), None),
    }
