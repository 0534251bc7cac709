# %% [markdown] en
# # 1 Tensors and autograd
#
# Everything in this course is made of two things: boxes of numbers, and the question *"if I turn this number up a
# little, what happens to that one?"* The boxes are called arrays or tensors; the answers are called gradients.
#
# **What you will be able to do**
#
# - make arrays and tensors, and tell the shape and the dtype of each
# - tell which operations make a copy, and which look at the same memory
# - keep `*` and `@` apart, and see a broadcasting mistake before it bites
# - find a derivative in three ways, by hand, by numbers and by autograd, and let them check each other
# - read `y, backward = layer(x)`, the one contract that all layers of `mebuki.scratch` keep
#
# You need a little Python and the derivative of $x^2$. Run the cells from top to bottom; change numbers and run again.
# %% [markdown] ja
# # 1 テンソルと自動微分
#
# この講座に出てくるものは、煎じ詰めれば二つだけです。数を並べた箱と、「この数を少し動かしたら、あの数はどれだけ動くか」
# という問いです。箱を配列(array)またはテンソル(tensor)と呼び、問いの答えを勾配(gradient)と呼びます。
#
# **できるようになること**
#
# - 配列とテンソルを作り、形(shape)と型(dtype)を言える
# - どの操作がコピーを作り、どの操作が同じメモリを見ているだけなのかを区別できる
# - `*` と `@` を使い分け、ブロードキャストの落とし穴に落ちる前に気づける
# - 微分を「手計算」「数値」「自動微分」の三通りで求め、互いに検算できる
# - `mebuki.scratch` のすべての層が守る約束 `y, backward = layer(x)` を読める
#
# 必要なのは、Python の初歩と、$x^2$ の微分だけです。上から順に実行し、数字を変えてはもう一度実行してみてください。
# %% [markdown] en
# ## A box of numbers has a shape and a dtype
#
# The shape says how many numbers lie along each axis. The dtype says what kind of numbers they are.
# %% [markdown] ja
# ## 箱には形と型がある
#
# 形(shape)は、それぞれの軸に数がいくつ並ぶかを表します。型(dtype)は、どんな種類の数かを表します。
# %%
import numpy as np

rng = np.random.default_rng(0)
boxes = {
    "np.array(7.0)": np.array(7.0),
    "np.array([1, 2, 3])": np.array([1, 2, 3]),
    "np.array([1.0, 2.0, 3.0])": np.array([1.0, 2.0, 3.0]),
    "np.zeros((2, 3), np.float32)": np.zeros((2, 3), np.float32),
    "np.arange(6).reshape(2, 3)": np.arange(6).reshape(2, 3),
    "rng.standard_normal((2, 3, 4))": rng.standard_normal((2, 3, 4)),
}
for how, box in boxes.items():
    print(f"{how:32} shape {box.shape!s:10} dtype {box.dtype!s:8} {box.nbytes:4} bytes")
