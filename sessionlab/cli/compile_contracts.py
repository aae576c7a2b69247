"""``make contracts``: compile the core's contracts. For developers only; needs the ``contracts`` extra.

    python -m sessionlab.cli.compile_contracts                  every contract
    python -m sessionlab.cli.compile_contracts Token Counter    only these

A deployable contract has a CamelCase file name, such as ``Token.vy``; lower-case files are modules that contracts
import. Each contract becomes ``artifacts/<Name>.json``, with the same bytes on every machine.

The ABI is Vyper's, plus two things that Vyper omits:

- functions of ``I<Name>.vyi``, which a contract answers from ``__default__``;
- custom errors. A line ``# error ExceededTokenLimit(asked: uint256, left: uint256)`` declares one. Compiling fails if
  a ``raw_revert`` uses an undeclared error, so the list is complete.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_utils.abi import function_signature_to_4byte_selector

from sessionlab.core.contracts.artifacts import EVM_VERSION, FOLDER
from sessionlab.study.own_contracts.vyper_source import declared_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ARTIFACTS = FOLDER / "artifacts"

#: Contracts for which one file stands in for another: the same functions, other bounds (see parts.vy).
STAND_INS = {
    "EntryPointLarge": {"parts": "parts_large"},
    "EntryPointHuge": {"EntryPointHuge": "EntryPointLarge", "parts": "parts_huge"},
}


class UndeclaredError(Exception):
    """A contract reverts with an error that no ``# error …`` line declares."""


def contract_names(folder: Path = FOLDER) -> list[str]:
    """Return the deployable contracts of a folder, in alphabetical order."""
    names = {path.stem for path in folder.glob("[A-Z]*.vy")}
    return sorted(names | {name for name, files in STAND_INS.items() if names & set(files.values())})


def compile_contract(name: str, folder: Path = FOLDER) -> str:
    """Return the text of ``<name>.json``, one key per line, keys in order. Writes nothing."""
    import vyper  # type: ignore[import-untyped]
    from vyper.compiler import outputs_from_compiler_data  # type: ignore[import-untyped]

    data = _compiler_data(folder / f"{name}.vy")
    wanted = ("abi", "bytecode", "bytecode_runtime", "layout")
    output = outputs_from_compiler_data(data, wanted)
    interface = folder / f"I{name}.vyi"
    sources = _sources(data)
    abi = output["abi"]
    if interface.exists():
        sources[interface.name] = interface.read_text()
        abi = _merge(abi, outputs_from_compiler_data(_compiler_data(interface), ("abi",))["abi"])
    artifact = {
        "abi": abi + error_entries(sources),
        "bytecode": output["bytecode"],
        "compiler": f"vyper {vyper.__version__}, evm {EVM_VERSION}, optimize {data.settings.optimize}",
        "layout": output["layout"].get("storage_layout", {}),
        "runtime": output["bytecode_runtime"],
        "selectors": {signature: _selector(signature) for signature in _signatures(abi)},
        "source_sha256": _fingerprint(sources),
    }
    lines = (f"{json.dumps(key)}: {json.dumps(artifact[key], sort_keys=True)}" for key in sorted(artifact))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def error_entries(sources: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the ABI entries of every error declared in the sources. Raises UndeclaredError if one is missing."""
    entries: dict[str, dict[str, Any]] = {}
    for text in sources.values():
        for entry in declared_errors(text):
            entries.setdefault(_signature(entry), entry)
    for file, text in sources.items():
        for raised in _raised(text):
            if raised not in entries:
                raise UndeclaredError(f"{file} reverts with {raised}: declare it, '# error Name(name: type)'")
    return [entries[signature] for signature in sorted(entries)]


def main(names: Iterable[str]) -> None:
    """Compile the named contracts, or all of them, into the artifacts folder."""
    ARTIFACTS.mkdir(exist_ok=True)
    for name in list(names) or contract_names():
        (ARTIFACTS / f"{name}.json").write_text(compile_contract(name))
        print(f"compiled {name}")


def _compiler_data(path: Path) -> Any:
    """Return Vyper's compiler object for one source, without bytecode metadata, which would contain a source path."""
    from vyper.compiler import CompilerData
    from vyper.compiler.input_bundle import FilesystemInputBundle  # type: ignore[import-untyped]
    from vyper.compiler.settings import OptimizationLevel, Settings  # type: ignore[import-untyped]

    stand_ins = STAND_INS.get(path.stem, {})

    class _Files(FilesystemInputBundle):  # type: ignore[misc]  # vyper is not typed
        def load_file(self, path: Any) -> Any:
            path = Path(path)
            return super().load_file(path.with_stem(stand_ins.get(path.stem, path.stem)))

    bundle = _Files([path.parent.resolve()])
    settings = Settings(evm_version=EVM_VERSION)
    source = bundle.load_file(path.name)
    data = CompilerData(source, bundle, settings=settings, no_bytecode_metadata=True)
    if data.settings.optimize is None:  # unless a pragma in the source sets it
        data.settings.optimize = OptimizationLevel.GAS
    return data


def _sources(data: Any) -> dict[str, str]:
    """Return every local source file used in the compilation, the contract itself first."""
    imported = [file for file in data.resolved_imports.compiler_inputs if not file.from_builtin]
    files = [data.file_input, *sorted(imported, key=lambda file: file.resolved_path.name)]
    return {file.resolved_path.name: file.contents for file in files}


def _merge(abi: list[dict[str, Any]], extra: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {(entry["type"], _signature(entry)) for entry in abi if "name" in entry}
    return abi + [entry for entry in extra if (entry["type"], _signature(entry)) not in known]


def _raised(source: str) -> Iterator[str]:
    """Yield the signature of every error in a ``raw_revert`` of one source."""
    from vyper import ast

    for node in ast.parse_to_ast(source).get_descendants(ast.Call, {"func.id": "raw_revert"}):
        for call in node.get_descendants(ast.Call, {"func.id": "method_id"}):
            yield call.args[0].value.replace(" ", "")


def _signatures(abi: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(_signature(entry) for entry in abi if entry["type"] == "function")


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(_abi_type(item) for item in entry['inputs'])})"


def _abi_type(item: Mapping[str, Any]) -> str:
    if not item["type"].startswith("tuple"):
        return str(item["type"])
    return f"({','.join(map(_abi_type, item['components']))}){item['type'].removeprefix('tuple')}"


def _selector(signature: str) -> str:
    return "0x" + function_signature_to_4byte_selector(signature).hex()


def _fingerprint(sources: Mapping[str, str]) -> str:
    text = "\0".join(f"{name}\0{sources[name]}" for name in sorted(sources))
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
