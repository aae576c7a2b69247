# pragma version 0.4.3
"""
@title Writing down what was granted
@notice A grant reaches the chain as a list of rows, one for each elementary right, in the order of the
        permissions. The rules that protect the wallet are checked here again, no matter who sends it.
# error RootPermissionOnlyError()
# error AccountAddressAsTargetError(row: uint256)
# error SelectorNotAllowed(call: uint256, target: address, selector: bytes4)
# error ZeroAddressError()
# error ValidationAlreadySet(entityId: uint32)
# error UnsupportedPermissionTypeError(row: uint256, kind: uint256)
# error TooManyRows(asked: uint256, limit: uint256)
"""

import reading
import rules
import sessions
import allowances
import reach
import spending

uses: rules
uses: sessions
uses: allowances
uses: reach

# Vyper needs a bound for loops; a hundred permissions fit in, and as many in a deferred install as directly.
MAX_ROWS: constant(uint256) = 256
ROW_BYTES: constant(uint256) = 128

# Kinds of rows. The first three are the kinds of allowances; those above ROOT are extensions.
CONTRACT: constant(uint256) = 4
ACCOUNT_FUNCTION: constant(uint256) = 5
FUNCTION_ANYWHERE: constant(uint256) = 6
FUNCTION_ON_CONTRACT: constant(uint256) = 7
ROOT: constant(uint256) = 8
# As many marks as a session's header has room for.
KINDS: constant(uint256) = 96

# The wallet's own functions that its owner, or a session with root, may use.
INSTALL_SESSION: constant(bytes4) = method_id(
    "installSession(uint32,address,uint48,uint48,uint256,(uint256,address,bytes4,uint256)[])", output_type=bytes4
)
UNINSTALL_SESSION: constant(bytes4) = method_id("uninstallSession(uint32,bool)", output_type=bytes4)
UPDATE_FALLBACK_SIGNER: constant(bytes4) = method_id("updateFallbackSignerData(address,bool)", output_type=bytes4)

# The functions that decide who may do what; no session may be granted one. The first five are this
# wallet's, the rest the production contracts'.
PRIVILEGED: constant(bytes4[12]) = [
    0xb61d27f6,  # execute
    0x34fcd5be,  # executeBatch
    0x8dd7712f,  # executeUserOp
    INSTALL_SESSION,
    UNINSTALL_SESSION,
    method_id("performCreate(uint256,bytes,bool,bytes32)", output_type=bytes4),
    method_id("executeWithRuntimeValidation(bytes,bytes)", output_type=bytes4),
    method_id("installValidation(bytes25,bytes4[],bytes,bytes[])", output_type=bytes4),
    method_id("uninstallValidation(bytes24,bytes,bytes[])", output_type=bytes4),
    method_id(
        "installExecution(address,((bytes4,bool,bool)[],(bytes4,uint32,bool,bool)[],bytes4[]),bytes)",
        output_type=bytes4,
    ),
    method_id(
        "uninstallExecution(address,((bytes4,bool,bool)[],(bytes4,uint32,bool,bool)[],bytes4[]),bytes)",
        output_type=bytes4,
    ),
    method_id("upgradeToAndCall(address,bytes)", output_type=bytes4),
]
# Moves the wallet's ETH into its deposit and installs what the owner signed. The list of production does not name it.
VALIDATE_USER_OP: constant(bytes4) = 0x19822f7c

struct Row:
    kind: uint256
    target: address
    selector: bytes4
    # wei, units of the token, or gas
    amount: uint256


@internal
def _install():
    """
    @notice installSession(entityId, key, validAfter, validUntil, generation, rows): the rows first, so that the
            session is not live before its limits are.
    """
    entity_id: uint32 = convert(reading._word(4), uint32)
    marks: uint256 = self._write(entity_id, 4 + reading._word(164))
    sessions._install(
        entity_id,
        reading._address(36),
        convert(reading._word(68), uint48),
        convert(reading._word(100), uint48),
        reading._word(132),
        marks,
    )