# %% [markdown] en
# Read a shape from the outside to the inside: `(2, 3, 4)` is 2 sheets of 3 rows of 4 numbers. The shape `()` is a single
# number, and `(3,)` is one axis with 3 numbers on it; the comma only says that it is a tuple.
#
# In this course the letters of the axes ride in the names: `x_ND` has N rows (examples) of D columns (features). When two
# names do not fit together, neither do the boxes.
#
# The dtype matters in two places. Whole numbers are for *ids* (which letter?), floats are for everything that is learned.
# And a `float32` has room for about 7 decimal digits, a `float64` for about 16:
# %% [markdown] ja
# 形は外側から内側へ読みます。`(2, 3, 4)` は「4 個の数が 3 行並んだ紙が 2 枚」です。`()` はただ一つの数、`(3,)` は
# 一本の軸に 3 個の数が並んだものです。末尾のコンマは、タプルだという印にすぎません。
#
# この講座では、軸の頭文字を変数名につけます。`x_ND` は N 行（データの数）× D 列（特徴の数）です。名前の文字が
# かみ合わないときは、箱の形もかみ合っていません。
#
# 型が問題になる場面は二つあります。一つめ。整数は「どの文字か」を表す番号(id)に使い、学習する数にはすべて
# 浮動小数点数を使います。二つめ。`float32` は十進でおよそ 7 桁、`float64` はおよそ 16 桁しか覚えられません。
# %%
print("float32:", np.float32(16_777_216) + np.float32(1))
print("float64:", np.float64(16_777_216) + np.float64(1))
assert np.float32(16_777_216) + np.float32(1) == 16_777_216  # 2²⁴ + 1
# %% [markdown] en
# In `float32` the 1 is lost. Networks are trained in `float32` all the same, because it is quick and exact enough; but
# whoever *checks* a gradient does it in `float64`.
# %% [markdown] ja
# `float32` では、足したはずの 1 が消えました。それでも学習には `float32` を使います。速く、精度も足りるからです。
# ただし、勾配を「検算」するときは必ず `float64` を使います。
# %% [markdown] en
# ## The same memory, seen in another shape
#
# `reshape` does not move the numbers. It gives a second view of the same memory, and whoever changes one changes both.
# %% [markdown] ja
# ## 同じメモリを、別の形で見る
#
# `reshape` は数を動かしません。同じメモリに、もう一つの見方（ビュー）を与えるだけです。ですから、片方を書き換えると
# もう片方も変わります。
# %%
flat = np.arange(6)
table = flat.reshape(2, 3)
table[0, 0] = 100
print("flat :", flat)
print("table:", table.tolist())
assert np.shares_memory(flat, table)
# %% [markdown] en
# A slice is a view too. A list of indices, or `.copy()`, makes numbers of its own. And when the numbers do not lie in
# the wanted order, as after a transpose, `reshape` has to copy, without a word:
# %% [markdown] ja
# スライスもビューです。一方、添字のリストで選んだときや `.copy()` は、新しい数の並びを作ります。また、転置した後のように
# 数が望む順に並んでいないときは、`reshape` も黙ってコピーを作ります。
# %%
views = {
    "flat[1:4]": flat[1:4],
    "flat[[1, 2, 3]]": flat[[1, 2, 3]],
    "flat.copy()": flat.copy(),
    "table.T": table.T,
    "table.T.reshape(6)": table.T.reshape(6),
}
for how, view in views.items():
    print(f"{how:20} shape {view.shape!s:8} shares memory: {np.shares_memory(flat, view)}")
print(table.T.reshape(6))
# %% [markdown] en
# `reshape` keeps the *order of reading*, not the rows: `table.T.reshape(6)` reads down the columns. To swap axes use `.T` or
# `np.swapaxes`, never `reshape`; that mistake gives no error, only nonsense.
#
# **Sums along an axis.** The axis that you name is the one that disappears.
# %% [markdown] ja
# `reshape` が保つのは「読む順番」であって、行ではありません。`table.T.reshape(6)` は列を上から下へ読みます。軸を入れ替えたい
# ときは `.T` か `np.swapaxes` を使い、`reshape` は使わないでください。間違えてもエラーは出ず、でたらめな結果になるだけです。
#
# **軸に沿った和。** 指定した軸が消えます。
# %%
x_ND = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
print("x_ND.sum(axis=0)                ", x_ND.sum(axis=0), x_ND.sum(axis=0).shape, "[D]")
print("x_ND.sum(axis=1)                ", x_ND.sum(axis=1), x_ND.sum(axis=1).shape, "[N]")
print("x_ND.sum(axis=1, keepdims=True) ", x_ND.sum(axis=1, keepdims=True).tolist(), "[N, 1]")
# %% [markdown] en
# ## `*` is not `@`
#
# `A * B` multiplies number by number in the same place. `A @ B` is the matrix product: each number of the result is the sum
# of a row of A times a column of B,
#
# $$(AB)_{nh} = \sum_d A_{nd}\,B_{dh}.$$
#
# The inner letter d must be the same on both sides, and it disappears: [N, D] @ [D, H] → [N, H].
# %% [markdown] ja
# ## `*` と `@` は別もの
#
# `A * B` は、同じ場所にある数どうしの積です。`A @ B` は行列の積で、結果の一つ一つの数は「A の行と B の列の積の和」です。
#
# $$(AB)_{nh} = \sum_d A_{nd}\,B_{dh}$$
#
# 内側の文字 d は両側で一致していなければならず、積をとると消えます。[N, D] @ [D, H] → [N, H] です。
# %%
A = np.array([[1.0, 2.0], [3.0, 4.0]])
B = np.array([[10.0, 0.0], [0.0, 1.0]])
print("A * B =", (A * B).tolist())
print("A @ B =", (A @ B).tolist())
assert (A @ B)[1, 0] == 3 * 10 + 4 * 0

x_ND = np.ones((5, 3))
W_HD = np.ones((2, 3))
print("x_ND @ W_HD.T:", x_ND.shape, "@", W_HD.T.shape, "->", (x_ND @ W_HD.T).shape, "[N, H]")
try:
    x_ND @ W_HD
