# %% [markdown] en
# # 9 The same in PyTorch, and fast
#
# Everything so far was NumPy, and every gradient by hand. PyTorch finds gradients by itself, and is faster. In this lesson the weights of our Transformer
# move over to PyTorch, and nothing changes: the same logits, the same gradients, the same losses, step by step. Then we measure what we gain, and
# let `mebuki.train` hold the loop.
#
# **What you will be able to do**
#
# - carry weights from NumPy to PyTorch, and show that both models are one and the same
# - say what autograd does, and check a backward of yours against it
# - write the training loop of PyTorch, and read it beside your own
# - measure letters per second, and say where the time goes
# - train from a recipe, and save, reopen and continue a run
#
# You need lesson 8.
# %% [markdown] ja
# # 9 同じことを PyTorch で、速く
#
# ここまでは、すべて NumPy で、勾配もすべて手で書きました。PyTorch は勾配を自分で求めてくれるうえ、速く動きます。このレッスンでは、
# 手で書いた Transformer の重みを PyTorch に移します。すると、何も変わりません。ロジットも、勾配も、一歩ごとの損失も同じです。
# そのうえで、何が得られるのかを測り、`mebuki.train` にループを任せます。
#
# **できるようになること**
#
# - NumPy から PyTorch へ重みを移し、二つが同じモデルであることを示せる
# - 自動微分が何をしているのかを言い、自分の逆伝播をそれで検算できる
# - PyTorch の学習ループを書き、自分のループと並べて読める
# - 一秒に何文字学べるかを測り、時間がどこで使われているかを言える
# - レシピから学習させ、保存し、開き直し、続きを学習させられる
#
# 必要なのは、レッスン 8 です。
# %%
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits

import mebuki
from mebuki import models, samples, scratch
from mebuki.runs.events import Evaluated, Sampled
from mebuki.training.batches import Batches
from mebuki.training.scratch_trainer import ScratchTrainer

threadpool_limits(1, "blas")  # one core for NumPy and one for PyTorch: a fair comparison
torch.set_num_threads(1)
rng = np.random.default_rng(9)
# %% [markdown] en
# ## One layer, twice
#
# First the smallest thing. The same linear layer with the same weights:
#
# | | NumPy, by hand | PyTorch |
# |---|---|---|
# | forward | `y, backward = layer(x)` | `y = layer(x)` |
# | backward | `dx = backward(dy)` | `y.backward(dy)`, then `x.grad` |
# | gradient of a weight | `layer.weight.gradient` | `layer.weight.grad` |
# | forget it | `layer.zero_gradients()` | `layer.zero_grad()` |
# | one step | `optimizer.step()` | `optimizer.step()` |
# %% [markdown] ja
# ## 一つの層を、二通りで
#
# まず、いちばん小さなものから。同じ重みをもつ、同じ線形層です。
#
# | | NumPy（手書き） | PyTorch |
# |---|---|---|
# | 順伝播 | `y, backward = layer(x)` | `y = layer(x)` |
# | 逆伝播 | `dx = backward(dy)` | `y.backward(dy)` のあとで `x.grad` |
# | 重みの勾配 | `layer.weight.gradient` | `layer.weight.grad` |
# | 勾配を忘れる | `layer.zero_gradients()` | `layer.zero_grad()` |
# | 更新 | `optimizer.step()` | `optimizer.step()` |
# %%
by_hand, by_torch = scratch.Linear(3, 2), torch.nn.Linear(3, 2)
with torch.no_grad():
    by_torch.weight.copy_(torch.from_numpy(by_hand.weight.value))
    by_torch.bias.copy_(torch.from_numpy(by_hand.bias.value))
x_ND, dy_NH = rng.standard_normal((5, 3)).astype(np.float32), rng.standard_normal((5, 2)).astype(np.float32)

y_NH, backward = by_hand(x_ND)
dx_ND = backward(dy_NH)

