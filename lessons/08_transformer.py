# %% [markdown] en
# # 8 Attention step by step, to a Transformer by hand
#
# A recurrent network carries the past along in one state, and everything must fit into it. Attention keeps the past as
# it is, and at each place looks back and chooses. We begin with a plain mean of the past, change one thing at a time, and end with the
# Transformer that writes a diary: all in NumPy, every gradient by hand.
#
# **What you will be able to do**
#
# - read $\mathrm{softmax}(QK^\top/\sqrt{E})\,V$ as a weighted mean of the past, and say where each of its four parts comes from
# - write the backward of attention in five lines, and check it
# - tell the shape of every array in a Transformer, heads included
# - show why scores are divided by $\sqrt{E}$, and why rotary positions know distances only
# - train a small Transformer with a loop of your own, and look at what it looks at
#
# You need lesson 3 (embedding, softmax, cross-entropy) and `y, backward = layer(x)` from lesson 1.
# %% [markdown] ja
# # 8 アテンションを一歩ずつ：手で書く Transformer まで
#
# 再帰型ネットワークは、過去を一つの状態に詰め込んで運びます。アテンション（attention）は、過去をそのまま取っておき、一文字ごとに振り返って、
# 必要なものを選びます。ただの「過去の平均」から始めて、一度に一つずつ変えていき、最後には日記を書く Transformer にたどり着きます。
# すべて NumPy で、勾配もすべて手で書いたものです。
#
# **できるようになること**
#
# - $\mathrm{softmax}(QK^\top/\sqrt{E})\,V$ を「過去の重みつき平均」として読み、四つの部品がなぜあるのかを言える
# - アテンションの逆伝播を五行で書き、検算できる
# - Transformer に出てくるすべての配列の形を、ヘッドも含めて言える
# - なぜ $\sqrt{E}$ で割るのか、なぜ回転位置埋め込み（RoPE）では距離だけが効くのかを、実験で示せる
# - 小さな Transformer を自分のループで学習させ、モデルがどこを見ているかを見られる
#
# 必要なのは、レッスン 3（埋め込み、softmax、交差エントロピー）と、レッスン 1 の `y, backward = layer(x)` です。
# %%
import math
import time

import matplotlib.pyplot as plt
import numpy as np
from threadpoolctl import threadpool_limits

import mebuki
from mebuki import samples
from mebuki.evaluation.baselines import baselines
from mebuki.evaluation.perplexity import evaluate
from mebuki.scratch import AdamW, Chain, Linear, Transformer, check_gradients, clip_gradients, cross_entropy, tanh
from mebuki.scratch.attention import attend, attention_weights, window_mask
from mebuki.scratch.causal_attention import CausalAttention
from mebuki.scratch.check_gradients import GradientError
from mebuki.scratch.rms_norm import normalise
from mebuki.scratch.rotary import rotate
from mebuki.scratch.softmax import probabilities
from mebuki.scratch.swiglu import gated_silu
from mebuki.training.batches import Batches

rng = np.random.default_rng(8)
one_core = threadpool_limits(1, "blas")  # matrices as small as ours are quickest on one core
# %% [markdown] en
# ## A mean of the past
#
# Five letters, each a vector of three numbers. What is the simplest summary of the past at each place? The mean of all vectors up to
# there. It can be written as one matrix product: row $t$ of $A$ says how much place $t$ takes from every place.
# %% [markdown] ja
# ## 過去の平均
#
# 五つの文字があり、それぞれが三つの数のベクトルだとします。各時刻で過去をまとめる、いちばん簡単な方法は何でしょう。そこまでのベクトルの平均です。
# これは行列の積一つで書けます。$A$ の $t$ 行目は、時刻 $t$ が「どの時刻から、どれだけ受け取るか」を表します。
# %%
T, D = 5, 3
x_TD = rng.integers(0, 10, (T, D)).astype(float)
A_TT = np.tril(np.ones((T, T)))  # 1 for itself and the past, 0 for what is to come
A_TT /= A_TT.sum(1, keepdims=True)
mean_TD = A_TT @ x_TD
print(A_TT.round(2))
print("A_TT", A_TT.shape, "@ x_TD", x_TD.shape, "= mean_TD", mean_TD.shape)
for t in range(T):
    assert np.allclose(mean_TD[t], x_TD[: t + 1].mean(0))
# %% [markdown] en
# Every row adds up to 1, and the upper right triangle is 0: **nobody may look ahead**. A model that foretells the next letter would
# otherwise simply read it off.
#
# But why should every letter count the same? Let the weights be anything. To make any numbers into weights that add up to
# 1 there is softmax; and $e^{-\infty} = 0$ hides what must not be seen. Equal scores give the plain mean back:
# %% [markdown] ja
# どの行も足すと 1 になり、右上の三角は 0 です。**先を見てはいけません**。次の文字を当てるモデルなのに、答えを読み取れてしまうからです。
#
# しかし、どの文字も同じ重みでよいのでしょうか。重みは自由に決めることにしましょう。好きな数（スコア）を、足して 1 になる重みに変えるには、
# softmax があります。見せたくないところは $-\infty$ にしておけば、$e^{-\infty} = 0$ で消えます。スコアがすべて等しければ、ただの平均に戻ります。
# %%
mask_TT = window_mask(T, T, window=T)  # True where a place may look
scores_TT = np.zeros((T, T))
weights_TT = probabilities(np.where(mask_TT, scores_TT, -np.inf))
assert np.allclose(weights_TT, A_TT)

