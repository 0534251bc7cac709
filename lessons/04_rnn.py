# %% [markdown] en
# # 4 The RNN cell, by hand
#
# **After this lesson you will be able to**
#
# - say what every array of a recurrent network is shaped like, and why
# - write the backward of an RNN cell, and go back through time with it
# - find the two commonest mistakes in such code with a gradient check
# - predict a series, and see input, target, prediction and loss in pictures
# - explain why gradients vanish or explode over time, and what "truncated" cuts and what it keeps
#
# ## A network that remembers
#
# The network of lesson 3 saw one letter and forgot it at once. To know more of the past, a network can read, beside
# what comes in now, **what it thought a moment ago**. That is all of a recurrent network:
#
# $$h_t = \tanh(W_x x_t + b + W_h h_{t-1})$$
#
# $x_t$ comes in at step $t$, and $h_t$ is both the output and the memory: the *state*.
# %% [markdown] ja
# # 4 RNN のセルを手で書く
#
# **このレッスンでできるようになること**
#
# - 再帰型ネットワークに出てくる配列の形を、理由とともに言える
# - RNN セルの逆伝播を書き、時間をさかのぼることができる
# - そうしたコードによくある二つの間違いを、勾配チェックで見つけられる
# - 系列を予測し、入力・正解・予測・損失を図で確かめられる
# - 勾配が時間とともに消えたり爆発したりする理由と、「Truncated」が何を切り何を残すのかを説明できる
#
# ## 覚えているネットワーク
#
# レッスン 3 のネットワークは、一文字を見て、すぐに忘れていました。もっと前のことを知るには、いま入ってきたものと一緒に、
# **ひとつ前に自分が考えたこと**を読めばよいのです。再帰型ネットワークは、これだけでできています。
#
# $$h_t = \tanh(W_x x_t + b + W_h h_{t-1})$$
#
# $x_t$ は時刻 $t$ に入ってくるもの、$h_t$ は出力であると同時に記憶でもあります。これを「状態」と呼びます。
# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np

from mebuki.scratch import (
    Adam,
    GradientError,
    Layer,
    Linear,
    RNNCell,
    check_gradients,
    clip_gradients,
    tanh,
    unroll,
)

rng = np.random.default_rng(0)
# %% [markdown] en
# ## The shapes
#
# Three letters, and everything else follows:
#
# | letter | meaning | here |
# |---|---|---|
# | $B$ | how many texts (or series) are read side by side; many books write $N$ | 5 |
# | $D$ | how many numbers come in at one step | 3 |
# | $H$ | how many numbers the state has | 4 |
#
# In this package the shape stands in the name: `x_BD` is $B \times D$.
# %% [markdown] ja
# ## 形
#
# 三つの文字を決めれば、あとはすべて決まります。
#
# | 文字 | 意味 | ここでは |
# |---|---|---|
# | $B$ | 横に並べて同時に読むテキスト（系列）の数。本によっては $N$ と書きます | 5 |
# | $D$ | 一つの時刻に入ってくる数の個数 | 3 |
# | $H$ | 状態がもつ数の個数 | 4 |
#
# このパッケージでは、形が名前に書いてあります。`x_BD` は $B \times D$ です。
# %%
B, D, H = 5, 3, 4
cell = RNNCell(D, H, rng=0)
for name, parameter in cell.named_parameters().items():
    print(f"{name:18} {parameter.value.shape}")

