# %% [markdown] en
# # 10 What to build next
#
# You know every part now. This last lesson is about using them: on your own text, with experiments that mean something, and
# with a clear view of what a tiny model can do and what it cannot.
#
# **What you will be able to do**
#
# - grow a model on your own diary or text, by command or in Python, and choose its size by the amount of text
# - see over-fitting in two curves, and know four cures
# - do an experiment whose result means something: one change, three seeds, a table
# - take an idea from a paper, put it into the engine, check its gradient, and find out whether it helps *you*
# - tell what such models cannot do, and when one must not be shown to others
# %% [markdown] ja
# # 10 次に何を作るか
#
# もう部品はすべて手の中にあります。最後のレッスンでは、その使い方を扱います。自分の文章で育てること、意味のある実験をすること、そして、
# 小さなモデルにできることとできないことを、はっきり見ておくことです。
#
# **できるようになること**
#
# - 自分の日記や文章で、コマンドからも Python からもモデルを育て、文章の量に合った大きさを選べる
# - 二本の曲線から過学習を見抜き、四つの手当てを知っている
# - 意味のある実験ができる。変えるのは一つ、シード（乱数の種）は三つ、結果は表に
# - 論文のアイデアをエンジンに組み込み、勾配を検算し、それが**自分の場合に**役立つかを確かめられる
# - こうしたモデルにできないこと、そして人に渡してはいけない場合を言える
# %% [markdown] en
# ## Your own text
#
# Any text will do: a diary, letters, recipes, poems; `.txt`, `.md` or `.jsonl`, one file or a folder. Nothing leaves your
# computer. In a terminal:
#
# ```sh
# mebuki train my-diary.txt --minutes 5          # live: the loss, what it has to beat, what it writes
# mebuki generate runs/my-diary-transformer "This morning"
# mebuki train --resume runs/my-diary-transformer
# mebuki plot runs/my-diary-transformer -o curve.svg
# ```
#
# And in Python. Here a few pages of the sample diary play the part of your text; write your own path in place of `path`.
# The engine is `scratch`, the one you have been reading; leave it out, and PyTorch does the same in less time.
# %% [markdown] ja
# ## 自分の文章で
#
# 文章は何でもかまいません。日記、手紙、レシピ、詩。`.txt`、`.md`、`.jsonl` のファイル一つでも、フォルダでも大丈夫です。あなたの
# パソコンの外には何も出ません。端末では次のようにします。
#
# ```sh
# mebuki train my-diary.txt --minutes 5          # 損失、越えるべき線、モデルの書いた文が目の前に出ます
# mebuki generate runs/my-diary-transformer "今日は"
# mebuki train --resume runs/my-diary-transformer
# mebuki plot runs/my-diary-transformer -o curve.svg
# ```
#
# Python でも同じことができます。ここでは見本の日記の数ページを、あなたの文章に見立てます。`path` を自分のファイルに替えて
# ください。エンジンには、これまで読んできた `scratch` を使います。指定しなければ、同じことを PyTorch がもっと速く行います。
# %% en
LANGUAGE, few_pages, piece, prompt = "en", 3_000, 10, "This morning "
steps = 400  # quick: 8
copied_words = "{} checkpoint (step {}): {:.0%} of its pieces of {} letters are copied"
# %% ja
LANGUAGE, few_pages, piece, prompt = "ja", 3_000, 7, "今日は"
steps = 300  # quick: 6
copied_words = "{0} のチェックポイント(ステップ {1}):書いた断片({3} 文字ずつ)の {2:.0%} が丸写し"
# %%
import json
import tempfile
from pathlib import Path

import mebuki
from mebuki import samples

entries = [json.loads(line)["text"] for line in samples.diary(LANGUAGE).read_text(encoding="utf-8").splitlines()]
whole = "\n\n".join(entries)
folder = tempfile.TemporaryDirectory()
path = Path(folder.name, "my-diary.txt")
path.write_text(whole[:few_pages], encoding="utf-8")

