"""Stands in for ckzg: blobs and their proofs (EIP-4844) say that they need it."""

from sessionlab_standins import Missing


def load_trusted_setup(*_arguments: object) -> None:
    """py-evm and eth-account load it when they are imported, whether they use it or not."""


blob_to_kzg_commitment = compute_blob_kzg_proof = compute_cells_and_kzg_proofs = Missing("A blob")
verify_kzg_proof = verify_blob_kzg_proof = Missing("The proof of a blob")