x_BD = rng.standard_normal((B, D))
h_BH = rng.standard_normal((B, H))
(new_BH,), backward = cell(x_BD, (h_BH,))
print("x ", x_BD.shape, "  h ", h_BH.shape, "  h'", new_BH.shape)
# %% [markdown] en
# The weights do not know about $B$: each row of `x_BD` is treated alike, and rows never meet. The same formula in plain
# NumPy gives the same numbers. (A weight of shape [outputs, inputs] is used as $x W^\top$, as in PyTorch.)
# %% [markdown] ja
# 重みは $B$ を知りません。`x_BD` のどの行も同じように扱われ、行どうしは決して混ざりません。同じ式を NumPy でそのまま書いても、
# 同じ数になります（重みの形は PyTorch と同じく［出力, 入力］で、$x W^\top$ として使います）。
# %%
W_x, b, W_h = (p.value for p in cell.parameters())
by_formula = np.tanh(x_BD @ W_x.T + b + h_BH @ W_h.T)
assert np.allclose(new_BH, by_formula)
print(np.abs(new_BH - by_formula).max())
# %% [markdown] en
# ## The backward of one step
#
# Write $a = W_x x + b + W_h h$, so $h' = \tanh a$. Given $dh'$, the gradient of the loss with respect to $h'$, walk the line
# from right to left:
#
# $$da = dh' \odot (1 - h'^2), \qquad dx = da\, W_x, \qquad dh = da\, W_h$$
# $$dW_x = da^\top x, \qquad dW_h = da^\top h, \qquad db = \textstyle\sum_B da$$
#
# One rule helps: **a gradient has the shape of the thing it is the gradient of**. $da$ is $B \times H$ and $W_x$ is $H \times D$, so
# $da\,W_x$ is $B \times D$, like $x$. There is only one way to make the shapes fit, as long as $D \ne H$. Here is the package's own code:
# %% [markdown] ja
# ## 一歩ぶんの逆伝播
#
# $a = W_x x + b + W_h h$ と書くと、$h' = \tanh a$ です。損失の $h'$ についての勾配 $dh'$ が与えられたら、この式を右から左へ
# たどります。
#
# $$da = dh' \odot (1 - h'^2), \qquad dx = da\, W_x, \qquad dh = da\, W_h$$
# $$dW_x = da^\top x, \qquad dW_h = da^\top h, \qquad db = \textstyle\sum_B da$$
#
# 役に立つ決まりが一つあります。**ある量の勾配は、その量と同じ形**をしています。$da$ は $B \times H$、$W_x$ は $H \times D$ なので、
# $da\,W_x$ は $x$ と同じ $B \times D$ になります。$D \ne H$ であるかぎり、形が合う書き方は一通りしかありません。パッケージのコードを見てみましょう。
# %%
print(inspect.getsource(RNNCell.__call__))
# %%
cell.zero_gradients()
dnew_BH = rng.standard_normal((B, H))
dx_BD, (dh_BH,) = backward(dnew_BH)

da = dnew_BH * (1 - new_BH**2)
assert np.allclose(dx_BD, da @ W_x)
assert np.allclose(dh_BH, da @ W_h)
assert np.allclose(cell.from_input.weight.gradient, da.T @ x_BD, atol=1e-5)
assert np.allclose(cell.from_state.weight.gradient, da.T @ h_BH, atol=1e-5)
for name, parameter in cell.named_parameters().items():
    print(f"d {name:18} {parameter.gradient.shape}")
# %% [markdown] en
# And is it right? `check_gradients` moves every input and every weight a little along a random direction and compares how
# much the output changes with what `backward` says. The numbers are relative errors, in float64.
# %% [markdown] ja
# これは正しいでしょうか。`check_gradients` は、入力と重みのひとつひとつを、でたらめな方向に少しだけ動かし、出力の変わり方と
# `backward` の答えを比べます。表示されるのは float64 での相対誤差です。
# %%
check_gradients(cell, x_BD, (h_BH,))
# %% [markdown] en
# ## Through time
#
# Over $T$ steps the same cell is called $T$ times. Unrolled, that is a chain of $T$ layers that happen to share their weights:
#
# ```
#   x₀     x₁     x₂
#   ↓      ↓      ↓
# → cell → cell → cell →
#   ↓      ↓      ↓
#   h₀     h₁     h₂
# ```
#
# So there are two places where gradients meet, and both times they **add**:
#
# - $h_t$ goes two ways, out of the network and into step $t+1$. Its gradient is the sum of what comes back from both.
# - $W_h$ was used at every step. Its gradient is the sum over all steps, $dW_h = \sum_t da_t^\top h_{t-1}$.
# %% [markdown] ja
# ## 時間をさかのぼる
#
# $T$ ステップでは、同じセルを $T$ 回呼びます。広げてみると、たまたま重みを共有している $T$ 層の鎖です。
#
# ```
#   x₀     x₁     x₂
#   ↓      ↓      ↓
# → cell → cell → cell →
#   ↓      ↓      ↓
#   h₀     h₁     h₂
# ```
#
# 勾配が出会う場所は二つあり、どちらでも**足されます**。
#
# - $h_t$ の行き先は二つ、ネットワークの外と、時刻 $t+1$ です。$h_t$ の勾配は、両方から戻ってくるものの和です。
# - $W_h$ はすべての時刻で使われました。その勾配は全時刻の和 $dW_h = \sum_t da_t^\top h_{t-1}$ です。
# %%
T = 6
x_TBD = rng.standard_normal((T, B, D))
dh_TBH = rng.standard_normal((T, B, H))