corpus = mebuki.Corpus.from_text(path, byte_fallback=False)
print(corpus.description())
print(len(corpus.train), "letters to learn from,", len(corpus.validation), "kept aside")
# %% [markdown] en
# ## How large? That depends on the text
#
# A model with more numbers than the text has letters can learn it by heart and, trained for long, will. First tries that have worked:
#
# | text | letters | first try |
# |---|---|---|
# | a few pages | 20,000 | `--size tiny --minutes 1 --dropout 0.1` |
# | a diary of some years | 200,000 | `--minutes 3 --dropout 0.1` |
# | a novel | 500,000 | the default |
# | many books | 10 million and more | `--size base` and a night |
#
# Then look at two curves: the loss on what it learns from, and the loss on what it has never seen. `mebuki.train` keeps
# everything in a folder; `metrics()` are its rows.
# %% [markdown] ja
# ## どれくらいの大きさにするか。文章の量しだいです
#
# 文章の文字数より多くの数を持つモデルは、文章を丸暗記できます。そして、長く学習させれば、実際にそうします。最初の一歩としては、次のあたりが手ごろです。
#
# | 文章 | 文字数 | 最初に試すもの |
# |---|---|---|
# | 数ページ | 2 万 | `--size tiny --minutes 1 --dropout 0.1` |
# | 数年分の日記 | 20 万 | `--minutes 3 --dropout 0.1` |
# | 小説一冊 | 50 万 | 何も指定しない |
# | 本を何冊も | 1,000 万以上 | `--size base` で一晩 |
#
# 次に、二本の曲線を見ます。学習している文章での損失と、見たことのない文章での損失です。`mebuki.train` は、すべてを一つのフォルダに
# 残します。`metrics()` は、その記録です。
# %%
every = 20  # quick: 3


def grow(name, text, **changes):
    settings = {"width": 96, "context": 32, "batch": 16, "optimizer": "adamw", "learning_rate": 0.01, **changes}
    recipe = mebuki.recipes.gru(text, engine="scratch", steps=steps, evaluate_every=every, sample_tokens=0, **settings)
    return mebuki.train(recipe.change(keep=1000), Path(folder.name, name), corpus=text, watch=lambda event: None)


def curves(run):
    rows = run.metrics()
    seen = [(row["step"], row["loss"]) for row in rows if row["event"] == "train"]
    unseen = [(row["step"], row["loss"]) for row in rows if row["event"] == "evaluation"]
    return seen, unseen


few = grow("few", corpus)
seen, unseen = curves(few)
print(f"{few.info['parameters']:,} numbers for {len(corpus.train):,} letters")
print(f"unseen text: best {min(loss for _, loss in unseen):.3f}, at the end {unseen[-1][1]:.3f}")
# %% [markdown] en
# The same model, the same number of steps, but all of the diary to learn from:
# %% [markdown] ja
# 同じモデル、同じステップ数で、日記の全部を学ばせると、こうなります。
# %%
all_of_it = mebuki.Corpus.from_text(samples.diary(LANGUAGE), byte_fallback=False)
more = grow("more", all_of_it)
print(f"{more.info['parameters']:,} numbers for {len(all_of_it.train):,} letters")
# %% en
titles, x_label, y_label = ["A few pages: it learns by heart", "The whole diary"], "step", "loss"
labels, stop_label = ["learned from", "never seen"], "best: stop here"
# %% ja
titles, x_label, y_label = ["数ページ:丸暗記が始まる", "日記の全部"], "ステップ", "損失"
labels, stop_label = ["学習した文章", "見ていない文章"], "最良。ここで止める"
# %%
import matplotlib.pyplot as plt
import numpy as np

figure, pair = plt.subplots(1, 2, figsize=(8, 3.8), sharey=True)
for axes, run, title in zip(pair, (few, more), titles, strict=True):
    for rows, label, style in zip(curves(run), labels, ("-", "o-"), strict=True):
        axes.plot(*np.array(rows).T, style, label=label, linewidth=1.4)
    best = min(curves(run)[1], key=lambda row: row[1])
    if best[0] < steps:
        axes.axvline(best[0], color="0.4", linewidth=0.8, linestyle=":")
        axes.text(best[0], axes.get_ylim()[1], " " + stop_label, color="0.4", fontsize=8, va="top")
    axes.set(title=title, xlabel=x_label)
