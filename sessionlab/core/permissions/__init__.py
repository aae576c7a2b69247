"""Permissions: types, limits, grant rules, the two rulesets and the decision engine. Needs no chain or clock."""

from sessionlab.core.permissions import types
from sessionlab.core.permissions.decide import Decision, decide
from sessionlab.core.permissions.grant import check_grant, check_install, read_expiry
from sessionlab.core.permissions.json_codec import permission_from_json, permissions_from_json, permissions_to_json
from sessionlab.core.permissions.limits import (
    EXTENSIONS,
    LIMITS,
    GrantKind,
    Kind,
    Limit,
    LimitKind,
    Meter,
    Remaining,
    extended,
    unit_of,
)
from sessionlab.core.permissions.operation import Operation, PlainCall, operation_of, plain_call, read_operation
from sessionlab.core.permissions.policy import Policy, install, revoke
from sessionlab.core.permissions.rows import GrantRow, limits_of, rows
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, FLAGS, Flag, Ruleset, ruleset
from sessionlab.core.permissions.types import *  # noqa: F403 - every permission type, from the one list of them
from sessionlab.core.permissions.types import PERMISSION_TYPES, Permission

__all__ = [
    "DEPLOYED", "DOCUMENTED", "EXTENSIONS", "FLAGS", "LIMITS", "PERMISSION_TYPES", "Decision", "Flag", "GrantKind",
    "GrantRow", "Kind", "Limit", "LimitKind", "Meter", "Operation", "Permission", "PlainCall", "Policy", "Remaining",
    "Ruleset", "check_grant", "check_install", "decide", "extended", "install", "limits_of", "operation_of",
    "permission_from_json", "permissions_from_json", "permissions_to_json", "plain_call", "read_expiry",
    "read_operation", "revoke", "rows", "ruleset", "unit_of",
]  # fmt: skip
__all__ += types.__all__
