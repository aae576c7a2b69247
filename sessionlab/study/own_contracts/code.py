"""What a compiler wrote, in one form: from artifacts of Vyper, Foundry and Hardhat, or bytecode with its ABI."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NoReturn

from sessionlab.core.base.doors import ADDRESS, wrong
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, Row, card
from sessionlab.core.contracts.abi import Codec, read_entry

#: A library's place in code that is not linked: the 20 bytes of an address. Old compilers wrote the library's name.
_PLACE = re.compile(r"__.{38}")
#: Bytes of an artifact, and entries of an ABI, that are read.
MOST_BYTES, MOST_ENTRIES = 20_000_000, 3_000
SOURCE_FIX = "give Vyper source, an artifact of Vyper, Foundry or Hardhat, a path of one, or bytecode and abi=…."
#: Functions that a card lists.
MOST_SHOWN = 40
KINDS = ("function", "event", "error", "constructor", "fallback", "receive")


@dataclass(frozen=True)
class ContractCode:
    """A contract that can be deployed: what a compiler made of it."""

    name: str
    #: Its ABI as JSON.
    abi: str
    #: The code that deploys it, in hex; a library's address stands as ``__…__`` where it is missing.
    bytecode: str
    #: Each library that is missing: its name, and where its address belongs, in bytes.
    links: tuple[tuple[str, int], ...] = ()
    #: Its source in Vyper, the contract first, then its modules: each file's path and text. Empty if it is not known.
    sources: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<ContractCode {self.name}: {len(self.bytecode) // 2:,} bytes, {len(json.loads(self.abi))} ABI entries>"

    def _repr_html_(self) -> str:
        rows = abi_rows(self.abi)
        rows += [("bytes", f"{len(self.bytecode) // 2:,}, with the constructor"), ("next", "lab.deploy(it, …)")]
        return card(f"Contract {self.name}", BLUE, rows)

    def linked(self, libraries: Mapping[str, Any]) -> bytes:
        """Return the code with the addresses of these libraries, by name. Raises InvalidInput for a wrong name."""
        names = {name: short_name(name) for name, _ in self.links}
        given = {name: ADDRESS(address, f"libraries[{name!r}]") for name, address in libraries.items()}
        if unknown := given.keys() - names.keys() - set(names.values()):
            message = f"{self.name} has no library {sorted(unknown)[0]!r} to link."
            raise InvalidInput(
                message, field="libraries", asked=sorted(unknown)[0], fix=f"its libraries: {_listed(names)}."
            )
        code = self.bytecode
        for name, at in self.links:
            address = given.get(name) or given.get(names[name])
            if address is None:
                message = f"The code of {self.name} calls the library {name}, whose address it lacks."
                fix = f"deploy {names[name]} first, then give libraries={{{names[name]!r}: its address}}."
                raise InvalidInput(message, field="libraries", asked=name, fix=fix)
            code = code[: 2 * at] + address[2:] + code[2 * at + 40 :]
        return bytes.fromhex(code)


def abi_rows(abi: str) -> list[Row]:
    """Return a card's rows for an ABI: the first entries of each kind, and how many more there are."""
    rows = []
    for kind in ("constructor", "function", "event", "error"):
        entries = [_shown(item) for item in json.loads(abi) if item["type"] == kind]
        more = f" and {len(entries) - MOST_SHOWN:,} more" if len(entries) > MOST_SHOWN else ""
        shown = ", ".join(f"<code>{escape(each)}</code>" for each in entries[:MOST_SHOWN])
        rows += [(kind if len(entries) == 1 else f"{kind}s", shown + more)] if entries else []
    return rows


def _shown(item: Mapping[str, Any]) -> str:
    given = ", ".join(f"{each['type']} {each['name']}".strip() for each in item["inputs"])
    return f"{item['name'] or 'constructor'}({given})"


def short_name(library: str) -> str:
    """Return ``Math`` for ``src/Math.sol:Math``."""
    return library.rpartition(":")[2]