pair[0].set_ylabel(y_label)
pair[1].legend()
plt.show()
# %% [markdown] en
# **What to notice.** On the left the curves part: the loss on the learned pages falls and falls, the other turns and *rises*.
# From there on the model learns these pages and forgets the language. On the right they stay together: the same model is
# not "too large", the text was too small.
#
# Four cures, the best first: **more text**; **stop** at the lowest point (`--patience 3`; the best checkpoint is always kept);
# **dropout** (`--dropout 0.1` to `0.3`); a **smaller** model.
#
# **Does it copy?** One can measure it: which share of the pieces it writes stands in the text, letter by letter?
# %% [markdown] ja
# **見てほしいところ。** 左では二本の曲線が分かれます。学習したページでの損失はどんどん下がるのに、もう一方は向きを変えて**上がり**ます。
# そこから先、モデルはこのページを覚え、言葉のほうを忘れていきます。右では、二本は近いままで、終わりに少し離れ始めるだけです。モデルが「大きすぎた」のでは
# なく、文章が少なすぎたのです。
#
# 手当ては四つあります。効き目の大きい順に、**文章を増やす**、いちばん低いところで**止める**(`--patience 3`。最良のチェックポイントは
# いつも残ります)、**ドロップアウト**(`--dropout 0.1` から `0.3`)、モデルを**小さくする**。
#
# **写しているのでしょうか。** 測ることができます。モデルの書いた文章の断片のうち、もとの文章に一字一句そのまま出てくるものは、
# どれだけあるでしょうか。
# %%
learned = corpus.tokenizer.decode(corpus.train[:])


def copied(model, length=400):
    text = "".join(mebuki.generate(model, few.tokenizer, prompt, tokens=length, temperature=0.7, seed=1))
    pieces = [text[i : i + piece] for i in range(len(text) - piece)]
    return np.mean([part in learned for part in pieces]), text


for which in ("best", "last"):
    share, text = copied(few.model(which))
    print(copied_words.format(which, few.checkpoint(which).state.step, share, piece))
    print("   ", prompt + text[:70].replace("\n", "⏎"))
# %% [markdown] en
# Keep this in mind with a diary: a model that has learned it by heart *is* the diary. Do not give it to anyone to whom you
# would not give the diary.
# %% [markdown] ja
# 日記で育てるときは、このことを忘れないでください。丸暗記したモデルは、日記**そのもの**です。日記を見せられない相手に、モデルを
# 渡してはいけません。
# %% [markdown] en
# ## An experiment that means something
#
# "I changed something, and the loss was lower" means nothing yet. Another seed alone moves the loss. So:
#
# 1. **One question**, with a number that answers it, chosen before looking.
# 2. **One change.** The same text, the same steps, the same seeds on both sides.
# 3. **At least three seeds**, and the spread beside the mean.
# 4. **Compare seed by seed.** With the same seed both sides see the same batches, and much of the chance cancels out.
# 5. **Report what failed**, too. Otherwise the next one tries it again.
#
# Our question is from a paper, *Using the Output Embedding to Improve Language Models* (Press & Wolf 2017): one matrix for both
# the embedding and the output. Does that help a tiny Transformer on this diary, after so few steps?
#
# And a second one, older: does the block need RMSNorm, or would LayerNorm do? That one is no option; we build it.
# %% [markdown] ja
# ## 意味のある実験
#
# 「変えてみたら損失が下がった」だけでは、まだ何も言えません。シードを変えるだけでも損失は動くからです。そこで、こうします。
#
# 1. **問いは一つ。** 答えになる数を、結果を見る前に決めておく。
# 2. **変えるのは一つ。** 文章もステップ数もシードも、両側で同じにする。
# 3. **シードは少なくとも三つ。** 平均といっしょに、ばらつきを書く。
# 4. **シードごとに比べる。** 同じシードなら両側が同じバッチを見るので、偶然の多くが打ち消し合う。
# 5. **うまくいかなかったことも書く。** 書かなければ、次の人がまた試すことになる。
#
# 問いは論文からとります。*Using the Output Embedding to Improve Language Models*(Press & Wolf 2017)は、埋め込みと出力に同じ一つの
# 行列を使うことを提案しました。この日記の上の小さな Transformer に、このわずかなステップ数で、それは役立つでしょうか。
#
# もう一つ、もっと古い問いを。ブロックには RMSNorm が要るのでしょうか、それとも LayerNorm でもよいのでしょうか。こちらは設定に
# ないので、自分で作ります。
# %% [markdown] en
# ## From a paper to the engine
#
# Three steps: find the *line of the formula* that changes; write it with its backward; let `check_gradients` judge. The block of
# lesson 8 normalises before each part; here is one with LayerNorm in its place. All it needs are parts you know:
# %% [markdown] ja
# ## 論文からエンジンへ
#
# 手順は三つです。変わるのは**式のどの行か**を見つける。それを逆伝播といっしょに書く。`check_gradients` に判定してもらう。
# レッスン 8 のブロックは、それぞれの部分の前で正規化していました。それを LayerNorm に替えてみます。必要なのは、もう知っている部品だけです。
# %%
from mebuki.scratch import Layer, Transformer, check_gradients
from mebuki.scratch.layer_norm import LayerNorm


