"""One subscriber's addresses count together, two subscribers' apart."""

from ipaddress import ip_network

import pytest

from portal.domain.network_places import network_of, place_of, site_of, visitor_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_counts_for_its_place(address: str, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    ("place", "site", "network"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.7", "203.0.114.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::/64", "2001:db8:1::/48", "2001:db8:1::/48"),
        ("2001:db8:2:2::/64", "2001:db8:2::/48", "2001:db8:2::/48"),
        ("", "", ""),
        ("unix:", "unix:", "unix:"),
    ],
)
def test_a_place_lies_in_its_site_and_its_network(place: str, site: str, network: str) -> None:
    assert (site_of(place), network_of(place)) == (site, network)


OURS = [ip_network("127.0.0.1"), ip_network("10.0.3.0/24"), ip_network("fd00:3::/64")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "9.9.9.9, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "9.9.9.9, 127.0.0.1, 203.0.113.7, 10.0.3.9", "203.0.113.7"),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("fd00:3::9", "2001:db8:1:2::7", "2001:db8:1:2::7"),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8:1:2::7]:4711", "2001:db8:1:2::7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.8", "9.9.9.9", "203.0.113.8"),
        ("203.0.113.8", "9.9.9.9, 127.0.0.1", "203.0.113.8"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7,", "127.0.0.1"),
        ("127.0.0.1", "nobody, 10.0.3.9", "10.0.3.9"),
        ("127.0.0.1", "10.0.3.8, 10.0.3.9", "10.0.3.8"),
        ("", "9.9.9.9", ""),
    ],
)
def test_who_asks_is_the_last_that_is_no_proxy_of_ours(peer: str, forwarded: str, visitor: str) -> None:
    assert visitor_of(peer, forwarded, OURS) == visitor


def test_nobody_s_word_is_believed_where_no_proxy_is_named() -> None:
    assert visitor_of("127.0.0.1", "203.0.113.7", []) == "127.0.0.1"
