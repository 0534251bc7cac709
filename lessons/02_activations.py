# %% [markdown] en
# # 2 Activations, and gradients that vanish
#
# Between two linear layers stands a bend: sigmoid, tanh, ReLU, … It looks like a detail. Yet whether a deep network learns at
# all depends on this bend and on the size of the first weights, and for two decades that was what stopped everybody.
#
# **What you will be able to do**
#
# - say why a network without bends is only one linear layer
# - draw the usual activations with their derivatives, and prove that $\sigma'$ never exceeds 1/4
# - write a sigmoid and a softmax that do not overflow
# - see gradients vanish and explode in 30 layers, say why, and choose first weights with which they do neither
# - catch a gradient that is wrong by a thousandth
# %% [markdown] ja
# # 2 活性化関数と、消えていく勾配
#
# 線形層と線形層の間には、sigmoid、tanh、ReLU といった「曲がり角」を置きます。些細なことに見えますが、深いネットワークが
# そもそも学習できるかどうかは、この曲がり角と、重みの初期値の大きさで決まります。多くの人が二十年も足止めされた場所です。
#
# **できるようになること**
#
# - 曲がり角のないネットワークが、ただ一つの線形層にすぎない理由を言える
# - 代表的な活性化関数とその微分を描き、$\sigma'$ が 1/4 を超えないことを証明できる
# - オーバーフローしない sigmoid と softmax を書ける
# - 30 層のネットワークで勾配が消え、また爆発するのを見て、理由を言い、どちらも起きない初期値を選べる
# - 千分の一だけ間違った勾配を見つけられる
# %% [markdown] en
# ## Without a bend, deep is flat
#
# Two linear layers, one after the other: $W_2(W_1 x) = (W_2 W_1)\,x$. That is one matrix. However many you stack, you get
# what one layer could have done.
# %% [markdown] ja
# ## 曲がり角がなければ、深くしても平ら
#
# 線形層を二つ続けると $W_2(W_1 x) = (W_2 W_1)\,x$ です。これは一つの行列にすぎません。いくら重ねても、一つの層で
# できることしかできません。
# %%
import numpy as np

from mebuki.scratch import Chain, Linear

rng = np.random.default_rng(0)
x_ND = rng.standard_normal((5, 3)).astype(np.float32)
first, second = Linear(3, 8, rng=1, bias=False), Linear(8, 2, rng=2, bias=False)
deep_NH, _ = Chain(first, second)(x_ND)
single_HD = second.weight.value @ first.weight.value
print("two layers:", deep_NH.shape, " one matrix:", single_HD.shape, "[H, D]")
assert np.allclose(deep_NH, x_ND @ single_HD.T, atol=1e-5)
# %% [markdown] en
# ## Five bends and their derivatives
#
# Each of them takes numbers of any shape and gives as many back, with the way back beside it. Handing `backward` a one
# at every place gives the derivative itself.
# %% [markdown] ja
# ## 五つの曲がり角と、その微分
#
# どれも、好きな形の配列を受け取って同じ形の配列を返し、帰り道の関数を添えます。`backward` にすべて 1 の配列を渡せば、
# 微分そのものが返ってきます。
# %%
from mebuki.scratch import gelu, relu, sigmoid, silu, tanh

bends = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": relu, "GELU": gelu, "SiLU": silu}
x = np.linspace(-5, 5, 501)
curves, slopes = {}, {}
for name, bend in bends.items():
    curves[name], backward = bend(x)
    slopes[name] = backward(np.ones_like(x))
    print(f"{name:8} between {curves[name].min():5.2f} and {curves[name].max():4.2f},", end=" ")
    print(f"slope between {slopes[name].min():5.2f} and {slopes[name].max():4.2f}")
# %% en
titles, x_label, y_labels = ["The functions", "Their derivatives"], "x", ["f(x)", "f′(x)"]
# %% ja
titles, x_label, y_labels = ["関数", "その微分"], "x", ["f(x)", "f′(x)"]
# %%
import matplotlib.pyplot as plt

