"""Diaries whose ties are known: sentences of the sample diary, and among them planted words, tied and not.

A planted diary has, beside its filler,
- targets, each with tied words: a tied word comes with so much of the target's days (its strength), and on days of its own; some ties
  hold in one part of the time only;
- names and phrases of several words among targets and tied words alike;
- words joined through a third alone: A comes with B and B with C, A never with C;
- distractors: words as frequent as the target, and words that live in the same weeks as it, independent of it both.

Half of the pairs stand in one sentence, a third in neighbouring ones, the rest anywhere in the entry.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from mebuki.samples import diary

STRENGTHS = (0.65, 0.45, 0.3, 0.2)
WORDS = {
    "ja": """望遠鏡 珈琲 将棋 陶芸 登山 水族館 銭湯 古本 盆栽 三味線 剣道 競馬 温泉 手芸 釣竿 天文台 落語 俳句 書道 茶道 胡弓 琵琶 版画 彫刻 鉄道 帆船 気球 顕微鏡
        万年筆 切手 昆虫 化石 鉱物 蘭 薔薇 紫陽花 金魚 亀 鸚鵡 柴犬 蜂蜜 味噌 豆腐 蕎麦 鰻 寿司 饅頭 羊羹 紅茶 焼酎 葡萄 林檎 檸檬 西瓜 筍 松茸 牡蠣 鮭 鯨 海豚 灯台 砂丘 湿原 渓谷 滝 火山
        神社 教会 城跡 遺跡 美術館 劇場 映画館 競技場 体育館 病院 薬局 歯科 眼鏡 腰痛 頭痛 花粉症 睡眠 瞑想 体操 水泳 卓球 野球 相撲 柔道 弓道 合唱 太鼓 尺八 フルート バイオリン チェロ ギター
        ドラム オペラ ジャズ ワルツ タンゴ サルサ ヨガ サーフィン スキー スケート カヌー キャンプ テント ランタン 焚火 刺繍 編物 織物 染物 和紙 漆器 硝子 磁器 木工 溶接 電子工作 無線 天気図 地震 台風 吹雪 虹 流星 日食
        選挙 裁判 保険 年金 引越 転職 面接 資格 簿記 英語 韓国語 数学 統計 物理 化学 哲学 宗教 神話 民話 怪談""",
    "en": """telescope coffee chess pottery hiking aquarium sauna bonsai banjo fencing racing knitting angling observatory comedy haiku calligraphy cello harp engraving sculpture railway sailing ballooning
        microscope stamps beetles fossils minerals orchids roses hydrangea goldfish tortoise parrot terrier honey miso tofu noodles eel sushi dumplings fudge cider grapes apples lemons melons mushrooms oysters salmon
        whales dolphins lighthouse dunes marsh canyon waterfall volcano shrine chapel castle ruins museum theatre cinema stadium gymnasium hospital pharmacy dentist spectacles backache migraine hayfever insomnia meditation gymnastics
        swimming tennis baseball wrestling judo archery choir drums flute violin guitar opera jazz waltz tango salsa yoga surfing skiing skating canoe camping tent lantern bonfire embroidery crochet weaving dyeing origami lacquer
        glassware porcelain carpentry welding radio barometer earthquake typhoon blizzard rainbow meteors eclipse election lawsuit insurance pension interview certificate bookkeeping spanish korean algebra statistics physics chemistry
        philosophy religion mythology folklore ghosts satellite""",
}
NAMES = {
    "ja": [
        "緑ヶ池",
        "喫茶みなと",
        "青葉食堂",
        "星見台",
        "第三倉庫",
        "梅の湯",
        "ひばり書店",
        "月島ホール",
        "赤い電車",
        "夜間飛行",
        "黒豆茶",
        "朝霧高原",
        "三日月堂",
        "白鳥製作所",
        "みどり公園",
        "北風通り",
        "藍染工房",
        "風見鶏",
    ],
    "en": [
        "Blue Note night",
        "black tea",
        "Maple Street",
        "old harbour",
        "Green Lantern cafe",
        "Silver Lake",
        "night market",
        "Harbour Books",
        "long division",
        "North Pier",
        "apple cake",
        "Red Barn",
        "slow train",
        "Lark Hill school",
        "paper boats",
        "Moon Hall",
        "stone bridge",
        "winter coat",
    ],
}
SAYINGS = {
    "ja": [
        "{}のことを考えた。",
        "今日も{}。",
        "{}について話す。",
        "{}がよかった。",
        "夕方から{}。",
        "{}を思い出す。",
        "ひさしぶりに{}。",
        "{}の写真を見た。",
        "やはり{}だと思う。",
    ],
    "en": [
        "Thought about {} again.",
        "More {} today.",
        "We talked of {} for a while.",
        "The {} was good.",
        "In the evening, {}.",
        "Read something about {}.",
        "At last some {}.",
        "It is always {} in the end.",
    ],
}
PAIRS = {
    "ja": [
        "{}のあとで{}。",
        "{}と{}のことを書いておく。",
        "{}の話から{}の話になった。",
        "{}のそばに{}があった。",
        "{}もよかったし、{}もよかった。",
        "朝は{}、夜は{}。",
    ],
    "en": [
        "After {} there was {}.",
        "Wrote a page on {} and {}.",
        "From {} we came to {}.",
        "There was {} beside {}.",
        "Both {} and {} were good.",
        "{} in the morning, {} at night.",
    ],
}


@dataclass
class Planted:
    """A diary and what is true of it.

    Attributes:
        entries: date and text, in order.
        ties: of each target, the tied words and how strongly.
        limited: pairs whose tie holds in one part of the time only.
        joined: (a, b, c): a and c are joined through b alone.
        names: words of several pieces.
        strangers: of each target, planted words that are not tied to it: as frequent, or of the same weeks.
    """

    language: str
    entries: list[tuple[date, str]] = field(default_factory=list)
    ties: dict[str, dict[str, float]] = field(default_factory=dict)
    limited: set[tuple[str, str]] = field(default_factory=set)
    joined: list[tuple[str, str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    strangers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def planted(self) -> set[str]:
        words = {word for tied in self.ties.values() for word in tied} | set(self.ties)
        return (
            words | {w for three in self.joined for w in three} | {w for some in self.strangers.values() for w in some}
        )

    def lines(self) -> Iterator[str]:
        """As JSON Lines."""
        for day, text in self.entries:
            yield json.dumps({"date": day.isoformat(), "text": text}, ensure_ascii=False)


def plant(language: str, *, entries: int = 1500, targets: int = 10, triples: int = 6, seed: int = 0) -> Planted:
    """A diary of so many entries, four in five days with one.

    >>> found = plant("en", entries=300, targets=3, triples=1)
    >>> len(found.entries), len(found.ties)
    (300, 3)
    """
    rng = random.Random(f"{language} {seed}")
    filler = _filler(language)
    text = "".join(filler).lower()
    free = [word for word in WORDS[language].split() if word.lower() not in text]
    names = list(NAMES[language])
    rng.shuffle(free)
    rng.shuffle(names)
    made = Planted(language)

    def word(named: float) -> str:
        if names and rng.random() < named:
            made.names.add(names[-1])
            return names.pop()
        return free.pop()

    days: list[date] = []
    day = date(2021, 1, 1)
    while len(days) < entries:
        if rng.random() < 0.8:
            days.append(day)
        day += timedelta(1)
    said: list[list[tuple[str, ...]]] = [[] for _ in days]  # what is planted into each entry: words, or pairs

    def somewhere(count: int, burst: bool, at: float) -> list[int]:
        """Entries, most of them of the same weeks if it is a burst."""
        width = entries // 12
        start = int(at * (entries - width))
        inside = round(0.7 * count) if burst else 0
        near = rng.sample(range(start, start + width), min(inside, width))
        return sorted({*near, *rng.sample(range(entries), count - len(near))})

    for number in range(targets):
        target, burst, at = word(0.3), number % 3 == 0, rng.random()
        mine = somewhere(rng.randint(25, 60), burst, at)
        tied: dict[str, float] = {}
        with_others: dict[int, list[str]] = {place: [] for place in mine}
        for strength in STRENGTHS:
            other, chosen = word(0.3), mine
            if rng.random() < 0.3 and len(mine) > 30:
                half = len(mine) // 2
                chosen = mine[:half] if rng.random() < 0.5 else mine[half:]
                made.limited.add((target, other))
            tied[other] = strength
            together = [place for place in chosen if rng.random() < strength]
            for place in together:
                with_others[place].append(other)
            for place in somewhere(rng.randint(8, 30), False, 0):
                if place not in with_others:
                    said[place].append((other,))
        for place, others in with_others.items():
            said[place] += [(target, other) for other in others] or [(target,)]
        made.ties[target] = tied
        strangers = [word(0.0) for _ in range(3)]
        for place_of, stranger in enumerate(strangers):
            for place in somewhere(len(mine), burst and place_of > 0, at):
                said[place].append((stranger,))
        made.strangers[target] = strangers
    for _ in range(triples):
        a, b, c = word(0.2), word(0.2), word(0.2)
        both = rng.sample(range(entries), 40)
        for place in both[:14]:
            said[place].append((a, b))
        for place in both[14:28]:
            said[place].append((b, c))
        for place, one in zip(both[28:], [a, b, c] * 4, strict=True):
            said[place].append((one,))
        made.joined.append((a, b, c))
    for day, planted in zip(days, said, strict=True):
        made.entries.append((day, _entry(rng, language, filler, planted)))
    return made


def _filler(language: str) -> list[str]:
    texts = [json.loads(line)["text"] for line in diary(language).read_text(encoding="utf-8").splitlines()]
    cut = r"(?<=。)" if language == "ja" else r"(?<=[.!?])\s+"
    return [s.strip() for text in texts for s in re.split(cut, text) if 6 < len(s.strip()) < 120 and "「" not in s]


def _entry(rng: random.Random, language: str, filler: list[str], planted: list[tuple[str, ...]]) -> str:
    sentences = [[rng.choice(filler)] for _ in range(rng.randint(2, 5))]
    for words in planted:
        place = rng.randrange(len(sentences) + 1)
        if len(words) == 1:
            sentences.insert(place, [rng.choice(SAYINGS[language]).format(*words)])
            continue
        words = tuple(rng.sample(words, 2))
        kind = rng.random()
        if kind < 0.5:
            sentences.insert(place, [rng.choice(PAIRS[language]).format(*words)])
            continue
        one, other = (rng.choice(SAYINGS[language]).format(word) for word in words)
        if kind < 0.83:
            sentences.insert(place, [one, other])
        else:
            sentences.insert(place, [one])
            sentences.insert(rng.randrange(len(sentences) + 1), [other])
    joint = "" if language == "ja" else " "
    return joint.join(s[0].upper() + s[1:] for group in sentences for s in group)
