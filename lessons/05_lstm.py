# %% [markdown] en
# # 5 LSTM and GRU: a memory with gates
#
# **After this lesson you will be able to**
#
# - explain what each gate of an LSTM is for, and write its four lines
# - say why a gradient survives in it, and measure that it does
# - see what the first bias of a gate decides
# - compare RNN, LSTM and GRU on a task that needs memory
# - train a text model that reads on where it stopped, look at its gates, and let it write
#
# ## Adding instead of turning over
#
# The state of an RNN is turned over by a matrix at every step, and after thirty turns little of it can be recognised. An
# LSTM (Hochreiter & Schmidhuber 1997) keeps, beside $h$, a **memory** $c$ that nothing is multiplied with but a number between 0 and 1:
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t \qquad\qquad h_t = o_t \odot \tanh(c_t)$$
#
# | | | made of | what it decides |
# |---|---|---|---|
# | $f$ | forget gate | $\sigma(\cdot)$ | how much of the old memory is kept |
# | $i$ | input gate | $\sigma(\cdot)$ | how much of the new is written |
# | $g$ | candidate | $\tanh(\cdot)$ | what the new is |
# | $o$ | output gate | $\sigma(\cdot)$ | how much of the memory is shown |
#
# Each $(\cdot)$ is $W_x x_t + b + W_h h_{t-1}$ with rows of its own, just as in lesson 4.
# %% [markdown] ja
# # 5 LSTM と GRU：ゲートのある記憶
#
# **このレッスンでできるようになること**
#
# - LSTM のゲートそれぞれの役目を説明し、その四つの式を書ける
# - 勾配がなぜ生き残るのかを言え、実際に生き残ることを測れる
# - ゲートの最初のバイアスが何を決めるのかを確かめられる
# - 記憶のいる課題で、RNN・LSTM・GRU を比べられる
# - 読みかけのところから読み続けるテキストのモデルを学習させ、ゲートを覗き、文章を書かせられる
#
# ## かき混ぜるかわりに、足す
#
# RNN の状態は、毎回、行列でかき混ぜられます。三十回もかき混ぜられれば、もとの姿はほとんど残りません。LSTM（Hochreiter & Schmidhuber 1997）は、
# $h$ のほかに**記憶** $c$ をもちます。記憶に掛けられるのは、0 から 1 の数だけです。
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t \qquad\qquad h_t = o_t \odot \tanh(c_t)$$
#
# | | | 作り方 | 決めること |
# |---|---|---|---|
# | $f$ | 忘却ゲート | $\sigma(\cdot)$ | 古い記憶をどれだけ残すか |
# | $i$ | 入力ゲート | $\sigma(\cdot)$ | 新しいものをどれだけ書くか |
# | $g$ | 候補 | $\tanh(\cdot)$ | 新しいものとは何か |
# | $o$ | 出力ゲート | $\sigma(\cdot)$ | 記憶をどれだけ見せるか |
#
# どの $(\cdot)$ も $W_x x_t + b + W_h h_{t-1}$ で、それぞれ自分の行をもちます。レッスン 4 と同じです。
# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np

import mebuki
from mebuki import samples
from mebuki.evaluation.baselines import baselines
from mebuki.scratch import (
    GRU,
    LSTM,
    RNN,
    Adam,
    GRUCell,
    Linear,
    LSTMCell,
    RNNCell,
    check_gradients,
    clip_gradients,
    cross_entropy,
)

rng = np.random.default_rng(0)
B, D, H = 5, 3, 4
cell = LSTMCell(D, H, rng=0)
for name, parameter in cell.named_parameters().items():
    print(f"{name:18} {parameter.value.shape}")


# %% [markdown] en
# All four live in one matrix: $4H = 16$ rows, the blocks in the order $i, f, o, g$ (other libraries order them otherwise). One
# product gives all of them, then the blocks are cut apart. Let us do it by hand and compare.
# %% [markdown] ja
# 四つは一つの行列に入っています。$4H = 16$ 行で、ブロックの順は $i, f, o, g$ です（順番はライブラリによって違います）。一度の積で全部を計算し、
# それからブロックに切り分けます。手で計算して比べてみましょう。
# %%
def sigmoid_of(a):
    return 0.5 * np.tanh(a / 2) + 0.5