def read_code(source: Any, abi: Any = None) -> ContractCode | str:
    """Return the contract that this is, or the text if it is Vyper source. Raises InvalidInput for anything else."""
    if isinstance(source, ContractCode):
        return source
    if isinstance(source, Mapping):
        return _of_artifact(source, "Contract")
    if isinstance(source, bytes | bytearray):
        return _of_bytecode(bytes(source).hex(), abi)
    if isinstance(source, os.PathLike):
        return _of_file(Path(source), abi)
    if not isinstance(source, str):
        raise InvalidInput(
            f"source is of type {type(source).__name__}.", field="source", asked=type(source).__name__, fix=SOURCE_FIX
        )
    text = source.strip()
    if text.startswith("{"):
        return _of_artifact(_json(text, "source"), "Contract")
    if re.fullmatch(r"(0x)?[0-9a-fA-F]*(__.{38}[0-9a-fA-F]*)*", text) and len(text) > 2:
        return _of_bytecode(text.removeprefix("0x"), abi)
    if "\n" not in text and re.search(r"\.(vy|json)$", text):
        return _of_file(Path(text), abi)
    if re.search(r"^\s*pragma\s+solidity\b|^\s*(abstract\s+)?contract\s+\w+.*\{", text, re.MULTILINE) or re.fullmatch(
        r"\S+\.sol", text
    ):
        fix = "compile it with Foundry or Hardhat, and give the artifact: out/Game.sol/Game.json."
        raise InvalidInput("This is Solidity, which is not compiled here.", field="source", asked=text[:60], fix=fix)
    if not text or ("\n" not in text and ":" not in text):
        raise wrong(source, "is not a contract", "source", SOURCE_FIX)
    return source


def _of_file(path: Path, abi: Any) -> ContractCode | str:
    try:
        if path.stat().st_size > MOST_BYTES:
            message = f"{path} is larger than {MOST_BYTES:,} bytes."
            raise InvalidInput(message, field="source", asked=str(path), fix="give one contract's artifact.")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        fix = "give the path of a .vy file or of an artifact in JSON."
        raise InvalidInput(
            f"{path} cannot be read: {reason}.", field="source", asked=str(path)[:200], fix=fix
        ) from None
    if path.suffix == ".vy":
        return text
    return _of_artifact(_json(text, "source"), path.stem)


def read_abi(items: Any, field: str = "abi") -> str:
    """Return an ABI, given as a list or as JSON, in the form that is kept. Raises InvalidInput for anything else.

    Functions whose arguments have no ABI type, as libraries have them, are left out.
    """
    if isinstance(items, str):
        items = _json(items, field)
    if not isinstance(items, Sequence) or isinstance(items, bytes):
        raise wrong(items, "is not an ABI", field, "give the list that the compiler calls abi.")
    if len(items) > MOST_ENTRIES:
        message = f"The ABI has {len(items):,} entries."
        raise InvalidInput(message, field=field, asked=len(items), left=MOST_ENTRIES, fix="leave out what is not used.")
    kept = []
    for index, item in enumerate(items):
        try:
            entry = _entry(item)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            fix = "give the ABI as the compiler wrote it."
            raise wrong(item, "is not an entry of an ABI", f"{field}[{index}]", fix) from None
        kept += [] if entry is None else [entry]
    return json.dumps(kept, separators=(",", ":"))


def _entry(item: Mapping[str, Any]) -> dict[str, Any] | None:
    kind, name = item.get("type", "function"), item.get("name", "")
    if kind not in KINDS:
        raise ValueError(kind)
    if kind in ("function", "event", "error") and not re.fullmatch(r"[A-Za-z_$][\w$]{0,199}", name, re.ASCII):
        raise ValueError(name)
    entry: dict[str, Any] = {"type": kind, "name": name, "inputs": _arguments(item.get("inputs", ()))}
    if kind == "function":
        entry["outputs"] = _arguments(item.get("outputs", ()))
    payable = "payable" if item.get("payable") else "nonpayable"
    entry |= {"anonymous": bool(item.get("anonymous"))} if kind == "event" else {}
    if kind not in ("event", "error"):
        entry["stateMutability"] = str(item.get("stateMutability", "view" if item.get("constant") else payable))
    made = read_entry(entry)
    try:
        Codec(made.types), Codec(made.outputs)
    except Exception:  # a type that eth_abi does not know raises errors of many types
        return None
    return entry


def _arguments(items: Sequence[Any]) -> list[dict[str, Any]]:
    result = []
    for item in items:
        argument: dict[str, Any] = {"name": str(item.get("name", ""))[:200], "type": str(item["type"])}
        argument |= {"components": _arguments(item["components"])} if "components" in item else {}
        argument |= {"indexed": bool(item["indexed"])} if "indexed" in item else {}
        result.append(argument)
    return result


