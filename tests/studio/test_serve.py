"""`mebuki serve` and the studio's own endpoints: keys, limits, clients that leave, and the end."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import shutil
import socket
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sprouts import QUICK, diary

from mebuki.diary.encryption import encrypt
from mebuki.diary.growing import grow
from mebuki.diary.material import BEGIN
from mebuki.diary.model import DiaryModel
from mebuki.diary.vault import Cost
from mebuki.generation.batching import Piece, Text, TextBatch, Wanted
from mebuki.generation.generate import generate
from mebuki.generation.sampler import Sampling
from mebuki.studio.models import Shelf
from mebuki.studio.openai_errors import ApiError
from mebuki.studio.openai_models import OfStudio
from mebuki.studio.place import Place

WEAK = Cost(memory=64, passes=1, lanes=1)
KEY = "a-key-of-this-test"
LONG = {"model": "transformer", "prompt": "The ", "max_tokens": 32_000, "seed": 1}


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and content of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, raw, {"content-type": "application/json", **sent})
        answer = connection.getresponse()
        content = answer.read()
        with contextlib.suppress(ValueError):
            content = json.loads(content)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content
    finally:
        connection.close()


def begun(port: int, body: dict[str, Any]) -> socket.socket:
    """A request that is sent, and not waited for."""
    raw = json.dumps(body).encode()
    sent = socket.create_connection(("127.0.0.1", port))
    head = f"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    sent.sendall(head.encode() + f"Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
    return sent


def is_error(answer: tuple[int, dict[str, str], Any], status: int, code: str | None) -> bool:
    """Whether it has the form that clients of OpenAI read."""
    error = answer[2]["error"]
    return (answer[0], error["code"]) == (status, code) and set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions", "/v1/responses"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b'"a"',
        b"[" * 100_000,
        b'{"model": NaN}',
        b'{"model": 1e999}',
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_request_is_refused(served, path, body) -> None:
    answer = ask(served.port, "POST", path, body)
    assert answer[0] == 400
    assert answer[2]["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", "\ud800"),
        ("model", "\ud800"),
        ("logit_bias", {"\ud800": 1}),
        ("messages", [{"role": "user", "content": [{"type": "\ud800"}]}]),
        ("response_format", {"type": "\ud800"}),
        ("input", "\ud800"),
        ("input", [{"type": "\ud800"}]),
        ("metadata", {"\ud800": "\ud800"}),
        ("instructions", "\ud800"),
        ("\ud800", {"n": 0}),
    ],
)
def test_half_a_letter_breaks_nothing(served, name, value) -> None:
    """JSON can hold one, UTF-8 cannot: it is refused, or stands where nobody looks."""
    said = {"messages": [{"role": "user", "content": "a"}], "input": "a", "max_output_tokens": 1}
    for path in ("completions", "chat/completions", "responses"):
        body = {"model": "transformer", "max_tokens": 1, **said, name: value}
        status, _, content = ask(served.port, "POST", f"/v1/{path}", body)
        assert status in (200, 400, 404)
        assert status == 200 or content["error"]["message"]


ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
)
TEXTS = st.text(max_size=20)
LIKELY = {
    "model": st.sampled_from(["transformer", "gru", "calculator"]),
    "prompt": TEXTS | st.lists(TEXTS, max_size=3) | st.lists(st.integers(0, 400), max_size=9),
    "messages": st.lists(st.fixed_dictionaries({"role": TEXTS, "content": TEXTS}), max_size=3),
    "input": TEXTS | st.lists(st.fixed_dictionaries({"role": TEXTS, "content": TEXTS}), max_size=3),
    "instructions": TEXTS,
    "max_output_tokens": st.integers(0, 30),
    "metadata": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "max_tokens": st.integers(0, 30),
    "echo": st.booleans(),
    "logprobs": st.integers(0, 20),
    "n": st.integers(1, 4),
    "stop": st.lists(TEXTS, max_size=4),
    "seed": st.integers(),
    "temperature": st.floats(0, 2),
    "top_p": st.floats(0, 1),
    "frequency_penalty": st.floats(-2, 2),
    "presence_penalty": st.floats(-2, 2),
    "logit_bias": st.dictionaries(st.integers(0, 80).map(str), st.floats(-100, 100), max_size=3),
    "stream": st.booleans(),
    "stream_options": st.fixed_dictionaries({"include_usage": st.booleans()}),
}
NEEDED = {name: LIKELY.pop(name) for name in ("model", "prompt", "messages", "input")}
BODIES = st.fixed_dictionaries(NEEDED, optional=LIKELY)
WRONG = st.none() | st.dictionaries(st.sampled_from([*NEEDED, *LIKELY]), ANY, max_size=1)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES, wrong=WRONG, path=st.sampled_from(["completions", "chat/completions", "responses"]))
def test_whatever_is_sent_is_answered_or_refused(served, body, wrong, path) -> None:
    body = {**body, **(wrong or {})}
    status, _, content = ask(served.port, "POST", f"/v1/{path}", body)
    assert status in (200, 400, 404)
    if status != 200:
        assert content["error"]["message"]
    elif path == "responses" and body.get("stream"):
        assert content.rpartition(b"event: ")[2].split(b"\n")[0] in (b"response.completed", b"response.incomplete")
        assert b"event: error" not in content
    elif path == "responses":
        assert content["status"] in ("completed", "incomplete")
    elif body.get("stream"):
        assert content.endswith(b"data: [DONE]\n\n")
        assert b'"error"' not in content
    else:
        assert all(choice["finish_reason"] in ("stop", "length") for choice in content["choices"])


def test_other_addresses(served) -> None:
    assert is_error(ask(served.port, "GET", "/v1/nothing"), 404, "unknown_url")
    assert is_error(ask(served.port, "GET", "/v1/completions"), 405, "method_not_allowed")
    assert is_error(ask(served.port, "POST", "/v1/models", {}), 405, "method_not_allowed")
    assert is_error(ask(served.port, "GET", "/"), 404, None)
    assert is_error(ask(served.port, "POST", "/v1/completions", {**LONG, "model": "no"}), 404, "model_not_found")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
)
def test_a_body_is_json_whatever_it_is_called(served, kind) -> None:
    """`curl -d` without a header says that it is a form."""
    answer = ask(served.port, "POST", "/v1/completions", {**LONG, "max_tokens": 5}, content_type=kind)
    assert answer[0] == 200


def test_addresses_are_asked_for_in_more_ways(served) -> None:
    models = ask(served.port, "GET", "/v1/models")
    assert ask(served.port, "GET", "/v1/models/")[2] == models[2]
    assert ask(served.port, "GET", "/v1/models/gru/")[2] in models[2]["data"]
    status, headers, content = ask(served.port, "HEAD", "/v1/models")
    assert (status, content, headers["content-length"]) == (200, b"", models[1]["content-length"])
    for path in ("/v1/completions/", "/v1/chat/completions/", "/v1/responses/"):
        said = {"messages": [{"role": "user", "content": "The "}], "input": "The "}
        body = {**LONG, **said, "max_tokens": 5, "max_output_tokens": 5}
        assert ask(served.port, "POST", path, body)[0] == 200
    for method, path, allowed in [
        ("OPTIONS", "/v1/completions", "POST"),
        ("HEAD", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/models/gru", "GET, HEAD"),
        ("PROPFIND", "/v1/models", "GET"),
    ]:
        status, headers, _ = ask(served.port, method, path)
        assert (status, headers["allow"].startswith(allowed)) == (405, True)


def test_a_large_request_is_refused(served) -> None:
    """Before it is sent."""
    head = f"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: {2**21 + 1}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as sent:
        sent.sendall(head.encode())
        head, _, body = sent.makefile("rb").read().partition(b"\r\n\r\n")
    assert b" 413 " in head
    assert json.loads(body)["error"]["code"] == "request_too_large"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"host": "evil.example"}, 421, "wrong_host"),
        ({"origin": "https://evil.example"}, 403, "foreign_origin"),
        ({"sec_fetch_site": "cross-site"}, 403, "cross_site"),
    ],
)
def test_pages_of_others_may_not_ask(served, headers, status, code) -> None:
    assert is_error(ask(served.port, "GET", "/v1/models", **headers), status, code)


def test_a_full_line_is_told_and_who_leaves_makes_room(served) -> None:
    """Each of three wants 128 long texts: one is too many. When they hang up, there is room at once."""
    crowd = [begun(served.port, {**LONG, "n": 128}) for _ in range(3)]
    with contextlib.ExitStack() as stack:
        for one in crowd:
            stack.enter_context(one)
        answered, _, _ = select.select(crowd, [], [], 60)
        assert len(answered) == 1
        answer = http.client.HTTPResponse(answered[0])
        answer.begin()
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")
        assert json.loads(answer.read())["error"]["code"] == "rate_limit_exceeded"
    assert ask(served.port, "POST", "/v1/completions", {**LONG, "max_tokens": 5})[0] == 200


def test_a_stream_that_is_hung_up_on_makes_room(served) -> None:
    with begun(served.port, {**LONG, "n": 128, "stream": True}) as crowd:
        assert b"200 OK" in crowd.recv(100)
    assert ask(served.port, "POST", "/v1/completions", {**LONG, "max_tokens": 5})[0] == 200


def test_a_key_is_asked_for(make_served) -> None:
    keyed = make_served(["calculator"], "--api-key", KEY)
    for headers in ({}, {"authorization": "Bearer no"}, {"authorization": KEY}):
        assert is_error(ask(keyed.port, "GET", "/v1/models", **headers), 401, "invalid_api_key")
    assert ask(keyed.port, "GET", "/v1/models?token=" + KEY)[0] == 401
    assert ask(keyed.port, "GET", "/v1/models", authorization=f"Bearer {KEY}")[0] == 200


def test_long_prompts_can_be_refused(make_served, runs) -> None:
    strict = make_served([str(runs("transformer").folder), str(runs("gru").folder)], "--refuse-long")
    body = {"model": "transformer", "prompt": "123456789", "max_tokens": 1}
    assert is_error(ask(strict.port, "POST", "/v1/completions", body), 400, "context_length_exceeded")
    assert ask(strict.port, "POST", "/v1/completions", {**body, "prompt": "12345678"})[0] == 200
    assert ask(strict.port, "POST", "/v1/completions", {**body, "model": "gru"})[0] == 200


def test_ctrl_c_ends_it_in_the_middle_of_texts(make_served, runs) -> None:
    running = make_served([str(runs("transformer").folder)])
    streaming, whole = (begun(running.port, {**LONG, "stream": stream}) for stream in (True, False))
    assert b"200 OK" in streaming.recv(100)
    assert running.stop() == 0
    rest = b""
    for sent in (streaming, whole):
        sent.settimeout(5)
        with contextlib.suppress(ConnectionError):
            while more := sent.recv(65536):
                rest += more
        sent.close()
    assert rest.count(b'"code":"stopping"') == 2


def test_the_studio_serves_its_models(own_studio, runs) -> None:
    shutil.copytree(runs("gru").folder, own_studio.home / "runs" / "cat")
    answer = ask(own_studio.port, "GET", "/v1/models")
    assert is_error(answer, 401, "invalid_api_key")
    answer = ask(own_studio.port, "GET", "/v1/models", **own_studio.bearer)
    assert {model["id"] for model in answer[2]["data"]} == {"cat", "calculator"}
    body = {"model": "cat", "prompt": "The ", "max_tokens": 20, "seed": 4}
    answer = ask(own_studio.port, "POST", "/v1/completions", body, **own_studio.bearer)
    want = "".join(runs("gru").generate("The ", tokens=20, seed=4, temperature=1.0))
    assert answer[2]["choices"][0]["text"] == want
    for wrong in ("../cat", "diary", ".", "runs/..", "cat/../cat"):
        answer = ask(own_studio.port, "POST", "/v1/completions", {**body, "model": wrong}, **own_studio.bearer)
        assert is_error(answer, 404, "model_not_found")
    assert ask(own_studio.port, "GET", "/api/nothing", **own_studio.bearer)[2] == {"code": "not_found", "detail": {}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no run nowhere"),
        (["calculator", "calculator"], "two models are called calculator"),
        (["calculator", "--host", "0.0.0.0"], "with a key of at least 16 letters"),
        (["calculator", "--port", "70000"], "--port is 70000"),
    ],
)
def test_mistakes_are_told(arguments, said, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mebuki", "serve", *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 2
    assert said in done.stderr


def test_the_model_of_a_diary_is_served_but_not_of_an_encrypted_one(tmp_path) -> None:
    """In this process: what the studio offers, and what is written."""
    pytest.importorskip("sqlcipher3")
    place = Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data")
    with diary(place.diary, 20) as journal:
        grow(journal, **QUICK)
        model = DiaryModel.load(journal)
    assert model
    offered = OfStudio(Shelf(place, lambda: None))
    assert [card.id for card in offered.cards()] == ["diary", "calculator"]
    batch = offered.open("diary")
    assert isinstance(batch, TextBatch)
    assert offered.open("diary") is batch
    ids = model.tokenizer.encode("Saw the ").tolist()
    batch.join(Text(batch, Wanted(ids, 30, Sampling(temperature=1.0), seed=3)))
    told = []
    while batch.texts:
        told += [event.text for _, event in batch.turn() if isinstance(event, Piece)]
    want = generate(model.decoder, model.tokenizer, "Saw the ", tokens=30, seed=3, temperature=1.0, stop=BEGIN)
    assert "".join(told) == "".join(want)
    encrypt(place.diary, "a long passphrase of this test", cost=WEAK)
    assert [card.id for card in offered.cards()] == ["calculator"]
    with pytest.raises(ApiError) as caught:
        offered.open("diary")
    assert caught.value.status == 404
