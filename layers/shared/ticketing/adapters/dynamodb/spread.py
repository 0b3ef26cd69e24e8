"""Spread the entries of an index over several keys, because DynamoDB limits the writes to each.

A key takes 1,000 write units a second, and an open order uses about four of them. So an index with
the same key for every order would slow down a sale of more than about 250 orders a second, because
DynamoDB throttles a table whose index cannot keep up.
"""

from zlib import crc32

MOST_SHARDS = 4
"""Readers always ask for all of these, so that no entry is lost if there are fewer than before."""


def spread(key: str, name: str, shards: int) -> str:
    """Return the key under which an entry is filed, which follows from its name."""
    return key if shards == 1 else f"{key}#{crc32(name.encode()) % shards}"


def every_key(key: str) -> list[str]:
    """Return all keys that entries may be filed under, even the plain one that people type."""
    return [key, *(f"{key}#{shard}" for shard in range(MOST_SHARDS))]


def plain(key: str) -> str:
    """Return the key without its shard."""
    return key.partition("#")[0]