x = torch.from_numpy(x_ND).requires_grad_()
y = by_torch(x)
y.backward(torch.from_numpy(dy_NH))
print("y", y_NH.shape, tuple(y.shape), "  written down on the way:", y.grad_fn.name())
assert np.allclose(y_NH, y.detach().numpy(), atol=1e-6)
assert np.allclose(dx_ND, x.grad.numpy(), atol=1e-6)
assert np.allclose(by_hand.weight.gradient, by_torch.weight.grad.numpy(), atol=1e-6)
# %% [markdown] en
# **What autograd does** is no secret any more. Our `layer(x)` returns its own way back, a function that still sees all it needs. PyTorch does the same, only that it
# does not hand the function to you: it hangs it onto the result, as `y.grad_fn`, and each of them knows those before it. `backward()` walks along them from the
# last to the first. That is all; the derivatives of the single operations were written by hand there too, by somebody.
#
# ## The whole model
#
# The parameters of `mebuki.scratch` have the names and shapes of those in `mebuki.models`. So carrying the weights over is a loop of one line:
# %% [markdown] ja
# **自動微分が何をしているのか**は、もう秘密ではありません。手書きの `layer(x)` は「帰り道」を関数として返し、その関数は必要なものをすべて覚えています。
# PyTorch も同じことをしています。ただ、その関数を手渡すかわりに、結果に `y.grad_fn` としてつけておきます。それぞれの関数は、自分の前の関数を知っていて、
# `backward()` はそれを最後から最初へたどります。それだけです。一つ一つの演算の微分は、PyTorch の中でも、誰かが手で書いたものです。
#
# ## モデル全体
#
# `mebuki.scratch` のパラメータは、名前も形も `mebuki.models` のものと同じです。ですから、重みを移すのは一行のループですみます。
# %% en
corpus = mebuki.Corpus.from_text(samples.diary("en"))
prompt = "Today "
# %% ja
corpus = mebuki.Corpus.from_text(samples.diary("ja"))
prompt = "今日は"
# %%
V, B, T = corpus.vocabulary, 16, 64
hand = scratch.Transformer(V, width=64, layers=2, heads=4, key_value_heads=2, context=T, rng=0)
for parameter in hand.parameters():  # as if it had learned something: fresh matrices hold zeros
    parameter.value += 0.05 * rng.standard_normal(parameter.value.shape).astype(np.float32)
twin = models.Transformer(V, hand.shape)


def carry_over(hand, twin):
    with torch.no_grad():
        for name, parameter in twin.named_parameters():
            parameter.copy_(torch.from_numpy(hand.weights()[name]))


carry_over(hand, twin)
batches = Batches(corpus.train, context=T, batch=B, seed=0)
ids_BT, targets_BT = batches(0)
logits_BTV, _ = hand(ids_BT)
their_logits = twin(torch.from_numpy(ids_BT))
difference = np.abs(logits_BTV - their_logits.detach().numpy()).max()
print("logits", logits_BTV.shape, tuple(their_logits.shape), "[B, T, V]")
print(f"largest logit {np.abs(logits_BTV).max():.2f}, largest difference {difference:.1e}")
assert difference < 1e-3
# %% [markdown] en
# Not quite zero: `float32` has seven digits, and the two engines add up in different orders. If that is the whole reason, the difference must shrink a
# billionfold in `float64`:
# %% [markdown] ja
# ぴったり 0 ではありません。`float32` は七桁しかなく、足し算の順番が二つのエンジンで違うからです。理由がそれだけなら、`float64` にすると
# 差は十億分の一ほどに縮むはずです。
# %%
hand.astype(np.float64)
twin.double()
logits_BTV, model_backward = hand(ids_BT)
their_logits = twin(torch.from_numpy(ids_BT))
difference = np.abs(logits_BTV - their_logits.detach().numpy()).max()
print(f"in float64: {difference:.1e}")
assert difference < 1e-10
# %% [markdown] en
# **The gradients.** First, everything we wrote by hand in the lessons before. Then, `loss.backward()`.
# %% [markdown] ja
# **勾配。** 前半は、これまでのレッスンで手で書いてきたもの全部。後半は `loss.backward()` です。
# %%
loss, loss_backward = scratch.cross_entropy(logits_BTV, targets_BT)
hand.zero_gradients()
model_backward(loss_backward())

