"""Where webhooks may be sent: addresses of the public internet, over https, by a plain name or number.

A URL is judged when it is given, and each address that its name stands for is judged again at every attempt.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from app.domain.errors import ErrorCode, Refusal

URL_LONGEST = 2_048
# whoever serves webhooks listens where the web does, or where no system service is wont to
PORTS = frozenset({443, 8443})
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PRINTED = re.compile(r"[!-~]+")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
# Global by the registries, and yet a way to somewhere else
_LEADING_ELSEWHERE = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, a cloud's metadata among them
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # a cloud's own services
        "2001::/23",  # Teredo and other protocols
        "2002::/16",  # 6to4, which holds an IPv4 address
    )
)
_UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached beside the public internet: with `loopback` this machine, also by http and on any port."""

    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL in its parts; `target` is what is asked for there, and `host` has no brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host as it is said to the server, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _port_of(self.scheme) else f"{host}:{self.port}"


def destination_of(url: str, reach: Reach) -> Destination:
    """The parts of a URL that webhooks may be sent to; INVALID for any other."""
    if len(url) > URL_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"A URL has at most {URL_LONGEST} characters.", ("url",))
    if not _PRINTED.fullmatch(url):
        raise _refused("Write the URL in ASCII without spaces; a name in other letters begins with xn--.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(f"This is not a URL: {error}.") from None
    scheme, host = parts.scheme, (parts.hostname or "").lower()
    if scheme != "https" and not (scheme == "http" and reach.loopback):
        raise _refused("Webhooks are sent over https only.")
    if "@" in parts.netloc:
        raise _refused("A URL of a webhook has no user and no password; the signature says who sends.")
    if "#" in url or "\\" in url:
        raise _refused("A URL of a webhook has neither # nor \\.")
    _check_host(host, reach)
    chosen = _port_of(scheme) if port is None else port
    if chosen not in PORTS and not 1024 <= chosen <= 65535 and not reach.loopback:
        raise _refused("A webhook listens on port 443, or on one above 1023.")
    return Destination(scheme, host, chosen, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")


def allowed(address: str, reach: Reach) -> bool:
    """Whether an address, as a resolver writes it, may be connected to."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:
        return False
    plain = _plain(found)
    if plain.is_loopback:
        return reach.loopback
    if isinstance(plain, IPv6Address) and plain not in _UNICAST:
        return False
    if any(plain.version == each.version and plain in each for each in _LEADING_ELSEWHERE):
        return False
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_link_local)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address within an IPv6 one that only stands for it."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _check_host(host: str, reach: Reach) -> None:
    """Refuse a host that is no name, a number in disguise, and an address that is not public."""
    labels = host.removesuffix(".").split(".")
    if ":" in host or _NUMERIC.fullmatch(labels[-1]):
        # of a number, browsers and resolvers read more spellings than one: the plain one is left
        if not _is_plain(host):
            raise _refused("Write the address as four decimal numbers or as IPv6, or better a name.")
        if not allowed(host, reach):
            raise _refused("This address is not of the public internet.")
        return
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("This URL names no host.")
    local = labels[-1] in ("localhost", "local", "internal") or len(labels) == 1
    if local and not (reach.loopback and labels == ["localhost"]):
        raise _refused("This name is not of the public internet.")


def _is_plain(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _port_of(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refused(message: str) -> Refusal:
    return Refusal(ErrorCode.INVALID, message, ("url",))