def gates_of(cell, x_BD, h_BH):
    W_x, b, W_h = (p.value for p in cell.parameters())
    a_BG = x_BD @ W_x.T + b + h_BH @ W_h.T
    i, f, o, g = np.split(a_BG, 4, axis=1)
    return sigmoid_of(i), sigmoid_of(f), sigmoid_of(o), np.tanh(g)


x_BD, h_BH, c_BH = (rng.standard_normal(shape) for shape in ((B, D), (B, H), (B, H)))
i, f, o, g = gates_of(cell, x_BD, h_BH)
c = f * c_BH + i * g
h = o * np.tanh(c)

(new_h, new_c), backward = cell(x_BD, (h_BH, c_BH))
assert np.allclose(h, new_h)
assert np.allclose(c, new_c)
print("i, f, o, g:", i.shape, "each    h:", h.shape, "  c:", c.shape)
# %% [markdown] en
# The backward is the same lines from the last to the first. Look at `dc * f`: that is all that happens to the memory's gradient
# on its way to the step before. No matrix, no slope of tanh.
# %% [markdown] ja
# 逆伝播は、同じ行を最後から最初へたどるだけです。`dc * f` を見てください。記憶の勾配が一つ前の時刻へ行くまでに起こることは、これだけです。
# 行列も、tanh の傾きも掛かりません。
# %%
source = inspect.getsource(LSTMCell.__call__)
print(source[source.index("        c_new") :])
# %%
check_gradients(cell, x_BD, (h_BH, c_BH))
# %% [markdown] en
# ## A smaller sister: the GRU
#
# The gated recurrent unit (Cho et al. 2014) has one memory for both purposes, $h$, and two gates:
#
# $$r, z = \sigma(\cdot) \qquad n = \tanh(W_x x + b + r \odot (W_h h + b_m)) \qquad h' = z \odot h + (1 - z) \odot n$$
#
# $z$ keeps the old; what it does not keep, it fills with the new. Three blocks instead of four, so three quarters of the numbers:
# %% [markdown] ja
# ## 小さな妹、GRU
#
# GRU（Cho et al. 2014）は、一つの記憶 $h$ で両方の役をこなし、ゲートは二つです。
#
# $$r, z = \sigma(\cdot) \qquad n = \tanh(W_x x + b + r \odot (W_h h + b_m)) \qquad h' = z \odot h + (1 - z) \odot n$$
#
# $z$ は古いものを残し、残さなかったぶんを新しいもので埋めます。ブロックは四つでなく三つなので、数の個数もおよそ四分の三です。
# %%
for kind in (RNNCell, GRUCell, LSTMCell):
    print(f"{kind.__name__:9} {kind(100, 100).parameter_count:7,} numbers")
check_gradients(GRUCell(D, H, rng=0), x_BD, (h_BH,))
# %% [markdown] en
# ## Does the gradient arrive?
#
# The experiment of lesson 4 again: only the last output has a gradient; how long is it when it arrives, $k$ steps earlier, at the
# **state**? This time every cell is as it comes, with fresh weights, and two cells whose keeping gate is held wide open.
# %% [markdown] ja
# ## 勾配は届くか
#
# レッスン 4 の実験をもう一度します。勾配をもつのは最後の出力だけです。それが $k$ ステップ前の**状態**に届いたとき、どれだけの長さになっているでしょうか。
# 今度は、どのセルも作ったばかりの重みのままです。それに、残すゲートを大きく開けておいたセルを二つ加えます。
# %%
T, B, H = 60, 8, 64
x_TBD = rng.standard_normal((T, B, H)).astype(np.float32)
dh_BH = (rng.standard_normal((B, H)) / H**0.5).astype(np.float32)


