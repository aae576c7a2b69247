"""The part of a lab that deploys contracts, and that other libraries use through web3."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import ADDRESS, AMOUNT, MAPPING, TEXT, integer, maybe, reads
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.keys import Key
from sessionlab.core.evm.chain import Chain
from sessionlab.core.lab.layout import Layout
from sessionlab.study.own_contracts.code import read_abi
from sessionlab.study.own_contracts.contract import Contract
from sessionlab.study.own_contracts.deploying import code_of, init_code, token_code, why_not
from sessionlab.study.own_contracts.known import KnownContract, KnownContracts
from sessionlab.study.own_contracts.source_lines import source_line
from sessionlab.study.strict_lab import BaseStrictLab

if TYPE_CHECKING:
    import os

    from web3 import Web3

    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.evm.records import Receipt
    from sessionlab.study.own_contracts.code import ContractCode


class _TokenAddress(str):
    """The address of the lab's token. Called, it deploys another token: see ``BaseDeployingLab.token``."""

    _deploy: Callable[..., Contract]

    def __call__(self, name: str, symbol: str, decimals: int = 18, supply: int | None = None) -> Contract:
        """Deploy an ERC-20 token."""
        return self._deploy(name, symbol, decimals, supply)

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


class BaseDeployingLab(BaseStrictLab):
    """A lab on which people deploy contracts of their own."""

    def _run(self, layout: Layout, chain: Chain, names: AddressBook) -> None:
        #: What it was told of contracts; see ``contracts()``.
        self.own_contracts = KnownContracts(chain, names, layout.addresses)
        super()._run(layout, chain, self.own_contracts.live())
        self.bundler.know_sources(partial(source_line, chain, self.own_contracts))
        chain.register_participant(self.own_contracts)

    if not TYPE_CHECKING:  # so that type checkers refuse a name that is not declared

        def __getattr__(self, name: str) -> Any:
            """Look up contracts by name: the address of one of the lab's, a Contract for one that was deployed here."""
            known = next((each for each in vars(self).get("own_contracts", ()) if each.name == name), None)
            return super().__getattr__(name) if known is None else self._handle(known)

    @reads(value=AMOUNT, name=maybe(TEXT), libraries=maybe(MAPPING))
    def deploy(
        self,
        source: str | bytes | os.PathLike[str] | Mapping[str, Any] | ContractCode,
        *arguments: Any,
        value: int = 0,
        name: str | None = None,
        abi: Sequence[Mapping[str, Any]] | str | None = None,
        libraries: Mapping[str, str] | None = None,
    ) -> Contract:
        """Deploy a contract and return it. From then on, its functions, events and errors are known by their names.

        ``source``: Vyper source or the path of a ``.vy`` file, which needs the extra ``contracts``; an artifact of
        Vyper, Foundry or Hardhat as a dict, as JSON or as a path; or bytecode, with its ``abi``.
        ``arguments``: the constructor's; structs are tuples, or mappings of their members. ``value``: wei for it.
        ``name``: what the lab calls it, as in ``lab.game``; by default, the contract's own name.
        ``libraries``: addresses of the libraries that the code calls, by name.

        The lab's faucet deploys it, so it is ``msg.sender`` of the constructor; see ``Contract.transact``.

        Raises InvalidInput, with the argument's name, for what does not fit; ChainError if the constructor reverts or
        the code is too large; MissingExtra if there is no compiler. Then nothing has changed.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> answers = [{"type": "function", "name": "answer", "inputs": [], "outputs": [{"type": "uint256"}]}]
        >>> oracle = lab.deploy("0x600a600c600039600a6000f3602a60005260206000f3", abi=answers, name="oracle")
        >>> oracle.read("answer"), lab.oracle == oracle
        (42, True)
        """
        code = code_of(source, abi, name)
        if abi is not None and not isinstance(source, str | bytes):
            raise InvalidInput("An artifact has its ABI.", field="abi", fix="leave abi out.")
        return self._deployed(code, init_code(code, arguments, value, libraries or {}, self.names), value, name)

    @property
    def token(self) -> _TokenAddress:
        """The address of the lab's token; called, it deploys another: ``lab.token("My Dollar", "MYD", 6)``."""
        made = _TokenAddress(self.addresses["token"])
        made._deploy = self._new_token
        return made

    @reads(name=TEXT, symbol=TEXT, decimals=lambda value, field: integer(value, field, most=255), supply=maybe(AMOUNT))
    def _new_token(self, name: str, symbol: str, decimals: int, supply: int | None) -> Contract:
        """Deploy an ERC-20 token whose supply, in base units, is the faucet's: ``lab.give(token, to, amount)``."""
        code = token_code(name, symbol, decimals, supply, self._faucet.address)
        label = self.own_contracts.free_name(symbol, self._taken())
        return self._deployed(code, bytes.fromhex(code.bytecode), 0, label)

    @reads(name=maybe(TEXT))
    def contract(
        self,
        which: str | Contract,
        *,
        abi: Sequence[Mapping[str, Any]] | str | None = None,
        name: str | None = None,
    ) -> Contract:
        """Return a contract by its name or address: one that was deployed here, or one of the lab's, as "counter".

        With ``abi``, tell the lab of one that is there already, as from ``lab.web3``: then its names are known, too.
        Raises NotFound for a name that is not known or an address without code, InvalidInput without an ABI.
        """
        at = getattr(which, "address", which)
        known = self.own_contracts.find(at if isinstance(at, str) else "")
        if known is None:
            known = self._told_of(at, abi, name)
        elif name not in (None, known.name):
            message = f"It is known as lab.{known.name}."
            raise InvalidInput(message, field="name", asked=name, left=known.name, fix="leave the name out.")
        elif abi is not None and read_abi(abi) != known.abi:
            message = f"lab.{known.name} is known with another ABI."
            raise InvalidInput(message, field="abi", fix="leave abi out.")
        return self._handle(known)

    def contracts(self) -> tuple[Contract, ...]:
        """Return the contracts that were deployed here, oldest first."""
        return tuple(map(self._handle, self.own_contracts))

    @property
    def web3(self) -> Web3:
        """A Web3 object connected to this chain; any web3 code works with it.

        Its account, ``lab.web3.eth.accounts[0]``, is the lab's faucet: it sends unless another is named.
        """
        from sessionlab.node.provider import ChainProvider

        from web3 import Web3  # isort: skip

        made = Web3(ChainProvider(self.chain, self._node_methods, [self._faucet]))
        made.eth.default_account = self._faucet.address
        return made

    # -- how it is done

    def _told_of(self, at: Any, abi: Any, name: str | None) -> KnownContract:
        if isinstance(at, str) and not at.startswith("0x"):
            fix = (
                f"those that are: {', '.join(self.own_contracts.names())}; for another one, give its address and abi=…."
            )
            raise NotFound(f"No contract {at[:80]!r} is known here.", field="which", asked=at[:80], fix=fix)
        address = ADDRESS(at, "which")
        if not self.chain.code(address):
            raise NotFound(f"There is no code at {address}.", field="which", asked=address, fix="deploy it first.")
        if abi is None:
            raise InvalidInput(f"The ABI of {address} is not known here.", field="abi", fix="give it: abi=[…].")
        kept = read_abi(abi)
        with self.chain.atomic():
            known_one = KnownContract(address, self._label(name, "contract"), kept)
            self.own_contracts.add(known_one)
        return known_one

    def _deployed(self, code: ContractCode, data: bytes, value: int, name: str | None) -> Contract:
        with self.chain.atomic():
            label = self._label(name, code.name)
            receipt = self._send(None, data, value)
            if receipt.status != 1 or receipt.contract_address is None:
                raise why_not(self.chain, code, data, value, receipt, self.names)
            known = KnownContract(receipt.contract_address, label, code.abi, code.sources)
            self.own_contracts.add(known)
            return self._handle(known)

    def _label(self, name: str | None, default: str) -> str:
        taken = self._taken()
        return (
            self.own_contracts.free_name(default, taken) if name is None else self.own_contracts.check_name(name, taken)
        )

    def _taken(self) -> set[str]:
        """Return the names that mean something else in a lab."""
        labels = self.own_contracts.base.labels.values()
        return {*labels, *self.addresses, *dir(type(self)), *(name for name in vars(self) if name[0] != "_")}

    def _handle(self, known: KnownContract) -> Contract:
        return Contract(self.chain, known, self.own_contracts, self._send)

    def _send(self, to: str | None, data: bytes, value: int) -> Receipt:
        key: Key = self._faucet
        return self.chain.transact(key, to, data, value, gas=self.chain.gas_limit)
