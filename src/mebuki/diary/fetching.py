"""The one door to the outside: an address is asked for its JSON, and nothing goes out but that address and the name of this program.

No cookies, no languages, no referrer, no password. Certificates are checked; proxies of the environment are used; a word that is meant
for this computer never leaves it. What comes in is limited in time and size, and every misfortune is told in one message.

Only `mebuki.diary.exploring` opens this door, and only where it was allowed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import string
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from .entries import DiaryError

AGENT = "Mebuki"  # an encyclopedia wants to know who asks
TIMEOUT = 15.0  # seconds for each step: to connect, and for each piece that comes
PATIENCE = 45.0  # seconds for all of it
LARGEST = 4 * 2**20  # bytes of an answer
HOPS = 3  # redirects within a host
PIECE = 2**16
OFFLINE = "looking whether this computer is online; what was looked up before needs no network"


class ExploreError(DiaryError):
    """A word could not be looked up outside, or may not be."""


def fetch(url: str) -> bytes:
    """The JSON that stands at an address.

    Args:
        url: of http or https, with all that is sent.

    Raises:
        ExploreError: it cannot be had; the message says why, and what to try.
    """
    began, first = time.monotonic(), url
    for _ in range(HOPS + 1):
        try:
            with _opener(url).open(url, timeout=TIMEOUT) as answer:
                return _content(answer, began)
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in (301, 302, 303, 307, 308):
                    raise _refused(error, url) from error
                url = _next(url, error.headers.get("Location", ""))
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise _told(error, url) from error
    raise ExploreError(
        f"{_host(first)} sends from one address to the next, without end", hint="another address: --endpoint URL"
    )


def is_local(host: str) -> bool:
    """Whether a host is this computer.

    >>> is_local("127.0.0.1"), is_local("ja.wikipedia.org")
    (True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(url: str) -> str:
    """The proxy that the environment names for an address; empty: none.

    Raises:
        ExploreError: it is of a kind that this program cannot speak with. Going past it could tell what it is there to hide.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if is_local(host) or urllib.request.proxy_bypass(parts.netloc):
        return ""
    known = urllib.request.getproxies()
    proxy = known.get(parts.scheme) or known.get("all") or ""
    kind = proxy.partition("://")[0].lower() if "://" in proxy else "http"
    if kind != "http":
        raise ExploreError(
            f"the environment names a proxy of the kind {kind}, and this program speaks with those of http only",
            hint="a proxy of http in https_proxy, or none for this host: no_proxy",
        )
    return proxy


def _opener(url: str) -> urllib.request.OpenerDirector:
    """What opens one address: of http or https alone, and it follows no redirect, since `fetch` looks at each before."""
    scheme, proxy = urllib.parse.urlsplit(url).scheme, proxy_for(url)
    opener = urllib.request.OpenerDirector()
    opener.addheaders = [("User-Agent", AGENT), ("Accept-Encoding", "gzip")]
    opener.add_handler(urllib.request.ProxyHandler({scheme: proxy} if proxy else {}))
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    if scheme == "https":
        opener.add_handler(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    else:
        opener.add_handler(urllib.request.HTTPHandler())
    return opener


def _content(answer: Any, began: float) -> bytes:
    """The answer's body, unpacked, with a limit to its size at each step."""
    kind = answer.headers.get_content_type()
    if kind != "application/json":
        raise ExploreError(
            f"{_host(answer.url)} answers with {kind}, not with JSON",
            hint="opening a page in a browser, as some networks want a login first; or another address: --endpoint URL",
        )
    packing = answer.headers.get("Content-Encoding", "identity").lower()
    if packing not in ("identity", "gzip"):
        raise ExploreError(f"{_host(answer.url)} answers packed as {packing}, which nobody asked for", hint="later")
    unpacked, unpack, due, come = bytearray(), zlib.decompressobj(31), answer.length, 0
    try:
        while come != due and (piece := answer.read1(PIECE)):
            come += len(piece)
            unpacked += piece if packing == "identity" else unpack.decompress(piece, LARGEST + 1 - len(unpacked))
            if len(unpacked) > LARGEST:
                raise ExploreError(
                    f"the answer of {_host(answer.url)} is larger than {LARGEST // 2**20} MiB", hint="another word"
                )
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError
    except zlib.error as error:
        raise http.client.IncompleteRead(b"") from error
    if (due is not None and come < due) or (packing == "gzip" and not unpack.eof):
        raise http.client.IncompleteRead(b"")
    return bytes(unpacked)


def _next(url: str, location: str) -> str:
    """Where a redirect leads, if that is the same host, and no less secret."""
    old, to = urllib.parse.urlsplit(url), location
    try:
        to = urllib.parse.quote(urllib.parse.urljoin(url, location), encoding="iso-8859-1", safe=string.punctuation)
        new = urllib.parse.urlsplit(to)
        same = new.hostname == old.hostname and new.username is None
        stays = new.scheme == old.scheme and new.port == old.port
        safer = (old.scheme, new.scheme) == ("http", "https") and new.port in (None, 443)
    except ValueError:
        same = stays = safer = False
    if location and same and (stays or safer):
        return to
    raise ExploreError(
        f"{old.netloc} sends on to {_printable(to.partition('?')[0]) or 'nowhere'}: the word was not sent there",
        allowed="redirects within the same host, by https",
        hint="--endpoint with that address, if you trust it",
    )


def _refused(error: urllib.error.HTTPError, url: str) -> ExploreError:
    """An answer that is none, by its number."""
    host, wait = _host(url), _wait(error.headers)
    match error.code:
        case 404 | 410:
            return ExploreError(
                f"there is no API at that address of {host} ({error.code})",
                hint="the address that the wiki's page Special:Version names api.php: --endpoint URL",
            )
        case 429:
            return ExploreError(f"{host} was asked too often (429)", hint=f"again {wait or 'in a few minutes'}")
        case 401 | 403 | 407:
            return ExploreError(
                f"{host} does not answer this program ({error.code})", hint="another encyclopedia: --endpoint URL"
            )
        case code if code >= 500:
            return ExploreError(f"{host} is out of order, or busy ({code})", hint=f"again {wait or 'later'}")
    return ExploreError(f"{host} answers {error.code}", hint="another address: --endpoint URL")


def _wait(headers: Message) -> str:
    """When to come again, from Retry-After: seconds, or an instant.

    >>> found = Message(); found["Retry-After"] = "90"
    >>> _wait(found)
    'in 90 seconds'
    """
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) < 9:
        seconds = int(said)
    else:
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return ""
        seconds = round(((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
    if seconds <= 0:
        return ""
    if seconds <= 120:
        return f"in {seconds} second{'s' * (seconds > 1)}"
    return f"in {-(-seconds // 60)} minutes" if seconds < 7200 else f"in {-(-seconds // 3600)} hours"


def _told(error: BaseException, url: str) -> ExploreError:
    """What went wrong on the way, for people."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    host, proxy = _host(url), _bare(proxy_for(url))
    first, by = (f"the proxy {proxy}", f" through the proxy {proxy}") if proxy else (host, "")
    other = "the proxy that the environment names" if proxy else "another address: --endpoint URL"
    if isinstance(cause, socket.gaierror):
        return ExploreError(f"the network does not know {first}: {cause.strerror}", hint=OFFLINE)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ExploreError(
            f"the certificate of {host} does not hold: {cause.verify_message}; nothing was sent",
            hint="this computer's clock; where a company's proxy has its own certificate, its file in SSL_CERT_FILE",
        )
    if isinstance(cause, ssl.SSLError):
        return ExploreError(f"{host} does not speak https as it should{by}: {cause.reason or cause}", hint=other)
    if isinstance(cause, TimeoutError):
        return ExploreError(f"{host} did not answer in time{by}", hint=f"later, or {OFFLINE}")
    if isinstance(cause, ConnectionRefusedError):
        return ExploreError(f"{first} lets nobody in", hint=f"later, or {other}")
    if isinstance(cause, http.client.HTTPException | ConnectionError):
        return ExploreError(f"the answer of {host} broke off{by}", hint="again")
    reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return ExploreError(f"{host} cannot be reached{by}: {_printable(reason)}", hint=OFFLINE)


def _host(url: str) -> str:
    return _printable(urllib.parse.urlsplit(url).hostname or url)


def _bare(proxy: str) -> str:
    """A proxy without the password it may be given with."""
    return _printable(proxy.rpartition("@")[2].rpartition("//")[2].rstrip("/"))


def _printable(text: str) -> str:
    """A stranger's text, harmless to a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:300])