scores_TT[4] = [0, 3, 0, 0, 0]  # the last place wants mostly the second letter
weights_TT = probabilities(np.where(mask_TT, scores_TT, -np.inf))
print(weights_TT[4].round(2), " sum", weights_TT[4].sum().round(6))
# %% [markdown] en
# ## Who decides the scores? Queries and keys
#
# The letters themselves. From each vector $x_t$ three others are made, each by a matrix of its own:
#
# | | | says |
# |---|---|---|
# | query | $q_t = W_q x_t$ | what I am looking for |
# | key | $k_t = W_k x_t$ | what I am to be found by |
# | value | $v_t = W_v x_t$ | what I give to those who find me |
#
# The score is the inner product $q_t \cdot k_s$: large where the question fits. Think of a dictionary in which a word that is *nearly* right
# finds something too:
# %% [markdown] ja
# ## スコアは誰が決めるのか：クエリとキー
#
# 文字自身が決めます。それぞれのベクトル $x_t$ から、行列を掛けて、三つのベクトルを作ります。
#
# | | | 意味 |
# |---|---|---|
# | クエリ（query） | $q_t = W_q x_t$ | わたしが探しているもの |
# | キー（key） | $k_t = W_k x_t$ | わたしを見つけるための目印 |
# | バリュー（value） | $v_t = W_v x_t$ | 見つけてくれた人に渡すもの |
#
# スコアは内積 $q_t \cdot k_s$ です。問いと目印が合うほど大きくなります。**だいたい合っている**言葉でも何かが引ける、やわらかい辞書だと思ってください。
# %%
keys = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])  # east, north, west
values = np.array([[10.0], [20.0], [30.0]])
for query in ([0.0, 9.0], [5.0, 5.0], [0.0, 0.0]):
    weights = attention_weights(np.array([query]), keys)
    mixed, _ = attend(np.array([query]), keys, values)
    print(f"query {query!s:10}  weights {weights[0].round(2)}  answer {mixed[0, 0]:.1f}")
# %% [markdown] en
# A query north gets the value of north; one between two keys gets a mixture; one that asks nothing gets the plain mean. And everything is
# smooth, so gradients can teach the three matrices what to ask, what to be found by, and what to give.
# %% [markdown] ja
# 北を向いたクエリは北のバリューを受け取り、二つのキーのあいだを向いたクエリは混ざったものを、何も尋ねないクエリはただの平均を受け取ります。
# すべてがなめらかなので、何を尋ね、何を目印にし、何を渡すかを、三つの行列は勾配から学べます。
# %%
T, D, E = 6, 8, 4
x_TD = rng.standard_normal((T, D))
W_q, W_k, W_v = (Linear(D, E, rng=seed, bias=False).astype(np.float64) for seed in (1, 2, 3))
(q_TE, _), (k_TE, _), (v_TE, _) = W_q(x_TD), W_k(x_TD), W_v(x_TD)
scores_TT = q_TE @ k_TE.T / math.sqrt(E)
weights_TT = probabilities(np.where(window_mask(T, T, T), scores_TT, -np.inf))
mixed_TE = weights_TT @ v_TE

assert np.allclose(mixed_TE, attend(q_TE, k_TE, v_TE, window_mask(T, T, T))[0])
print("q, k, v", q_TE.shape, " scores", scores_TT.shape, "[query, key]  mixed", mixed_TE.shape)
print(weights_TT.round(2))
# %% [markdown] en
# That is attention, whole: $\;\mathrm{mixed} = \mathrm{softmax}\!\left(\dfrac{QK^\top}{\sqrt{E}} + \mathrm{mask}\right)V$. The mean of the past, with weights that the
# letters choose for themselves. The package has it as `attend(q, k, v, mask)`.
#
# ## Why divide by $\sqrt{E}$?
#
# The product of two vectors of $E$ random numbers is a sum of $E$ random terms, and such a sum grows like $\sqrt{E}$. Softmax of
# large scores is nearly a hard choice: one weight is 1, the others 0. Its slope $w(1 - w)$ is then nearly zero, no gradient
# comes through, and nothing is learned. Let us see:
# %% [markdown] ja
# アテンションは、これで全部です。$\;\mathrm{mixed} = \mathrm{softmax}\!\left(\dfrac{QK^\top}{\sqrt{E}} + \mathrm{mask}\right)V$。過去の平均の、重みを文字自身が選ぶようにしたものです。
# パッケージでは `attend(q, k, v, mask)` がこれを計算します。
#
# ## なぜ $\sqrt{E}$ で割るのか
#
# でたらめな数が $E$ 個並んだベクトルどうしの内積は、$E$ 個のでたらめな項の和なので、$\sqrt{E}$ に比例して大きくなります。スコアが大きいと、softmax は
# ほとんど「一つだけを選ぶ」ことになります。重みの一つが 1 で、残りは 0 です。すると傾き $w(1 - w)$ がほぼ 0 になり、勾配が通らず、何も学べません。
# 実験してみましょう。
# %%
widths, spread, slope = [4, 16, 64, 256, 1024], [], {"raw": [], "divided": []}
for E in widths:
    q_NE, k_NSE = rng.standard_normal((300, E)), rng.standard_normal((300, 16, E))
    scores_NS = (k_NSE @ q_NE[:, :, None])[..., 0]  # 300 queries, each with 16 keys
    spread.append(scores_NS.std())
    for how, scores in (("raw", scores_NS), ("divided", scores_NS / math.sqrt(E))):
        w_NS = probabilities(scores)
        slope[how].append((w_NS * (1 - w_NS)).mean())