cell.zero_gradients()
(h_TBH, last), through_time = unroll(cell, x_TBD, (h_BH,))
dx_TBD, (dh_first,) = through_time(dh_TBH)
print("x", x_TBD.shape, "→ h", h_TBH.shape, "   dh", dh_TBH.shape, "→ dx", dx_TBD.shape)

# the same by hand, the last step first
dh, dW_h = np.zeros((B, H)), np.zeros((H, H))
for t in reversed(range(T)):
    dh = dh + dh_TBH[t]  # from outside, and from step t + 1
    da = dh * (1 - h_TBH[t] ** 2)
    dW_h += da.T @ (h_TBH[t - 1] if t else h_BH)  # added, never assigned
    dh = da @ W_h
assert np.allclose(dh, dh_first)
assert np.allclose(dW_h, cell.from_state.weight.gradient, atol=1e-4)
# %% [markdown] en
# Arrays over time are [T, B, H] here: `h_TBH[t]` is one moment of all texts, a block that lies together in memory. Other
# libraries put the batch first, [B, T, H] (or [N, T, H]). It is the same array, turned: `h_TBH.swapaxes(0, 1)`.
#
# `cell.over_time(x_TBD)` does the same as `unroll(cell, x_TBD)`, only quicker: all letters go through $W_x$ in one product.
# %% [markdown] ja
# ここでは、時間をもつ配列は [T, B, H] の順です。`h_TBH[t]` は「すべてのテキストの、ある一瞬」で、メモリの上でもひとかたまりです。
# バッチを先に書くライブラリもあります（[B, T, H]、本によっては [N, T, H]）。同じ配列の軸を入れ替えただけで、`h_TBH.swapaxes(0, 1)` で行き来できます。
#
# `cell.over_time(x_TBD)` は `unroll(cell, x_TBD)` と同じことを、もっと速くします。すべての入力を一度に $W_x$ に通すからです。
# %%
(quick_TBH, _), _ = cell.over_time(x_TBD, (h_BH,))
assert np.allclose(quick_TBH, h_TBH, atol=1e-5)
check_gradients(cell.over_time, x_TBD, (h_BH,))


# %% [markdown] en
# ## Two mistakes that run without an error
#
# Code for such a cell is often found with two mistakes. Both run, both even learn a little, and no error is ever shown:
#
# 1. `dx` and `dh` are swapped. If $D = H$, and embedding and state often have the same width, the shapes agree.
# 2. The gradient goes back **one step only**: what comes back from step $t+1$ is forgotten.
# %% [markdown] ja
# ## エラーの出ない二つの間違い
#
# こうしたセルのコードには、よく二つの間違いが見つかります。どちらも動き、少しは学習さえします。そしてエラーは決して出ません。
#
# 1. `dx` と `dh` が入れ替わっている。$D = H$ のとき（埋め込みと状態の幅を同じにすることは多いものです）形が合ってしまいます。
# 2. 勾配が**一歩しかさかのぼらない**。時刻 $t+1$ から戻ってくるぶんを忘れています。
# %%
class Swapped(Layer):
    """One step, wrongly."""

    def __init__(self, width):
        self.from_input, self.from_state = Linear(width, width, rng=1), Linear(width, width, rng=2, bias=False)

    def __call__(self, x_BD, h_BD):
        a_x, input_backward = self.from_input(x_BD)
        a_h, state_backward = self.from_state(h_BD)
        h, tanh_backward = tanh(a_x + a_h)

        def backward(dh):
            da = tanh_backward(dh)
            dx, dh = state_backward(da), input_backward(da)  # the mistake
            return dx, dh

        return h, backward


try:
    check_gradients(Swapped(4), rng.standard_normal((5, 4)), rng.standard_normal((5, 4)))
