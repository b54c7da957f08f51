"""The root of a Merkle tree over a list of leaves (RFC 9162, 2.1.1), leaf by leaf: memory grows with its logarithm."""

import hashlib

from chassis.journal import digest, node


class MerkleTree:
    """Takes leaves in order; `root` at any time."""

    def __init__(self) -> None:
        self.leaves = 0
        self._peaks: list[tuple[int, bytes]] = []
        """The roots of the perfect trees that the leaves make, by falling height."""

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its content."""
        height, root = 0, digest(leaf)
        while self._peaks and self._peaks[-1][0] == height:
            height, root = height + 1, node(self._peaks.pop()[1], root)
        self._peaks.append((height, root))
        self.leaves += 1

    def root(self) -> bytes:
        """The root over all leaves so far; over none it is the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256().digest()
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = node(left, root)
        return root