figure, pair = plt.subplots(1, 2, figsize=(8, 3.8))
for axes, found, title, y_label in zip(pair, (curves, slopes), titles, y_labels, strict=True):
    for name, values in found.items():
        axes.plot(x, values, label=name)
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
pair[0].set_ylim(-1.2, 3)
pair[1].axhline(0.25, color="0.4", linewidth=0.8)
pair[1].text(-5, 0.27, "1/4", color="0.4")
pair[0].legend()
plt.show()
# %% [markdown] en
# **What to notice.** Sigmoid and tanh become flat on both sides: there the derivative is nearly 0, and what comes back
# through them is nearly nothing. Tanh reaches the slope 1 in the middle, sigmoid only 1/4. ReLU has slope 1 on the whole
# open side. GELU and SiLU are a ReLU with a round corner, and a little of the negative side comes through.
#
# ## Why $\sigma'$ never exceeds 1/4
#
# Write $\sigma(x) = \dfrac{1}{1 + e^{-x}}$. The derivative of $1/u$ is $-u'/u^2$, with $u = 1 + e^{-x}$ and $u' = -e^{-x}$:
#
# $$\sigma' = \frac{e^{-x}}{(1 + e^{-x})^2} = \frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}} = \sigma\,(1 - \sigma).$$
#
# Now complete the square:
#
# $$\sigma\,(1-\sigma) = \tfrac14 - \left(\sigma - \tfrac12\right)^2 \le \tfrac14.$$
#
# A square is never negative, so something is always taken away from 1/4, except at $\sigma = 1/2$, that is at $x = 0$.
# %% [markdown] ja
# **見てほしいところ。** sigmoid と tanh は両側で平らになります。そこでは微分がほとんど 0 なので、戻ってくる勾配もほとんど
# 残りません。tanh の傾きは中央で 1 に達しますが、sigmoid は 1/4 止まりです。ReLU は、開いている側ではどこでも傾き 1 です。
# GELU と SiLU は角を丸めた ReLU で、負の側も少しだけ通します。
#
# ## $\sigma'$ が 1/4 を超えない理由
#
# $\sigma(x) = \dfrac{1}{1 + e^{-x}}$ とします。$1/u$ の微分は $-u'/u^2$ で、$u = 1 + e^{-x}$、$u' = -e^{-x}$ ですから
#
# $$\sigma' = \frac{e^{-x}}{(1 + e^{-x})^2} = \frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}} = \sigma\,(1 - \sigma)$$
#
# です。これを平方完成します。
#
# $$\sigma\,(1-\sigma) = \tfrac14 - \left(\sigma - \tfrac12\right)^2 \le \tfrac14$$
#
# 二乗は負になりませんから、1/4 から必ず何かが引かれます。何も引かれないのは $\sigma = 1/2$、つまり $x = 0$ のときだけです。
# %%
s = curves["sigmoid"]
assert np.allclose(slopes["sigmoid"], s * (1 - s))
assert np.allclose(slopes["sigmoid"], 1 / 4 - (s - 1 / 2) ** 2)
print("largest slope on the grid:", slopes["sigmoid"].max(), "at x =", x[slopes["sigmoid"].argmax()])
print(f"thirty times 1/4: {0.25**30:.1e}")
# %% [markdown] en
# Keep that last number in mind: the gradient that comes back through 30 sigmoids, if the weights do not help, has at most
# this share left. We shall see it in a moment.
#
# ## Overflow: when the formula is right and the program is not
#
# $e^{89}$ is more than a `float32` can hold. So the formulas of the textbooks, typed as they stand, break on large numbers:
# %% [markdown] ja
# 最後の数を覚えておいてください。重みが助けてくれなければ、30 個の sigmoid を通って戻る勾配には、多くてもこれだけの割合しか
# 残りません。すぐ後で、実際に見ます。
#
# ## オーバーフロー：式は正しいのに、プログラムが間違う
#
# $e^{89}$ は `float32` に収まりません。ですから、教科書の式をそのまま打ち込むと、大きな数で壊れます。
# %%
import warnings

scores = np.array([100.0, 99.0, 0.0], np.float32)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    naive = np.exp(scores) / np.exp(scores).sum()
for warning in said:
    print("NumPy warns:", warning.message)
