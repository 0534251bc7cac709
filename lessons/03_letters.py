# %% [markdown] en
# # 3 Letters as vectors, and a first language model
#
# A language model answers one question: *what comes next?* Not with one letter, but with a probability for each. Everything
# a large model can do hangs on this answer being good. Here we build the smallest one that learns: it sees the last letter
# only, and is trained in a few seconds, with every gradient by hand.
#
# **What you will be able to do**
#
# - turn text into numbers, numbers into one-hot vectors, and say why nobody really multiplies by them
# - derive the gradient of softmax and cross-entropy, $(y - t)/N$, and check it
# - read a loss: $e^{\text{loss}}$ is *among how many letters* the model is choosing
# - train a language model, and tell from three baselines whether it has learned anything
# - let it write, colder or warmer
# %% [markdown] ja
# # 3 文字をベクトルに。最初の言語モデル
#
# 言語モデルが答える問いは一つだけです。「次に何が来るか」。答えは一つの文字ではなく、すべての文字についての確率です。
# 大きなモデルにできることも、みな、この答えの良し悪しにかかっています。ここでは、学習できるもののうち最も小さなモデルを
# 作ります。直前の一文字だけを見て、すべての勾配を手で計算し、短い時間で学習します。
#
# **できるようになること**
#
# - 文章を番号に、番号を one-hot ベクトルに変え、実際には掛け算をしない理由を言える
# - softmax と交差エントロピーの勾配 $(y - t)/N$ を導き、検算できる
# - 損失を読める。$e^{\text{損失}}$ は「何文字の中から迷っているか」を表す
# - 言語モデルを学習させ、三つの基準線と比べて、本当に何かを学んだかを判断できる
# - 温度を変えて、文を書かせることができる
# %% [markdown] en
# ## Each letter gets a number
#
# The text is the diary of an invented librarian that comes with Mebuki. Its last tenth is kept aside: the model never learns
# from it, so there it has to show what it can do.
# %% [markdown] ja
# ## 文字に番号をつける
#
# 文章は、Mebuki に付いてくる架空の図書館員の日記です。最後の一割は取り分けておきます。モデルはそこからは決して学ばないので、
# 実力を試すのに使えます。
# %% en
LANGUAGE, phrase = "en", "The cat"
# %% ja
LANGUAGE, phrase = "ja", "図書館の猫"
# %%
import numpy as np

import mebuki
from mebuki import samples

corpus = mebuki.Corpus.from_text(samples.diary(LANGUAGE), byte_fallback=False)
train_N, validation_N = corpus.train[:], corpus.validation[:]
V = corpus.vocabulary
print(corpus.description())
print("train", train_N.shape, " validation", validation_N.shape, " V =", V)
ids = corpus.tokenizer.encode(phrase)
print(phrase, "->", ids, "->", corpus.tokenizer.decode(ids))
# %% [markdown] en
# ## A number is no quantity: one-hot
#
# Letter 40 is not twice letter 20. If we fed the number itself to a network, it would have to unlearn that. So each letter
# becomes a vector of length V with a single 1 in it: all letters equally far from each other.
# %% [markdown] ja
# ## 番号は「量」ではない:one-hot
#
# 40 番の文字は、20 番の文字の二倍ではありません。番号をそのままネットワークに入れると、ありもしない大小関係を教えてしまいます。
# そこで、文字を長さ V のベクトルにします。1 が一つだけあり、残りは 0 です。これなら、どの文字も互いに同じだけ離れています。
# %%
one_hot_NV = np.eye(V, dtype=np.float32)[ids]
print("ids", ids.shape, "[N]   one-hot", one_hot_NV.shape, "[N, V]   ones per row:", one_hot_NV.sum(1))
# %% [markdown] en
# What does a matrix do with it? $x W^\top$ is a sum over V terms, all 0 but one: the product *picks* the column of W that
# belongs to the letter. So nobody multiplies; one looks it up.
# %% [markdown] ja
# これに行列を掛けると、どうなるでしょうか。$x W^\top$ は V 個の項の和ですが、一つを除いてすべて 0 です。つまり、この積は、その文字に
# 対応する W の列を**取り出す**だけです。ですから実際には掛け算をせず、表を引きます。
# %%
from mebuki.scratch import Bigram, Chain, Linear, cross_entropy, relu, softmax