print("spread of the scores:", np.round(spread, 1))
assert np.allclose(spread, np.sqrt(widths), rtol=0.1)
assert slope["divided"][-1] > 5 * slope["raw"][-1]
# %% en
words = {
    "spread": "Scores grow like √E",
    "slope": "The slope of softmax",
    "E": "width E of a head",
    "deviation": "spread of the scores",
    "mean": "mean of w (1 − w)",
    "raw": "q · k",
    "divided": "q · k / √E",
}
# %% ja
words = {
    "spread": "スコアは √E に比例して大きくなる",
    "slope": "softmax の傾き",
    "E": "ヘッドの幅 E",
    "deviation": "スコアの標準偏差",
    "mean": "w (1 − w) の平均",
    "raw": "q · k",
    "divided": "q · k / √E",
}
# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2))
left.loglog(widths, spread, marker="o", label=words["raw"])
left.loglog(widths, np.sqrt(widths), color="gray", linestyle=":", label="√E")
left.set(title=words["spread"], xlabel=words["E"], ylabel=words["deviation"])
left.legend()
right.semilogx(widths, slope["raw"], marker="o", label=words["raw"])
right.semilogx(widths, slope["divided"], marker="s", label=words["divided"])
right.set(title=words["slope"], xlabel=words["E"], ylabel=words["mean"], ylim=(0, None))
right.legend()
plt.show()
# %% [markdown] en
# Divided by $\sqrt{E}$, the scores have the size 1 whatever the width, and softmax stays soft.
#
# ## The mask, and the way back
#
# The backward of attention is its three lines in reverse. Read it beside the forward:
#
# $$\begin{aligned}
# \mathrm{mixed} &= W V & dW &= d\mathrm{mixed}\;V^\top & dV &= W^\top d\mathrm{mixed}\\
# W &= \mathrm{softmax}(S) & dS &= W \odot \Bigl(dW - \textstyle\sum_s W \odot dW\Bigr)\\
# S &= QK^\top/\sqrt{E} & dQ &= dS\,K/\sqrt{E} & dK &= dS^\top Q/\sqrt{E}
# \end{aligned}$$
#
# ($W$ are the weights; the second line is the way back through softmax, as in lesson 6.) The mask needs no line of its own: where a weight is 0, $dS$ is 0 too.
# %% [markdown] ja
# $\sqrt{E}$ で割れば、幅がいくつでもスコアの大きさは 1 ほどに保たれ、softmax はやわらかいままです。
#
# ## マスクと、帰り道
#
# アテンションの逆伝播は、三行の順伝播を逆にたどるだけです。並べて読んでみてください。
#
# $$\begin{aligned}
# \mathrm{mixed} &= W V & dW &= d\mathrm{mixed}\;V^\top & dV &= W^\top d\mathrm{mixed}\\
# W &= \mathrm{softmax}(S) & dS &= W \odot \Bigl(dW - \textstyle\sum_s W \odot dW\Bigr)\\
# S &= QK^\top/\sqrt{E} & dQ &= dS\,K/\sqrt{E} & dK &= dS^\top Q/\sqrt{E}
# \end{aligned}$$
#
# （$W$ は重みです。二行目は softmax の逆伝播で、レッスン 6 にも出てきました。）マスクのための行は要りません。重みが 0 のところでは、$dS$ も 0 になるからです。
# %%
E = q_TE.shape[-1]
dmixed_TE = rng.standard_normal((T, E))
dweights_TT = dmixed_TE @ v_TE.T
dv_TE = weights_TT.T @ dmixed_TE
dscores_TT = weights_TT * (dweights_TT - (weights_TT * dweights_TT).sum(-1, keepdims=True))
dq_TE = dscores_TT @ k_TE / math.sqrt(E)
dk_TE = dscores_TT.T @ q_TE / math.sqrt(E)

mixed_TE, backward = attend(q_TE, k_TE, v_TE, window_mask(T, T, T))
for mine, theirs in zip((dq_TE, dk_TE, dv_TE), backward(dmixed_TE), strict=True):
    assert np.allclose(mine, theirs)