def opened(cell, bias):
    """The cell with the first bias of its keeping gate (the second block of both cells) set."""
    cell.from_input.bias.value[cell.width : 2 * cell.width] = bias
    return cell


def lengths_back(cell):
    state, backwards = tuple(np.zeros((B, H), np.float32) for _ in range(cell.parts)), []
    for x in x_TBD:
        state, backward = cell(x, state)
        backwards.append(backward)
    dstate, found = (dh_BH, *(0 * dh_BH for _ in range(cell.parts - 1))), []
    for backward in reversed(backwards):
        _, dstate = backward(*dstate)
        found.append(np.sqrt(sum((part**2).sum() for part in dstate)))
    return np.array(found)


found = {
    "RNN": lengths_back(RNNCell(H, H)),
    "LSTM, $b_f = 1$": lengths_back(LSTMCell(H, H)),
    "LSTM, $b_f = 5$": lengths_back(opened(LSTMCell(H, H), 5.0)),
    "GRU, $b_z = 0$": lengths_back(GRUCell(H, H)),
    "GRU, $b_z = 5$": lengths_back(opened(GRUCell(H, H), 5.0)),
}
# %% en
words = {"title": "How much of a gradient arrives", "x": "steps back", "y": "length of the gradient"}
# %% ja
words = {"title": "勾配がどれだけ届くか", "x": "さかのぼった時刻の数", "y": "勾配の長さ"}
# %%
figure, ax = plt.subplots()
for name, length in found.items():
    ax.plot(range(1, T + 1), length, label=name)
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"], yscale="log")
ax.legend(fontsize=8)
plt.show()
# %% [markdown] en
# A fresh LSTM or GRU is no miracle: its gradient vanishes too. What is new is that it **need not**: where the gate is open
# ($\sigma(5) = 0.993$) the gradient is still there after sixty steps (the LSTM's even grows a little: exercise 2), and the gate is
# something the network can learn. An RNN has no such gate to open.
#
# ## A task that needs memory
#
# Thirty random numbers come in, one after another. At the end the network must say **the first one**. Everything between is noise.
# %% [markdown] ja
# 作ったばかりの LSTM や GRU は、魔法ではありません。勾配はやはり消えます。新しいのは、**消えなくてもよい**ということです。ゲートが開いていれば
# （$\sigma(5) = 0.993$）六十ステップ後でも勾配は残っています（LSTM では少し大きくなっています。練習問題 2）。そして、ゲートの開け方は学習できます。RNN には、開けるゲートがありません。
#
# ## 記憶のいる課題
#
# でたらめな数が三十個、次々に入ってきます。最後に**最初の数**を答えます。あいだの数は、すべて雑音です。
# %%
T, B, H = 30, 32, 24
steps = 400  # quick: 12


def remembering(cell):
    numbers, output = np.random.default_rng(3), Linear(H, 1, rng=4)
    parameters = [*cell.parameters(), *output.parameters()]
    optimizer, losses = Adam(parameters, learning_rate=0.01), []
    for _ in range(steps):
        x_TBD = numbers.uniform(-1, 1, (T, B, 1)).astype(np.float32)
        (h_TBH, _), cell_backward = cell.over_time(x_TBD)
        y_BD, output_backward = output(h_TBH[-1])
        wrong = y_BD - x_TBD[0]
        for parameter in parameters:
            parameter.zero()
        dh_TBH = np.zeros_like(h_TBH)
        dh_TBH[-1] = output_backward(2 * wrong / wrong.size)
        cell_backward(dh_TBH)
        clip_gradients(parameters, 1.0)
        optimizer.step()
        losses.append(float((wrong**2).mean()))
    return losses


curves = {
    "RNN": remembering(RNNCell(1, H, rng=5)),
    "LSTM, $b_f = 0$": remembering(opened(LSTMCell(1, H, rng=5), 0.0)),
    "LSTM, $b_f = 1$": remembering(LSTMCell(1, H, rng=5)),
    "GRU, $b_z = 0$": remembering(GRUCell(1, H, rng=5)),
    "GRU, $b_z = 1$": remembering(opened(GRUCell(1, H, rng=5), 1.0)),
}
for name, losses in curves.items():
    print(f"{name:16} {np.mean(losses[-40:]):.3f}")
