"""Who may ask the studio, for what, and how much."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import signal
import socket
import urllib.parse

import pytest


def ask(studio, method="GET", path="/api/health", body=None, host=None, token=True, **headers):
    """Status, headers and body of a raw request."""
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=10)
    sent = {"Host": host or f"127.0.0.1:{studio.port}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    if token:
        sent |= studio.bearer
    try:
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def code(answer) -> str:
    return json.loads(answer[2])["code"]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "[::1]"],
)
def test_a_name_that_was_pointed_here_is_refused(studio, host) -> None:
    answer = ask(studio, host=host.format(port=studio.port))
    assert (answer[0], code(answer)) == (421, "wrong_host")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names_are_known(studio, host) -> None:
    assert ask(studio, host=f"{host}:{studio.port}")[0] == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example:{port}", "file://"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "OPTIONS"])
def test_other_origins_are_refused(studio, origin, method) -> None:
    answer = ask(studio, method, "/api/preferences", Origin=origin.format(port=studio.port))
    assert (answer[0], code(answer)) == (403, "foreign_origin")
    assert not [name for name in answer[1] if name.lower().startswith("access-control")]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_other_sites_are_refused(studio, site) -> None:
    answer = ask(studio, "POST", "/api/preferences", Sec_Fetch_Site=site)
    assert (answer[0], code(answer)) == (403, "cross_site")


def test_nothing_is_answered_without_the_token(studio) -> None:
    for path in (
        "/",
        "/api/health",
        "/api/preferences",
        "/api/events?topics=",
        "/mark.svg",
        "/api/diary",
        "/v1/models",
        "/openapi.json",
    ):
        assert ask(studio, path=path, token=False)[0] == 401, path
    assert ask(studio, token=False, Authorization="Bearer wrong")[0] == 401
    assert ask(studio, token=False, Cookie=f"mebuki-{studio.port}=wrong")[0] == 401
    assert ask(studio, path="/?token=wrong", token=False)[0] == 401
    assert ask(studio, path=f"/api/health?token={studio.token}", token=False)[0] == 401


@pytest.mark.parametrize(("language", "said"), [("ja,en;q=0.5", "鍵"), ("en-GB", "key")])
def test_strangers_are_told_where_the_key_is(studio, language, said) -> None:
    status, _, body = ask(studio, path="/diary", token=False, Accept="text/html", Accept_Language=language)
    assert status == 401
    assert said in body.decode()
    assert studio.token not in body.decode()


def test_the_token_of_the_address_becomes_a_cookie(studio) -> None:
    status, headers, _ = ask(studio, path=f"/train?a=1&token={studio.token}&b=%E9%9B%A8", token=False)
    assert status == 303
    assert headers["location"] == "/train?a=1&b=%E9%9B%A8"
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert ask(studio, token=False, Cookie=cookie.split(";")[0])[0] == 200


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "//evil.example/%2e%2e"])
def test_the_cookie_leads_nowhere_else(studio, path) -> None:
    _, headers, _ = ask(studio, path=f"{path}?token={studio.token}", token=False)
    assert not headers.get("location", "/").startswith(("//", "/\\", "http"))


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd.txt",
        "/assets/../../server.py",
        "/..%2f..%2fserver.py",
        "/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/%2e%2e%2f%2e%2e%2fpages.py",
        "/..\\..\\server.py",
        "/C:/Windows/win.ini",
        "//etc/passwd.x",
        "/.stamp",
        "/assets/\0.js",
        "/assets/%00.js",
    ],
)
def test_paths_lead_out_of_nowhere(studio, path) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", studio.port), timeout=10)) as line:
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nAuthorization: Bearer {studio.token}\r\nConnection: close\r\n\r\n"
        line.sendall(asked.encode("latin-1"))
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    status = int(answer.split(b" ")[1])
    assert status in (400, 404), answer[:300]
    for content in (b"root:", b"[project]", b"import "):
        assert content not in answer


def test_a_body_that_is_too_large_is_refused_before_it_is_read(studio) -> None:
    assert ask(studio, "PUT", "/api/preferences", b"", Content_Length=str(10**12))[0] == 413


def test_a_body_without_a_length_is_cut_off(studio) -> None:
    def pieces():
        for _ in range(64):
            yield b" " * 65536

    with contextlib.suppress(ConnectionError):  # it may close while we still send
        answer = ask(
            studio, "PUT", "/api/preferences", pieces(), Transfer_Encoding="chunked", Content_Type="application/json"
        )
        assert (answer[0], code(answer)) == (413, "too_large")
    assert ask(studio)[0] == 200


def test_a_length_that_is_none(studio) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", studio.port), timeout=10)) as line:
        line.sendall(
            f"PUT /api/preferences HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nContent-Length: -5\r\n\r\n".encode()
        )
        assert int(line.recv(65536).split(b" ")[1]) == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"language":"de"}', b'{"theme":1}', b'{"more":1}', b"\xff\xfe", b"null"]
)
def test_bodies_that_are_none(studio, body) -> None:
    answer = ask(studio, "PUT", "/api/preferences", body, Content_Type="application/json")
    assert (answer[0], code(answer)) == (422, "invalid")


def test_what_browsers_may_do_with_an_answer(studio) -> None:
    for path in ("/", "/api/health", "/nowhere.js"):
        headers = {name.lower(): value for name, value in ask(studio, path=path)[1].items()}
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src" not in policy  # then default-src holds: no inline script
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def listening(studio, topics=""):
    """A client that reads events, its first bytes read."""
    line = socket.create_connection(("127.0.0.1", studio.port), timeout=10)
    line.sendall(
        f"GET /api/events?topics={urllib.parse.quote(topics)} HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nAuthorization: Bearer {studio.token}\r\n\r\n".encode()
    )
    assert b"200 OK" in line.recv(4096)
    return line


@pytest.fixture
def lines():
    """Sockets, closed after the test."""
    kept: list[socket.socket] = []
    yield kept
    for line in kept:
        line.close()


def test_a_hundred_clients_at_once(studio, lines) -> None:
    lines += [listening(studio) for _ in range(100)]
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(lambda _: ask(studio)[0], range(300)))
    assert statuses == [200] * 300
    while lines:
        lines.pop().close()
    assert ask(studio)[0] == 200


def test_slow_clients_keep_nobody_waiting(studio, lines) -> None:
    """Fifty that send a byte of a request and no more."""
    for _ in range(50):
        line = socket.create_connection(("127.0.0.1", studio.port), timeout=10)
        line.sendall(
            f"PUT /api/preferences HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nAuthorization: Bearer {studio.token}\r\nContent-Length: 9\r\n\r\n{{".encode()
        )
        lines.append(line)
    assert ask(studio)[0] == 200


def test_an_unknown_topic(studio) -> None:
    answer = ask(studio, path="/api/events?topics=nothing")
    assert (answer[0], code(answer)) == (404, "unknown_topic")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_whatever_is_open(capfd, own_studio, lines, how) -> None:
    """By itself, without tasks that have to be torn out after the second of grace."""
    lines += [listening(own_studio) for _ in range(5)]
    lines.append(socket.create_connection(("127.0.0.1", own_studio.port)))
    lines[-1].sendall(b"POST /api/preferences HTTP/1.1\r\n")
    own_studio.stop(how)
    assert capfd.readouterr().err.strip() == ""


def test_it_waits_for_no_thread_that_reckons(own_studio, lines) -> None:
    """A long question is asked; nobody waits for its answer."""
    lines.append(socket.create_connection(("127.0.0.1", own_studio.port)))
    body = json.dumps({"model": "calculator", "text": "+".join(["12345678901234567890"] * 12)}).encode()
    asked = f"POST /api/lab/attention HTTP/1.1\r\nHost: 127.0.0.1:{own_studio.port}\r\nAuthorization: Bearer {own_studio.token}\r\n"
    lines[-1].sendall(f"{asked}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert own_studio.stop() == 0


def test_the_token_is_for_this_user_alone(own_studio) -> None:
    import os

    kept = own_studio.home / "data" / "token"
    assert kept.read_text(encoding="ascii") == own_studio.token
    if os.name == "posix":
        assert kept.stat().st_mode & 0o077 == 0
        assert kept.parent.stat().st_mode & 0o077 == 0