print({name: f"{error:.0e}" for name, error in check_gradients(attend, q_TE, k_TE, v_TE).items()})
# %% [markdown] en
# The last line compares the backward with the forward by numbers, as in lesson 1. Now the proof that nobody looks ahead: let only place 2 have a
# gradient, and see to which keys it goes.
# %% [markdown] ja
# 最後の行は、逆伝播を数値微分と比べる検算です（レッスン 1）。では、誰も先を見ていないことを確かめましょう。時刻 2 だけに勾配を与え、
# それがどのキーに届くかを見ます。
# %%
dmixed_TE = np.zeros((T, E))
dmixed_TE[2] = 1
_, dk_TE, dv_TE = backward(dmixed_TE)
print("reaches the key of place:  ", np.flatnonzero(np.abs(dk_TE).sum(-1)))
print("reaches the value of place:", np.flatnonzero(np.abs(dv_TE).sum(-1)))
assert not dk_TE[3:].any()
assert not dv_TE[3:].any()
# %% [markdown] en
# ## Several heads
#
# One softmax can look at one thing at a time: at the last comma, or at the name of the person. So the $D$ numbers are parted into $N$ **heads** of
# $E = D/N$ numbers, each with its own attention. Here is the step where shapes go wrong most often: [B, T, D] must become [B, N, T, E].
# To see what happens, let every number be the time at which it stands:
# %% [markdown] ja
# ## 複数のヘッド
#
# 一つの softmax が一度に見られるのは、直前の読点か、人の名前か、どれか一つです。そこで $D$ 個の数を、$E = D/N$ 個ずつの $N$ 個の**ヘッド**（head）に分け、
# それぞれに自分のアテンションをもたせます。形を間違えやすいのは、まさにここです。[B, T, D] を [B, N, T, E] にしなければなりません。
# 何が起きるか見えるように、すべての数を「その時刻」にしておきます。
# %%
B, T, N, E = 1, 4, 2, 3
D = N * E
when_BTD = np.zeros((B, T, D), int) + np.arange(T)[:, None]
right = when_BTD.reshape(B, T, N, E).transpose(0, 2, 1, 3)  # part the last axis, then bring the heads forward
wrong = when_BTD.reshape(B, N, T, E)
print(when_BTD.shape, "→", right.shape, "[B, N, T, E]")
print("right, head 0:", right[0, 0].tolist())
print("wrong, head 0:", wrong[0, 0].tolist())
back = right.transpose(0, 2, 1, 3).reshape(B, T, D)
assert (back == when_BTD).all()
# %% [markdown] en
# Both have the shape (1, 2, 4, 3), and no error is raised. But in the wrong one head 0 holds only the first half of the text, with each letter
# torn in two. `reshape` keeps the order of reading; only `transpose` swaps axes.
#
# `CausalAttention` does all of it at once: one matrix `qkv` for the queries, keys and values of all heads, and one matrix `out` that mixes what the heads
# have found. Its backward is checked with its parameters:
# %% [markdown] ja
# どちらも形は (1, 2, 4, 3) で、エラーも出ません。しかし間違ったほうでは、ヘッド 0 に文章の前半しか入っておらず、一文字が二つに引き裂かれています。
# `reshape` は読む順番を保つだけです。軸を入れ替えるのは `transpose` です。
#
# `CausalAttention` は、これらを一度に行います。全ヘッドのクエリ、キー、バリューを一つの行列 `qkv` で作り、ヘッドが見つけたものを行列 `out` で混ぜます。
# 逆伝播も、パラメータごと検算します。
# %%
layer = CausalAttention(8, heads=2, context=16)
layer.out.weight.value += 0.3 * rng.standard_normal((8, 8)).astype(np.float32)  # it begins at zero
x_BTD = rng.standard_normal((2, 6, 8))
y_BTD, backward = layer(x_BTD)
print(
    "x", x_BTD.shape, "→ qkv", layer.qkv.weight.value.shape, "→ out", layer.out.weight.value.shape, "→ y", y_BTD.shape
)
print("maps", layer.weights_of(x_BTD).shape, "[B, N, T, T]")
print({name: f"{error:.0e}" for name, error in check_gradients(layer, x_BTD).items()})
# %% [markdown] en
# ## Where does a letter stand?
#
# So far there is a hole: a mean does not know the order. Shuffle the past, and attention gives the same answer. "The dog bit the man" and "the
# man bit the dog" would be one.
# %% [markdown] ja
# ## 文字はどこにあるのか
#
# ここまでには穴があります。平均は、順番を知りません。過去をかき混ぜても、アテンションの答えは同じです。「犬が人をかんだ」と「人が犬をかんだ」の
# 区別がつかないのです。
# %%
q_1E, k_SE, v_SE = rng.standard_normal((1, 8)), rng.standard_normal((5, 8)), rng.standard_normal((5, 8))
shuffled = rng.permutation(5)
assert np.allclose(attend(q_1E, k_SE, v_SE)[0], attend(q_1E, k_SE[shuffled], v_SE[shuffled])[0])
# %% [markdown] en
# **Rotary positions** (RoPE): before they are compared, queries and keys are *turned* by an angle that grows with their position. Two numbers form a
# point in the plane, and position $p$ turns it by $p\,\theta$. If the query at $p$ and the key at $s$ are turned, their product contains only the difference of the angles:
#
# $$(R_p\,q)\cdot(R_s\,k) = q^\top R_p^\top R_s\,k = q^\top R_{s-p}\,k$$
#
# So the product knows *how far back* a key stands, and not where in the text the two are. With several pairs, each has a speed of its own, like the hands of a
# clock. The way back is the same turn the other way, since $R^{-1} = R^\top$.
# %% [markdown] ja
# **回転位置埋め込み**（RoPE）では、比べる前に、クエリとキーを位置に応じた角度だけ**回します**。二つの数を平面上の点と見て、位置 $p$ なら角度 $p\,\theta$ だけ
# 回すのです。位置 $p$ のクエリと位置 $s$ のキーを回すと、内積には角度の差だけが残ります。
#
# $$(R_p\,q)\cdot(R_s\,k) = q^\top R_p^\top R_s\,k = q^\top R_{s-p}\,k$$
#
# つまり内積は、キーが**どれだけ前にあるか**は知っていても、文章のどのあたりかは知りません。数の組が複数あるときは、時計の針のように、それぞれ違う速さで
# 回します。$R^{-1} = R^\top$ なので、逆伝播は同じ角度だけ逆に回すことです。
# %%
q_E, k_E = rng.standard_normal(16), rng.standard_normal(16)


def product(p, s):
    """Of a query at position p and a key at position s."""
    (q_turned, _), (k_turned, _) = rotate(q_E[None], np.array([p])), rotate(k_E[None], np.array([s]))
    return float(q_turned[0] @ k_turned[0])