except ValueError as error:
    print("x_ND @ W_HD  :", error)
# %% [markdown] en
# ## The broadcasting trap
#
# NumPy and PyTorch stretch a box of size 1 along an axis to fit the other one, and add missing axes *on the left*. That is
# handy: `x_ND + b_D` adds b to every row. It is also the commonest silent mistake of all. Say five predictions have the
# shape `(5, 1)` and the five right values `(5,)`:
# %% [markdown] ja
# ## ブロードキャストの落とし穴
#
# NumPy と PyTorch は、長さ 1 の軸を相手に合わせて引き伸ばし、足りない軸は**左側に**補います。これは便利な仕組みで、
# `x_ND + b_D` と書けば、すべての行に b が足されます。しかし、黙って起きる間違いのうちで最も多いのも、これです。
# 5 個の予測が `(5, 1)`、5 個の正解が `(5,)` という形だったとしましょう。
# %%
prediction_N1 = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
truth_N = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
difference = prediction_N1 - truth_N
print("shape", difference.shape, " mean square", (difference**2).mean())

right_N = prediction_N1[:, 0] - truth_N
print("shape", right_N.shape, "   mean square", (right_N**2).mean())
# %% en
title = "prediction − truth: 25 differences,\nonly the 5 in frames were meant"
x_label, y_label = "truth, stretched along this axis", "prediction"
# %% ja
title = "予測 − 正解:25 個の差ができてしまった。\n欲しかったのは、枠で囲んだ 5 個だけ"
x_label, y_label = "正解(この軸に沿って引き伸ばされた)", "予測"
# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(4.6, 4.2))
axes.imshow(difference, cmap="PuOr", vmin=-6, vmax=6)
for row in range(5):
    for column in range(5):
        axes.text(column, row, f"{difference[row, column]:.0f}", ha="center", va="center")
    axes.add_patch(plt.Rectangle((row - 0.46, row - 0.46), 0.92, 0.92, fill=False))
axes.set(title=title, xlabel=x_label, ylabel=y_label)
axes.grid(False)
plt.show()
# %% [markdown] en
# Every prediction is right, and still the "loss" is 4. No error, no warning: the training just does not work. So print
# shapes, give them names, and let layers refuse what does not fit. Those of `mebuki.scratch` do:
# %% [markdown] ja
# 予測はすべて正解なのに、「損失」は 4 です。エラーも警告も出ず、ただ学習がうまくいかなくなります。ですから、形を表示し、
# 形に名前をつけ、合わないものは層に断らせましょう。`mebuki.scratch` の層は、きちんと断ります。
# %%
from mebuki.scratch import Linear, ShapeError

try:
    Linear(3, 2)(np.ones((5, 4)))
except ShapeError as error:
    print(error)
# %% [markdown] en
# ## From NumPy to PyTorch and back
#
# A PyTorch tensor is an array that can also live on a GPU and can keep a record of how it was computed. Two surprises
# wait on the border. The first: `torch.from_numpy` shares the memory, `torch.tensor` copies it.
# %% [markdown] ja
# ## NumPy と PyTorch を行き来する
#
# PyTorch のテンソルは、GPU の上にも置けて、「どう計算されたか」の記録も残せる配列です。NumPy との境目には、驚きが二つ
# 待っています。一つめは、`torch.from_numpy` はメモリを共有し、`torch.tensor` はコピーする、ということです。
# %%
import torch

array = np.zeros(3)
shared, copied = torch.from_numpy(array), torch.tensor(array)
array[0] = 7
print("from_numpy:", shared)
print("tensor    :", copied)
assert shared[0] == 7
assert copied[0] == 0
# %% [markdown] en
# The second: NumPy makes `float64` by default, PyTorch makes `float32`, and PyTorch refuses to multiply the two.
# %% [markdown] ja
# 二つめ。NumPy は何も言わなければ `float64` を作り、PyTorch は `float32` を作ります。そして PyTorch は、型の違うものどうしの
# 行列の積を断ります。
# %%
layer = torch.nn.Linear(3, 2)
x = np.ones((5, 3))
try:
    layer(torch.from_numpy(x))
except RuntimeError as error:
    print(error)