their_loss = F.cross_entropy(their_logits.flatten(0, 1), torch.from_numpy(targets_BT).flatten())
their_loss.backward()

print(f"loss {loss:.12f}\n     {their_loss.item():.12f}")
for name, parameter in twin.named_parameters():
    gradient = hand.named_parameters()[name].gradient
    difference = np.abs(gradient - parameter.grad.numpy()).max()
    print(f"{name:31} {gradient.shape!s:11} largest {np.abs(gradient).max():.1e}  difference {difference:.1e}")
    assert difference < 1e-10
# %% [markdown] en
# Each gradient of the model by hand agrees to ten digits and more. (The embedding serves as the output too; its gradient has two parts. In both engines gradients are *added*, so it
# just works.)
#
# ## The loop, side by side
#
# The same weights, the same batches, the same optimizer: the losses must stay the same too, step after step.
# %% [markdown] ja
# 手で書いたモデルの勾配は、どれも十桁以上一致しました（埋め込みは出力にも使われるので、勾配は二か所から来ます。どちらのエンジンでも勾配は**足す**約束なので、
# 何もしなくても正しくなります）。
#
# ## ループを並べてみる
#
# 同じ重み、同じバッチ、同じオプティマイザなら、損失も一歩ごとに同じはずです。
# %%
hand.astype(np.float32)
twin.float()
carry_over(hand, twin)
ours = scratch.AdamW(hand.named_parameters(), learning_rate=3e-3, beta2=0.95, weight_decay=0.0)
theirs = torch.optim.AdamW(twin.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0)

steps = 20  # quick: 4
losses = []
for step in range(steps):
    ids_BT, targets_BT = batches(step)

    logits_BTV, model_backward = hand(ids_BT)  # NumPy
    loss, loss_backward = scratch.cross_entropy(logits_BTV, targets_BT)
    hand.zero_gradients()
    model_backward(loss_backward())
    ours.step()

    logits = twin(torch.from_numpy(ids_BT))  # PyTorch
    their_loss = F.cross_entropy(logits.flatten(0, 1), torch.from_numpy(targets_BT).flatten())
    theirs.zero_grad()
    their_loss.backward()
    theirs.step()

    losses.append((loss, their_loss.item()))
    if step % 4 == 3:
        print(f"step {step + 1:2}   NumPy {loss:.6f}   PyTorch {their_loss.item():.6f}")
assert np.allclose(*np.array(losses).T, atol=1e-2)
# %% [markdown] en
# Five lines each, and the same five. Whoever has written the upper ones can read any training loop in the world.
#
# ## How fast?
#
# Now measure. `mebuki.Trainer` is this loop as an iterator: you hold it, it takes the steps. `ScratchTrainer` is its twin with NumPy. Each step tells how many letters it
# learned from and how long it took.
# %% [markdown] ja
# どちらも五行で、しかも同じ五行です。上の五行を書いたことのある人は、世界中のどんな学習ループも読めます。
#
# ## どれくらい速いのか
#
# では、測りましょう。`mebuki.Trainer` は、このループをイテレータにしたものです。`for` 文はあなたが書き、一歩ずつ進むのは Trainer です。`ScratchTrainer` は、
# NumPy を使う双子です。一歩ごとに、何文字から学び、何秒かかったかを教えてくれます。
# %%
recipe = mebuki.recipes.transformer(corpus, layers=2, heads=4, batch=B, optimizer="adamw", precision="float32")
rounds = 12  # quick: 3


def trainer_of(engine, width):
    wanted = recipe.change(width=width, steps=rounds)
    if engine == "NumPy":
        return ScratchTrainer(scratch.build("transformer", V, wanted.shape), batches, wanted.training)
    return mebuki.Trainer(models.build("transformer", V, wanted.shape), batches, wanted.training)