print("naive softmax:", naive)
# %% [markdown] en
# The cure for softmax: taking the same number c from all scores changes nothing, since $e^{x-c} = e^x e^{-c}$ and $e^{-c}$
# cancels in the fraction. With c the largest score, no exponent is above 0 and no power above 1.
#
# $$\frac{e^{x_i}}{\sum_j e^{x_j}} = \frac{e^{x_i - c}}{\sum_j e^{x_j - c}},\qquad c = \max_j x_j$$
# %% [markdown] ja
# softmax の直し方。すべてのスコアから同じ数 c を引いても、結果は変わりません。$e^{x-c} = e^x e^{-c}$ であり、$e^{-c}$ は分母と
# 分子で約分されるからです。c を最大のスコアに選べば、指数は 0 以下、べきは 1 以下に収まります。
#
# $$\frac{e^{x_i}}{\sum_j e^{x_j}} = \frac{e^{x_i - c}}{\sum_j e^{x_j - c}},\qquad c = \max_j x_j$$
# %%
from mebuki.scratch import softmax

powers = np.exp(scores - scores.max())
print("by hand:", powers / powers.sum())
print("package:", softmax(scores)[0])
assert np.allclose(powers / powers.sum(), softmax(scores)[0])
# %% [markdown] en
# The cure for the sigmoid: $\sigma(x) = \tfrac12\left(1 + \tanh\tfrac{x}{2}\right)$, and tanh never overflows.
# %% [markdown] ja
# sigmoid の直し方。$\sigma(x) = \tfrac12\left(1 + \tanh\tfrac{x}{2}\right)$ です。tanh は決してオーバーフローしません。
# %%
far = np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0], np.float32)
with np.errstate(all="ignore"):
    print("e^x / (1 + e^x) :", np.exp(far) / (1 + np.exp(far)))
print("(1 + tanh x/2)/2:", 0.5 + 0.5 * np.tanh(far / 2))
print("package         :", sigmoid(far)[0])
assert np.isfinite(sigmoid(far)[0]).all()


# %% [markdown] en
# ## Thirty layers
#
# A layer does $z = W h$, then $h' = f(z)$. On the way back the gradient meets both again, in reverse:
#
# $$dh = W^\top \left(f'(z) \odot dh'\right).$$
#
# So each layer multiplies the gradient by a slope $f'$ and by the weights. If that shrinks it by a half, 30 layers leave a
# billionth; if it doubles it, 30 layers make it a billion times larger. Let us measure: 30 layers of 64 numbers, first
# weights normal with a standard deviation of `scale` / √64, and the length (norm) of the gradient at each layer.
# %% [markdown] ja
# ## 三十層
#
# 一つの層は $z = W h$ を計算し、続いて $h' = f(z)$ を計算します。帰り道では、勾配がこの二つに逆の順で出会います。
#
# $$dh = W^\top \left(f'(z) \odot dh'\right)$$
#
# つまり、各層で勾配に傾き $f'$ と重みが掛かります。一層で半分になるなら 30 層で十億分の一、二倍になるなら 30 層で十億倍です。
# 測ってみましょう。64 個の数の層を 30 層重ね、重みの初期値は標準偏差 `scale` / √64 の正規分布とし、それぞれの層での勾配の
# 大きさ（ノルム）を調べます。
# %%
def deep_network(scale, depth=30, width=64, seed=0):
    layers = [Linear(width, width, rng=seed) for _ in range(depth)]
    numbers = np.random.default_rng(seed)
    for layer in layers:
        layer.weight.value[...] = numbers.normal(0, scale / np.sqrt(width), (width, width))
    return layers


def gradient_lengths(bend, scale):
    h = np.random.default_rng(1).standard_normal((128, 64)).astype(np.float32)
    backwards = []
    for layer in deep_network(scale):
        z, back_linear = layer(h)
        h, back_bend = bend(z)
        backwards.append((back_linear, back_bend))
    dh = np.random.default_rng(2).standard_normal(h.shape).astype(np.float32)
    lengths = [np.linalg.norm(dh)]
    for back_linear, back_bend in reversed(backwards):
        dh = back_linear(back_bend(dh))
        lengths.append(np.linalg.norm(dh))
    return np.array(lengths[::-1]) / lengths[0]