y = layer(torch.from_numpy(x.astype(np.float32)))
print(y.dtype, tuple(y.shape), "[N, H]")
# %% [markdown] en
# The *device* is where the numbers lie. The same code runs anywhere if you name the device once. On the way back to NumPy a
# tensor must leave the GPU (`.cpu()`) and its record (`.detach()`); on the CPU the first of these costs nothing.
# %% [markdown] ja
# **デバイス**とは、数が置かれている場所のことです。最初に一度だけ指定しておけば、同じコードがどこでも動きます。
# NumPy に戻すときは、GPU から降ろし(`.cpu()`)、計算の記録から切り離します(`.detach()`)。CPU の上なら、前者は何もしません。
# %%
device = "cuda" if torch.cuda.is_available() else "cpu"
layer, x = layer.to(device), torch.ones(5, 3, device=device)
back = layer(x).detach().cpu().numpy()
print(device, type(back).__name__, back.dtype, back.shape)


# %% [markdown] en
# ## One derivative, three ways
#
# Take $y = ax + b$ with $a = 3$, $b = 4$, $x = 5$, so $y = 19$. If we turn up one of the three numbers a little, how much
# does y move?
#
# **By hand.** Keep the others still and take the derivative:
#
# | turned up | derivative | here | in words |
# |---|---|---|---|
# | $a$ | $\partial y/\partial a = x$ | 5 | a weight is answered by its input |
# | $b$ | $\partial y/\partial b = 1$ | 1 | a bias passes everything on |
# | $x$ | $\partial y/\partial x = a$ | 3 | an input is answered by its weight |
#
# Remember these three lines. A linear layer with a million weights does nothing else.
#
# **By numbers.** Really turn it, a little up and a little down, and look. This is the *central difference*
# $\dfrac{f(x+h) - f(x-h)}{2h}$:
# %% [markdown] ja
# ## 一つの微分を、三通りで
#
# $y = ax + b$ を考えます。$a = 3$、$b = 4$、$x = 5$ なら $y = 19$ です。三つの数のうち一つを少しだけ大きくすると、
# y はどれだけ動くでしょうか。
#
# **手計算で。** ほかの数は止めておいて、微分します。
#
# | 動かす数 | 微分 | ここでは | 言葉にすると |
# |---|---|---|---|
# | $a$ | $\partial y/\partial a = x$ | 5 | 重みへの答えは、その入力 |
# | $b$ | $\partial y/\partial b = 1$ | 1 | バイアスは、そのまま通す |
# | $x$ | $\partial y/\partial x = a$ | 3 | 入力への答えは、その重み |
#
# この三行を覚えておいてください。重みが百万個ある線形層も、していることはこれだけです。
#
# **数値で。** 実際に少し大きく、少し小さくしてみて、y の動きを見ます。これを**中心差分**といいます。
# $\dfrac{f(x+h) - f(x-h)}{2h}$
# %%
def line(a, b, x):
    return a * x + b


def central(f, at, h=1e-5):
    return (f(at + h) - f(at - h)) / (2 * h)


a, b, x = 3.0, 4.0, 5.0
by_numbers = [
    central(lambda a: line(a, b, x), a),
    central(lambda b: line(a, b, x), b),
    central(lambda x: line(a, b, x), x),
]
print("dy/da, dy/db, dy/dx =", np.round(by_numbers, 6))
assert np.allclose(by_numbers, [5, 1, 3])
# %% [markdown] en
# **By autograd.** PyTorch writes down every operation on a tensor with `requires_grad=True`. `y.backward()` walks
# back through that record and leaves the derivative of y with respect to each tensor in its `.grad`.
# %% [markdown] ja
# **自動微分で。** PyTorch は、`requires_grad=True` としたテンソルへの演算を、すべて記録しています。`y.backward()` を呼ぶと
# その記録を逆向きにたどり、y のそれぞれのテンソルによる微分を `.grad` に残します。
# %%
a, b, x = (torch.tensor(value, requires_grad=True) for value in (3.0, 4.0, 5.0))
y = a * x + b
y.backward()
print("y =", y.item(), " record:", y.grad_fn.name(), "<-", y.grad_fn.next_functions[0][0].name())
print("dy/da, dy/db, dy/dx =", a.grad.item(), b.grad.item(), x.grad.item())
assert (a.grad, b.grad, x.grad) == (5, 1, 3)
# %% [markdown] en
# Three ways, one answer. That is how we shall check everything in this course.
#
# **How small should h be?** Not as small as possible. Here is the error for $f(x) = x^3$ at $x = 5$, where the
# derivative is exactly $3 \cdot 5^2 = 75$:
# %% [markdown] ja
# 三通りの答えが一致しました。この講座では、何もかもこの方法で確かめていきます。
#
# **h はどれくらい小さくすればよいのでしょうか。** 小さければ小さいほどよい、ではありません。$f(x) = x^3$ の $x = 5$ での微分
# (正確に $3 \cdot 5^2 = 75$)について、誤差を描いてみましょう。
# %% en
title, x_label, y_label = "Too large and too small are both wrong", "step h", "error of the derivative"
labels = ["forward difference (f(x+h) − f(x)) / h", "central difference (f(x+h) − f(x−h)) / 2h"]
# %% ja
title, x_label, y_label = "大きすぎても、小さすぎてもいけない", "刻み h", "微分の誤差"
labels = ["前進差分 (f(x+h) − f(x)) / h", "中心差分 (f(x+h) − f(x−h)) / 2h"]