def letters_per_second(engine, width):
    return max(step.tokens / step.seconds for step in trainer_of(engine, width))


widths = [32, 64, 128]  # quick: [32, 64]
speed = {engine: [letters_per_second(engine, width) for width in widths] for engine in ("NumPy", "PyTorch")}
for engine, numbers in speed.items():
    print(f"{engine:8}", "  ".join(f"width {w}: {n:7,.0f}" for w, n in zip(widths, numbers, strict=True)))
# %% [markdown] en
# Where does the time go? Almost all the *arithmetic* is in the products with the weight matrices: with $P$ weights, a letter costs $2P$ operations forward and $4P$ backward. Let us run those
# products alone, for all matrices of the model, and see what share of a step they take.
# %% [markdown] ja
# 時間はどこで使われているのでしょう。**計算**のほとんどは、重み行列との積です。重みが $P$ 個なら、一文字につき、順伝播に $2P$ 回、逆伝播に $4P$ 回の演算が要ります。
# モデルにあるすべての行列について、その積だけを実行し、一歩の何割を占めるかを見ましょう。
# %%
width = widths[-1]
weights = scratch.build("transformer", V, recipe.change(width=width).shape).weights()
matrices = [array for name, array in weights.items() if array.ndim == 2]
N = B * T


def quickest(work, times=5):
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def products(x_ND, W_HD, dy_NH):
    return x_ND @ W_HD.T, dy_NH @ W_HD, dy_NH.T @ x_ND  # y, dx, dW


seconds = {"NumPy": 0.0, "PyTorch": 0.0}
for W_HD in matrices:
    H, D = W_HD.shape
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in ((N, D), (H, D), (N, H))]
    tensors = [torch.from_numpy(array) for array in arrays]
    seconds["NumPy"] += quickest(lambda arrays=arrays: products(*arrays))
    seconds["PyTorch"] += quickest(lambda tensors=tensors: products(*tensors))

whole = {engine: N / numbers[-1] for engine, numbers in speed.items()}
P = sum(W_HD.size for W_HD in matrices)
for engine in seconds:
    rate = 6 * P * N / seconds[engine] / 1e9
    print(f"{engine:8} products {seconds[engine] * 1e3:5.0f} ms of {whole[engine] * 1e3:5.0f} ms, {rate:.0f} GFLOP/s")
# %% en
words = {
    "speed": "Letters learned from in a second, on one core",
    "width": "width of the model",
    "letters": "letters per second",
    "where": "One step at width",
    "ms": "milliseconds",
    "engine": "engine",
    "products": "products with matrices",
    "rest": "all the rest",
}
# %% ja
words = {
    "speed": "一秒に学べる文字数（1 コア）",
    "width": "モデルの幅",
    "letters": "文字 / 秒",
    "where": "一歩にかかる時間、幅",
    "ms": "ミリ秒",
    "engine": "エンジン",
    "products": "行列の積",
    "rest": "それ以外",
}
# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4))
for engine, numbers in speed.items():
    left.plot(widths, numbers, marker="o", label=engine)