first = Linear(V, 128, rng=0)
by_product_NH = one_hot_NV @ first.weight.value.T
by_lookup_NH = first.weight.value.T[ids]
print("product", by_product_NH.shape, "[N, H]   lookup", by_lookup_NH.shape, "[N, H]")
assert np.array_equal(by_product_NH, by_lookup_NH)
# %% [markdown] en
# ## The network
#
# One-hot → Linear to 128 numbers → ReLU → Linear to V scores, one for each letter that might follow. The scores are called
# *logits*. `Bigram` is exactly this, with the lookup in place of the first product:
# %% [markdown] ja
# ## ネットワーク
#
# one-hot → 128 個の数への線形層 → ReLU → V 個のスコアへの線形層。次に来うる文字の一つ一つに、スコアが一つつきます。このスコアを
# **ロジット**(logit)と呼びます。`Bigram` は、最初の積を表引きに置き換えた以外、これとまったく同じです。
# %%
model = Bigram(V, hidden=128, rng=0)
logits_BTV, _ = model(ids[None])
chain_NV, _ = Chain(model.hidden, relu, model.output)(one_hot_NV)
print("ids", ids[None].shape, "[B, T] -> logits", logits_BTV.shape, "[B, T, V]")
assert np.allclose(logits_BTV[0], chain_NV, atol=1e-6)

for name, parameter in model.named_parameters().items():
    print(f"{name:14} {parameter.value.shape!s:12} {parameter.value.size:8,} numbers")
print(f"{'together':14} {'':12} {model.parameter_count:8,}")
assert model.parameter_count == V * 128 + 128 + 128 * V + V
# %% [markdown] en
# In general $VH + H + HV + V$. A text of 83 letters with $H = 128$ needs 10,624 + 128 + 10,624 + 83 = 21,459.
#
# ## From scores to probabilities, and to a loss
#
# Softmax makes scores x positive and lets them add up to 1 (stably, as in lesson 2). If the letter k really comes, the
# *surprise* is $-\ln y_k$: 0 if the model was sure of it, and more the less it expected it. The loss is the mean surprise,
# the **cross-entropy**.
#
# Its gradient is the most beautiful formula of this course. Put softmax into the surprise:
#
# $$L = -\ln y_k = -\ln \frac{e^{x_k}}{\sum_j e^{x_j}} = \ln \sum_j e^{x_j} - x_k$$
#
# and take the derivative with respect to one score $x_i$:
#
# $$\frac{\partial L}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}} - [i = k] = y_i - t_i,$$
#
# where $[i = k]$ is 1 if i is k and 0 if not, and t is the one-hot vector of the letter that came. With a mean over N places each counts 1/N: $(y - t)/N$.
# %% [markdown] ja
# 一般には $VH + H + HV + V$ 個です。83 文字の文章で $H = 128$ なら、10,624 + 128 + 10,624 + 83 = 21,459 個になります。
#
# ## スコアから確率へ、確率から損失へ
#
# softmax は、スコア x を正の数にし、和が 1 になるようにします（レッスン 2 の安定な形で）。実際に文字 k が来たときの「驚き」を
# $-\ln y_k$ とします。確信していたなら 0、予想していなかったほど大きくなります。損失は、驚きの平均です。これを**交差エントロピー**と
# 呼びます。
#
# その勾配は、この講座で最も美しい式です。驚きの式に softmax を代入します。
#
# $$L = -\ln y_k = -\ln \frac{e^{x_k}}{\sum_j e^{x_j}} = \ln \sum_j e^{x_j} - x_k$$
#
# これを、一つのスコア $x_i$ で微分します。
#
# $$\frac{\partial L}{\partial x_i} = \frac{e^{x_i}}{\sum_j e^{x_j}} - [i = k] = y_i - t_i$$
#
# ここで $[i = k]$ は、i が k なら 1、そうでなければ 0 を表し、t は実際に来た文字の one-hot ベクトルです。N か所の平均をとるので、一か所の重みは 1/N となり、勾配は $(y - t)/N$ です。
# %%
from mebuki.scratch import check_gradients