# %%
def cube(x):
    return x**3


h = np.logspace(-13, 0, 150)
forward_error = np.abs((cube(5 + h) - cube(5.0)) / h - 75)
central_error = np.abs(central(cube, 5.0, h) - 75)

figure, axes = plt.subplots()
axes.loglog(h, forward_error, label=labels[0])
axes.loglog(h, central_error, label=labels[1], linestyle="-")
axes.set(title=title, xlabel=x_label, ylabel=y_label)
axes.legend()
plt.show()
best = h[central_error.argmin()]
assert 1e-8 < best < 1e-2
# %% [markdown] en
# **What to notice.** On the right the step is so wide that the curve bends within it; the central difference wins there,
# because its error shrinks with $h^2$, not with $h$. On the left the two values of f are so alike that their difference has
# hardly any digits left. In between, around $h = 10^{-5}$, the central difference is wrong by a billionth only.
#
# By numbers needs two runs of the whole computation *for each* number. A network with a million weights would need two
# million runs for one step. By autograd, or by hand, it takes one run forward and one run back. That is the whole reason
# for back-propagation.
# %% [markdown] ja
# **見てほしいところ。** 右側では h が広すぎて、その間に曲線が曲がってしまいます。ここで中心差分が勝つのは、誤差が $h$ では
# なく $h^2$ に比例して縮むからです。左側では、二つの f の値が似すぎていて、引き算をすると桁がほとんど残りません（桁落ち）。
# その間、$h = 10^{-5}$ あたりでは、中心差分の誤差は十億分の一ほどしかありません。
#
# 数値微分では、数**一つにつき** 2 回、計算全体をやり直します。重みが百万個あれば、学習の一歩のために二百万回です。
# 自動微分や手で導いた微分なら、前向きに 1 回、逆向きに 1 回で済みます。逆伝播がある理由は、これに尽きます。
# %% [markdown] en
# ## Gradients add up
#
# Call backward twice, and the gradients are twice as large. PyTorch *adds* to `.grad` and never assigns it.
# %% [markdown] ja
# ## 勾配は足されていく
#
# 逆伝播を 2 回行うと、勾配は 2 倍になります。PyTorch は `.grad` に**足す**だけで、決して代入しません。
# %%
a, b, x = (torch.tensor(value, requires_grad=True) for value in (3.0, 4.0, 5.0))
for time in (1, 2):
    y = a * x + b
    y.backward()
    print(f"after {time}: dy/da = {a.grad.item()}, dy/db = {b.grad.item()}, dy/dx = {x.grad.item()}")
assert a.grad == 10
a.grad = b.grad = x.grad = None
# %% [markdown] en
# This is no fault but the point. Where a number is used twice, it moves the result along two ways, and its derivative is the
# sum over both. In $y = x \cdot x$ each of the two x's gives x, together $2x$. A recurrent network uses the same weights at
# each of its steps, and learns just because of this.
#
# The price: before each training step the gradients must be set to zero (`zero_grad` there, `zero_gradients` here).
#
# And when nothing is to be learned, as when a trained model writes, the record is a waste of memory. `torch.no_grad()`
# switches it off:
# %% [markdown] ja
# これは欠点ではなく、大切な仕組みです。一つの数が二か所で使われると、その数は二つの道を通って結果を動かします。ですから、
# 微分は両方の道の和になります。$y = x \cdot x$ では、二つの x がそれぞれ x を返し、合わせて $2x$ です。再帰型ネットワークは
# 同じ重みをすべての時刻で使いますが、それを学習できるのも、この性質のおかげです。
#
# 代わりに、学習の一歩ごとに勾配をゼロに戻さなければなりません(PyTorch では `zero_grad`、ここでは `zero_gradients`)。
#
# また、学習済みのモデルに文を書かせるときのように、何も学習しないなら、記録はメモリの無駄です。`torch.no_grad()` で
# 止められます。
# %%
x = torch.tensor(5.0, requires_grad=True)
y = x * x
y.backward()
print("d(x·x)/dx at 5:", x.grad.item())
assert x.grad == 10

