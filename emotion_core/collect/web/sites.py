"""Which hosts belong to one site: the domain that its owner registered, by the Public Suffix List."""

import ipaddress
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from emotion_core.collect.urls import parse_url


@cache
def _suffixes() -> PublicSuffixList:
    # Reading the list takes 50 ms, so it waits for the first comparison of two hosts. It never reads the network.
    return PublicSuffixList()


def is_public_suffix(domain: str) -> bool:
    """Whether names under a domain are open to registration, such as ``co.uk`` or ``github.io``."""
    return not _is_address(domain) and _suffixes().privatesuffix(domain) is None


def is_same_site(url: str, other_url: str) -> bool:
    """Whether the hosts of two URLs are equal or belong to the same registered domain.

    Args:
        url: a URL.
        other_url: another one.

    >>> is_same_site("https://www.example.co.uk/a", "http://img.example.co.uk/b.jpg")
    True
    >>> is_same_site("https://anna.github.io/", "https://ben.github.io/")
    False
    """
    hosts = [_hostname(url), _hostname(other_url)]
    if hosts[0] == hosts[1]:
        return True
    sites = [None if _is_address(host) else _suffixes().privatesuffix(host.rstrip(".")) for host in hosts]
    return sites[0] is not None and sites[0] == sites[1]


@lru_cache(maxsize=1024)
def _hostname(url: str) -> str:
    parts = parse_url(url)
    return str(parts.hostname) if parts is not None else ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