scores_NV = np.array([[2.0, 1.0, 0.0, -1.0, -2.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
came_N = np.array([1, 4])
loss, backward = cross_entropy(scores_NV, came_N)
y_NV = softmax(scores_NV)[0]
t_NV = np.eye(5)[came_N]
print("loss", round(loss, 4), "= mean of", -np.log(y_NV[[0, 1], came_N]).round(4))
assert np.allclose(loss, -np.log(y_NV[[0, 1], came_N]).mean())
assert np.allclose(backward(), (y_NV - t_NV) / 2)
print("checked by numbers, relative error:", check_gradients(cross_entropy, scores_NV, came_N)["input 0"])
# %% en
letters = list("aeiou")
title = "The letter e came. Every score is pushed down by its probability, e is pulled up by 1"
labels, x_label, y_label = ["probability y", "what came, t", "gradient y − t"], "letter", "value"
# %% ja
letters = list("あいうえお")
title = "「い」が来た。どのスコアも自分の確率だけ押し下げられ、「い」だけが 1 引き上げられる"
labels, x_label, y_label = ["確率 y", "来た文字 t", "勾配 y − t"], "文字", "値"
# %%
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7.5, 3.4))
for number, (values, label) in enumerate(zip((y_NV[0], t_NV[0], y_NV[0] - t_NV[0]), labels, strict=True)):
    axes.bar(np.arange(5) + 0.27 * (number - 1), values, width=0.25, label=label)
axes.set_xticks(range(5), letters)
axes.set(xlabel=x_label, ylabel=y_label)
axes.set_title(title, fontsize=10)
axes.legend()
plt.show()


# %% [markdown] en
# The gradient points to where the loss *rises*, and we step the other way. The bars of $y - t$ add up to 0: what is given
# to one letter is taken from the others. And where $y = t$, nothing is left to learn.
#
# ## What is a loss of 2.5? $e^{\text{loss}}$ tells
#
# A model that chooses blindly among M letters gives each 1/M; its loss is $-\ln \tfrac1M = \ln M$, so $e^{\text{loss}} = M$. That
# holds for any loss: with 2.5 the model is as unsure as if it chose among $e^{2.5} \approx 12$ equally likely letters. The number
# is called *perplexity*. A fresh model should begin near blind choice; if not, something is wrong already.
# %% [markdown] ja
# 勾配は損失が**上がる**向きを指すので、逆向きに一歩進みます。$y - t$ の棒をすべて足すと 0 になります。ある文字に与えた分は、ほかの
# 文字から取られるからです。そして $y = t$ なら、もう学ぶことはありません。
#
# ## 損失 2.5 とは何か。$e^{\text{損失}}$ で読む
#
# M 文字の中から当てずっぽうに選ぶモデルは、どの文字にも 1/M を与えます。損失は $-\ln \tfrac1M = \ln M$、つまり $e^{\text{損失}} = M$ です。
# これはどんな損失にも使えます。2.5 なら、同じくらいありそうな $e^{2.5} \approx 12$ 文字の中から選ぶのと同じだけ迷っている、ということです。
# この数を**パープレキシティ**と呼びます。学習前のモデルは、当てずっぽうに近いところから始まるはずです。そうでなければ、すでに何かが
# 間違っています。
# %%
def validation_loss(model):
    logits_BTV, _ = model(validation_N[None, :-1])
    return cross_entropy(logits_BTV, validation_N[None, 1:])[0]


before = validation_loss(model)
print(f"before training: loss {before:.3f}, as if choosing among {np.exp(before):.0f} of {V} letters")
assert abs(before - np.log(V)) < 0.2
# %% [markdown] en
# Three baselines tell what a loss is worth. They need no network, only counting:
#
# - *blindly*: every letter as likely as any other, $\ln V$
# - *by how often each comes* (unigram), whatever stands before
# - *by counted pairs* (bigram): how often each letter followed this one. Our network sees no more than that, so this is its goal.
# %% [markdown] ja
# 損失の値打ちは、三つの基準線でわかります。ネットワークは要らず、数えるだけです。
#
# - **当てずっぽう**:どの文字も同じ確率。$\ln V$
# - **文字の頻度**(unigram):前に何があっても、よく出る文字ほど高い確率
# - **二文字の並び**(bigram):この文字のあとに、どの文字が何度来たかを数える。このネットワークに見えるのも直前の一文字だけなので、
#   これが目標になる
# %%
from mebuki.evaluation.baselines import baselines

beat = baselines(corpus.train, corpus.validation, V)
for name, loss in beat.to_dict().items():
    print(f"{name:8} loss {loss:.3f}   as if choosing among {np.exp(loss):7.1f} letters")
# %% [markdown] en
# ## Training
#
# One step: take 512 places of the text at random, ask what follows, and walk against the gradient. The optimizer is AdamW,
# which gives every number a step size of its own; its steps shrink to 0 towards the end, so that the model comes to rest.
# %% [markdown] ja
# ## 学習
#
# 一歩は次のとおりです。文章の中から 512 か所を無作為に選び、次の文字を予測させ、勾配の逆向きに進みます。最適化の方法は AdamW で、
# 数の一つ一つに、それぞれの歩幅を与えます。歩幅は終わりに向かって 0 まで縮め、モデルを落ち着かせます。
# %% en
steps = 1000  # quick: 30
# %% ja
steps = 300  # quick: 8
# %%
import time

from mebuki.scratch import AdamW

rng = np.random.default_rng(0)
optimizer = AdamW(model.named_parameters(), learning_rate=0.01)
losses, checks, begun = [], {0: before}, time.perf_counter()
for step in range(steps):
    places_B = rng.integers(0, len(train_N) - 1, 512)
    model.zero_gradients()
    logits_BTV, backward = model(train_N[places_B][:, None])
    loss, loss_backward = cross_entropy(logits_BTV, train_N[places_B + 1][:, None])
    backward(loss_backward())
    optimizer.step(1 - step / steps)
    losses.append(loss)
    if step + 1 in (5, 10, 20, steps) or (step + 1) % 50 == 0:
        checks[step + 1] = validation_loss(model)
print(f"{time.perf_counter() - begun:.0f} seconds")
print(f"validation: {checks[steps]:.3f}, as if choosing among {np.exp(checks[steps]):.1f} letters")
assert checks[steps] < before
# %% en
title, x_label, y_label = "Does it learn? The curve against what counting can do", "step", "loss"
train_label, validation_label = "training, each batch", "validation"
names = {"uniform": "blindly", "unigram": "by how often each comes", "bigram": "by counted pairs"}
# %% ja
title, x_label, y_label = "学んでいるか。数えるだけの方法と比べる", "ステップ", "損失"
train_label, validation_label = "学習(バッチごと)", "検証"
names = {"uniform": "当てずっぽう", "unigram": "文字の頻度", "bigram": "二文字の並び"}
# %%
figure, axes = plt.subplots(figsize=(7.5, 4))
axes.plot(losses, linewidth=0.7, alpha=0.5, label=train_label)
axes.plot(list(checks), list(checks.values()), "o-", label=validation_label)
for name, loss in beat.to_dict().items():
    axes.axhline(loss, color="0.4", linewidth=0.9, linestyle=":")
    words = f"{names[name]}\n= {np.exp(loss):.0f}"
    axes.annotate(words, (1.01, loss), xycoords=("axes fraction", "data"), va="center", color="0.4", fontsize=9)
axes.set(title=title, xlabel=x_label, ylabel=y_label)
axes.legend(loc=(0.55, 0.62))
plt.show()
# %% [markdown] en
# **What to notice.** At first the curve drops to the line of the unigram: the model learns which letters are frequent, for
# which the last bias is enough. Then it learns pairs, and comes to rest close to the counted bigram. It cannot go far below:
# who sees one letter cannot know more than how often each other one followed it.
#
# In the Japanese notebook there are 1,550 letters, most pairs of which never occur in the text. There the network goes clearly
# below the counts: it has noticed that some letters behave alike, and what it learned about one helps it with the other.
# A table cannot do that.
# %% [markdown] ja
# **見てほしいところ。** 曲線はまず、文字の頻度の線まで下がります。どの文字がよく出るかを覚えるだけなら、最後のバイアスで足ります。
# 続いて二文字の並びを覚え、数え上げた bigram の線を、はっきり下回ります。一文字しか見ていないのに、なぜ数え上げより良くなるのでしょう。
# 1,550 文字の組み合わせは 240 万通りもあり、そのほとんどは文章に一度も現れません。表は、見たことのない並びについて何も言えません。
# ネットワークは、似た使われ方をする文字があることに気づき、一方について学んだことを、もう一方にも使うのです。
#
# 英語版のノートブックでは文字が 72 種類しかなく、どの並びも十分に数えられるので、曲線は bigram の線のすぐ近くで止まります。
# %% [markdown] en
# ## What follows what: the table inside the network
#
# A network over one letter is a table in disguise: ask it about each letter in turn. On the left the counted shares, on the
# right what the network believes, for the most frequent letters (⏎ is a new line, ␣ a space).
# %% [markdown] ja
# ## 何のあとに何が来るか：ネットワークの中の表
#
# 一文字だけを見るネットワークは、姿を変えた表です。すべての文字について順に尋ねれば、表を取り出せます。左が数えた割合、右が
# ネットワークの考える確率です。よく出る文字だけを並べました（⏎ は改行、␣ は空白）。
# %%
often_M = np.bincount(train_N, minlength=V).argsort()[::-1][:22]
counts_VV = np.zeros((V, V))
np.add.at(counts_VV, (train_N[:-1], train_N[1:]), 1)
counted_MV = counts_VV[often_M] / counts_VV[often_M].sum(1, keepdims=True)
learned_MV = softmax(model(often_M[:, None])[0])[0][:, 0]
print("counted", counted_MV.shape, " learned", learned_MV.shape, " [M, V]")
signs = [{"\n": "⏎", " ": "␣"}.get(letter, letter) for letter in map(corpus.tokenizer.token, often_M)]
# %% en
titles, x_label, y_label = ["counted", "learned"], "next letter", "this letter"
# %% ja
titles, x_label, y_label = ["数えた割合", "学んだ確率"], "次の文字", "この文字"
# %%
figure, pair = plt.subplots(1, 2, figsize=(8, 4.4), sharey=True)
for axes, table, name in zip(pair, (counted_MV, learned_MV), titles, strict=True):
    picture = axes.imshow(table[:, often_M], vmin=0, vmax=0.5)
    axes.set_xticks(range(len(signs)), signs, fontsize=8)
    axes.set_yticks(range(len(signs)), signs, fontsize=8)
    axes.set(title=name, xlabel=x_label)
    axes.grid(False)
pair[0].set_ylabel(y_label)
figure.colorbar(picture, ax=pair, shrink=0.7)
plt.show()


# %% [markdown] en
# ## Let it write
#
# Begin with a letter, draw the next one by its probability, go on from there. The **temperature** τ divides the scores
# first, $\mathrm{softmax}(x/\tau)$: below 1 the likely letters become likelier still, above 1 all become alike, and at 0 the likeliest is
# always taken.
# %% [markdown] ja
# ## 書かせてみる
#
# 一文字から始め、確率に従って次の文字を引き、そこからまた続けます。引く前に、スコアを**温度** τ で割ります。
# $\mathrm{softmax}(x/\tau)$ です。1 より小さいと、ありそうな文字がいっそう選ばれやすくなり、1 より大きいと、どの文字も似たような確率に
# なります。0 では、いつも最もありそうな文字を選びます。
# %%
def write(model, begin, length, temperature, seed=0):
    draw, ids = np.random.default_rng(seed), list(corpus.tokenizer.encode(begin))
    for _ in range(length):
        logits_V = model(np.array([[ids[-1]]]))[0][0, 0].astype(np.float64)
        if temperature == 0:
            ids.append(int(logits_V.argmax()))
        else:
            ids.append(int(draw.choice(V, p=softmax(logits_V / temperature)[0])))
    return corpus.tokenizer.decode(ids).replace("\n", "⏎")


for temperature in (0, 0.7, 1.0, 2.0):
    print(f"τ = {temperature:3}  {write(model, phrase, 60, temperature)}")
# %% [markdown] en
# At 0 it runs in a circle, since it forgets everything but the last letter. At 0.7 and 1 there are pieces of words, at 2 letters
# almost at random. It is no writer yet. But compare it with its beginnings, 72 letters blindly.
#
# ## An id of −1 is refused
#
# In NumPy `table[-1]` is the *last* row. Whoever marks empty places by −1, as is often done, silently looks up a letter that
# is not there, and trains on it. Layers of `mebuki.scratch` do not let that pass:
# %% [markdown] ja
# 0 では同じところをぐるぐる回ります。直前の一文字のほかは、すべて忘れてしまうからです。日記と日記の間は空行なので、⏎ のあとには
# また ⏎ が来やすいのですが、いま書いたのが一つ目なのか二つ目なのかも、このモデルにはわかりません。0.7 や 1 では言葉のかけらが
# 見え、2 ではほとんどでたらめです。まだ書き手とは言えません。それでも、当てずっぽうの 1,550 文字から出発したことを思い出してください。
#
# ## −1 という番号は断る
#
# NumPy の `table[-1]` は**最後の**行です。空いた場所を −1 で表すのはよくあることですが、そのまま表を引くと、そこにない文字を黙って
# 引き、それで学習してしまいます。`mebuki.scratch` の層は、これを通しません。
# %%
from mebuki.scratch import IdError

print("NumPy alone:", first.weight.value.T[np.array([-1])].shape, "- no complaint")
try:
    model(np.array([[3, -1]]))
except IdError as error:
    print(error)
# %% [markdown] en
# ## What it lacks
#
# Memory. After "th" and after "sh" it says the same, for it sees only the "h". The next lesson gives it a state, which it carries
# from letter to letter.
# %% [markdown] ja
# ## 足りないもの
#
# 記憶です。「図書館の」のあとでも「坂の」のあとでも、このモデルは同じことを言います。「の」しか見えていないからです。次のレッスンでは、
# 文字から文字へと受け渡す「状態」を持たせます。
# %% [markdown] en
# ## Exercises
#
# 1. How many numbers does the network learn for 83 letters with 256 hidden ones? Count by the formula, then ask `Bigram`.
# 2. A model always gives the letter that comes the probability 1/2. What are its loss and its perplexity? And one that gives
#    1 half of the time, and 1/4 the other half?
# 3. With 4 hidden numbers in place of 128, all that a letter says must pass through 4 numbers. Train it; where does it end?
# 4. Show that each row of $(y - t)/N$ adds up to 0. What does that mean for the gradient of the last bias?
# 5. Let the network see *two* letters: an `Embedding` for each place, added up, then ReLU and Linear. Does it pass the line of
#    the bigram?
# %% [markdown] ja
# ## 練習問題
#
# 1. 83 文字で隠れ層が 256 なら、学習する数はいくつですか。式で数えてから、`Bigram` に聞いてください。
# 2. 実際に来る文字に、いつも確率 1/2 を与えるモデルがあります。損失とパープレキシティはいくつですか。半分の場所では 1 を、残りの半分では
#    1/4 を与えるモデルでは、どうですか。
# 3. 隠れ層を 128 から 4 に減らすと、文字についてわかることが、すべて 4 個の数を通らなければなりません。学習させると、どこまで
#    下がりますか。
# 4. $(y - t)/N$ の各行の和が 0 になることを示してください。最後のバイアスの勾配については、何が言えますか。
# 5. **二文字**を見せてみましょう。位置ごとに `Embedding` を用意し、その和を ReLU と線形層に通します。bigram の線を越えられますか。
# %% [markdown] en
# ## Answers
#
# **1.** $83 \cdot 256 + 256 + 256 \cdot 83 + 83 = 42{,}835$.
# %% [markdown] ja
# ## 答え
#
# **1.** $83 \cdot 256 + 256 + 256 \cdot 83 + 83 = 42{,}835$ 個です。
# %%
print(Bigram(83, hidden=128).parameter_count, Bigram(83, hidden=256).parameter_count)
assert Bigram(83, hidden=128).parameter_count == 21_459
assert Bigram(83, hidden=256).parameter_count == 42_835


# %% [markdown] en
# **2.** $\ln 2 \approx 0.693$ and 2. The other: $\tfrac12 \cdot 0 + \tfrac12 \ln 4 = \ln 2$, the same. Being sure half of the time is worth as
# much as being undecided between two all the time.
#
# **3.** Four numbers are too narrow a passage for so many letters: it stays above the line of the bigram.
# %% [markdown] ja
# **2.** $\ln 2 \approx 0.693$ と 2 です。もう一方も $\tfrac12 \cdot 0 + \tfrac12 \ln 4 = \ln 2$ で、同じになります。半分の場所で確信していることと、
# いつも二択で迷っていることは、同じ値打ちです。
#
# **3.** 4 個の数は、これだけの文字には狭すぎる通り道です。bigram の線より上で止まります。
# %%
def train(network, known_NC, next_N):
    optimizer, draw = AdamW(network.named_parameters(), learning_rate=0.01), np.random.default_rng(0)
    for step in range(steps):
        places_B = draw.integers(0, len(next_N), 512)
        network.zero_gradients()
        logits, backward = network(known_NC[places_B])
        backward(cross_entropy(logits[:, -1], next_N[places_B])[1]()[:, None])
        optimizer.step(1 - step / steps)
    return network


narrow = train(Bigram(V, hidden=4, rng=0), train_N[:-1, None], train_N[1:])
print(f"4 hidden: {validation_loss(narrow):.3f}, 128: {checks[steps]:.3f}, counted: {beat.bigram:.3f}")
# %% [markdown] en
# **4.** Both y and t add up to 1, so their difference adds up to 0. The gradient of the last bias is the sum of these rows, so it
# adds up to 0 as well: the biases only move against each other.
# %% [markdown] ja
# **4.** y の和も t の和も 1 なので、差の和は 0 です。最後のバイアスの勾配はこれらの行の和ですから、その成分の和も 0 になります。
# バイアスは、互いに譲り合うようにしか動きません。
# %%
logits_BTV, backward = model(train_N[None, :200])
_, loss_backward = cross_entropy(logits_BTV, train_N[None, 1:201])
model.zero_gradients()
backward(loss_backward())
print("largest row sum:", np.abs(loss_backward().sum(-1)).max(), " bias:", model.output.bias.gradient.sum())
assert np.abs(loss_backward().sum(-1)).max() < 1e-6
# %% [markdown] en
# **5.** Yes, by far. But a third letter needs a third table, a tenth a tenth, and each of them has to learn anew what an "e" is.
# %% [markdown] ja
# **5.** はい、大きく越えます。しかし三文字目には三つ目の表、十文字目には十個目の表が要り、そのどれもが、同じ文字について一から学び直す
# ことになります。
# %%
from mebuki.scratch import Embedding, Layer


class TwoLetters(Layer):
    def __init__(self, hidden=128):
        self.older, self.last = Embedding(V, hidden, rng=0, std=0.1), Embedding(V, hidden, rng=1, std=0.1)
        self.output = Linear(hidden, V, rng=2)

    def __call__(self, ids_B2):
        older_BH, older_backward = self.older(ids_B2[:, 0])
        last_BH, last_backward = self.last(ids_B2[:, 1])
        h_BH, relu_backward = relu(older_BH + last_BH)
        logits_BV, output_backward = self.output(h_BH)

        def backward(dlogits_B1V):
            dh_BH = relu_backward(output_backward(dlogits_B1V[:, 0]))
            older_backward(dh_BH)
            last_backward(dh_BH)

        return logits_BV[:, None], backward


pairs_N2 = np.stack([train_N[:-2], train_N[1:-1]], axis=1)
two = train(TwoLetters(), pairs_N2, train_N[2:])
logits_N1V, _ = two(np.stack([validation_N[:-2], validation_N[1:-1]], axis=1))
loss, _ = cross_entropy(logits_N1V[:, 0], validation_N[2:])
print(f"one letter {checks[steps]:.3f}, two letters {loss:.3f}, counted pairs {beat.bigram:.3f}")