left.set(title=words["speed"], xlabel=words["width"], ylabel=words["letters"], ylim=(0, None), xticks=widths)
left.legend()
in_products = [1e3 * min(seconds[engine], whole[engine]) for engine in seconds]
rest = [1e3 * whole[engine] - part for engine, part in zip(seconds, in_products, strict=True)]
right.bar(list(seconds), in_products, label=words["products"], width=0.5)
right.bar(list(seconds), rest, bottom=in_products, label=words["rest"], width=0.5)
right.set(title=f"{words['where']} {width}", xlabel=words["engine"], ylabel=words["ms"])
right.margins(y=0.35)  # room for the legend
right.legend()
plt.show()
# %% [markdown] en
# The products take nearly as long in both: NumPy and PyTorch hand them to libraries that are about equally good. The difference is in *the rest*: norms, softmax, activations,
# the optimizer. There each line of NumPy walks over the whole array once, writes a new one, and the next line fetches it again from memory. PyTorch joins several such walks into one.
# So our engine by hand is slower by a small factor, and not by a hundred. (In its busiest places `mebuki.models` leaves autograd aside and has its backwards written by hand, just as we did,
# in `models/by_hand.py`: fewer walks, and therefore faster.) While other programs are at work, such figures swing by tens of percent, and may even change places:
# measure again before you conclude anything.
#
# The other gains are outside of this measurement: PyTorch uses several cores well, runs on a GPU, and has three switches that the recipe can turn:
#
# - `precision="bfloat16"` keeps numbers in half as many bits: faster on processors that have it built in (a recipe with `auto` measures it), at three digits of exactness in products.
# - `compile=True` translates the model into a program of its own first: it starts slowly, and pays off in long trainings.
# - `optimizer="muon"` steps each inner matrix along the *nearest orthogonal matrix* of its gradient: more work per step, but fewer steps (the Transformer recipe has it by default; it is there
#   by hand as well, `mebuki.scratch.Muon`).
#
# ## Hold the loop yourself
# %% [markdown] ja
# 行列の積にかかる時間は、どちらもあまり変わりません。NumPy も PyTorch も、同じくらい優れたライブラリに任せているからです。差がつくのは**それ以外**、つまり正規化、softmax、
# 活性化関数、オプティマイザです。NumPy では、一行ごとに配列全体を一度なめ、新しい配列を書き、次の行がまたメモリから読みます。PyTorch は、そうした通り道をいくつか
# 一つにまとめます。ですから、手書きのエンジンは何割か、せいぜい数倍遅いだけで、百倍遅いわけではありません
# （実は `mebuki.models` も、いちばん忙しいところでは自動微分に頼らず、わたしたちと同じように逆伝播を手で書いています。`models/by_hand.py` です。通り道が減って、速くなるからです）。
# なお、ほかのプログラムが動いていると、こうした数は何割も揺れ、順位が入れ替わることさえあります。結論を出す前に、もう一度測ってください。
#
# この測定に現れない利点もあります。PyTorch は、複数のコアをうまく使い、GPU でも動きます。さらに、レシピで切り替えられるものが三つあります。
#
# - `precision="bfloat16"`：数を半分のビットで持ちます。対応するプロセッサでは速くなりますが（`auto` なら測って決めます）、積の精度は三桁ほどになります。
# - `compile=True`：先にモデルを専用のプログラムに翻訳します。始まりは遅く、長い学習で元が取れます。
# - `optimizer="muon"`：内側の行列を、勾配に**いちばん近い直交行列**の向きに動かします。一歩の計算は増えますが、歩数は減ります（Transformer のレシピでは、
#   これが標準です。手書きのものも `mebuki.scratch.Muon` にあります）。
#
# ## ループは自分で持つ
# %%
steps = 90  # quick: 4
recipe = mebuki.recipes.transformer(corpus, width=64, layers=2, heads=4, batch=B, steps=steps, precision="float32")
torch.manual_seed(0)
model = models.build("transformer", V, recipe.shape)
losses = []
for step in mebuki.Trainer(model, batches, recipe.training):
    losses.append(step.loss)
    if step.number % 30 == 0:
        print(f"step {step.number:3}  loss {step.loss:.3f}  {step.tokens / step.seconds:6,.0f} letters per second")
print(prompt + "".join(mebuki.generate(model, corpus.tokenizer, prompt, tokens=60, temperature=0.8)))
# %% [markdown] en
# ## Or let Mebuki hold it
#
# `mebuki.train` does the same, and besides: it evaluates on text not learned from, writes samples, and keeps everything in a folder. In a terminal it shows all this live; here a function of
# ours is told what happens.
# %% [markdown] ja
# ## あるいは、Mebuki に任せる
#
# `mebuki.train` も同じことをします。そのうえ、学習に使わない文章で評価し、見本を書き、すべてを一つのフォルダに残します。端末ではこれらを生中継しますが、ここでは、
# 何が起きたかを自前の関数で受け取ります。
# %% en
among = "step {}: as if choosing among {:.1f} letters"
# %% ja
among = "ステップ {}：{:.1f} 文字から一つを選ぶのと同じくらいの迷い"
# %%
place = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
every = 30  # quick: 2


