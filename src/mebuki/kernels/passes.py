"""The element-wise passes of a Transformer's training step, each in one sweep over memory.

Shapes: R rows (positions of all windows), D width, H hidden, V vocabulary. Sums are float32 whatever is stored; "number"
is float32 or bfloat16. Dropout keeps what reaches `threshold` of 2^24 and multiplies it by `share`; threshold 0: all. Its
bits are those of the places offset + r D + i, so that they do not depend on how the rows are divided.
"""

from __future__ import annotations

from .language import carray, exp, f32, get, inner, kernel, like, np, put
from .tiles import LANES, softmax_row

ZERO, ONE = np.float32(0), np.float32(1)


@inner
def chance(seed, place):
    """24 random bits that are a function of seed and place: two words mixed (multiply, shift, exclusive or)."""
    x = np.uint32(np.uint32(place) * np.uint32(0x9E3779B1)) ^ np.uint32(seed)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.int32((x ^ (x >> np.uint32(16))) >> np.uint32(8))


@inner
def norm(x, h, r, D, epsilon):
    """h = x / sqrt(mean(x²) + ε) in row r; gives 1 / sqrt(…)."""
    total = ZERO
    for i in range(D):
        total += x[r, i] * x[r, i]
    inverse = ONE / np.sqrt(total / np.float32(D) + epsilon)
    for i in range(D):
        h[r, i] = like(h, x[r, i] * inverse)
    return inverse


@kernel(
    "float32*", "int64*", "int64", "int64", "float32*", "number*", "float32*", "int64", "int64", "float32", "int64", "int64", "int64", "float32"
)  # fmt: skip
def embed(table_VD, ids_RF, V, F, x_RD, h_RD, inverse_R, R, D, epsilon, seed, offset, threshold, share):
    """x = the sum of the rows of the table that a position's F ids name, with dropout; h = x normalised."""
    table, ids, inverse = carray(table_VD, (V, D)), carray(ids_RF, (R, F)), carray(inverse_R, R)
    x, h = carray(x_RD, (R, D)), carray(h_RD, (R, D))
    for r in range(R):
        letter = ids[r, 0]
        for i in range(D):
            x[r, i] = table[letter, i]
        for f in range(1, F):
            letter = ids[r, f]
            for i in range(D):
                x[r, i] += table[letter, i]
        if threshold:
            for i in range(D):
                x[r, i] = x[r, i] * share if chance(seed, offset + r * D + i) >= threshold else ZERO
        inverse[r] = norm(x, h, r, D, epsilon)


@kernel("float32*", "int64*", "int64", "int64", "float32*", "int64", "int64", "int64", "int64", "int64", "float32")
def embed_backward(dx_RD, ids_RF, V, F, d_table_VD, R, D, seed, offset, threshold, share):
    """Add each position's gradient to the rows of its ids."""
    dx, ids, d_table = carray(dx_RD, (R, D)), carray(ids_RF, (R, F)), carray(d_table_VD, (V, D))
    for r in range(R):
        if threshold:
            for i in range(D):
                dx[r, i] = dx[r, i] * share if chance(seed, offset + r * D + i) >= threshold else ZERO
        for f in range(F):
            letter = ids[r, f]
            for i in range(D):
                d_table[letter, i] += dx[r, i]


@kernel("float32*", "number*", "number*", "float32*", "int64", "int64", "float32", "int64", "int64", "int64", "float32")
def add_norm(x_RD, branch_RD, h_RD, inverse_R, R, D, epsilon, seed, offset, threshold, share):
    """x += branch, with dropout of the branch; h = x normalised."""
    x, branch = carray(x_RD, (R, D)), carray(branch_RD, (R, D))
    h, inverse = carray(h_RD, (R, D)), carray(inverse_R, R)
    for r in range(R):
        if threshold:
            for i in range(D):
                x[r, i] += f32(branch[r, i]) * share if chance(seed, offset + r * D + i) >= threshold else ZERO
        else:
            for i in range(D):
                x[r, i] += f32(branch[r, i])
        inverse[r] = norm(x, h, r, D, epsilon)