print(f"5 and 2: {product(5, 2):.6f}   105 and 102: {product(105, 102):.6f}   5 and 3: {product(5, 3):.6f}")
assert np.isclose(product(5, 2), product(105, 102))
turned, backward = rotate(x_BTD, np.arange(6))
assert np.allclose(backward(turned), x_BTD)  # the way back turns back
assert np.allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x_BTD, axis=-1))  # lengths stay
# %% en
words = {
    "clock": "One pair, turned by its position",
    "product": "Their product knows the distance only",
    "first": "first number of the pair",
    "second": "second number",
    "distance": "distance between query and key",
    "score": "q · k",
    "at": "query at position",
}
# %% ja
words = {
    "clock": "一組の数を、位置に応じて回す",
    "product": "内積は距離だけで決まる",
    "first": "組の一つ目の数",
    "second": "二つ目の数",
    "distance": "クエリとキーの距離",
    "score": "q · k",
    "at": "クエリの位置",
}
# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), width_ratios=(1, 1.7))
pair_T2 = rotate(np.tile([1.0, 0.0], (6, 1)), np.arange(6))[0]
for position, (a, b) in enumerate(pair_T2):
    left.plot([0, a], [0, b], color="gray", linewidth=1, linestyle="-")
    left.annotate(str(position), (1.12 * a, 1.12 * b), ha="center", va="center")
left.set(title=words["clock"], xlabel=words["first"], ylabel=words["second"], xlim=(-1.3, 1.3), ylim=(-1.3, 1.3))
left.set_aspect("equal")
for start, look in ((40, {"marker": "o", "markersize": 8, "fillstyle": "none"}), (500, {"marker": "x"})):
    scores = [product(start, start - d) for d in range(41)]
    right.plot(scores, linestyle="", label=f"{words['at']} {start}", **look)
right.set(title=words["product"], xlabel=words["distance"], ylabel=words["score"])
right.legend()
plt.show()
# %% [markdown] en
# The crosses lie in the circles: 40 or 500, only the distance counts.
#
# ## Three things more: norm, plus, and thinking
#
# **RMSNorm** brings every vector to the same length, $x / \sqrt{\mathrm{mean}(x^2)}$, so that no layer needs to mind how large the numbers before it grew.
#
# **The residual connection**: a layer's result is *added* to its input, $x + f(x)$. The gradient of a plus goes both ways unchanged. So the first block hears the
# loss as clearly as the last. Here are 24 layers of $\tanh(Wx)$, with and without the plus:
# %% [markdown] ja
# 丸の中に、ばつ印が重なっています。位置が 40 でも 500 でも、効くのは距離だけです。
#
# ## あと三つ：正規化、足し算、考える層
#
# **RMSNorm** は、どのベクトルも同じ長さにします（$x / \sqrt{\mathrm{mean}(x^2)}$）。前の層で数がどれだけ大きくなっていても、気にせずにすみます。
#
# **残差接続**（residual connection）は、層の結果を入力に**足す**ことです（$x + f(x)$）。足し算の勾配は、そのまま両方へ流れます。ですから最初のブロックにも、
# 最後のブロックと同じくらいはっきりと損失の声が届きます。$\tanh(Wx)$ を 24 層重ねて、足し算のある場合とない場合を比べてみましょう。
# %%
assert np.allclose(normalise(x_BTD)[0], normalise(100 * x_BTD)[0], atol=1e-4)


def lengths_back(plus, layers=24):
    """How long the gradient is when it arrives at each layer, the first one first."""
    x_ND, backwards, lengths = rng.standard_normal((16, 64)), [], []
    for number in range(layers):
        f_ND, layer_backward = Chain(Linear(64, 64, rng=number), tanh)(x_ND)
        x_ND = x_ND + f_ND if plus else f_ND
        backwards.append(layer_backward)
    dx_ND = rng.standard_normal((16, 64))
    for layer_backward in reversed(backwards):
        df_ND = layer_backward(dx_ND)
        dx_ND = dx_ND + df_ND if plus else df_ND
        lengths.append(np.linalg.norm(dx_ND))
    return lengths[::-1]