def tell(event):
    if isinstance(event, Evaluated):
        print(among.format(event.step, event.perplexity))
    elif isinstance(event, Sampled):
        print("   ", (prompt + event.text).replace("\n", " ⏎ "))


recipe = recipe.change(evaluate_every=every, sample_tokens=40, sample_prompt=prompt)
run = mebuki.train(recipe, Path(place.name, "diary"), corpus=corpus, watch=tell)
# %% en
words = {
    "title": "A run, as its folder tells it",
    "step": "training step",
    "loss": "loss (nats a letter)",
    "train": "while training",
    "evaluation": "text not learned from",
    "bigram": "by counted pairs",
}
# %% ja
words = {
    "title": "フォルダに残った、学習の記録",
    "step": "学習ステップ",
    "loss": "損失（一文字あたり nat）",
    "train": "学習中",
    "evaluation": "学習に使わない文章",
    "bigram": "二文字の並びを数えて選ぶ",
}
# %%
figure, ax = plt.subplots()
for name, marker in (("train", ""), ("evaluation", "o")):
    rows = [(row["step"], row["loss"]) for row in run.metrics() if row["event"] == name]
    ax.plot(*zip(*rows, strict=True), marker=marker, label=words[name])
ax.axhline(run.info["baselines"]["bigram"], color="gray", linewidth=1, linestyle=":", label=words["bigram"])
ax.set(title=words["title"], xlabel=words["step"], ylabel=words["loss"])
ax.legend()
plt.show()
# %% [markdown] en
# ## What a run is
#
# A folder that anyone can read: the recipe as TOML, what was measured as lines of JSON, the weights as safetensors. No pickle, so opening somebody else's run cannot do any harm.
# %% [markdown] ja
# ## 学習結果（run）とは何か
#
# 誰にでも読めるフォルダです。レシピは TOML、測ったことは一行ごとの JSON、重みは safetensors です。pickle は使わないので、ほかの人の結果を開いても危険はありません。
# %%
for path in sorted(run.folder.rglob("*")):
    if path.is_file() and not path.name.startswith("."):
        print(f"{path.stat().st_size:9,} bytes  {path.relative_to(run.folder).as_posix()}")
# %% [markdown] en
# Tomorrow, in another program, it is opened again, written with, or trained further from where it stopped:
# %% [markdown] ja
# 明日、別のプログラムで開き直し、文章を書かせたり、続きから学習させたりできます。
# %%
again = mebuki.open_run(run.folder)
print(f"perplexity {again.perplexity:.1f}, {again.info['parameters']:,} parameters")
print(prompt + "".join(again.generate(prompt, tokens=60, temperature=0.8, seed=1)))

longer = mebuki.train(None, run.folder, resume=True, steps=steps + every, watch=tell)
# %% [markdown] en
# And the circle closes: the run was trained by PyTorch, and the model by hand opens it. It gives the same logits, and with the same seed it writes the same text.
# %% [markdown] ja
# そして、輪が閉じます。PyTorch で学習した結果を、手で書いたモデルで開きます。ロジットは同じで、同じ乱数の種からは、同じ文章を書きます。
# %%
hand, twin = longer.model(engine="scratch"), longer.model(engine="torch")
ids_BT = np.array([corpus.validation[:40]])
with torch.no_grad():
    difference = np.abs(hand(ids_BT)[0] - twin(torch.from_numpy(ids_BT)).numpy()).max()