except GradientError as error:
    print(error)
    assert error.errors["input 0"] > 0.01 < error.errors["input 1"]
    assert error.errors["from_input.weight"] < 1e-8


# %% [markdown] en
# The check names the two that are wrong, `input 0` (x) and `input 1` (h), and clears the weights. (Choosing $D \ne H$ in
# a test finds this mistake even without a gradient check.) Now the second one:
# %% [markdown] ja
# チェックは、間違っている二つ、`input 0`（x）と `input 1`（h）を名指しし、重みは正しいと言っています（テストで $D \ne H$ にしておけば、
# 勾配チェックがなくても、この間違いは見つかります）。では二つ目です。
# %%
class OneStepBack(RNNCell):
    """All steps, but no gradient goes from one step to the one before."""

    def over_time(self, x_TBD, state=None):
        (h_TBH, last), _ = super().over_time(x_TBD, state)
        before = [h_TBH[0] * 0, *h_TBH[:-1]]
        steps = [self(x, (h,)) for x, h in zip(x_TBD, before, strict=True)]

        def backward(dh_TBH, dstate=None):
            dx = [step_backward(dh)[0] for (_, step_backward), dh in zip(steps, dh_TBH, strict=True)]
            return np.stack(dx), None

        return (h_TBH, last), backward


try:
    check_gradients(OneStepBack(3, 4).over_time, x_TBD)
except GradientError as error:
    print(error)
    assert error.errors["input 0"] > 0.01 < error.errors["from_state.weight"]
# %% [markdown] en
# Does it matter? Here is a task that cannot be done without remembering: **echo**. Numbers come in, and the network must
# say at each step what came in four steps ago. Both networks have the same weights at the start and see the same numbers.
# %% [markdown] ja
# それで困るのでしょうか。覚えていなければできない課題で試しましょう。**こだま**です。数が次々に入ってきて、ネットワークは毎回、
# 四つ前に入ってきた数を答えます。二つのネットワークは、同じ重みから始め、同じ数を見ます。
# %%
delay = 4
steps = 600  # quick: 30


def echo_losses(cell):
    numbers, output = np.random.default_rng(3), Linear(16, 1, rng=4)
    optimizer = Adam([*cell.parameters(), *output.parameters()], learning_rate=0.005)
    losses = []
    for _ in range(steps):
        x_TBD = numbers.uniform(-1, 1, (20, 32, 1)).astype(np.float32)
        (h_TBH, _), cell_backward = cell.over_time(x_TBD)
        y_TB1, output_backward = output(h_TBH)
        wrong = y_TB1[delay:] - x_TBD[:-delay]  # before that there is nothing to echo
        dy = np.zeros_like(y_TB1)
        dy[delay:] = 2 * wrong / wrong.size
        cell.zero_gradients()
        output.zero_gradients()
        cell_backward(output_backward(dy))
        optimizer.step()
        losses.append(float((wrong**2).mean()))
    return losses


right, wrong = echo_losses(RNNCell(1, 16, rng=5)), echo_losses(OneStepBack(1, 16, rng=5))
print(f"{right[-1]:.4f}  {wrong[-1]:.4f}")
# %% en
words = {
    "title": "Echo of four steps ago",
    "x": "training step",
    "y": "mean squared error",
    "right": "back through time",
    "wrong": "one step back only",
    "guess": "always saying 0",
}
# %% ja
words = {
    "title": "四つ前のこだま",
    "x": "学習ステップ",
    "y": "平均二乗誤差",
    "right": "時間をさかのぼる",
    "wrong": "一歩だけ戻る",
    "guess": "いつも 0 と答える",
}
# %%
figure, ax = plt.subplots()
ax.plot(right, label=words["right"])
ax.plot(wrong, label=words["wrong"], linestyle="-")
ax.axhline(1 / 3, color="gray", linewidth=1, linestyle=":", label=words["guess"])
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"], ylim=(0, 0.45))
ax.legend()
plt.show()