# %% en
cases = {
    "ReLU, weights twice as large as He's": (relu, 2 * np.sqrt(2)),
    "ReLU, He: √2": (relu, np.sqrt(2)),
    "tanh, Glorot: 1": (tanh, 1.0),
    "ReLU, weights half as large as He's": (relu, 0.5 * np.sqrt(2)),
    "sigmoid, Glorot: 1": (sigmoid, 1.0),
}
title = "The gradient on its way back through 30 layers"
x_label, y_label = "layer (the gradient comes from the right)", "length, at the end = 1"
# %% ja
cases = {
    "ReLU、He の二倍の重み": (relu, 2 * np.sqrt(2)),
    "ReLU、He:√2": (relu, np.sqrt(2)),
    "tanh、Glorot:1": (tanh, 1.0),
    "ReLU、He の半分の重み": (relu, 0.5 * np.sqrt(2)),
    "sigmoid、Glorot:1": (sigmoid, 1.0),
}
title = "30 層を戻っていく勾配の大きさ"
x_label, y_label = "層(勾配は右から来る)", "大きさ(右端を 1 とする)"
# %%
figure, axes = plt.subplots(figsize=(7.5, 4.2))
factors = {}
for name, (bend, scale) in cases.items():
    lengths = gradient_lengths(bend, scale)
    factors[name] = (lengths[0] / lengths[-1]) ** (1 / 30)
    axes.semilogy(lengths, label=name)
axes.set(title=title, xlabel=x_label, ylabel=y_label)
axes.legend(fontsize=8, loc="lower right")
plt.show()
for name, factor in factors.items():
    print(f"x {factor:.3f} a layer, x {factor**30:8.1e} in 30   {name}")
# %%
exploded, he, glorot, halved, vanished = factors.values()
assert exploded**30 > 1e6
assert vanished**30 < 1e-15
assert 0.01 < he**30 < 100
assert 0.01 < glorot**30 < 100
# %% [markdown] en
# **Why?** Look at one number of $W^\top(f' \odot dh')$: a sum over n = 64 products of a weight, a slope and a gradient. If the
# weights are independent with mean 0 and variance $v$, the mean *square* of the sum is
#
# $$n \cdot v \cdot \overline{f'^2}\ \times\ \text{the mean square of } dh'.$$
#
# To keep the gradient as it is, this factor must be 1.
#
# | activation | mean of $f'^2$ | so the variance is | name |
# |---|---|---|---|
# | tanh, near 0 | 1 | $1/n$ | Glorot & Bengio 2010 (for n inputs and n outputs) |
# | ReLU | 1/2, as half the units are open | $2/n$ | He et al. 2015 |
# | sigmoid | at most 1/16 | even $1/n$ leaves a quarter of the length a layer | |
#
# Why not simply give the sigmoid larger weights? Because then $z$ becomes large and falls on the flat sides, where $f'$ is
# smaller still: the weights must grow ten times, not four, and half of the units end up as switches (exercise 3). Better ways
# out are ReLU and its round sisters with He's weights, the gates of the LSTM, the `x + f(x)` of the Transformer, and norms.
#
# `Linear` begins with ±1/√D, a variance of $\tfrac{1}{3D}$: on the careful side, good for the few layers of most models here.
# %% [markdown] ja
# **なぜでしょうか。** $W^\top(f' \odot dh')$ の数を一つ取り出して見ると、重み、傾き、勾配の三つの積を n = 64 個足したものです。重みが
# 互いに独立で、平均 0、分散 $v$ なら、この和の**二乗**の平均は
#
# $$n \cdot v \cdot \overline{f'^2}\ \times\ dh'\ \text{の二乗の平均}$$
#
# になります。勾配の大きさを保つには、この倍率が 1 でなければなりません。
#
# | 活性化関数 | $f'^2$ の平均 | 必要な分散 | 名前 |
# |---|---|---|---|
# | tanh（0 の近く） | 1 | $1/n$ | Glorot & Bengio 2010（入力も出力も n 個のとき） |
# | ReLU | 1/2（半分のユニットが開いている） | $2/n$ | He et al. 2015 |
# | sigmoid | 多くて 1/16 | $1/n$ でも、一層ごとに大きさが四分の一になる | |
#
# それなら sigmoid の重みを大きくすればよい、と簡単にはいきません。$z$ が大きくなって平らな両側に落ち、$f'$ がさらに小さく
# なるからです。重みは四倍ではなく十倍も必要になり、ユニットの半分は、ただのスイッチになってしまいます（練習問題 3）。もっと
# よい抜け道があります。He の初期値と ReLU（または角の丸い仲間）、LSTM のゲート、Transformer の `x + f(x)`、そして正規化です。
#
# なお、`Linear` の初期値は ±1/√D の一様分布、つまり分散 $\tfrac{1}{3D}$ です。控えめですが、この講座のほとんどのモデルのように層が
# 少なければ、これで十分です。
# %% [markdown] en
# ## Does it matter? Train both
#
# The task: points in a plane, inside a disc or outside. Two networks of 12 layers, the same data, the same SGD. One has
# sigmoids with Glorot's weights, the other ReLU with He's.
# %% [markdown] ja
# ## それは本当に困るのか。両方を学習させる
#
# 平面上の点が、円の中にあるか外にあるかを当てる課題です。12 層のネットワークを二つ、同じデータ、同じ SGD で学習させます。
# 片方は sigmoid と Glorot の初期値、もう片方は ReLU と He の初期値です。
# %%
from mebuki.scratch import cross_entropy
from mebuki.scratch.optimizers import SGD