# %% en
words = {"title": "Saying the first of thirty numbers", "x": "training step", "y": "mean squared error"}
# %% ja
words = {"title": "三十個のうち、最初の数を答える", "x": "学習ステップ", "y": "平均二乗誤差"}
# %%
figure, ax = plt.subplots()
window = min(10, steps)
for name, losses in curves.items():
    ax.plot(np.convolve(losses, np.ones(window) / window, "valid"), label=name)
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"], yscale="log")
ax.legend(fontsize=8)
plt.show()
# %% [markdown] en
# The plain RNN gets half-way and stays there. LSTM and GRU with an open gate learn it (an error of 0.33 is a blind guess). And with a gate that
# begins half closed, $\sigma(0) = \frac12$, **neither learns anything** in this time: $0.5^{30}$ of a gradient is a billionth. One number at the start
# decides; this is why the forget gate of our LSTM begins with a bias of 1 (Jozefowicz et al. 2015).
#
# ## A text model
#
# An embedding below, a linear layer on top, and an LSTM is a language model. It reads the diary as several streams side by side, in windows:
# the state goes on from window to window (truncated backpropagation through time, lesson 4).
# %% [markdown] ja
# ふつうの RNN は途中まで進み、そこで止まります。ゲートの開いた LSTM と GRU は学びます（誤差 0.33 は、当てずっぽうです）。そして、ゲートが半分閉じた状態
# $\sigma(0) = \frac12$ から始めると、**どちらもこの時間では何も学びません**。勾配は $0.5^{30}$、つまり十億分の一になるからです。最初の一つの数が、
# これを決めています。この LSTM の忘却ゲートがバイアス 1 で始まるのは、そのためです（Jozefowicz et al. 2015）。
#
# ## テキストのモデル
#
# 下に埋め込み、上に線形層を置けば、LSTM は言語モデルになります。日記を何本かの流れに分けて並べ、窓に区切って読みます。
# 状態は窓から窓へ引き継がれます（レッスン 4 の Truncated BPTT です）。
# %% en
corpus = mebuki.Corpus.from_text(samples.diary("en"))
prompt = "Today "
words = {
    "curve": "A diary, letter by letter",
    "step": "training step",
    "loss": "loss (nats a letter)",
    "train": "LSTM, while training",
    "blind": "choosing blindly",
    "unigram": "by how often letters come",
    "bigram": "by counted pairs",
    "gates": "How much of the memory is kept: f, letter by letter",
    "units": "LSTM unit",
    "letters": "letter read",
}
# %% ja
corpus = mebuki.Corpus.from_text(samples.diary("ja"))
prompt = "今日は"
words = {
    "curve": "日記を一文字ずつ",
    "step": "学習ステップ",
    "loss": "損失（一文字あたり nat）",
    "train": "LSTM（学習中）",
    "blind": "でたらめに選ぶ",
    "unigram": "文字の多さで選ぶ",
    "bigram": "二文字の並びを数えて選ぶ",
    "gates": "記憶をどれだけ残すか（一文字ごとの f）",
    "units": "LSTM のユニット",
    "letters": "読んだ文字",
}
# %%
ids = np.asarray(corpus.train[: len(corpus.train)])
V = len(corpus.letters)  # ids below are letters; bytes and special tokens come after them
rungs = baselines(ids, corpus.validation, V)
B, T = 24, 32
streams_BL = ids[: len(ids) // B * B].reshape(B, -1)  # the diary, cut into 24 long streams
windows = (streams_BL.shape[1] - 1) // T
print(f"{len(ids):,} letters to learn from, {V} different; streams {streams_BL.shape}, {windows} windows of {T}")
# %%
steps = 400  # quick: 4
model = LSTM(V, width=96, context=T, rng=0)
optimizer = Adam(model.parameters(), learning_rate=0.01)
losses, states = [], None
for step in range(steps):
    place = step % windows * T
    if place == 0:
        states = None  # at the beginning of the diary there is nothing to remember
    x_BT, target_BT = streams_BL[:, place : place + T], streams_BL[:, place + 1 : place + T + 1]
    (logits_BTV, states), backward = model.window(x_BT, states)  # the state goes on, the gradient does not
    loss, loss_backward = cross_entropy(logits_BTV, target_BT)
    model.zero_gradients()
    backward(loss_backward())
    clip_gradients(model.parameters(), 1.0)
    optimizer.step(factor=1 - step / steps)
    losses.append(loss)
print("ids", x_BT.shape, " logits", logits_BTV.shape, f" loss {losses[0]:.2f} → {losses[-1]:.2f}")
# %%
kept_aside = np.asarray(corpus.validation[: 64 * T + 1])
x_BT, target_BT = kept_aside[:-1].reshape(-1, T), kept_aside[1:].reshape(-1, T)
loss = model.losses(x_BT, target_BT).mean()
print(f"loss on text kept aside {loss:.2f}: as if choosing among {np.exp(loss):.1f} letters")
print(f"to beat: counted pairs {np.exp(rungs.bigram):.1f}, by frequency {np.exp(rungs.unigram):.1f}, blindly {V}")

figure, ax = plt.subplots()
ax.plot(losses, label=words["train"], linewidth=1)
for name, height, style in (
    ("blind", np.log(V), ":"),
    ("unigram", rungs.unigram, "--"),
    ("bigram", rungs.bigram, "-."),
):
    ax.axhline(height, label=words[name], color="gray", linewidth=1, linestyle=style)
ax.set(title=words["curve"], xlabel=words["step"], ylabel=words["loss"])
ax.legend(fontsize=8, loc=(0.62, 0.62))
plt.show()
# %% [markdown] en
# It soon falls below what counting pairs of letters can give: the memory is used. Now let it write. The model is given to the same
# `mebuki.generate` as every other: it reads the beginning (`start`), then one letter at a time (`step`), each drawn from its own probabilities.
# %% [markdown] ja
# 損失は、二文字の並びを数えるだけでは届かないところまで下がります。ただし、それだけでは、記憶が役に立っている証拠にはなりません。取り分けておいた文章での
# 損失は、一文字しか見ないレッスン 3 のネットワーク（3.9 ほど）とあまり変わらないからです。文字が 1,550 種類もあるのに日記は短く、記憶の使い方を覚えるには、
# もっと多くの文章や学習が要ります（72 文字しかない英語版では、損失がはっきり下がります）。では、書かせてみましょう。ほかのモデルと同じ
# `mebuki.generate` に渡すだけです。書き出しを読み（`start`）、それから一文字ずつ（`step`）、自分の確率から選んでいきます。
# %%
for temperature in (0.5, 0.8):
    print(f"[{temperature}]", prompt, end="")
    print("".join(mebuki.generate(model, corpus.tokenizer, prompt, tokens=80, temperature=temperature, seed=2)), "\n")
# %% [markdown] en
# ## Looking at a gate
#
# How much of its memory does each unit keep, letter by letter? A dark square is a gate that stays open.
# %% [markdown] ja
# ## ゲートを覗く
#
# それぞれのユニットは、一文字ごとに記憶をどれだけ残しているのでしょうか。濃いところは、開いたままのゲートです。
# %%
piece = kept_aside[:40]
cell, state = model.layers[0], (np.zeros((1, 96), np.float32),) * 2
kept = []
for x_BH in model.embedding(piece)[0][:, None]:
    kept.append(gates_of(cell, x_BH, state[0])[1][0])
    state, _ = cell(x_BH, state)
kept_HT = np.array(kept).T
print("f", kept_HT.shape, f" mean {kept_HT.mean():.2f}")

figure, ax = plt.subplots(figsize=(8, 3))
order = np.argsort(kept_HT.mean(1))[::-1][::4]  # every fourth unit, those that keep most first
ax.imshow(kept_HT[order], aspect="auto", vmin=0, vmax=1)
ax.grid(False)
letters = [corpus.tokenizer.decode([int(i)]).replace("\n", "⏎").replace(" ", "␣") for i in piece]
ax.set_xticks(range(len(letters)), letters, fontsize=8)
ax.set(title=words["gates"], xlabel=words["letters"], ylabel=words["units"])
plt.show()
# %% [markdown] en
# The uppermost units keep nearly everything for the whole line; others let go at certain letters. Nobody told them to.
#
# ## Exercises
#
# 1. How many numbers has an LSTM cell with $D = 100$, $H = 256$? And a GRU?
# 2. Why does the memory's gradient need no clipping against *this* path, $dc\,f$? Which path can still explode?
# 3. Train the text model with `GRU` instead (the same lines), and with `RNN`. Which has the lower loss on the text kept aside?
# 4. Make the window half as long, $T = 16$, with twice as many steps. What changes, and what does not?
# %% [markdown] ja
# 上のほうのユニットは、行のあいだずっと、ほとんどすべてを残しています。ほかのユニットは、ある文字のところで手放します。誰かがそう教えたわけではありません。
#
# ## 練習問題
#
# 1. $D = 100$、$H = 256$ の LSTM セルには、数がいくつありますか。GRU ではどうでしょう。
# 2. 記憶の勾配は、$dc\,f$ という道では爆発しません。なぜでしょう。まだ爆発しうるのは、どの道でしょうか。
# 3. テキストのモデルを `GRU` に替えて（同じ行のままで）、また `RNN` に替えて学習してください。取り分けておいた文章での損失は、どれが低いでしょう。
# 4. 窓を半分の $T = 16$ にし、ステップ数を倍にしてください。何が変わり、何が変わらないでしょうか。
# %% [markdown] en
# ## Answers
#
# 1. $4H(D + 1 + H)$ = 365,568 for the LSTM; $3H(D + 1 + H) + H$ = 274,432 for the GRU (checked below).
# 2. $f$ is at most 1, so a product of such numbers cannot grow. The way through the gates, $W_h^\top da$, has a matrix in it and can.
# 3. The next cell does it with few steps. So early, the plain RNN is as good as the GRU and ahead of the LSTM: gates have to learn first what they are for. Try more steps.
# 4. The state still goes on, so letters from before the window still help; but nobody learns any more to keep something for longer than 16
#    letters.
# %% [markdown] ja
# ## 答え
#
# 1. LSTM は $4H(D + 1 + H)$ で 365,568 個、GRU は $3H(D + 1 + H) + H$ で 274,432 個です（下で確かめます）。
# 2. $f$ は 1 以下なので、いくつ掛けても大きくなりません。ゲートを通る道 $W_h^\top da$ には行列があり、爆発することがあります。
# 3. 次のセルが、少ないステップ数で試します。この早い段階では、ふつうの RNN は GRU と同じくらいで、LSTM より先を行きます。ゲートは、自分の役目をまず学ばなければならないからです。
#    ステップ数を増やしてみてください。
# 4. 状態は引き継がれるので、窓より前の文字も助けになります。しかし、16 文字より長く取っておくことは、もう誰も教えません。
# %%
assert LSTMCell(100, 256).parameter_count == 365_568
assert GRUCell(100, 256).parameter_count == 274_432

steps = 120  # quick: 2
for kind in (RNN, GRU, LSTM):
    other = kind(V, width=96, context=T, rng=0)
    optimizer, states = Adam(other.parameters(), learning_rate=0.01), None
    for step in range(steps):
        place = step % windows * T
        states = states if place else None
        (logits_BTV, states), backward = other.window(streams_BL[:, place : place + T], states)
        _, loss_backward = cross_entropy(logits_BTV, streams_BL[:, place + 1 : place + T + 1])
        other.zero_gradients()
        backward(loss_backward())
        clip_gradients(other.parameters(), 1.0)
        optimizer.step(factor=1 - step / steps)
    print(f"{kind.__name__:5} loss {other.losses(x_BT, target_BT).mean():.3f}")
