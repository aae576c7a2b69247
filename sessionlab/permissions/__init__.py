"""Permissions: the eight types, the grant rules, the two rulesets. Pure: no chain, no clock."""

from sessionlab.permissions.grant import check_expiry_unit, check_grant, check_install
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
    "Erc20TokenTransfer",
    "Flag",
    "FunctionsOnAllContracts",
    "FunctionsOnContract",
    "GasLimit",
    "Kind",
    "NativeTokenTransfer",
    "Permission",
    "Root",
    "Row",
    "Ruleset",
    "check_expiry_unit",
    "check_grant",
    "check_install",
    "permission_from_json",
    "permissions_from_json",
    "permissions_to_json",
    "rows",
    "ruleset",
]