with_plus, without = lengths_back(plus=True), lengths_back(plus=False)
print(f"at the first layer: {with_plus[0]:.3g} with the plus, {without[0]:.3g} without")
assert without[0] < 1e-3 < with_plus[0]
# %% en
words = {"title": "Does the loss reach the first layer?", "x": "layer", "y": "length of the gradient"}
words |= {"plus": "x + f(x)", "without": "f(x)"}
# %% ja
words = {"title": "損失は最初の層まで届くか", "x": "層", "y": "勾配の長さ"}
words |= {"plus": "x + f(x)", "without": "f(x)"}
# %%
figure, ax = plt.subplots()
ax.semilogy(range(1, 25), with_plus, label=words["plus"])
ax.semilogy(range(1, 25), without, label=words["without"])
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"])
ax.legend()
plt.show()
# %% [markdown] en
# **SwiGLU** is the part that thinks about each place by itself. Attention carries things from place to place; what to make of them is decided here. Two
# linear layers widen the vector; one of them, bent by SiLU, opens or shuts the other:
#
# $$\mathrm{SwiGLU}(x) = W_d\,\bigl(\mathrm{silu}(W_g x) \odot W_u x\bigr)$$
# %% [markdown] ja
# **SwiGLU** は、それぞれの場所で、ひとりで考える部分です。アテンションは場所から場所へものを運び、それをどう使うかはここで決めます。
# 二つの線形層がベクトルを広げ、SiLU で曲げた片方が、もう片方を開いたり閉じたりします。
#
# $$\mathrm{SwiGLU}(x) = W_d\,\bigl(\mathrm{silu}(W_g x) \odot W_u x\bigr)$$
# %%
gate, up = np.array([-6.0, 0.0, 6.0]), np.array([5.0, 5.0, 5.0])
print("gate", gate, " up", up, " →", gated_silu(np.concatenate((gate, up)))[0].round(2))
# %% [markdown] en
# ## The whole Transformer
#
# A **block** is two lines, `x = x + attention(norm(x))` and `x = x + SwiGLU(norm(x))`: look around, then think. A Transformer is an embedding, some
# blocks, a last norm, and a linear layer to scores of all letters; and this linear layer is the embedding's own matrix once more (its gradient gets two
# parts, and since gradients are *added*, nothing needs to be done about it).
#
# Time for a text: the diary of a librarian.
# %% [markdown] ja
# ## Transformer の全体
#
# **ブロック**は二行です。`x = x + attention(norm(x))` と `x = x + SwiGLU(norm(x))`、つまり「見回して、考える」です。Transformer は、埋め込み、ブロックをいくつか、
# 最後の正規化、そしてすべての文字のスコアを出す線形層からできています。この線形層には、埋め込みの行列をもう一度使います
# （勾配は二か所から来ますが、勾配は**足す**約束なので、何も気にしなくてかまいません）。
#
# では、文章を用意しましょう。ある図書館員の日記です。
# %% en
corpus = mebuki.Corpus.from_text(samples.diary("en"), byte_fallback=False)
prompt = "Today "
# %% ja
corpus = mebuki.Corpus.from_text(samples.diary("ja"), byte_fallback=False)
prompt = "今日は"
# %%
print(corpus.description())
V, B, T = corpus.vocabulary, 16, 64
model = Transformer(V, width=64, layers=2, heads=4, context=T, rng=0)
batches = Batches(corpus.train, context=T, batch=B, seed=0)
ids_BT, targets_BT = batches(0)
print(repr(corpus.tokenizer.decode(ids_BT[0, :20])), "→", repr(corpus.tokenizer.decode(targets_BT[0, :20])))

x_BTD, _ = model.embedding(ids_BT)
print("ids", ids_BT.shape, "[B, T]  embedding", x_BTD.shape, "[B, T, D]")
for number, block in enumerate(model.blocks):
    x_BTD, _ = block(x_BTD)
    print(f"block {number}", x_BTD.shape)
x_BTD, _ = model.norm(x_BTD)
logits_BTV, _ = model.output(x_BTD)
print("norm", x_BTD.shape, " logits", logits_BTV.shape, "[B, T, V]")
assert np.allclose(logits_BTV, model(ids_BT)[0])
# %%
for name, parameter in model.named_parameters().items():
    print(f"{name:31} {parameter.value.shape!s:12} {parameter.value.size:8,}")
print(f"{'':31} {'':12} {model.parameter_count:8,}")
# %% [markdown] en
# Before training anything: is the whole way back right? A tiny Transformer with every part in it, checked at every parameter at once. This takes a second, and whoever
# writes a backward by hand should never skip it.
# %% [markdown] ja
# 学習の前に、帰り道が全体として正しいかを確かめます。すべての部品をもつ小さな Transformer を、すべてのパラメータについて一度に検算します。
# 一秒ほどですみます。逆伝播を手で書いたら、必ずこれをしてください。
# %%
tiny = Transformer(11, width=8, layers=2, heads=2, key_value_heads=1, context=4)
for parameter in tiny.parameters():  # fresh matrices hold zeros, which would hide mistakes
    parameter.value += 0.3 * rng.standard_normal(parameter.value.shape).astype(np.float32)
errors = check_gradients(tiny, rng.integers(0, 11, (2, 6)), step=3e-4)
for name, error in errors.items():
    print(f"{name:31} {error:.0e}")
# %% [markdown] en
# ## Training, in your own loop
#
# Forward, loss, backward, step. The learning rate rises in the first steps and falls towards the end; a gradient that is too long is shortened. Nothing else
# happens in here.
# %% [markdown] ja
# ## 自分のループで学習する
#
# 順伝播、損失、逆伝播、更新。学習率は最初に上げ、終わりに向けて下げます。長すぎる勾配は縮めます。ループの中で起きているのは、これだけです。
# %%
steps = 300  # quick: 3
optimizer = AdamW(model.named_parameters(), learning_rate=3e-3, beta2=0.95, weight_decay=0.0)
losses, began = [], time.perf_counter()
for step in range(steps):
    ids_BT, targets_BT = batches(step)
    logits_BTV, model_backward = model(ids_BT)
    loss, loss_backward = cross_entropy(logits_BTV, targets_BT)
    model.zero_gradients()
    model_backward(loss_backward())
    clip_gradients(model.parameters(), 1.0)
    optimizer.step(min((step + 1) / 10, 1, (steps - step) / (0.6 * steps)))
    losses.append(loss)
    if step % 50 == 0 or step == steps - 1:
        print(f"step {step + 1:3}  loss {loss:.3f}  {time.perf_counter() - began:4.0f} s")