class BlockWithLayerNorm(Layer):
    def __init__(self, block, width):
        self.attention, self.mlp = block.attention, block.mlp
        self.first, self.second = LayerNorm(width), LayerNorm(width)

    def __call__(self, x_BTD, rng=None):
        n, first_backward = self.first(x_BTD)
        found, attention_backward = self.attention(n)
        x = x_BTD + found
        n, second_backward = self.second(x)
        thought, mlp_backward = self.mlp(n)

        def backward(dy):
            dx = dy + second_backward(mlp_backward(dy))
            return dx + first_backward(attention_backward(dx))

        return x + thought, backward


block = BlockWithLayerNorm(Transformer(9, width=8, layers=1, heads=2, context=4).blocks[0], 8)
for parameter in block.parameters():
    parameter.value += np.random.default_rng(0).normal(0, 0.3, parameter.value.shape).astype(np.float32)
errors = check_gradients(block, np.random.default_rng(1).standard_normal((2, 4, 8)), step=3e-4)
print(f"largest relative error: {max(errors.values()):.1e} in {len(errors)} places")
# %% [markdown] en
# (The weights were stirred first: fresh ones hold zeros, behind which a mistake could hide.) Now the table: three variants,
# three seeds, the same steps for all. The trainer is an iterator, and the loop is ours.
# %% [markdown] ja
# （先に重みをかき混ぜたのは、初期値の 0 の陰に間違いが隠れてしまうからです。）では、表を作りましょう。三つの変種、三つのシード、
# ステップ数は同じです。トレーナーはイテレータなので、ループは自分の手の中にあります。
# %% en
ablation_steps = 200  # quick: 4
# %% ja
ablation_steps = 120  # quick: 3
# %%
from mebuki.training.batches import Batches
from mebuki.training.scratch_trainer import ScratchTrainer
from mebuki.training.settings import TrainingSettings


def variant(name, seed):
    model = Transformer(all_of_it.vocabulary, width=32, layers=2, heads=2, context=32, tied=name != "untied", rng=seed)
    if name == "LayerNorm":
        model.blocks = [BlockWithLayerNorm(block, 32) for block in model.blocks]
        model.norm = LayerNorm(32)
    return model


def measure(name, seed):
    model, settings = variant(name, seed), TrainingSettings(engine="scratch", steps=ablation_steps, batch=8)
    for _ in ScratchTrainer(model, Batches(all_of_it.train, context=32, batch=8, seed=seed), settings):
        pass
    ids_B33 = all_of_it.validation.windows(np.arange(0, len(all_of_it.validation) - 33, 32), 33)
    return model.losses(ids_B33[:, :-1], ids_B33[:, 1:]).mean(), model.parameter_count