with torch.no_grad():
    y = x * x
print("inside no_grad:", y.requires_grad, y.grad_fn)
# %% [markdown] en
# ## The same without PyTorch: the way back stands under the way there
#
# Autograd is convenient, but it hides what we want to understand. In `mebuki.scratch` each layer gives its output *and* a
# function that leads back:
#
# ```python
# y, backward = layer(x)
# dx = backward(dy)
# ```
#
# `dy` is the question from above, "how much does the loss move if y moves?", and `dx` is the answer passed on below. A
# `Parameter` is a learned box of numbers with a `gradient` beside it, into which one adds. Here is $y = ax + b$ as a layer.
# Compare its three lines of backward with the table above:
# %% [markdown] ja
# ## PyTorch なしで：行きのすぐ下に、帰りを書く
#
# 自動微分は便利ですが、知りたいことを隠してしまいます。`mebuki.scratch` の層は、出力と**いっしょに**、帰り道の関数を返します。
#
# ```python
# y, backward = layer(x)
# dx = backward(dy)
# ```
#
# `dy` は上から来る問い「y が動くと、損失はどれだけ動くか」で、`dx` は下へ渡す答えです。`Parameter` は、学習する数の箱に
# `gradient` という箱を添えたもので、勾配はそこへ足し込みます。$y = ax + b$ を層として書いてみます。backward の三行を、
# 先ほどの表と見比べてください。
# %%
from mebuki.scratch import Layer, Parameter, check_gradients


class Line(Layer):
    def __init__(self, a, b):
        self.a, self.b = Parameter(a), Parameter(b)

    def __call__(self, x):
        y = self.a.value * x + self.b.value

        def backward(dy):
            self.a.add(dy * x)
            self.b.add(dy)
            return dy * self.a.value

        return y, backward


layer = Line(3.0, 4.0)
y, backward = layer(5.0)
dx = backward(1.0)
print("y =", y, " dy/da =", layer.a.gradient, " dy/db =", layer.b.gradient, " dy/dx =", dx)
assert (layer.a.gradient, layer.b.gradient, dx) == (5, 1, 3)
# %% [markdown] en
# Why 1.0? Because nothing stands above y here: y moves as much as y moves. `backward` is a function defined *inside* the
# forward, so it still sees x and needs no separate store for it. Call it again, and it adds again, as PyTorch does.
#
# `check_gradients` compares a whole layer with the central difference, in float64:
# %% [markdown] ja
# なぜ 1.0 を渡すのでしょう。ここでは y の上に何もないからです。y は、y が動いた分だけ動きます。`backward` は順伝播の**中で**
# 定義した関数なので、x がまだ見えています。x をどこかに取っておく必要はありません。もう一度呼べば、PyTorch と同じように
# もう一度足されます。
#
# `check_gradients` は、層をまるごと数値微分と比べます（float64 で）。
# %%
backward(1.0)
assert layer.a.gradient == 10
for name, error in check_gradients(Line(3.0, 4.0), np.array(5.0)).items():
    print(f"{name:8} relative error {error:.1e}")
# %% [markdown] en
# ## What gradients are for
#
# Here are 40 points that scatter around an unknown line. We begin with any line, ask for the gradient of the mean squared
# error, and walk a little way *against* it, a hundred times. That is learning.
#
# With $L = \frac{1}{N}\sum_n (y_n - t_n)^2$ the question from above is $\partial L/\partial y_n = \frac{2}{N}(y_n - t_n)$.
# %% [markdown] ja
# ## 勾配は何の役に立つのか
#
# 未知の直線のまわりに散らばる点が 40 個あります。適当な直線から始め、二乗誤差の平均の勾配を求め、その**逆向きに**少し歩く。
# これを百回くり返します。これが学習です。
#
# 損失を $L = \frac{1}{N}\sum_n (y_n - t_n)^2$ とすると、上から来る問いは $\partial L/\partial y_n = \frac{2}{N}(y_n - t_n)$ です。
# %%
x_N1 = rng.uniform(-1, 1, (40, 1))
target_N1 = 3 * x_N1 + 4 + rng.normal(0, 0.4, (40, 1))
model = Linear(1, 1, rng=0).astype(np.float64)
lines, losses = [], []
for _ in range(100):
    model.zero_gradients()
    y_N1, backward = model(x_N1)
    losses.append(float(((y_N1 - target_N1) ** 2).mean()))
    lines.append((model.weight.value.item(), model.bias.value.item()))
    backward(2 * (y_N1 - target_N1) / len(x_N1))
    for parameter in model.parameters():
        parameter.value -= 0.1 * parameter.gradient