# %% [markdown] en
# What is a loss worth? It must beat those who know less: whoever chooses blindly ($\ln V$), whoever knows how often each letter comes, and whoever has counted
# pairs of letters (the bigram of lesson 3).
# %% [markdown] ja
# この損失は、よいのでしょうか。もっと物を知らない相手に勝っていなければなりません。でたらめに選ぶ人（$\ln V$）、文字の多さだけを知っている人、
# 二文字の並びを数えた人（レッスン 3 の bigram）です。
# %% en
unseen = "on text it has not seen: {:.2f}, as if choosing among {:.1f} letters"
others = "blindly {:.2f}   by how often letters come {:.2f}   by counted pairs {:.2f}"
# %% ja
unseen = "見たことのない文章では {:.2f}。{:.1f} 文字から一つを選ぶのと同じくらいの迷い"
others = "でたらめに {:.2f}   文字の多さで {:.2f}   二文字の並びで {:.2f}"
# %%
found = evaluate(model, corpus.validation)
beat = baselines(corpus.train, corpus.validation, V)
print(unseen.format(found.loss, found.perplexity))
print(others.format(beat.uniform, beat.unigram, beat.bigram))
if steps >= 300:
    assert found.loss < beat.bigram
# %% en
words = {
    "title": "A Transformer by hand reads a diary",
    "x": "training step",
    "y": "loss (nats a letter)",
    "train": "while training",
    "validation": "text not seen, at the end",
    "uniform": "blindly: ln V",
    "unigram": "by how often letters come",
    "bigram": "by counted pairs",
}
# %% ja
words = {
    "title": "手で書いた Transformer が日記を読む",
    "x": "学習ステップ",
    "y": "損失（一文字あたり nat）",
    "train": "学習中",
    "validation": "見ていない文章（最後）",
    "uniform": "でたらめに選ぶ：ln V",
    "unigram": "文字の多さで選ぶ",
    "bigram": "二文字の並びを数えて選ぶ",
}
# %%
figure, ax = plt.subplots()
ax.plot(range(1, steps + 1), losses, linewidth=1.2, label=words["train"])
ax.plot(steps, found.loss, "o", label=words["validation"])
for name in ("uniform", "unigram", "bigram"):
    height = getattr(beat, name)
    ax.axhline(height, color="gray", linewidth=1, linestyle=":")
    ax.annotate(words[name], (steps, height), (0, 3), textcoords="offset points", ha="right", fontsize=8, color="gray")
ax.set(title=words["title"], xlabel=words["x"], ylabel=words["y"])
ax.legend(loc="lower left")
plt.show()
# %% [markdown] en
# The first loss is a little above $\ln V$: a fresh model chooses blindly, and is slightly too sure of itself. Soon it passes the counted pairs: it has begun to use more
# than one letter of the past.
#
# ## Writing
#
# Writing is: read the prompt, draw a letter, read it, draw the next. Keys and values of the past never change, so they are kept (`state` is a
# **cache** of them), and each new letter costs one step and not a whole forward:
# %% [markdown] ja
# 最初の損失は $\ln V$ より少し上です。作ったばかりのモデルは、でたらめに選んでいて、しかも少し自信過剰だからです。やがて「二文字の並び」の線を越え、
# 最後には、一文字だけを見るレッスン 3 のネットワーク（3.9 ほど）よりも下がります。
# 過去の一文字だけでなく、もっと前も使い始めたのです。
#
# ## 書く
#
# 文章を書くには、書き出しを読ませ、一文字を引き、それを読ませ、また引きます。過去のキーとバリューは変わらないので、取っておきます
# （`state` がその**キャッシュ**です）。おかげで一文字ごとの計算は、全体の順伝播ではなく、一歩ですみます。
# %%
prompt_ids = np.array([corpus.tokenizer.encode(prompt)])
logits_BV, state = model.start(prompt_ids)
written, letters = prompt, corpus.tokenizer.stream()
for _ in range(100):
    p_V = probabilities(logits_BV[0].astype(float) / 0.8)  # divided by the temperature: below 1 it dares less
    drawn = rng.choice(V, p=p_V)
    written += letters.push(int(drawn))
    logits_BV, state = model.step(np.array([drawn]), state)
print(written)
# %%
text_ids = np.array([corpus.validation[:30]])
whole_BTV, _ = model(text_ids)
logits_BV, state = model.start(text_ids[:, :5])
for t in range(5, 30):
    logits_BV, state = model.step(text_ids[:, t], state)
    assert np.allclose(logits_BV, whole_BTV[:, t], atol=1e-4)  # step by step = all at once
keys, values = state[0].filled
print("cache of a block: keys", keys.shape, "values", values.shape, "[B, N, so far, E]")
# %% [markdown] en
# ## What does it look at?
#
# The weights of the last block on a piece of text it has not seen. Row: who looks. Column: at whom. Everything right of the diagonal is empty, and each row adds up
# to 1.
# %% [markdown] ja
# ## どこを見ているのか
#
# 見たことのない文章の一部について、最後のブロックの重みを描きます。行が「見ている文字」、列が「見られている文字」です。対角線の右上は空で、
# どの行も足すと 1 です。
# %% en
words = {"title": "The last block, head {}", "x": "is looked at", "y": "looks"}
# %% ja
words = {"title": "最後のブロック、ヘッド {}", "x": "見られている文字", "y": "見ている文字"}
# %%
seen_BT = text_ids[:, :18]
letters = [corpus.tokenizer.decode([i]).replace("\n", "⏎").replace(" ", "␣") for i in seen_BT[0]]
x_BTD, _ = model.embedding(seen_BT)
x_BTD, _ = model.blocks[0](x_BTD)
maps_NTT = model.blocks[1].attention.weights_of(normalise(x_BTD)[0])[0]
assert np.allclose(maps_NTT.sum(-1), 1, atol=1e-5)
print("maps", maps_NTT.shape, "[N, T, T]")