seeds, table = (0, 1, 2), {}
for name in ("as it is", "untied", "LayerNorm"):
    found = [measure(name, seed) for seed in seeds]
    table[name] = np.array([loss for loss, _ in found])
    losses = "  ".join(f"{loss:.4f}" for loss in table[name])
    print(
        f"{name:10} {losses}   mean {table[name].mean():.4f} ± {table[name].std(ddof=1):.4f}   {found[0][1]:,} numbers"
    )
# %% [markdown] en
# And seed by seed. Behind ± stands the standard error of the mean. With three seeds, chance alone puts the mean more than 4.3
# standard errors away from 0 in one case of twenty (Student's t with two degrees of freedom); only what lies beyond is called
# a difference.
# %% [markdown] ja
# 次に、シードごとに比べます。± の後は、平均の標準誤差です。シードが三つの場合、偶然だけでも、二十回に一回は、平均が 0 から標準誤差の 4.3 倍
# より遠くに離れます（自由度 2 の t 分布）。それを越えたときだけ、「差がある」と呼ぶことにします。
# %% en
verdicts = ["no difference that three seeds can show", "better", "worse"]
# %% ja
verdicts = ["三つのシードでは差があるとは言えない", "良い", "悪い"]
# %%
for name in ("untied", "LayerNorm"):
    difference = table[name] - table["as it is"]
    mean, error = difference.mean(), difference.std(ddof=1) / len(seeds) ** 0.5
    verdict = verdicts[0] if abs(mean) < 4.3 * error else verdicts[1] if mean < 0 else verdicts[2]
    print(f"{name:10} seed by seed {np.round(difference, 4)}, mean {mean:+.4f} ± {error:.4f}: {verdict}")
# %% en
title, x_label, y_label = "Three seeds each: is the change larger than the chance?", "variant", "loss on unseen text"
names = ["as it is", "untied", "LayerNorm"]
# %% ja
title, x_label, y_label = "シードを三つずつ。変化は偶然より大きいか", "変種", "見ていない文章での損失"
names = ["そのまま", "別々の行列(untied)", "LayerNorm"]
# %%
figure, axes = plt.subplots(figsize=(7, 3.4))
for number, losses in enumerate(table.values()):
    axes.plot([number] * len(seeds), losses, "o", color="C0")
    axes.plot([number - 0.15, number + 0.15], [losses.mean()] * 2, color="C1", linestyle="-")