# %% [markdown] en
# The right one learns to echo. The wrong one gets better too, and that is why such a mistake stays unseen: the output layer
# learns to read off whatever a random memory happens to keep. But nobody tells the early steps *what* to keep, and
# its error stays about fifty times as large.
#
# ## Predicting a series
#
# Now something smoother: a wave whose height rises and falls. At each step the network is given one value and must say the
# next one. So **the target is the input, shifted by one**: the same as foretelling the next letter of a text.
# %% [markdown] ja
# 正しいほうは、こだまを返せるようになります。間違ったほうも、ある程度まではよくなります。だからこそ、この間違いは気づかれません。
# でたらめな記憶にたまたま残っているものを、出力層が読み取ることを覚えるのです。しかし、**何を**取っておくべきかを前の時刻に教える人が
# いないので、誤差は五十倍ほど大きいままです。
#
# ## 系列を予測する
#
# 今度はもっとなめらかなもの、高さが大きくなったり小さくなったりする波です。ネットワークは各時刻に値を一つ受け取り、次の値を答えます。
# つまり**正解は、入力を一つずらしたもの**です。文章の次の一文字を当てるのと同じことです。
# %%
def wave(t):
    return (np.sin(2 * np.pi * t / 25) * (0.65 + 0.35 * np.sin(2 * np.pi * t / 110))).astype(np.float32)


T, B, H = 40, 32, 24
steps = 400  # quick: 25
cell, output = RNNCell(1, H, rng=0), Linear(H, 1, rng=1)
parameters = [*cell.parameters(), *output.parameters()]
optimizer = Adam(parameters, learning_rate=0.003)
losses = []
for step in range(steps):
    starts = rng.integers(0, 1000, B)
    series = wave(starts[None, :] + np.arange(T + 1)[:, None])[..., None]  # [T + 1, B, 1]
    x_TBD, target_TBD = series[:-1], series[1:]
    (h_TBH, _), cell_backward = cell.over_time(x_TBD)
    y_TBD, output_backward = output(h_TBH)
    difference = y_TBD - target_TBD
    losses.append(float((difference**2).mean()))
    for parameter in parameters:
        parameter.zero()
    cell_backward(output_backward(2 * difference / difference.size))
    clip_gradients(parameters, 1.0)
    optimizer.step()
print("x", x_TBD.shape, " h", h_TBH.shape, " y", y_TBD.shape, f" loss {losses[0]:.4f} → {losses[-1]:.6f}")
# %% en
words = {
    "series": "The same wave, 5,000 steps further on",
    "loss": "Its training",
    "input": "input",
    "target": "target: the next value",
    "said": "prediction",
    "dream": "reading its own predictions",
    "time": "time step",
    "value": "value",
    "step": "training step",
    "error": "mean squared error",
}
# %% ja
words = {
    "series": "同じ波の、5,000 ステップ先",
    "loss": "学習のようす",
    "input": "入力",
    "target": "正解（次の値）",
    "said": "予測",
    "dream": "自分の予測を読みながら",
    "time": "時刻",
    "value": "値",
    "step": "学習ステップ",
    "error": "平均二乗誤差",
}
# %%
seen = wave(5000 + np.arange(151))[:, None, None]  # [T, 1, 1]
(h, state), _ = cell.over_time(seen[:-1])
said = output(h)[0][:, 0, 0]

(h, state), _ = cell.over_time(seen[:60])  # read 60 values, then go on with its own
value, dream = output(h[-1])[0], []
for _ in range(90):
    dream.append(float(value[0, 0]))
    state, _ = cell(value, state)
    value = output(state[0])[0]