print(
    f"a = {model.weight.value.item():.2f}, b = {model.bias.value.item():.2f}, loss {losses[0]:.2f} -> {losses[-1]:.2f}"
)
assert abs(model.weight.value.item() - 3) < 0.4
assert abs(model.bias.value.item() - 4) < 0.2
# %% en
titles = ["The line finds the points", "The loss falls"]
x_labels, y_labels = ["x", "step"], ["y", "mean squared error"]
after = "after {} steps"
# %% ja
titles = ["直線が点に近づいていく", "損失が下がっていく"]
x_labels, y_labels = ["x", "ステップ"], ["y", "二乗誤差の平均"]
after = "{} 歩のあと"
# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6))
left.scatter(x_N1, target_N1, s=12, color="0.6")
ends = np.array([-1.0, 1.0])
for step in (0, 5, 20, 99):
    slope, offset = lines[step]
    left.plot(ends, slope * ends + offset, label=after.format(step))
left.legend(fontsize=8)
right.semilogy(losses)
for axes, *words in zip((left, right), titles, x_labels, y_labels, strict=True):
    axes.set(title=words[0], xlabel=words[1], ylabel=words[2])
plt.show()
# %% [markdown] en
# **What to notice.** `backward` was called once a step, whatever the number of points: the sum over the points is inside
# `Linear`. The loss does not fall to zero, since the points really scatter; what is left is noise that no line can explain.
#
# You now know all the mechanics. A language model is more of the same: more layers, and another loss.
# %% [markdown] ja
# **見てほしいところ。** 点がいくつあっても、`backward` を呼ぶのは一歩につき一度です。点についての和は `Linear` の中で
# とられています。また、損失はゼロにはなりません。点は実際に散らばっていて、残った分はどんな直線にも説明できない雑音だからです。
#
# これで、仕組みはすべて出そろいました。言語モデルも、層が増え、損失が変わるだけで、していることは同じです。
# %% [markdown] en
# ## Exercises
#
# 1. What shapes have `np.ones((2, 3, 4)).sum(axis=1)`, `np.ones((2, 3, 4)) @ np.ones((4, 5))` and
#    `np.ones((3, 1)) * np.ones(4)`? Say it first, then run it.
# 2. Divide every row of `counts = np.array([[1., 3.], [4., 4.], [0., 5.]])` by its sum, so that each row adds up to 1. What
#    goes wrong without `keepdims=True`? And what would go wrong, without an error, if the table had as many rows as columns?
# 3. Take $y = a x^2 + b$ at $a = 3, b = 4, x = 5$. Find the three derivatives by hand, by numbers and by autograd.
# 4. Write `square`, a function with the contract `y, backward = square(x)`, and check it with `check_gradients`. Then plant a
#    mistake in it, and see it caught.
# 5. In the last loop leave out `model.zero_gradients()`. What do you expect to happen to the loss? Look.
# %% [markdown] ja
# ## 練習問題
#
# 1. `np.ones((2, 3, 4)).sum(axis=1)`、`np.ones((2, 3, 4)) @ np.ones((4, 5))`、`np.ones((3, 1)) * np.ones(4)` の形は
#    それぞれどうなりますか。先に答えてから、実行してみてください。
# 2. `counts = np.array([[1., 3.], [4., 4.], [0., 5.]])` の各行をその和で割り、どの行も和が 1 になるようにしてください。
#    `keepdims=True` がないと何が起きますか。また、もし行と列の数が同じ表だったら、エラーも出ずに何が起きるでしょうか。
# 3. $y = a x^2 + b$ を $a = 3, b = 4, x = 5$ で考えます。三つの微分を、手計算、数値、自動微分で求めてください。
# 4. 約束 `y, backward = square(x)` を守る関数 `square` を書き、`check_gradients` で確かめてください。次に、わざと間違いを入れ、
#    見つかることを確かめてください。
# 5. 最後のループから `model.zero_gradients()` を取り除くと、損失はどうなると思いますか。予想してから、見てください。
# %% [markdown] en
# ## Answers
#
# **1.** The named axis disappears: (2, 4). The inner 4 disappears: (2, 3, 5). Size 1 is stretched: (3, 4).
# %% [markdown] ja
# ## 答え
#
# **1.** 指定した軸が消えて (2, 4)。内側の 4 が消えて (2, 3, 5)。長さ 1 の軸が引き伸ばされて (3, 4)。
# %%
print(np.ones((2, 3, 4)).sum(axis=1).shape, (np.ones((2, 3, 4)) @ np.ones((4, 5))).shape, end=" ")
print((np.ones((3, 1)) * np.ones(4)).shape)
# %% [markdown] en
# **2.** Without `keepdims` the sums have the shape (3,). That is taken for (1, 3), which does not fit (3, 2): an error, luckily.
# In a square table it would fit, and every *column* would be divided by the sum of another row.
# %% [markdown] ja
# **2.** `keepdims` がないと、和の形は (3,) です。これは (1, 3) とみなされ、(3, 2) とは合わないので、幸いエラーになります。
# 正方形の表なら形が合ってしまい、それぞれの**列**が、関係のない行の和で割られてしまいます。
# %%
counts = np.array([[1.0, 3.0], [4.0, 4.0], [0.0, 5.0]])
shares = counts / counts.sum(axis=1, keepdims=True)
print(shares.tolist())
assert np.allclose(shares.sum(axis=1), 1)
# %% [markdown] en
# **3.** $\partial y/\partial a = x^2 = 25$, $\partial y/\partial b = 1$, $\partial y/\partial x = 2ax = 30$.
# %% [markdown] ja
# **3.** $\partial y/\partial a = x^2 = 25$、$\partial y/\partial b = 1$、$\partial y/\partial x = 2ax = 30$ です。
# %%
by_numbers = [
    central(lambda a: a * 5.0**2 + 4.0, 3.0),
    central(lambda b: 3.0 * 5.0**2 + b, 4.0),
    central(lambda x: 3.0 * x**2 + 4.0, 5.0),
]
a, b, x = (torch.tensor(value, requires_grad=True) for value in (3.0, 4.0, 5.0))
(a * x**2 + b).backward()
print(np.round(by_numbers, 5), a.grad.item(), b.grad.item(), x.grad.item())
assert np.allclose(by_numbers, [25, 1, 30])
assert (a.grad, b.grad, x.grad) == (25, 1, 30)
# %% [markdown] en
# **4.** $y = x^2$, so $dx = 2x\,dy$, at each place of the array.
# %% [markdown] ja
# **4.** $y = x^2$ ですから、配列のそれぞれの場所で $dx = 2x\,dy$ です。
# %%
from mebuki.scratch import GradientError