axes.set_xticks(range(len(table)), names)
axes.set_xlim(-0.5, len(table) - 0.5)
axes.set(title=title, xlabel=x_label, ylabel=y_label)
plt.show()
# %% [markdown] en
# **What to notice.** How far do the three points of one column lie apart? A difference smaller than that, seen once, could have
# been chance. And the answer holds for *this* text, *this* size and *these* few steps. If a paper finds otherwise, with a
# thousand times more of everything, that is no contradiction. Say what you measured, and no more.
#
# ## What tiny models can do, and what they cannot
#
# | can | cannot |
# |---|---|
# | spelling, punctuation, frequent words, names | know what is true: they know what is *likely* |
# | the sound of a voice, for a line or two | stay with a subject over a page |
# | tell which of two texts is more like yours | reason, or calculate, beyond the patterns they saw |
# | run on any computer, and be understood to the last number | answer questions; nobody taught them that |
#
# The large ones differ by more text, more numbers, and a second training on answers. The equations are those of lesson 8.
#
# ## Five projects, each with its first step
#
# 1. **Your voice.** `mebuki train diary.txt --minutes 5 --dropout 0.1`, then `mebuki generate` with the beginning of a sentence you
#    would write today.
# 2. **Who wrote this?** Grow one model for each of two authors; the one that is less surprised by a page names its author. First
#    step: `run.evaluate([path])` with both runs (exercise 2).
# 3. **Names that do not exist.** A file with one name in each line (towns, flowers, people), `--context 16 --size tiny`.
# 4. **The better compressor.** A loss in bits *is* a size in bits (exercise 3). How much smaller than `zip` can you make a book?
# 5. **A unit of your own.** Invent a recurrent cell with fewer gates than the GRU's, write its backward, check it, and put it in a
#    table with three seeds beside the GRU.
#
# ## Where to read on
#
# - [Training](../../docs/training.md): what the numbers mean, resuming, recipes
# - [The ladder of models](../../docs/models.md): how good each gets on the same text
# - [Every gradient by hand](../../docs/scratch.md): the order in which to read the engine
# - [The log](../../docs/LOG.md): what was tried, failures included
# - [Contributing](../../CONTRIBUTING.md): how the house is built, if you would like to add to it
# %% [markdown] ja
# **見てほしいところ。** 一つの列の三つの点は、どれくらい離れていますか。それより小さな差を一度だけ見たのなら、偶然だったかもしれません。
# それに、この答えが言えるのは、**この**文章、**この**大きさ、**この**わずかなステップ数についてだけです。何もかも千倍の規模で行った
# 論文が別の結果を出していても、矛盾ではありません。測ったことを、測った分だけ言いましょう。
#
# ## 小さなモデルにできること、できないこと
#
# | できること | できないこと |
# |---|---|
# | 文字づかい、句読点、よく出る言葉や名前 | 何が本当かを知ること（知っているのは**ありそうか**どうか） |
# | 一、二行のあいだ、その人らしい口ぶり | 一ページにわたって話題を保つこと |
# | 二つの文章のどちらが自分の文章に似ているかを言うこと | 見たことのある型を越えて、考えたり計算したりすること |
# | どんなパソコンでも動き、最後の一つの数まで理解できること | 質問に答えること（だれも教えていない） |
#
# 大きなモデルとの違いは、文章の量、数の多さ、そして、答え方を教える二度目の学習です。式はレッスン 8 のものと変わりません。
#
# ## 五つの企画と、それぞれの最初の一歩
#
# 1. **自分の声。** `mebuki train diary.txt --minutes 5 --dropout 0.1` のあと、今日書きそうな文の出だしを `mebuki generate` に渡します。
# 2. **だれが書いたか。** 二人の書き手それぞれのモデルを育てます。あるページにあまり驚かなかったほうが、その書き手です。最初の一歩は、
#    両方の run での `run.evaluate([path])` です（練習問題 2）。
# 3. **実在しない名前。** 一行に一つの名前（地名、花、人）を書いたファイルで、`--context 16 --size tiny`。
# 4. **よりよい圧縮。** ビットで測った損失は、そのままファイルの大きさです（練習問題 3）。一冊の本を、`zip` よりどれだけ小さくできるでしょうか。
# 5. **自分だけのユニット。** GRU よりゲートの少ない再帰セルを考え、逆伝播を書き、検算し、シード三つの表で GRU と並べます。
#
# ## この先に読むもの
#
# - [学習](../../docs/training.ja.md):数字の意味、再開、レシピ
# - [モデルのはしご](../../docs/models.ja.md):同じ文章で、それぞれどこまで行くか
# - [すべての勾配を手で](../../docs/scratch.ja.md):エンジンを読む順番
# - [記録](../../docs/LOG.md):試したこと。失敗も含めて（英語）
# - [参加するには](../../CONTRIBUTING.md):何かを加えてみたくなったら、家のつくりについて（英語）
# %% [markdown] en
# ## Exercises
#
# 1. Grow the few pages again with `dropout=0.3`. Is the best loss on unseen text lower? Does it still turn upwards as much?
# 2. Two models, `few` and `more`, and an entry of the diary that both have seen. Which is less surprised? Why may one *not* conclude
#    from this which is the better model, and what would be a fair comparison?
# 3. How many bits does the best model spend on one letter of unseen text? Compare with `zlib` on the same text.
# 4. An experiment gave the differences −0.010, +0.004, −0.012 with three seeds. What do you report?
# %% [markdown] ja
# ## 練習問題
#
# 1. 数ページの文章を、`dropout=0.3` でもう一度育ててください。見ていない文章での最良の損失は下がりますか。上がり方は緩やかになりますか。
# 2. 二つのモデル `few` と `more`、そして両方が学習した日記の一日分があります。驚きが小さいのはどちらですか。この結果から、どちらのモデルが
#    優れているかを言って**はいけない**のはなぜですか。公平な比べ方は何でしょうか。
# 3. 最良のモデルは、見ていない文章の一文字に何ビット使いますか。同じ文章を `zlib` で圧縮した場合と比べてください。
# 4. 三つのシードでの差が −0.010、+0.004、−0.012 でした。何と報告しますか。
# %% [markdown] en
# ## Answers
#
# **1.** Dropout lets it learn more slowly by heart. Look at the two numbers, and remember: it is one seed.
# %% [markdown] ja
# ## 答え
#
# **1.** ドロップアウトは、丸暗記を遅らせます。二つの数を見比べてください。ただし、シードは一つだけです。
# %%
for name, run in {"without": few, "dropout 0.3": grow("dropout", corpus, dropout=0.3)}.items():
    losses = [loss for _, loss in curves(run)[1]]
    print(f"{name:12} best {min(losses):.3f}, at the end {losses[-1]:.3f}, risen by {losses[-1] - min(losses):.3f}")