@kernel("number*", "number*", "float32*", "float32*", "number*", "int64", "int64", "int64", "int64", "int64", "float32")
def norm_backward(dh_RD, h_RD, inverse_R, dx_RD, branch_RD, R, D, seed, offset, threshold, share):
    """dx += (dh - h · mean(dh · h)) · inverse; branch = dx as stored, where dropout let it pass."""
    dh, h, branch = carray(dh_RD, (R, D)), carray(h_RD, (R, D)), carray(branch_RD, (R, D))
    inverse, dx = carray(inverse_R, R), carray(dx_RD, (R, D))
    for r in range(R):
        total = ZERO
        for i in range(D):
            total += f32(dh[r, i]) * f32(h[r, i])
        mean, scale = total / np.float32(D), inverse[r]
        for i in range(D):
            dx[r, i] += (f32(dh[r, i]) - f32(h[r, i]) * mean) * scale
        if threshold:
            for i in range(D):
                value = dx[r, i] * share if chance(seed, offset + r * D + i) >= threshold else ZERO
                branch[r, i] = like(branch, value)
        else:
            for i in range(D):
                branch[r, i] = like(branch, dx[r, i])


@kernel("number*", "float32*", "number*", "int64", "int64")
def weigh(h_RD, weight_D, y_RD, R, D):
    """y = h · weight."""
    h, weight, y = carray(h_RD, (R, D)), carray(weight_D, D), carray(y_RD, (R, D))
    for r in range(R):
        for i in range(D):
            y[r, i] = like(y, f32(h[r, i]) * weight[i])


@kernel("number*", "number*", "float32*", "float32*", "int64", "int64")
def weigh_backward(dy_RD, h_RD, weight_D, d_weight_D, R, D):
    """dy becomes dh = dy · weight; the weight's gradient is added up."""
    dy, h, weight, d_weight = carray(dy_RD, (R, D)), carray(h_RD, (R, D)), carray(weight_D, D), carray(d_weight_D, D)
    for r in range(R):
        for i in range(D):
            d_weight[i] += f32(dy[r, i]) * f32(h[r, i])
            dy[r, i] = like(dy, f32(dy[r, i]) * weight[i])


@kernel("number*", "number*", "int64", "int64")
def gate(gate_up_RH, y_RH, R, H):
    """SwiGLU: y = silu(gate) · up, the two halves of each row."""
    x, y = carray(gate_up_RH, (R, 2 * H)), carray(y_RH, (R, H))
    for r in range(R):
        for i in range(H):
            g = f32(x[r, i])
            y[r, i] = like(y, g / (ONE + exp(-g)) * f32(x[r, H + i]))


@kernel("number*", "number*", "number*", "int64", "int64")
def gate_backward(gate_up_RH, dy_RH, d_RH, R, H):
    """With s = σ(gate): d_gate = dy · up · s (1 + gate (1 - s)), d_up = dy · gate · s."""
    x, dy, d = carray(gate_up_RH, (R, 2 * H)), carray(dy_RH, (R, H)), carray(d_RH, (R, 2 * H))
    for r in range(R):
        for i in range(H):
            g, slope = f32(x[r, i]), f32(dy[r, i])
            s = ONE / (ONE + exp(-g))
            d[r, i] = like(d, slope * f32(x[r, H + i]) * s * (ONE + g * (ONE - s)))
            d[r, H + i] = like(d, slope * g * s)


@inner
def chances(z, r, V, row):
    """softmax of row r of the logits to `row`, which has room for a multiple of LANES; gives log Σ e^z."""
    for i in range(V):
        put(row, i, f32(get(z, r * V + i)))
    return softmax_row(row, 0, (V + LANES - 1) // LANES * LANES, V)


@kernel("number*", "int64*", "float64*", "float32*", "int64", "int64", "float32")
def cross_entropy(logits_RV, targets_R, loss_1, room_V, R, V, scale):
    """Logits become scale · (softmax - one-hot), the gradient of their scaled loss; the losses are added up.

    A row whose target is negative counts for nothing. `room` holds V + LANES float32; so for `surprise`.
    """
    z, targets, loss, p = carray(logits_RV, R * V), carray(targets_R, R), carray(loss_1, 1), carray(room_V, V + LANES)
    for r in range(R):
        if targets[r] < 0:
            for i in range(V):
                put(z, r * V + i, like(z, ZERO))
            continue
        place = r * V + targets[r]
        whole, here = chances(z, r, V, p), f32(get(z, place))
        loss[0] += np.float64(whole - here)
        for i in range(V):
            put(z, r * V + i, like(z, get(p, i) * scale))
        put(z, place, like(z, get(p, targets[r]) * scale - scale))


@kernel("number*", "int64*", "float32*", "float32*", "int64", "int64")
def surprise(logits_RV, targets_R, loss_R, room_V, R, V):
    """Cross-entropy of each row, in nats."""
    z, targets, loss, p = carray(logits_RV, R * V), carray(targets_R, R), carray(loss_R, R), carray(room_V, V + LANES)
    for r in range(R):
        loss[r] = chances(z, r, V, p) - f32(get(z, r * V + targets[r]))
