# pragma version 0.4.3
"""
@title SessionWallet
@notice An ERC-4337 v0.7 account whose owner can let other keys act within permissions. It answers
        `validateUserOp`, `executeUserOp`, `execute`, `executeBatch` and `installSession` from `__default__`,
        which reads them where they lie in the calldata (see `reading.vy`); their ABI is in
        `ISessionWallet.vyi`. Read `validation.vy` first: it is the rule text.
# error UnrecognizedFunction(selector: bytes4)
# error NotAuthorized(caller: address)
# error AlreadyInitialized()
# error DeferredInstallTooLarge(asked: uint256, limit: uint256)
"""

import reading
import operations
import rules
import calls
import sessions
import allowances
import reach
import spending
import installing
import signatures
import deferral
import validation
import views
import standards

initializes: rules
initializes: sessions[rules := rules]
initializes: allowances
initializes: reach[rules := rules]
initializes: spending[rules := rules, allowances := allowances, reach := reach]
initializes: installing[rules := rules, sessions := sessions, allowances := allowances, reach := reach]
initializes: signatures
initializes: deferral[signatures := signatures]
initializes: validation[
    rules := rules,
    sessions := sessions,
    allowances := allowances,
    reach := reach,
    signatures := signatures,
    deferral := deferral,
]

initializes: views[sessions := sessions, allowances := allowances, reach := reach, signatures := signatures]
initializes: standards[signatures := signatures]

exports: (
    views.owner,
    views.session,
    views.allowance,
    views.reaches,
    standards.isValidSignature,
    standards.onERC721Received,
    standards.supportsInterface,
)

ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032
IDENTITY: constant(address) = 0x0000000000000000000000000000000000000004
# Vyper needs a bound for what is copied to memory; only a deferred install is, in the session's first operation.
MAX_CALLDATA: constant(uint256) = 49_152
VALIDATE_USER_OP: constant(bytes4) = 0x19822f7c
# Said to `raw_call`, which would read it from the GAS opcode too early for ERC-7562 (OP-012).
ALL: constant(uint256) = max_value(uint256)
FACTORY: immutable(address)


@deploy
def __init__(bits: uint256, factory: address):
    """
    @param bits The ruleset, see `rules.vy`.
    @param factory The only contract that may name an owner.
    """
    rules.__init__(bits)
    FACTORY = factory