# %% [markdown] en
# **2.** The model of the few pages (its last checkpoint) can be less surprised by what it knows by heart, and is worse on everything else.
# A fair comparison needs text that *neither* has learned from, and it must be the same text. The last part of the whole diary is
# kept aside by `more`, and lies outside the few pages.
# %% [markdown] ja
# **2.** 数ページで育てたモデル（最後のチェックポイント）は、丸暗記したところでは驚きが小さくなりえますが、ほかのどこでも劣ります。公平に
# 比べるには、**どちらも**学習していない、同じ文章が必要です。日記の最後の部分は、`more` が取り分けておいたもので、数ページの中にも
# 入っていません。
# %%
def surprise_of(run, which, text):
    ids = run.tokenizer.encode("".join(letter for letter in text if letter in shared))
    return run.model(which).losses(ids[None, :-1], ids[None, 1:]).mean()


shared = set(corpus.letters) & set(all_of_it.letters)
for name, text in {"first entry": entries[0], "last entry": entries[-1]}.items():
    found = {n: surprise_of(run, "last", text) for n, run in (("few", few), ("more", more))}
    print(f"{name:12}", {n: round(float(loss), 3) for n, loss in found.items()})
# %% [markdown] en
# **3.** A loss in nats divided by $\ln 2$ is in bits. A program that stores each letter by the model's probabilities (arithmetic
# coding) needs just so many.
# %% [markdown] ja
# **3.** ナットで測った損失を $\ln 2$ で割ると、ビットになります。モデルの確率に従って文字を符号にすれば（算術符号）、ちょうどその
# ビット数で足ります。
# %%
import zlib

unseen_text = all_of_it.tokenizer.decode(all_of_it.validation[:])
bits_model = np.log(more.perplexity) / np.log(2)
bits_zlib = 8 * len(zlib.compress(unseen_text.encode(), 9)) / len(unseen_text)
print(f"model {bits_model:.2f} bits a letter, zlib {bits_zlib:.2f}")
# %% [markdown] en
# (The model itself takes room as well, and it had read the rest of the diary before; `zlib` had not. Say so when you report it.)
#
# **4.** The mean is −0.006 and its standard error 0.005: about as large as the effect. "No difference that three seeds can show."
# Not "a little better". If it matters to you, take ten seeds.
#
# **And now** close the notebook and begin with your own text. The first model will be poor. You know why, and what to change.
# %% [markdown] ja
# (モデル自身にも置き場所が要りますし、モデルは日記の残りを先に読んでいて、`zlib` は読んでいません。報告するときは、そう書き添えましょう。)
#
# **4.** 平均は −0.006、その標準誤差は 0.005 で、効果と同じくらいの大きさです。「三つのシードでは差があるとは言えない」と報告します。
# 「少し良くなった」ではありません。どうしても知りたければ、シードを十個にしてください。
#
# **さあ**、ノートブックを閉じて、自分の文章で始めましょう。最初のモデルは、きっと下手です。でも、あなたはその理由も、次に何を変えれば
# よいかも知っています。
# %%
differences = np.array([-0.010, 0.004, -0.012])
print(f"{differences.mean():+.3f} ± {differences.std(ddof=1) / 3**0.5:.3f}")
folder.cleanup()