@internal
def _write(entity_id: uint32, rows: uint256) -> uint256:
    """
    @notice Keeps the rows of a new session; their array lies at position `rows`.
    @return The marks of the session.
    """
    session: sessions.Session = sessions._session(entity_id)
    count: uint256 = reading._word(rows)
    if count > MAX_ROWS:
        raw_revert(abi_encode(count, MAX_ROWS, method_id=method_id("TooManyRows(uint256,uint256)")))
    marks: uint256 = 0
    for i: uint256 in range(count, bound=MAX_ROWS):
        row: Row = abi_decode(slice(msg.data, rows + 32 + i * ROW_BYTES, ROW_BYTES), Row)
        if row.kind == ROOT and count != 1:
            raw_revert(method_id("RootPermissionOnlyError()"))
        marks |= self._write_row(session, i, row)
    return marks


@internal
def _write_row(session: sessions.Session, place: uint256, row: Row) -> uint256:
    if row.kind >= ROOT:
        if row.kind == ROOT:
            return sessions.ROOT
        return self._write_extension(session, place, row)
    if row.kind == allowances.NATIVE:
        allowances._set(session.scope, allowances.NATIVE, empty(address), row.amount)
        if rules._documented(rules.NATIVE_REACHES_PLAIN_TRANSFERS):
            return sessions.NATIVE_LIMIT | sessions.CALLS
        return sessions.NATIVE_LIMIT
    if row.kind == allowances.GAS:
        allowances._set(session.scope, allowances.GAS, empty(address), row.amount)
        return sessions.GAS_LIMIT
    if row.kind == ACCOUNT_FUNCTION:
        self._allow_account_function(session, place, row.selector)
        return 0
    if row.kind == FUNCTION_ANYWHERE:
        reach._allow_function(session.scope, empty(address), row.selector)
        return sessions.CALLS
    self._check_target(place, row.target)
    if row.kind == CONTRACT:
        reach._allow_target(session.scope, row.target, reach.OPEN)
        return sessions.CALLS
    if row.kind == FUNCTION_ON_CONTRACT:
        reach._allow_target(session.scope, row.target, reach.SELECTOR_LIST)
        reach._allow_function(session.scope, row.target, row.selector)
        return sessions.CALLS
    if row.kind == allowances.ERC20:
        reach._allow_target(session.scope, row.target, reach.SELECTOR_LIST | reach.LIMITED_TOKEN)
        reach._allow_function(session.scope, row.target, spending.TRANSFER)
        reach._allow_function(session.scope, row.target, spending.APPROVE)
        allowances._set(session.scope, allowances.ERC20, row.target, row.amount)
        return sessions.CALLS | sessions.TOKEN_LIMIT
    return self._write_extension(session, place, row)


@internal
def _allow_account_function(session: sessions.Session, place: uint256, selector: bytes4):
    privileged: bool = selector in PRIVILEGED
    if selector == VALIDATE_USER_OP:
        privileged = rules._documented(rules.VALIDATION_IS_PRIVILEGED)
    if privileged:
        raw_revert(
            abi_encode(place, self, selector, method_id=method_id("SelectorNotAllowed(uint256,address,bytes4)"))
        )
    if not reach._allow_account_function(session, selector):
        raw_revert(abi_encode(session.entityId, method_id=method_id("ValidationAlreadySet(uint32)")))


@internal
def _write_extension(session: sessions.Session, place: uint256, row: Row) -> uint256:
    """
    @notice A limit that production does not have, if this wallet's rules allow its kind. A row about a target limits
            calls, which are counted in executeUserOp.
    """
    if row.kind < KINDS and rules._documented(1 << (rules.FIRST_EXTENSION + row.kind)):
        allowances._set(session.scope, row.kind, row.target, row.amount)
        if row.target == empty(address):
            return sessions._mark(row.kind)
        self._check_target(place, row.target)
        return sessions._mark(row.kind) | sessions.TOKEN_LIMIT
    raw_revert(abi_encode(place, row.kind, method_id=method_id("UnsupportedPermissionTypeError(uint256,uint256)")))


@internal
@view
def _check_target(place: uint256, target: address):
    if target == empty(address):
        raw_revert(method_id("ZeroAddressError()"))
    if target == self:
        raw_revert(abi_encode(place, method_id=method_id("AccountAddressAsTargetError(uint256)")))