figure, (left, right_ax) = plt.subplots(1, 2, figsize=(8, 3.4), width_ratios=(2.4, 1))
left.plot(seen[:-1, 0, 0], label=words["input"], color="lightgray", linestyle="-", linewidth=3)
left.plot(seen[1:, 0, 0], label=words["target"], linestyle="-")
left.plot(said, label=words["said"], linestyle="--")
left.plot(range(59, 149), dream, label=words["dream"], linestyle=":")
left.set(title=words["series"], xlabel=words["time"], ylabel=words["value"], ylim=(-1.15, 1.7))
left.legend(ncols=2, fontsize=8, loc="upper left")
right_ax.plot(losses)
right_ax.set(title=words["loss"], xlabel=words["step"], ylabel=words["error"], yscale="log")
plt.show()
# %% [markdown] en
# The prediction (dashed) lies on the target. Left to itself after 60 values (dotted), reading only what it said before, the
# network swings on: that is *generation*, and the same loop will write text in the next lesson. It drifts away in time,
# because small mistakes are read in again.
#
# ## Vanishing, exploding
#
# Back through $k$ steps a gradient is multiplied $k$ times by $W_h$ and by slopes of tanh, which are at most 1. If $W_h$ makes vectors
# shorter, the gradient vanishes like $0.8^k$; if longer, it may explode like $1.2^k$. Let us measure how long the gradient of
# the *last* output is when it arrives at each earlier step.
# %% [markdown] ja
# 予測（破線）は正解に重なっています。60 個の値を読ませてから手を離すと（点線）、自分の言ったことだけを読みながら、揺れ続けます。
# これが「生成」で、次のレッスンでは同じ繰り返しが文章を書きます。小さな間違いをまた読み込むので、だんだんずれていきます。
#
# ## 消える、爆発する
#
# $k$ ステップさかのぼる勾配には、$W_h$ と tanh の傾き（1 以下）が $k$ 回掛かります。$W_h$ がベクトルを短くするなら勾配は $0.8^k$ のように消え、
# 長くするなら $1.2^k$ のように爆発することがあります。**最後の**出力の勾配が、前の時刻に届くときにどれだけの長さになっているかを測りましょう。
# %%
T, B, H = 50, 8, 64
x_TBD = 0.1 * rng.standard_normal((T, B, H)).astype(np.float32)
dh_TBH = np.zeros((T, B, H), np.float32)
dh_TBH[-1] = rng.standard_normal((B, H)) / H**0.5
lengths = {}
for scale in (0.8, 1.0, 1.2):
    cell = RNNCell(H, H, rng=0)
    cell.from_state.weight.value *= scale  # it begins as a turn, which keeps lengths: now it shrinks or stretches
    cell.from_input.weight.value *= 0.1
    _, through_time = cell.over_time(x_TBD)
    dx_TBD, _ = through_time(dh_TBH)
    lengths[scale] = np.linalg.norm(dx_TBD, axis=(1, 2))[::-1]  # the last step first
    print(scale, f"{lengths[scale][0]:.3f} → {lengths[scale][-1]:.2e}")
assert lengths[0.8][-1] < 1e-3 * lengths[0.8][0]
# %% en
words = {"title": "How much of a gradient arrives", "x": "steps back", "y": "length of the gradient"}
# %% ja
words = {"title": "勾配がどれだけ届くか", "x": "さかのぼった時刻の数", "y": "勾配の長さ"}
# %%
figure, ax = plt.subplots()
for scale, length in lengths.items():
    ax.plot(length / length[0], label=f"$W_h$ × {scale}")
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"], yscale="log")
ax.legend()
plt.show()
# %% [markdown] en
# A straight line on a logarithmic scale is a power: $0.8^{50}$ is a hundred-thousandth. Nothing from 50 steps ago will ever be
# learned there. (The curve of 1.2 stays far below $1.2^k$: stretched states lie where tanh is flatter.) The cure for exploding is plain: if the gradient is too long, shorten it (`clip_gradients`). The cure
# for vanishing is another cell: lesson 5.
#
# ## Truncated: the backward is cut, the forward is kept
#
# A text has a million letters, and nobody unrolls a million steps. It is read in windows. At the end of a window
#
# - the **state is carried on** to the next window: the network forgets nothing,
# - the **gradient is not carried back** to the window before: what happened there cannot be changed any more.
# %% [markdown] ja
# 対数目盛りの直線は、べき乗です。$0.8^{50}$ は十万分の一ほどしかありません。50 ステップ前のことは、そこでは決して学べません。
# （1.2 の曲線は $1.2^k$ よりずっと下にあります。引き伸ばされた状態では、tanh の傾きが小さくなるからです。）
# 爆発への手当ては簡単で、勾配が長すぎたら縮めます（`clip_gradients`）。消えるほうの手当ては、別のセルです。レッスン 5 で見ます。
#
# ## Truncated：逆伝播は切り、順伝播は残す
#
# 文章が百万文字あっても、百万ステップを広げる人はいません。窓に区切って読みます。窓の終わりでは、
#
# - **状態は次の窓へ引き継ぎます**。ネットワークは何も忘れません。
# - **勾配は前の窓へ戻しません**。そこで起きたことは、もう変えられません。
# %%
cell = RNNCell(1, 8, rng=0)
series = wave(np.arange(60))[:, None, None]
(whole, _), _ = cell.over_time(series)

