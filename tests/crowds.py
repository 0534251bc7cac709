"""A crowd of clients of one server, each with another wish: texts whole and in pieces, chats, calculations, prompts far longer than a
model looks back, requests that cannot be read or done, and clients that go away in the middle.

    python tests/crowds.py PORT RUN COUNT [AT ONCE]      # RUN: a folder that is served, beside the calculator

Prints a line after each tenth: requests so far, and what went wrong.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mebuki

SEEDS = 8
TOKENS = 40
HOW = {"max_tokens": TOKENS, "temperature": 0.9, "top_p": 0.95}
SHORT, LONG = "The ", "雨の日。The kettle sang. " * 40


@dataclass
class Crowd:
    """Clients of one model.

    Attributes:
        model: how it is called.
        texts: what `generate` gives alone, by prompt and seed.
        length: tokens of the long prompt.
        seen: how many of each kind had their wish, with `wrong …` and `lost …` for those that had not.
    """

    port: int
    model: str
    texts: dict[tuple[str, int], str]
    length: int
    seen: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, port: int, run: mebuki.Run) -> Crowd:
        how = {"tokens": TOKENS, "temperature": 0.9, "top_p": 0.95}
        wanted = [(prompt, seed) for prompt in (SHORT, LONG) for seed in range(SEEDS)]
        texts = {(prompt, seed): "".join(run.generate(prompt, seed=seed, **how)) for prompt, seed in wanted}
        return cls(port, run.folder.name, texts, len(run.tokenizer.encode(LONG)))

    def ask(self, count: int, *, at_once: int = 32, seed: int = 0) -> None:
        """So many requests, one after another from each of several clients."""
        numbers, lock = iter(range(count)), threading.Lock()

        def client() -> None:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                rng = random.Random(f"{seed} {number}")
                kind = rng.choice(KINDS)
                name = kind.__name__
                try:
                    name = name if kind(self, rng) else f"wrong {name}"
                except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                    name = f"lost {name}: {type(error).__name__}"
                with lock:
                    self.seen[name] += 1

        clients = [threading.Thread(target=client) for _ in range(at_once)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()

    @property
    def wrong(self) -> list[str]:
        return [f"{name}, {count}" for name, count in self.seen.items() if name.startswith(("wrong ", "lost "))]

    def _post(self, path: str, body: Any) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("POST", f"/v1/{path}", raw, {"content-type": "application/json"})
        return connection, connection.getresponse()

    def _whole(self, path: str, body: Any) -> tuple[int, Any]:
        connection, answer = self._post(path, body)
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    def _body(self, rng: random.Random, prompt: str, **more: Any) -> tuple[dict[str, Any], str]:
        seed = rng.randrange(SEEDS)
        return {"model": self.model, "prompt": prompt, "seed": seed, **HOW, **more}, self.texts[prompt, seed]


def whole(crowd: Crowd, rng: random.Random, prompt: str = SHORT) -> bool:
    body, text = crowd._body(rng, prompt)
    status, content = crowd._whole("completions", body)
    return status == 200 and content["choices"][0]["text"] == text


def long_prompt(crowd: Crowd, rng: random.Random) -> bool:
    return whole(crowd, rng, LONG)


def scored(crowd: Crowd, rng: random.Random) -> bool:
    body, text = crowd._body(rng, LONG, echo=True, logprobs=2)
    _, content = crowd._whole("completions", body)
    choice = content["choices"][0]
    return choice["text"] == LONG + text and len(choice["logprobs"]["tokens"]) == crowd.length + TOKENS


def stream(crowd: Crowd, rng: random.Random, prompt: str = SHORT) -> bool:
    body, text = crowd._body(rng, prompt, stream=True, stream_options={"include_usage": True})
    connection, answer = crowd._post("completions", body)
    lines = [line[6:].strip() for line in answer if line.startswith(b"data: ")]
    connection.close()
    chunks = [json.loads(line) for line in lines[:-1]]
    found = "".join(choice["text"] for chunk in chunks for choice in chunk["choices"])
    return lines[-1] == b"[DONE]" and found == text and chunks[-1]["usage"]["completion_tokens"] == TOKENS


def chat(crowd: Crowd, rng: random.Random) -> bool:
    body, text = crowd._body(rng, SHORT, messages=[{"role": "user", "content": SHORT}])
    _, content = crowd._whole("chat/completions", body)
    return content["choices"][0]["message"]["content"] == text


def hung_up_on(crowd: Crowd, rng: random.Random) -> bool:
    """After a while, or at once."""
    body, _ = crowd._body(rng, rng.choice((SHORT, LONG)), max_tokens=20_000, n=rng.choice((1, 3)), stream=True)
    connection, answer = crowd._post("completions", body)
    for _ in range(rng.randrange(4)):
        answer.readline()
    connection.close()
    return answer.status == 200


def calculation(crowd: Crowd, rng: random.Random) -> bool:
    a, b = rng.randrange(100), rng.randrange(100)
    status, content = crowd._whole("completions", {"model": "calculator", "prompt": f"{a}+{b}"})
    return status == 200 and content["choices"][0]["text"].endswith(f"= {a + b}")


def refused(crowd: Crowd, rng: random.Random) -> bool:
    wrong = {"n": 0, "model": "nobody", "temperature": 9, "stop": [""], "prompt": [10**9], "logprobs": "x"}
    name = rng.choice(list(wrong))
    status, content = crowd._whole("completions", {**crowd._body(rng, SHORT)[0], name: wrong[name]})
    return status in (400, 404) and content["error"]["param"] == name


def unreadable(crowd: Crowd, rng: random.Random) -> bool:
    body = rng.choice((b"{", b"", b"[" * 50_000, b"\xff\xfe\x00", b'{"prompt": "' + b"x" * 100_000))
    return crowd._whole("completions", body)[0] == 400


KINDS: list[Callable[[Crowd, random.Random], bool]] = [
    *(
        whole,
        stream,
        stream,
        stream,
        chat,
        long_prompt,
        scored,
        hung_up_on,
        hung_up_on,
        calculation,
        refused,
        unreadable,
    )
]


def main() -> None:
    port, folder, count, *at_once = sys.argv[1:]
    crowd = Crowd.of(int(port), mebuki.open_run(folder))
    for part in range(10):
        crowd.ask(int(count) // 10, at_once=int(*at_once or ["32"]), seed=part)
        print(sum(crowd.seen.values()), crowd.wrong, flush=True)
    print(dict(crowd.seen))


if __name__ == "__main__":
    main()