def square(x):
    return x * x, lambda dy: 2 * x * dy


def planted(x):
    return x * x, lambda dy: 2.002 * x * dy


print(check_gradients(square, np.array([1.0, -2.0, 3.0])))
try:
    check_gradients(planted, np.array([1.0, -2.0, 3.0]))
except GradientError as error:
    print(error)
# %% [markdown] en
# **5.** Each step then walks along the sum of *all* gradients so far, old ones included. Even where the loss is lowest the
# old sum pushes on, and the line swings to and fro around the right place instead of coming to rest.
# %% [markdown] ja
# **5.** 毎回、これまでの**すべての**勾配の和に沿って歩くことになります。損失が最も低い場所に着いても、古い和が押し続けるので、
# 直線は落ち着かず、正しい場所のまわりを行ったり来たりします。
# %% en
title, x_label, y_label = "Without zero_gradients: it swings", "step", "mean squared error"
# %% ja
title, x_label, y_label = "zero_gradients がないと、揺れ続ける", "ステップ", "二乗誤差の平均"
# %%
model, forgetful = Linear(1, 1, rng=0).astype(np.float64), []
for _ in range(100):
    y_N1, backward = model(x_N1)
    forgetful.append(float(((y_N1 - target_N1) ** 2).mean()))
    backward(2 * (y_N1 - target_N1) / len(x_N1))
    for parameter in model.parameters():
        parameter.value -= 0.1 * parameter.gradient
figure, axes = plt.subplots(figsize=(7, 3))
axes.plot(forgetful)
axes.set(title=title, xlabel=x_label, ylabel=y_label)
plt.show()
assert max(forgetful[50:]) > 10 * losses[-1]