state, pieces = None, []
for window in np.split(series, 3):  # three windows of 20
    (h_TBH, state), backward = cell.over_time(window, state)
    pieces.append(h_TBH)
    dx_TBD, dstate = backward(np.ones_like(h_TBH))  # dstate, the gradient for the window before, is dropped
assert np.allclose(np.concatenate(pieces), whole, atol=1e-6)
print("three windows of", pieces[0].shape, "= one of", whole.shape)


# %% [markdown] en
# ## Exercises
#
# 1. Write the shapes of every array for $B = 32$ texts, embeddings of $D = 100$, a state of $H = 256$, and windows of $T = 35$.
# 2. Take `Swapped(4)`, and let it be called with $D \ne H$ instead. What happens, and why is that good?
# 3. Plant a mistake of one tenth of a percent in the right cell's backward. Does the check find it?
# 4. Let the echo come from 16 steps ago (`delay = 16`). Does the right network still learn it in 600 steps? Why is it harder?
# %% [markdown] ja
# ## 練習問題
#
# 1. テキストが $B = 32$ 本、埋め込みが $D = 100$、状態が $H = 256$、窓が $T = 35$ のとき、すべての配列の形を書いてください。
# 2. `Swapped(4)` を、$D \ne H$ で呼べるように直して呼ぶと、どうなるでしょう。なぜそれがよいことなのでしょうか。
# 3. 正しいセルの逆伝播に、0.1 % の間違いを仕込んでください。チェックは見つけるでしょうか。
# 4. こだまを 16 個前にしてください（`delay = 16`）。正しいネットワークは 600 ステップで学べるでしょうか。なぜ難しくなるのでしょう。
# %% [markdown] en
# ## Answers
#
# 1. `x_TBD` (35, 32, 100), `h_TBH` (35, 32, 256), $W_x$ (256, 100), $b$ (256,), $W_h$ (256, 256); at one step `x_BD` (32, 100), `h_BH`
#    (32, 256). Gradients have the same shapes.
# 2. `dx` comes back as $B \times H$ and is refused by whatever made `x`. A test with $D \ne H$ turns a silent mistake into an error.
# 3. Yes: the error is about a thousandth, and a hundred-millionth is allowed (below).
# 4. No: after 600 steps the error is still about 0.25. The gradient has to go back 16 steps, only the last 4 of the 20 steps
#    have an answer at all, and 16 numbers must be kept at once in a state of 16. (With 12 steps it still goes: 0.007.)
# %% [markdown] ja
# ## 答え
#
# 1. `x_TBD` (35, 32, 100)、`h_TBH` (35, 32, 256)、$W_x$ (256, 100)、$b$ (256,)、$W_h$ (256, 256)。一つの時刻では `x_BD` (32, 100)、`h_BH`
#    (32, 256)。勾配の形も同じです。
# 2. `dx` が $B \times H$ の形で戻り、`x` を作ったところで断られます。$D \ne H$ のテストは、黙った間違いをエラーに変えてくれます。
# 3. 見つけます。誤差は千分の一ほどで、許されるのは一億分の一です（下のセル）。
# 4. 学べません。600 ステップ後も誤差は 0.25 ほどです。勾配は 16 ステップさかのぼらねばならず、20 ステップのうち答えがあるのは最後の 4 つだけで、
#    16 個の数の状態に 16 個の数を同時に覚えておく必要があるからです（12 個前なら、まだ学べます。0.007 でした）。
# %%
class ALittleOff(RNNCell):
    def __call__(self, x_BD, state):
        new, right_backward = super().__call__(x_BD, state)

        def backward(dh):
            dx, (dh_before,) = right_backward(dh)
            return dx, (1.001 * dh_before,)

        return new, backward


try:
    check_gradients(ALittleOff(3, 4), rng.standard_normal((5, 3)), (rng.standard_normal((5, 4)),))
except GradientError as error:
    print(error)
    assert error.errors["input 1"] > 1e-5
