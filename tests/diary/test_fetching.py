"""What goes out through the one door, and what is told when nothing comes in."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wiki import JSON, Reply, Wiki

from mebuki.diary import fetching
from mebuki.diary.fetching import AGENT, ExploreError, fetch, proxy_for


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    with Wiki() as made:
        yield made


def problem(url: str) -> str:
    """The one message, which says what to try."""
    with pytest.raises(ExploreError) as caught:
        fetch(url)
    assert caught.value.hint
    return str(caught.value)


def test_all_that_is_sent(wiki: Wiki) -> None:
    wiki.answer = lambda request: Reply(b"{}", headers={**JSON, "Set-Cookie": "who=you; Path=/"})
    for _ in range(2):  # the cookie is not brought back
        assert fetch(wiki.source + "?titles=%E6%B1%A0") == b"{}"
    for request in wiki.requests:
        assert request.line == "GET /w/api.php?titles=%E6%B1%A0 HTTP/1.1"
        assert sorted(request.headers) == [
            ("Accept-Encoding", "gzip"),
            ("Connection", "close"),
            ("Host", wiki.host),
            ("User-Agent", AGENT),
        ]


def test_answers_come_packed_or_not(wiki: Wiki) -> None:
    large = b'"' + b"x" * 200_000 + b'"'
    for headers in ({}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "identity"}):
        content = gzip.compress(large) if headers.get("Content-Encoding") == "gzip" else large
        reply = Reply(content, headers={**JSON, **headers, "X": ""})
        wiki.answer = lambda request, reply=reply: reply
        assert fetch(wiki.source) == large


@pytest.mark.parametrize(
    ("reply", "said", "hint"),
    [
        (Reply(b"", 404), "no API at that address", "Special:Version"),
        (Reply(b"", 410), "no API at that address", "--endpoint"),
        (Reply(b"", 403), "does not answer this program (403)", "another encyclopedia"),
        (Reply(b"", 429, {"Retry-After": "30"}), "asked too often", "again in 30 seconds"),
        (Reply(b"", 429, {"Retry-After": "1"}), "asked too often", "again in 1 second"),
        (Reply(b"", 429, {"Retry-After": "600"}), "asked too often", "again in 10 minutes"),
        (Reply(b"", 429, {"Retry-After": "86400"}), "asked too often", "again in 24 hours"),
        (Reply(b"", 429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}), "asked too often", "hours"),
        (Reply(b"", 429, {"Retry-After": "Fri, 01 Jan 1999 00:00:00 GMT"}), "asked too often", "in a few minutes"),
        (Reply(b"", 429, {"Retry-After": "soon"}), "asked too often", "again in a few minutes"),
        (Reply(b"", 429, {}), "asked too often", "again in a few minutes"),
        (Reply(b"", 503, {"Retry-After": "5"}), "out of order, or busy (503)", "again in 5 seconds"),
        (Reply(b"", 500), "out of order, or busy (500)", "again later"),
        (Reply(b"", 418), "answers 418", "another address"),
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), "answers with text/html, not with JSON", "login"),
        (Reply(b"{}", headers={**JSON, "Content-Encoding": "br"}), "packed as br", "later"),
        (Reply(b"{}", headers={**JSON, "Content-Encoding": "gzip"}), "broke off", "again"),
        (Reply(gzip.compress(b"{}")[:-9], headers={**JSON, "Content-Encoding": "gzip"}), "broke off", "again"),
        (Reply(b"{}", headers={**JSON, "Content-Length": "9"}), "broke off", "again"),
        (Reply(b"x" * (fetching.LARGEST + 1), headers={**JSON, "X": ""}), "larger than 4 MiB", "another word"),
    ],
)
def test_answers_that_are_none(wiki: Wiki, reply: Reply, said: str, hint: str) -> None:
    wiki.answer = lambda request: reply
    told = problem(wiki.source)
    assert said in told
    assert hint in told.split("try: ")[1]


def test_an_answer_packed_to_burst(wiki: Wiki) -> None:
    """No more of it is unpacked than is taken."""
    packed = gzip.compress(b"x" * 16 * fetching.LARGEST)
    wiki.answer = lambda request: Reply(packed, headers={**JSON, "Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert "larger than 4 MiB" in problem(wiki.source)
        assert tracemalloc.get_traced_memory()[1] < 4 * fetching.LARGEST
    finally:
        tracemalloc.stop()


def test_redirects_stay_within_the_host(wiki: Wiki) -> None:
    def answer(request: object) -> Reply:
        first = len(wiki.requests) == 1
        return Reply(b"", 301, {"Location": "/api.php?titles=x"}) if first else Reply(b"{}")

    wiki.answer = answer
    assert fetch(wiki.source + "?titles=x") == b"{}"
    assert wiki.requests[1].line == "GET /api.php?titles=x HTTP/1.1"
    assert ("User-Agent", AGENT) in wiki.requests[1].headers
    assert not {"Referer", "Cookie"} & {name for name, _ in wiki.requests[1].headers}


@pytest.mark.parametrize(
    "to",
    [
        "http://localhost:PORT/",  # the same computer, but not the same name
        "http://127.0.0.1:1/",
        "https://127.0.0.1:8443/",
        "http://you@127.0.0.1:PORT/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://[bad/",
        "http://127.0.0.1:port/",
        "//evil.example/w/api.php?titles=x",
        "",
    ],
)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_leads_elsewhere(wiki: Wiki, to: str, code: int) -> None:
    wiki.answer = lambda request: Reply(b"", code, {"Location": to.replace("PORT", wiki.host.split(":")[1])})
    assert "the word was not sent there" in problem(wiki.source + "?titles=x")
    assert len(wiki.requests) == 1


def test_https_is_not_left() -> None:
    with pytest.raises(ExploreError, match="sends on to http://ja"):
        fetching._next("https://ja.wikipedia.org/w/api.php", "http://ja.wikipedia.org/w/api.php")
    assert fetching._next("http://a.example/x?y", "https://a.example/x?y") == "https://a.example/x?y"


def test_redirects_without_end(wiki: Wiki) -> None:
    wiki.answer = lambda request: Reply(b"", 302, {"Location": "/again"})
    assert "without end" in problem(wiki.source)
    assert len(wiki.requests) == fetching.HOPS + 1


def serving(speak: Callable[[socket.socket], None]) -> tuple[str, threading.Thread]:
    """A server for one caller, below HTTP; its host, and the thread to wait for."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server, server.accept()[0] as caller:
            speak(caller)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return "127.0.0.1:{1}".format(*server.getsockname()), thread


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "lets nobody in" in problem(f"http://127.0.0.1:{port}/")


