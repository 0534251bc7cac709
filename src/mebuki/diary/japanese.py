"""Japanese words that only hold sentences together: each as its key (`words`), which is Sudachi's normal form.

Words of closed classes: nouns that stand for no thing (こと, うち, まま), verbs behind verbs (いる, くれる, おく), words that point (そんな, 今日, さっき) and
words of degree and number (いちばん, 全部, いつも). Sudachi gives most of them as nouns, verbs and adjectives like any other. Pronouns, particles,
adverbs and numbers it tells by itself. Open classes, which say little of a life but say something (帰る, 顔), are in `common_words`.
"""

from __future__ import annotations

_FORMAL = """
事 こと 物 もの もん 奴 所 とこ 処 為 訳 筈 侭 儘 まま 積もり 通り 次第 序で 所為 せい 御陰 故 代わり かわり 限り 際 折 場合 程 位 なし 無し 仕方 様 よう
うち 内 間 中 裡 最中 途中 途端 方 辺 辺り 上 下 前 後 先 他 以上 以下 以内 以外 以前 以後 以来 元 もと 等 達 共 類 化 的 毎 がわ むき
"""
_VERBS = """
為る 居る 有る 無い 成る 成す 出来る 言う 行く 来る 見る 呉れる くれる 貰う 頂く 下さる 給う 遣る 仕舞う 置く おく いる おる いく くる みる やる しまう もらう いただく
為さる 御座る いらっしゃる 仰る おっしゃる 致す 申す 参る 得る 候う 奉る 遊ばす 知れる 因る よる 於く おける 対する 就く 過ぎる 始める 続ける 終わる 掛ける かける
付く 付ける つく つける 取る 出る 入る 持つ 思う 聞く 知る 分かる 欲しい 良い 多い 同じ
"""
_POINTING = """
そう こう どう そんな こんな あんな どんな 斯様 其れ 此れ 何 誰 何れ 如何 今 いま 只今 今頃 今時 今時分 今更 今度 今回 今後 今迄 此の間 この先 此度 その後 当時 時分
今日 本日 昨日 一昨日 明日 あさって 明後日 昨夜 昨晩 さっき 先程 先達て 先日 後日 近頃 最近 昨今 近々 時 頃 年 月 日 週 時間
自分 自身 自己 自ら 私 僕 俺 君 本人 当人 各自 各々 其々 互い 双方 両方 片方 一方 人 さん ちゃん 御
"""
_DEGREE = """
一 二 三 幾つ 幾ら 幾分 何度 何回 何人 何本 つ 回 度 個 丈 一番 一度 一回 一遍 一応 一々 一切 一段 再度 毎回 全部 全て 全員 皆 総て 殆ど 大概 大体 大抵 大半 多少
多く 少し 少々 沢山 余り 極 色々 様々 大変 非常 余計 結局 実際 本来 元来 万一 絶対 普段 始終 時々 折々 所々 いつも 何時も そのまま 其の侭 丸ごと 又 もう
初め はじめ 始め 最初 最後 終わり 次 同時 一緒 一時 久し振り 早々 至急 大した 気 感じ
"""
STOP = frozenset(f"{_FORMAL} {_VERBS} {_POINTING} {_DEGREE}".split())
