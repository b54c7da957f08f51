"""The root of RFC 9162, against its recursive definition and the values that Certificate Transparency publishes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.merkle import MerkleTree


def root(leaves):
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def defined(leaves):
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + defined(leaves[:half]) + defined(leaves[half:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_one_that_is_defined(leaves):
    assert root(leaves) == defined(leaves)


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_known_trees_have_their_known_roots(count, wanted):
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]

    assert root([bytes.fromhex(leaf) for leaf in leaves[:count]]).hex() == wanted
