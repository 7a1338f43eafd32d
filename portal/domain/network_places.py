"""Where tries come from, as far as they are counted together."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

_ONE_SUBSCRIBER: Final = 64
"""Bits. Whoever is connected by IPv6 gets such a network at least, and chooses the other 64 freely (RFC 6177, RFC 7934)."""


def place_of(address: str) -> str:
    """The address itself for IPv4 (written as IPv6 too), the network of 64 bits for IPv6; any other text, none included, as it is.

    >>> place_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or IPv6Network((int(read), _ONE_SUBSCRIBER), strict=False))
    return str(read)