print(type(hand).__module__, type(twin).__module__, f" difference {difference:.1e}")
assert difference < 1e-3
texts = [
    "".join(mebuki.generate(model, corpus.tokenizer, prompt, tokens=40, temperature=0.7)) for model in (hand, twin)
]
print(prompt + texts[0])
assert texts[0] == texts[1]
# %% [markdown] en
# ## Exercises
#
# 1. Carry over the weights of a model with `tied=False` and one key-value head. Which parameter is new? Do the logits agree?
# 2. Forget `zero_grad()`. Show, in both engines, what happens to the gradient at the second `backward`.
# 3. From your measurement: how long does each engine need to read a novel of 500,000 letters ten times, at width 64?
# 4. The recipe above trains with Muon. Train it with `optimizer="adamw"` as well, for as many steps. Which one is better?
# 5. Train a recipe with `engine="scratch"`, and open it with PyTorch.
# %% [markdown] ja
# ## 練習問題
#
# 1. `tied=False` で、キーとバリューのヘッドが一つのモデルの重みを移してください。どのパラメータが増えますか。ロジットは一致しますか。
# 2. `zero_grad()` を忘れてください。二度目の `backward` で勾配がどうなるかを、両方のエンジンで示してください。
# 3. 測った速さから計算してください。50 万文字の小説を十回読むのに、幅 64 では、それぞれのエンジンで何分かかるでしょう。
# 4. 上のレシピは Muon で学習します。同じステップ数で `optimizer="adamw"` でも学習させてください。どちらがよいでしょう。
# 5. `engine="scratch"` のレシピで学習させ、PyTorch で開いてください。
# %% [markdown] en
# ## Answers
#
# 1. `output.weight`, [V, D]: the output has a matrix of its own. The logits agree.
# 2. It is added to the first one, so it doubles; in both engines.
# 3. Five million letters, divided by the letters per second.
# 4. Muon, in so few steps.
# 5. Nothing special: `run.model(engine="torch")`.
# %% [markdown] ja
# ## 答え
#
# 1. `output.weight`、形は [V, D]。出力が自分の行列をもつようになります。ロジットは一致します。
# 2. 前の勾配に足されるので、二倍になります。どちらのエンジンでも同じです。
# 3. 500 万文字を、一秒あたりの文字数で割ります。
# 4. これくらい少ないステップ数なら、Muon です。
# 5. 特別なことは要りません。`run.model(engine="torch")` です。
# %%
hand = scratch.Transformer(V, width=32, layers=1, heads=2, key_value_heads=1, tied=False)  # 1
hand.output.weight.value += rng.standard_normal((V, 32)).astype(np.float32)
twin = models.Transformer(V, hand.shape)
carry_over(hand, twin)
print("1:", [name for name in hand.weights() if name.startswith("output")])
with torch.no_grad():
    assert np.allclose(hand(ids_BT)[0], twin(torch.from_numpy(ids_BT)).numpy(), atol=1e-3)

x = torch.from_numpy(x_ND)  # 2
by_hand.zero_gradients()
by_torch.zero_grad()
for _ in range(2):
    by_hand(x_ND)[1](dy_NH)
    by_torch(x).backward(torch.from_numpy(dy_NH))
    print(f"2: {by_hand.weight.gradient[0, 0]:.4f} {by_torch.weight.grad[0, 0]:.4f}")

for engine, numbers in speed.items():  # 3
    print(f"3: {engine:8} {10 * 500_000 / numbers[widths.index(64)] / 60:.1f} minutes")
# %%
other = recipe.change(optimizer="adamw", learning_rate=3e-3, sample_tokens=0)  # 4
adamw = mebuki.train(other, Path(place.name, "adamw"), corpus=corpus, watch=lambda event: None)
muon_loss, adamw_loss = (
    next(row["loss"] for row in found.metrics() if row["event"] == "evaluation" and row["step"] == steps)
    for found in (longer, adamw)
)
print(f"4: after {steps} steps: Muon {muon_loss:.3f}, AdamW {adamw_loss:.3f}")

numpy_run = mebuki.train(  # 5
    recipe.change(engine="scratch", steps=every, width=32, sample_tokens=0),
    Path(place.name, "scratch"),
    corpus=corpus,
    watch=lambda event: None,
)
print("5:", type(numpy_run.model()).__module__, "→", type(numpy_run.model(engine="torch")).__module__)
place.cleanup()