points_N2 = rng.uniform(-1, 1, (256, 2)).astype(np.float32)
radius_N = np.hypot(points_N2[:, 0], points_N2[:, 1])
targets_N = (radius_N < 0.7).astype(np.int64)
steps = 400  # quick: 100


def train(bend, scale, depth=12, width=32):
    layers = deep_network(scale, depth, width)
    parts = [part for layer in layers for part in (layer, bend)]
    network = Chain(Linear(2, width, rng=1), bend, *parts, Linear(width, 2, rng=2))
    optimizer, losses = SGD(network.parameters(), learning_rate=0.02), []
    for _ in range(steps):
        network.zero_gradients()
        logits_N2, backward = network(points_N2)
        loss, loss_backward = cross_entropy(logits_N2, targets_N)
        backward(loss_backward())
        optimizer.step()
        losses.append(loss)
    return losses


learning = {"ReLU, He": train(relu, np.sqrt(2)), "sigmoid, Glorot": train(sigmoid, 1.0)}
share = targets_N.mean()
guessing = -share * np.log(share) - (1 - share) * np.log(1 - share)
print(f"inside: {share:.0%}, guessing by that share: loss {guessing:.3f}")
print({name: round(losses[-1], 3) for name, losses in learning.items()})
assert learning["sigmoid, Glorot"][-1] > guessing - 0.02
assert learning["ReLU, He"][-1] < guessing - 0.02
# %% en
title, x_label, y_label, guess_label = "12 layers, the same data", "step", "loss", "guessing by the share"
# %% ja
title, x_label, y_label, guess_label = "12 層、同じデータ", "ステップ", "損失", "割合だけで当てる"
# %%
figure, axes = plt.subplots()
for name, losses in learning.items():
    axes.plot(losses, label=name)
axes.axhline(guessing, color="0.4", linewidth=0.9, linestyle=":", label=guess_label)
axes.set(title=title, xlabel=x_label, ylabel=y_label)
axes.legend()
plt.show()
# %% [markdown] en
# The sigmoid network learns how many points are inside, which only its last layer needs to know, and then stands still. No
# error, no warning. (The jumps of the other curve are plain SGD stepping across a narrow valley.) If your own network stands
# still at the loss of guessing, measure the gradient at its first layer.
# %% [markdown] ja
# sigmoid のネットワークは、円の中の点の割合までは覚えます。それだけなら最後の層で足りるからです。そして、そこで止まります。
# エラーも警告も出ません。（もう一方の曲線がときどき跳ねるのは、SGD が狭い谷をまたいでしまうからです。）
# 自分のネットワークが「当てずっぽう」の損失で止まったら、最初の層の勾配を測ってみてください。
# %% [markdown] en
# ## A mistake of a thousandth
#
# When one writes a backward by hand, how can one be sure? A wrong sign one sees. A factor of 1.001 one does not: the network
# still learns, a little worse. `check_gradients` compares with the central difference in `float64`, and sees it.
# %% [markdown] ja
# ## 千分の一の間違い
#
# 逆伝播を手で書いたとき、どうすれば正しいと確信できるでしょうか。符号の間違いなら気づきます。しかし 1.001 倍の間違いには
# 気づけません。ネットワークは、少し下手になるだけで、学習してしまうからです。`check_gradients` は `float64` の中心差分と比べ、
# それを見つけます。
# %%
from mebuki.scratch import GradientError, check_gradients


