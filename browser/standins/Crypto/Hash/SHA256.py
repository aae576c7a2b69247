"""SHA-256: key files ask for it, and hashlib has it for everyone else."""

from sessionlab_standins import Missing

new = Missing("An encrypted key file")