@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice The functions of `ISessionWallet.vyi`, and plain value.
    """
    size: uint256 = len(msg.data)
    if size == 0:
        return b""
    if size < 4:
        raw_revert(abi_encode(0x00000000, method_id=method_id("UnrecognizedFunction(bytes4)")))
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    if selector == VALIDATE_USER_OP:
        if not deferral._opened():
            self._only_entry_point()
            return abi_encode(self._validate_user_op())
        # Memory is paid by its highest word: the large buffers are here alone, in the last variables.
        start: uint256 = deferral._call_start()
        length: uint256 = deferral._call_length()
        deferral._check(
            keccak256(
                slice(raw_call(IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True, gas=ALL), start, length)
            )
        )
        raw_call(
            self,
            slice(raw_call(IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True, gas=ALL), start, length),
            gas=ALL,
        )
        return b""
    if selector == calls.EXECUTE_USER_OP:
        self._only_entry_point()
        self._execute_user_op()
        return b""
    if calls._is_calls(selector):
        self._only_entry_point()
        self._not_stopped(selector)
        calls._run(calls._open(selector, 0, size))
        return b""
    if selector == installing.INSTALL_SESSION:
        self._only_privileged(selector)
        installing._install()
        return b""
    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))


@external
def initialize(owner: address):
    """
    @notice Names the owner of a new wallet, once.
    """
    if msg.sender != FACTORY:
        self._not_authorized()
    if signatures.stored_owner != empty(address):
        raw_revert(method_id("AlreadyInitialized()"))
    signatures._set_owner(owner, False)


@external
def uninstallSession(entityId: uint32, withHookData: bool):
    """
    @notice Revokes a session. Under the deployed rules its lists and allowances stay unless `withHookData`.
    """
    self._only_privileged(installing.UNINSTALL_SESSION)
    sessions._revoke(entityId, withHookData)


@external
def updateFallbackSignerData(fallbackSigner: address, isDisabled: bool):
    """
    @notice Replaces or disables the owner. A production function, and one that a session can be granted.
    """
    self._only_privileged(installing.UPDATE_FALLBACK_SIGNER)
    signatures._set_owner(fallbackSigner, isDisabled)


@internal
def _validate_user_op() -> uint256:
    """
    @notice `validateUserOp(op, hash, missing)`: installs the session if the operation brings it, judges the operation,
            and pays what the EntryPoint misses.
    @return ERC-4337 validationData.
    """
    at: uint256 = 4 + reading._word(4)
    head: operations.Head = operations._head(at)
    start: uint256 = at + head.signature + 32
    length: uint256 = reading._word(start - 32)
    deadline: uint256 = 0
    if head.nonce >> 64 & deferral.DEFERRED_NONCE_KEY != 0:
        if len(msg.data) > MAX_CALLDATA:
            raw_revert(
                abi_encode(len(msg.data), MAX_CALLDATA, method_id=method_id("DeferredInstallTooLarge(uint256,uint256)"))
            )
        deadline = deferral._open(head.nonce, start, length)
        raw_call(self, msg.data, gas=ALL)
        behind: uint256 = deferral._behind(start)
        length -= behind - start
        start = behind
    answer: uint256 = validation._validate(at, head, start, length, convert(reading._word(36), bytes32), deadline << 160)
    self._pay(reading._word(68))
    return answer


@internal
def _execute_user_op():
    """
    @notice The execution phase of a wrapped operation: first what it spends is counted, then it runs.
    """
    at: uint256 = 4 + reading._word(4)
    head: operations.Head = operations._head(at)
    start: uint256 = at + head.callData + 36
    length: uint256 = reading._word(at + head.callData) - 4
    selector: bytes4 = reading._selector(start, length)
    entity_id: uint32 = convert(head.nonce >> 72 & (2 ** 32 - 1), uint32)
    if entity_id != 0:
        # Revoked by an operation before it in the bundle: what would count its spending is gone.
        if sessions.ended[entity_id]:
            validation._refuse_function(selector)
        session: sessions.Session = sessions._session(entity_id)
        if session.header & sessions.SPEND_LIMITS != 0:
            spending._count(session, selector, start, length)
    if calls._is_calls(selector):
        calls._run(calls._open(selector, start, length))
    else:
        calls._send(self, 0, start, length)


@internal
def _pay(missing: uint256):
    """
    @notice Gives the EntryPoint what the wallet's deposit lacks; it judges whether that was enough.
    """
    if missing != 0:
        paid: bool = raw_call(msg.sender, b"", value=missing, revert_on_failure=False, gas=ALL)


@internal
@view
def _only_entry_point():
    if msg.sender != ENTRY_POINT:
        self._not_authorized()


@internal
@view
def _only_privileged(selector: bytes4):
    """
    @notice The wallet itself, the EntryPoint after validation, or the owner's own account.
    """
    if msg.sender == ENTRY_POINT:
        self._not_stopped(selector)
    elif msg.sender != self and msg.sender != signatures._owner():
        self._not_authorized()


@internal
@view
def _not_stopped(selector: bytes4):
    """
    @notice Behind a revocation in the same bundle, an operation may be one of the session that has ended. Whose
            it is, only executeUserOp is told: the owner wraps what must run there.
    """
    if sessions.stopped:
        validation._refuse_function(selector)


@internal
@view
def _not_authorized():
    raw_revert(abi_encode(msg.sender, method_id=method_id("NotAuthorized(address)")))