figure, axes = plt.subplots(2, 2, figsize=(7, 7), sharex=True, sharey=True)
for head, ax in enumerate(axes.flat):
    ax.imshow(maps_NTT[head], cmap="Blues", vmin=0, vmax=1)
    ax.set(title=words["title"].format(head), xticks=range(18), yticks=range(18))
    ax.set_xticklabels(letters, fontsize=8)
    ax.set_yticklabels(letters, fontsize=8)
    ax.grid(False)
figure.supxlabel(words["x"])
figure.supylabel(words["y"])
plt.show()
# %% [markdown] en
# The heads differ: nobody told them to, it follows from the loss. One may look at the letter before, another spread its weight over the word. (A weight shows
# where something was *read*, not what it was used for; do not read too much into such maps.)
#
# ## Exercises
#
# 1. Count the parameters of `Transformer(V, width=64, layers=2, heads=4)` with pencil and paper. ($H = 160$; no layer has a bias.)
# 2. Take the mask away. Show with `backward` that place 0 now hears of the last place. Why would such a model have a wonderful loss and write nonsense?
# 3. Forget $\sqrt{E}$ in $dQ$. Does `check_gradients` notice, and what does it say?
# 4. Read the same text at the positions 0, 1, 2, … and at 100, 101, 102, …: do the scores change?
# 5. `key_value_heads=1` lets all four heads share one key and one value. What becomes smaller, and by how much?
# %% [markdown] ja
# ヘッドによって違います。そうしろと言った人はいません。損失を下げるうちに、そうなったのです。直前の文字を見るヘッドもあれば、言葉全体に広げるヘッドもあります
# （重みが示すのは、どこを**読んだか**であって、何に使ったかではありません。こうした図を読みすぎないようにしましょう）。
#
# ## 練習問題
#
# 1. `Transformer(V, width=64, layers=2, heads=4)` のパラメータの個数を、紙と鉛筆で数えてください（$H = 160$ で、バイアスはどの層にもありません）。
# 2. マスクを外してください。時刻 0 に最後の時刻の声が届くことを、`backward` で示してください。そのようなモデルは、損失はすばらしいのに、でたらめしか
#    書けません。なぜでしょう。
# 3. $dQ$ の $\sqrt{E}$ を忘れてみてください。`check_gradients` は気づくでしょうか。何と言うでしょうか。
# 4. 同じ文章を、位置 0, 1, 2, … と、位置 100, 101, 102, … で読ませてください。スコアは変わるでしょうか。
# 5. `key_value_heads=1` とすると、四つのヘッドが一組のキーとバリューを共有します。何が、どれだけ小さくなるでしょう。
# %% [markdown] en
# ## Answers
#
# 1. Each block has $3D^2 + D^2$ in attention and $2HD + HD$ in SwiGLU; besides there are $VD$ of the embedding and $D$ of the last norm.
# 2. At every place it may read the very letter it should foretell: the loss falls to nearly zero. In writing that letter is not there yet.
# 3. Yes: it names `input 0`, the query. $dQ$ is twice as long as it should be for $E = 4$.
# 4. No: distances stay the same.
# 5. The rows of `qkv`, from $3D$ to $D + 2E$, and the cache, to a quarter. The writing is quicker with long contexts, where the cache is what
#    fills the memory.
# %% [markdown] ja
# ## 答え
#
# 1. ブロックごとに、アテンションが $3D^2 + D^2$、SwiGLU が $2HD + HD$。ほかに、埋め込みの $VD$ と、最後の正規化の $D$ があります。
# 2. どの時刻でも、当てるべき文字そのものを読めてしまうので、損失はほぼ 0 まで下がります。書くときには、その文字はまだありません。
# 3. 気づきます。`input 0`、つまりクエリを名指しします。$E = 4$ なら、$dQ$ は二倍の長さになっています。
# 4. 変わりません。距離が同じだからです。
# 5. `qkv` の行が $3D$ から $D + 2E$ に減り、キャッシュは四分の一になります。長い文脈ではキャッシュがメモリを埋めるので、書くのも速くなります。
# %%
D, H = 64, 160
assert model.parameter_count == 2 * (4 * D**2 + 3 * H * D) + V * D + D  # 1

_, backward = attend(q_TE, k_TE, v_TE)  # 2: no mask
dmixed_TE = np.zeros_like(v_TE)
dmixed_TE[0] = 1
print("2: reaches the values of", np.flatnonzero(np.abs(backward(dmixed_TE)[2]).sum(-1)))


def forgetful(q, k, v):  # 3
    mixed, right_backward = attend(q, k, v)

    def backward(dmixed):
        dq, dk, dv = right_backward(dmixed)
        return dq * math.sqrt(q.shape[-1]), dk, dv

    return mixed, backward


try:
    noticed = check_gradients(forgetful, q_TE, k_TE, v_TE)
except GradientError as error:
    print("3:", str(error).splitlines()[0])
    noticed = error.errors
assert noticed["input 0"] > 0.01 > noticed["input 1"]

early, late = (rotate(q_TE, start + np.arange(len(q_TE)))[0] for start in (0, 100))  # 4
early_k, late_k = (rotate(k_TE, start + np.arange(len(k_TE)))[0] for start in (0, 100))
assert np.allclose(early @ early_k.T, late @ late_k.T)

shared = Transformer(V, width=64, layers=2, heads=4, key_value_heads=1, context=64)  # 5
print("5:", model.blocks[0].attention.qkv.weight.value.shape, "→", shared.blocks[0].attention.qkv.weight.value.shape)
_, state = shared.start(text_ids)
print("   cache", keys.shape, "→", state[0].filled[0].shape)
