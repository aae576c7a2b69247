"""Permissions: the eight types, the grant rules, the two rulesets, the decision. Pure: no chain, no clock."""

from sessionlab.permissions.decide import Decision, decide
from sessionlab.permissions.grant import check_expiry_unit, check_grant, check_install
from sessionlab.permissions.operation import Operation, PlainCall, operation_of, plain_call, read_operation
from sessionlab.permissions.policy import Policy, State, install, revoke
from sessionlab.permissions.reading import permission_from_json, permissions_from_json, permissions_to_json
from sessionlab.permissions.rows import Kind, Row, rows
from sessionlab.permissions.rulesets import DEPLOYED, DOCUMENTED, FLAGS, Flag, Ruleset, ruleset
from sessionlab.permissions.types import (
    PERMISSION_TYPES,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)

__all__ = [
    "DEPLOYED",
    "DOCUMENTED",
    "FLAGS",
    "PERMISSION_TYPES",
    "AccountFunctions",
    "ContractAccess",
    "Decision",
    "Erc20TokenTransfer",
    "Flag",
    "FunctionsOnAllContracts",
    "FunctionsOnContract",
    "GasLimit",
    "Kind",
    "NativeTokenTransfer",
    "Operation",
    "Permission",
    "PlainCall",
    "Policy",
    "Root",
    "Row",
    "Ruleset",
    "State",
    "check_expiry_unit",
    "check_grant",
    "check_install",
    "decide",
    "install",
    "operation_of",
    "permission_from_json",
    "permissions_from_json",
    "permissions_to_json",
    "plain_call",
    "read_operation",
    "revoke",
    "rows",
    "ruleset",
]
