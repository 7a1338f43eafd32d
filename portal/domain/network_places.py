"""Where tries come from, as far as they are counted together."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_ONE_SUBSCRIBER: Final = 64
"""Bits. Whoever is connected by IPv6 gets such a network at least, and chooses the other 64 freely (RFC 6177, RFC 7934)."""
_ONE_SITE: Final = 48
"""Bits. Up to this a single customer gets for the asking, from providers and for nothing from brokers of tunnels (RFC 6177)."""
_NEIGHBOURS: Final = 24
"""Bits of IPv4: the smallest network that is handed on between providers; a carrier may put 100,000 behind one."""


def visitor_of(peer: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The address of who asks: the last one in ``X-Forwarded-For`` that is no trusted proxy's, where ``peer`` is one; else ``peer``.

    Each address there was written by whoever stands to its right, so that nothing left of a stranger's counts. Where a trusted proxy
    wrote none, its own stands.

    >>> from ipaddress import ip_network
    >>> visitor_of("127.0.0.1", "9.9.9.9, 203.0.113.7", [ip_network("127.0.0.1")])
    '203.0.113.7'
    """
    nearest = peer
    for written in reversed(forwarded.split(",")):
        before, now = _address(written), _address(nearest)
        if before is None or now is None or not any(now in network for network in trusted):
            break
        nearest = str(before)
    return nearest


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """As proxies write it: some with a port, or in brackets. None where it is no address."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        read = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read


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


def site_of(place: str) -> str:
    """All that one customer may have had for the asking: of a place of IPv6 the network of 48 bits, of any other the place itself.

    >>> site_of("2001:db8:1:2::/64")
    '2001:db8:1::/48'
    """
    read = _network(place)
    return str(read.supernet(new_prefix=_ONE_SITE)) if isinstance(read, IPv6Network) else place


def network_of(place: str) -> str:
    """The network of a place: 48 bits of IPv6, 24 of IPv4; any other text as it is.

    >>> network_of("203.0.113.7")
    '203.0.113.0/24'
    """
    read = _network(place)
    return str(read.supernet(new_prefix=_NEIGHBOURS)) if isinstance(read, IPv4Network) else site_of(place)


def _network(place: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(place)
    except ValueError:
        return None