def leaky(x):
    slope = np.where(x > 0, 1.0, 0.1)
    return x * slope, lambda dy: dy * slope


def leaky_planted(x):
    slope = np.where(x > 0, 1.0, 0.1)
    return x * slope, lambda dy: dy * slope * 1.001


numbers = np.array([-2.0, -0.7, 0.4, 1.5])
print("right  :", check_gradients(leaky, numbers))
try:
    check_gradients(leaky_planted, numbers)
except GradientError as error:
    print("planted:", error.given)
# %% [markdown] en
# One warning: at a corner, as in ReLU at 0, there is no derivative, and the two sides of the central difference lie on
# different lines. Check with numbers away from corners.
# %% [markdown] ja
# 一つだけ注意を。ReLU の 0 のような角には微分がなく、中心差分の両側が別の直線に乗ってしまいます。検算は、角から離れた数で
# 行ってください。
# %%
try:
    check_gradients(leaky, np.array([0.0]))
except GradientError as error:
    print(error.given)
# %% [markdown] en
# ## Exercises
#
# 1. Which of the five bends has slopes above 1 somewhere, and where is the largest?
# 2. Show that $\tanh x = 2\sigma(2x) - 1$, and conclude from $\sigma' \le 1/4$ that $\tanh' \le 1$.
# 3. Give the 30 sigmoids larger weights: scales 1, 2, 4, 8, 10, 16. Which keeps the length of the gradient? And what share of
#    the slopes is below 0.01 then?
# 4. Let each layer *add* to what was there: $h' = h + f(Wh)$, with sigmoids and the scale 0.3. What happens to the gradient?
# 5. Compute $\ln \mathrm{softmax}(x)$ of `[1000, 0]`. Why is `np.log(softmax(x))` no good here, and what is?
# %% [markdown] ja
# ## 練習問題
#
# 1. 五つの活性化関数のうち、傾きがどこかで 1 を超えるのはどれですか。最大になるのはどこですか。
# 2. $\tanh x = 2\sigma(2x) - 1$ を示し、$\sigma' \le 1/4$ から $\tanh' \le 1$ を導いてください。
# 3. 30 層の sigmoid の重みを大きくしてみてください（scale を 1、2、4、8、10、16）。勾配の大きさを保てるのはどれですか。
#    そのとき、0.01 より小さい傾きはどれだけの割合を占めますか。
# 4. それぞれの層が、もとの値に**足す**ようにします。$h' = h + f(Wh)$（sigmoid、scale は 0.3）。勾配はどうなりますか。
# 5. `[1000, 0]` に対する $\ln \mathrm{softmax}(x)$ を計算してください。`np.log(softmax(x))` ではなぜ駄目で、どうすればよいですか。
# %% [markdown] en
# ## Answers
#
# **1.** GELU and SiLU: they dip below zero on the left, so they must climb faster than ReLU to catch up with it.
# %% [markdown] ja
# ## 答え
#
# **1.** GELU と SiLU です。左側で 0 より下に沈むので、ReLU に追いつくには、ReLU より急に上らなければなりません。
# %%
for name, slope in slopes.items():
    if slope.max() > 1:
        print(f"{name}: {slope.max():.3f} at x = {x[slope.argmax()]:.2f}")
