"""What a strict bundler would say of an operation that an ordinary one takes: asked of the lab, for explanations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337.user_operation import FIELDS as OPERATION_FIELDS
from sessionlab.core.erc4337.user_operation import from_json
from sessionlab.core.erc4337.wallet_encoding import DUMMY_SIGNATURE
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.prepare import signature_of
from sessionlab.core.wallet_api.prepare_request import read_capabilities
from sessionlab.core.wallet_api.sessions import find_granted
from sessionlab.node.bundler.validation import validate
from sessionlab.study.diagnosis.broken_rules import deny_rules

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.wallet_api.api import WalletApi

METHOD = "lab_validateStrictly"


def validate_strictly(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return ``{denial}``: how a strict bundler would refuse a prepared, unsigned operation; null if it takes it.

    Takes ``{data, capabilities?}``, as wallet_prepareCalls answered and as wallet_sendPreparedCalls takes them.
    """
    request = reading.params_object(params, ("data", "capabilities"))
    permissions = read_capabilities(request).get("permissions")
    data = reading.an_object(reading.required(request, "data"), "data", OPERATION_FIELDS)
    operation = from_json(data, "data")
    granted = None if permissions is None else find_granted(api, permissions, operation.sender)
    operation = operation.signed(signature_of(granted, DUMMY_SIGNATURE[2:]))
    broken = validate(api.chain, operation, minimum=getattr(api.bundler, "minimum", None)).broken(signed=False)
    return {"denial": deny_rules(api, broken).to_json() if broken else None}


def strict_note(session: BaseSession, prepared: Mapping[str, Any]) -> tuple[str, ...]:
    """Say why a strict bundler would refuse these prepared calls; nothing if it takes them, or if nobody knows."""
    request: dict[str, Any] = {"data": prepared}
    if session._api.permissions is not None:
        request["capabilities"] = {"permissions": dict(session._api.permissions)}
    try:
        answer = session.request(METHOD, [request])
    except SessionlabError:  # not a lab, or one of an earlier version
        return ()
    if answer["denial"] is None:
        return ()
    denial = Denial.from_json(answer["denial"])
    return (f"A strict bundler would refuse it ({denial.code}). {denial.sentence} {denial.fix}",)
