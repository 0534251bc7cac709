"""What the pages under /lab reckon in the browser, reckoned by `mebuki.scratch`: python frontend/tests/pin_numbers.py

Writes pinned.json beside this file, against which lab.test.ts holds the TypeScript. The NumPy lines that the page of activations
shows are taken from the page, and run.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from mebuki.scratch import Embedding, Linear, RNNCell, cross_entropy
from mebuki.scratch.activations import ACTIVATIONS
from mebuki.scratch.attention import attend, attention_weights, window_mask
from mebuki.scratch.softmax import probabilities

HERE = Path(__file__).parent
SHOWN = HERE.parent / "src" / "pages" / "lab" / "reckon" / "activations.ts"


def pinned() -> str:
    """The content of pinned.json."""
    random = np.random.default_rng(0)
    content = {
        "activations": _activations(),
        "softmax": _softmax(random),
        "rnn": _rnn(random),
        "attention": _attention(random),
        "letters": _letters(random),
        "unit": _unit(),
    }
    return json.dumps(_plain(content), indent=1) + "\n"


def _activations() -> dict[str, Any]:
    x = np.array([-6.0, -2.5, -1.0, -0.3, 0.2, 1.0, 3.0, 7.0])
    by_hand = {}
    for name, function in ACTIVATIONS.items():
        y, backward = function(x)
        by_hand[name] = {"value": y, "slope": backward(np.ones_like(x))}
    lines = re.findall(r"^  (\w+): \{.*?numpy: '([^']+)'", SHOWN.read_text(encoding="utf-8"), re.M | re.S)
    shown = {}
    for name, line in lines:
        names: dict[str, Any] = {"np": np, "x": x}
        exec(line, names)
        shown[name] = names["y"]
    return {"x": x, "scratch": by_hand, "shown": shown}


def _softmax(random: np.random.Generator) -> dict[str, Any]:
    logits = random.normal(0, 2, (3, 5))
    targets = np.array([1, 4, 0])
    loss, backward = cross_entropy(logits, targets)
    large = np.array([1000.0, 999.0, 0.0])
    return {
        "logits": logits,
        "targets": targets,
        "probabilities": probabilities(logits),
        "loss": loss,
        "gradient": backward(),
        "large": {"logits": large, "probabilities": probabilities(large)},
    }


def _rnn(random: np.random.Generator) -> dict[str, Any]:
    D, H, ids = 4, 3, [2, 0, 3, 1, 1, 2]
    cell = RNNCell(D, H, random)
    cell.astype(np.float64)
    cell.from_input.bias.value[...] = random.normal(0, 0.1, H)  # pyright: ignore[reportOptionalMemberAccess]
    x = np.eye(D)[ids]
    (h, _), _ = cell.over_time(x[:, None])
    last = random.normal(size=H)
    reach = []
    for t in range(len(ids)):  # the way back from the end to just behind step t
        later, dh = x[t + 1 :], last
        if len(later):
            _, backward = cell.over_time(later[:, None], (h[t],))
            dh_TBH = np.zeros((len(later), 1, H))
            dh_TBH[-1, 0] = last
            _, (dh_BH,) = backward(dh_TBH, None)
            dh = dh_BH[0]
        reach.append(np.linalg.norm(dh))
    weights = {"Wx": cell.from_input.weight.value, "Wh": cell.from_state.weight.value, "b": cell.from_input.bias.value}  # pyright: ignore[reportOptionalMemberAccess]
    return {"weights": weights, "ids": ids, "states": h[:, 0], "last": last, "reach": reach}


def _attention(random: np.random.Generator) -> dict[str, Any]:
    q, k, v = random.normal(size=(3, 4, 2))
    mask = window_mask(4, 4, 4)
    return {"q": q, "k": k, "v": v, "weights": attention_weights(q, k, mask), "mixed": attend(q, k, v, mask)[0]}


def _letters(random: np.random.Generator) -> dict[str, Any]:
    V, D = 4, 3
    table, output = Embedding(V, D, random), Linear(D, V, random, bias=False)
    table.weight.astype(np.float64)
    output.weight.astype(np.float64)
    ids, targets = np.array([0, 1, 2, 1, 3]), np.array([1, 2, 1, 3, 0])
    rows, table_backward = table(ids)
    logits, output_backward = output(rows)
    loss, backward = cross_entropy(logits, targets)
    dlogits = backward()
    table_backward(output_backward(dlogits))
    return {
        "E": table.weight.value,
        "W": output.weight.value,
        "ids": ids,
        "targets": targets,
        "logits": logits,
        "dlogits": dlogits,
        "loss": loss,
        "dE": table.weight.gradient,
        "dW": output.weight.gradient,
    }


def _unit() -> dict[str, Any]:
    """∂h_T/∂h_t of one tanh unit, by the cell's own backward."""
    T, w = 6, 0.8
    cell = RNNCell(1, 1)
    cell.astype(np.float64)
    cell.from_input.weight.value[...], cell.from_state.weight.value[...] = 1.0, w
    x = 0.2 + 0.15 * np.sin(1.7 * np.arange(1, T + 1))
    (h, _), _ = cell.over_time(x[:, None, None])
    left = [1.0]
    for t in range(T - 1, 0, -1):
        _, backward = cell(x[t].reshape(1, 1), (h[t - 1],))
        _, (dh,) = backward(np.full((1, 1), left[0]))
        left.insert(0, float(dh[0, 0]))
    return {"w": w, "T": T, "left": left}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return float(f"{value:.12g}") if isinstance(value, float) else value


if __name__ == "__main__":
    (HERE / "pinned.json").write_text(pinned(), encoding="utf-8", newline="\n")