assert [name for name, slope in slopes.items() if slope.max() > 1] == ["GELU", "SiLU"]
# %% [markdown] en
# **2.** $2\sigma(2x) - 1 = \dfrac{2}{1+e^{-2x}} - 1 = \dfrac{1 - e^{-2x}}{1 + e^{-2x}} = \dfrac{e^{x} - e^{-x}}{e^{x} + e^{-x}} = \tanh x$.
# By the chain rule $\tanh' x = 2 \cdot 2\,\sigma'(2x) = 4\,\sigma'(2x) \le 4 \cdot \tfrac14 = 1$.
#
# **3.** About 10. Below, the slopes shrink the gradient more than the weights stretch it; above, it explodes. But at 10
# nearly half of the slopes are almost nothing: those units say 0 or 1 and hardly learn, and a few others carry it all.
# %% [markdown] ja
# **2.** $2\sigma(2x) - 1 = \dfrac{2}{1+e^{-2x}} - 1 = \dfrac{1 - e^{-2x}}{1 + e^{-2x}} = \dfrac{e^{x} - e^{-x}}{e^{x} + e^{-x}} = \tanh x$ です。
# 合成関数の微分により $\tanh' x = 2 \cdot 2\,\sigma'(2x) = 4\,\sigma'(2x) \le 4 \cdot \tfrac14 = 1$ となります。
#
# **3.** 10 くらいです。それより小さいと、重みが引き伸ばす以上に傾きが縮め、大きいと爆発します。ただし 10 では、傾きの半分近くが
# ほとんど 0 です。そうしたユニットは 0 か 1 を出すだけでほとんど学習せず、残りのユニットがすべてを背負っています。
# %%
for scale in (1, 2, 4, 8, 10, 16):
    h, flat = np.random.default_rng(1).standard_normal((128, 64)).astype(np.float32), []
    for layer in deep_network(scale):
        h, _ = sigmoid(layer(h)[0])
        flat.append((h * (1 - h) < 0.01).mean())
    print(f"scale {scale:2}: x {gradient_lengths(sigmoid, scale)[0]:.1e} in 30 layers, {np.mean(flat):.0%} nearly flat")
# %% [markdown] en
# **4.** Backward of $h' = h + f(Wh)$ is $dh = dh' + W^\top(f' \odot dh')$. The first term passes through untouched: nothing can
# vanish. This is the straight way through every Transformer.
# %% [markdown] ja
# **4.** $h' = h + f(Wh)$ の逆伝播は $dh = dh' + W^\top(f' \odot dh')$ です。第一項は手つかずで通り抜けるので、消えようがありません。
# どの Transformer にも、この真っすぐな通り道があります。
# %%
h = np.random.default_rng(1).standard_normal((128, 64)).astype(np.float32)
backwards = []
for layer in deep_network(0.3):
    z, back_linear = layer(h)
    added, back_bend = sigmoid(z)
    h = h + added
    backwards.append((back_linear, back_bend))
dh = np.random.default_rng(2).standard_normal(h.shape).astype(np.float32)
at_the_end = np.linalg.norm(dh)
for back_linear, back_bend in reversed(backwards):
    dh = dh + back_linear(back_bend(dh))
print(f"x {np.linalg.norm(dh) / at_the_end:.2f} in 30 layers")
assert 0.5 < np.linalg.norm(dh) / at_the_end < 10
# %% [markdown] en
# **5.** The second probability is $e^{-1000}$, which is rounded to 0, and its logarithm is −∞. But
# $\ln \mathrm{softmax}(x)_i = x_i - c - \ln \sum_j e^{x_j - c}$ needs no logarithm of a tiny number. The loss of the next lesson
# is computed like this.
# %% [markdown] ja
# **5.** 二番目の確率 $e^{-1000}$ は 0 に丸められ、その対数は −∞ になってしまいます。しかし
# $\ln \mathrm{softmax}(x)_i = x_i - c - \ln \sum_j e^{x_j - c}$ なら、小さすぎる数の対数をとらずに済みます。次のレッスンの損失は、
# このように計算します。
# %%
x = np.array([1000.0, 0.0])
with np.errstate(divide="ignore"):
    print("log of softmax:", np.log(softmax(x)[0]))
shifted = x - x.max()
print("straight      :", shifted - np.log(np.exp(shifted).sum()))
assert np.isfinite(shifted - np.log(np.exp(shifted).sum())).all()