def test_no_answer_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.1)
    done = threading.Event()

    def wait(caller: socket.socket) -> None:
        done.wait(30)

    host, thread = serving(wait)
    assert "did not answer in time" in problem(f"http://{host}/")
    done.set()
    thread.join()


def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch, wiki: Wiki) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", -1.0)
    assert "did not answer in time" in problem(wiki.source + "?titles=x")


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 200 OK\r\n", b"\x15\x03\x01\x00", b"hello\r\n\r\n"])
def test_what_is_no_http(content: bytes) -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(2000)
        caller.sendall(content)

    host, thread = serving(speak)
    told = problem(f"http://{host}/")
    assert "broke off" in told or "answers with text/plain" in told
    thread.join()


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    told = problem("https://ja.wikipedia.org/w/api.php?titles=x")
    assert "the network does not know ja.wikipedia.org: Name or service not known" in told
    assert "online" in told


def test_a_network_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*arguments: object, **more: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", down)
    assert "cannot be reached: Network is unreachable" in problem("https://ja.wikipedia.org/w/api.php?titles=x")


def certificate(folder: Path, name: str, until: int) -> Path:
    """A certificate of one's own for 127.0.0.1, with its key; until: days from now."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    who = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=until))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path, pem = folder / f"{name}.pem", serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    return path


def secure(path: Path, wiki: Wiki) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    wiki.server.socket = context.wrap_socket(wiki.server.socket, server_side=True)


@pytest.mark.parametrize(
    ("name", "until", "trusted", "said"),
    [
        ("127.0.0.1", 9, False, "self-signed certificate"),
        ("127.0.0.1", -1, True, "certificate has expired"),
        ("127.0.0.2", 9, True, "IP address mismatch"),
    ],
)
def test_certificates_are_checked(
    name: str, until: int, trusted: bool, said: str, tmp_path: Path, wiki: Wiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, name, until)
    secure(path, wiki)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    told = problem(wiki.source.replace("http:", "https:") + "?titles=x")
    assert "the certificate of 127.0.0.1 does not hold" in told
    assert said.replace("-", " ") in told.replace("-", " ")
    assert wiki.requests == []


def test_https(tmp_path: Path, wiki: Wiki, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, "127.0.0.1", 9)
    secure(path, wiki)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert b"query" in fetch(wiki.source.replace("http:", "https:") + "?titles=x")


def test_no_https_where_it_should_be(wiki: Wiki) -> None:
    assert "does not speak https as it should" in problem(wiki.source.replace("http:", "https:"))


def test_a_proxy_is_used(wiki: Wiki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:secret@{wiki.host}")
    assert fetch("http://wiki.example/w/api.php?titles=x")
    assert wiki.requests[0].line == "GET http://wiki.example/w/api.php?titles=x HTTP/1.1"
    assert ("Host", "wiki.example") in wiki.requests[0].headers
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:1")
    told = problem("http://wiki.example/w/api.php?titles=x")
    assert "the proxy 127.0.0.1:1 lets nobody in" in told
    assert "secret" not in told


def test_what_a_proxy_learns_of_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host, and not the word."""
    heard: list[bytes] = []

    def speak(caller: socket.socket) -> None:
        heard.append(caller.recv(2000))
        caller.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    host, thread = serving(speak)
    monkeypatch.setenv("https_proxy", f"http://{host}")
    assert "403 Forbidden" in problem("https://ja.wikipedia.org/w/api.php?titles=secret")
    thread.join()
    assert heard[0].startswith(b"CONNECT ja.wikipedia.org:443 HTTP/1.")
    assert b"secret" not in heard[0]


def test_this_computer_is_reached_without_a_proxy(wiki: Wiki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert fetch(wiki.source + "?titles=x")


def test_a_proxy_that_cannot_be_used_is_not_gone_past(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://ja.wikipedia.org/w/api.php"
    monkeypatch.setenv("all_proxy", "socks5h://127.0.0.1:9050")
    assert "a proxy of the kind socks5h" in problem(url)
    monkeypatch.setenv("no_proxy", "wikipedia.org")
    assert proxy_for(url) == ""
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", "proxy.example:8080")
    assert proxy_for(url) == "proxy.example:8080"