def _of_bytecode(text: str, abi: Any, name: str = "Contract", links: Any = None) -> ContractCode:
    if abi is None:
        message = "Bytecode alone does not tell which functions a contract has."
        raise InvalidInput(message, field="abi", fix="give its ABI too: abi=[…]; [] if it is empty.")
    places = {2 * at: library for library, at in _references(links)}
    for match in _PLACE.finditer(text):
        places.setdefault(match.start(), match[0].strip("_"))
    clean = text
    for at in places:
        clean = clean[:at] + bytes(20).hex() + clean[at + 40 :]
    if not re.fullmatch(r"([0-9a-fA-F]{2})*", clean):
        raise InvalidInput("The bytecode is not hex.", field="source", fix="give 0x and an even number of hex digits.")
    return ContractCode(name, read_abi(abi), clean, tuple((places[at], at // 2) for at in sorted(places)))


def _references(links: Any) -> Iterator[tuple[str, int]]:
    """Yield the libraries of an artifact's ``linkReferences``: ``{file: {library: [{start, length}]}}``."""
    for file, libraries in (links or {}).items():
        for library, spans in libraries.items():
            yield from ((f"{file}:{library}", int(span["start"])) for span in spans)


def _of_artifact(data: Any, name: str) -> ContractCode:
    contracts = dict(_contracts(data, name))
    if not contracts:
        keys = ", ".join(sorted(map(str, data))[:8]) if isinstance(data, Mapping) else type(data).__name__
        message = f"This JSON is not a contract artifact: it has {keys or 'nothing'}."
        raise InvalidInput(message, field="source", asked=keys, fix="give one with abi and bytecode.")
    if len(contracts) > 1:
        message = f"This JSON has {len(contracts)} contracts: {_listed(contracts)}."
        raise InvalidInput(message, field="source", asked=sorted(contracts)[:20], fix="give the part of one of them.")
    ((name, item),) = contracts.items()
    try:
        code, links = _bytecode(item)
        made = _of_bytecode(code.removeprefix("0x"), item["abi"], str(item.get("contractName") or name)[:80], links)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        _no_artifact(name, error)
    if not made.bytecode:
        message = f"{made.name} has no code: it is an interface or abstract."
        raise InvalidInput(message, field="source", asked=made.name, fix="give a contract that implements it.")
    return made


def _no_artifact(name: str, error: Exception) -> NoReturn:
    what = f"it has no {error}" if isinstance(error, KeyError) else str(error)[:80]
    message = f"The artifact of {name} cannot be read: {what}."
    raise InvalidInput(message, field="source", asked=name, fix="give it as the compiler wrote it.")


def _contracts(data: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each contract of an artifact: it is one itself, or a compiler's output with several."""
    if not isinstance(data, Mapping):
        return
    if "abi" in data:
        yield _target(data) or name, data
        return
    for key, item in (data.get("contracts", data)).items():
        if not isinstance(item, Mapping):
            continue
        own = Path(short_name(str(key))).stem
        if "abi" in item:
            yield own, item
        elif "contracts" in data:
            yield from ((str(at), each) for at, each in item.items() if isinstance(each, Mapping) and "abi" in each)


def _target(data: Mapping[str, Any]) -> str | None:
    """Return the contract's name by its metadata, as Foundry has it."""
    metadata = data.get("metadata")
    if isinstance(metadata, str) and metadata.startswith("{"):
        metadata = _json(metadata, "metadata")
    try:
        return str(next(iter(metadata["settings"]["compilationTarget"].values())))  # type: ignore[index]
    except (KeyError, TypeError, AttributeError, StopIteration):
        return None


def _bytecode(item: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the code that deploys the contract, and its link references."""
    code = item.get("bytecode", item.get("deploymentBytecode"))
    code = item["evm"]["bytecode"] if code is None and "evm" in item else code
    code = item["bin"] if code is None else code
    if isinstance(code, Mapping):
        return str(code.get("object", code.get("bytecode"))), code.get("linkReferences")
    return str(code), item.get("linkReferences")


def _json(text: str, field: str) -> Any:
    try:
        if len(text) > MOST_BYTES:
            raise ValueError
        return json.loads(text)
    except (ValueError, RecursionError):
        fix = "give JSON as the compiler wrote it."
        raise InvalidInput("This is not JSON.", field=field, asked=text[:80], fix=fix) from None


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names))[:20]) or "none"
