"""Words that stand in every diary and say little of anyone's life: measures and names of time, verbs of all work.

They may be tied to others like any word; lists of words leave them out. Each as its key (`words`): come, also for coming.
"""

from __future__ import annotations

from .english import NUMBERS, STOP
from .words import JAPANESE_STOP

_ENGLISH = """
half quarter double single twice
day week month year hour minute moment time o'clock today tonight tomorrow daily
afterwards late early past present future usual usually
mr mrs miss ms dr sir madam etc.
man woman people person folk fellow lady gentleman bit lot sort kind piece pair part rest number case matter
fact course place point end side top bottom middle front back centre center left right line row order name word
hand head face eye foot
ask answer reply remark mention call tell talk speak explain add repeat suggest cry shout exclaim
look stare gaze watch notice observe appear show
find lose hold keep bring carry fetch take give send receive leave return come arrive enter pass move turn stop
stand sit lie rise set put hang drop fall throw push pull press lift lean
begin start commence finish continue happen become remain stay wait follow change
know mean believe suppose imagine wonder expect intend decide determine remember forget understand wish hope need
feel hear see meet let help allow use wear open close shut cut break fill catch hit knock touch fit count
old new good bad big small large great short high low wide full empty real
different certain sure possible impossible able ready wrong true clear general particular
nice pretty fine poor dear young hard easy strange quick quickly slow slowly
simply suddenly scarcely merely presently evidently certainly probably possibly perfectly exactly especially entirely
apparently fortunately unfortunately absolutely immediately directly finally nearby quietly except
inside outside upstairs downstairs forward round
say sitting feeling living spend ought else thinke worth subject manner state form bear one grow discover per whenever
consider cause result effect degree instance example
felt hardly mostly surely positively means deal reach pick include concern by-the-by ah eh hulloh
"""
ENGLISH = frozenset(_ENGLISH.split())

_CALENDAR = """
monday tuesday wednesday thursday friday saturday sunday weekday weekend
january february march april june july august september october november december
"""
CALENDAR = frozenset(name + end for name in _CALENDAR.split() for end in ("", "s"))  # a name keeps its ending: Sundays

_JAPANESE = """
分 秒 週間 キロ メートル センチ グラム 円 数 数字 番 半 半分
一人 二人
今年 去年 来年 今月 先月 来月 今週 先週 来週 今朝 今夜 今晩 毎日
横 隣 裏 表 外 奥 後ろ 向こう 左 右 端 角 底 側 周り 隅 脇 手前 場所 形 向き 様子 残り 別 本当 急 普通 大事 必要
手 目 顔 頭 足 声 名 名前 題 話 言葉 返事 意味 理由 気持ち 気分
出す 入れる 掛かる 着ける 切る 切れる 立つ 立てる 座る 上がる 上げる 下がる 下げる 下りる 落ちる 落とす 残る 残す
開く 開ける 閉める 閉まる 押す 引く 取れる 乗せる 乗る 並ぶ 並べる 当たる 当てる 動く 動かす 止まる 止める 回す 回る 戻る 戻す 変わる 変える
見える 見せる 聞こえる 話す 答える 考える 思い出す 覚える 忘れる 気付く 決める 決まる 選ぶ 探す 呼ぶ 頼む 待つ 会う 合う 合わせる
使う 借りる 貸す 返す 返る 渡す 送る 届く 届ける 運ぶ 寄る 通る 越える 着く 帰る 向かう 離れる
増える 減る 足りる 始まる 続く 無くなる 亡くす 違う 間違える 直す 直る 数える 似る 分ける 分かれる 黙る 断る
消える 消す 触る 握る 抱える 拾う 捨てる 投げる 受ける 受け取る 振る 曲がる 曲げる 重ねる 重なる 包む 囲む 挟む
大きい 小さい 長い 短い 高い 低い 新しい 古い 若い 早い 速い 遅い 悪い 強い 弱い 重い 軽い 近い 遠い 広い 狭い 深い 浅い 太い 細い 厚い 薄い
難しい 易しい 少ない 凄い 酷い
なおす なくなる あける やめる すむ さす おろす あく きく かく
か所 箇所 片付ける 頃合い 何処
至る 者 例 確か 無理 起こる 起こす 上る 昔 時代
月曜 火曜 水曜 木曜 金曜 土曜 日曜 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 平日 週末 午前 午後 毎朝 毎晩 毎週 毎月 毎年
一日 半日 翌日 翌朝 当日 初日 前日 昨年 半年 年間 日間 分間 箇月 再来週 時刻 時期 点 面 台 列 往復 割 倍 杯 歩 寸 尺 銭 厘
ミリ リットル 特別 場面 一人一人 前後 近く 遠く 早く 遅く 其の他 構う 限る 相違 尤も 結構 全体 内容 事情 具合 調子 欠く 及ぶ
関する 従う 述べる
"""
JAPANESE = frozenset(_JAPANESE.split())
COMMON = (
    ENGLISH | CALENDAR | JAPANESE | STOP | NUMBERS | JAPANESE_STOP
)  # some forms of stop words are none themselves: comes


def says_little(keys: tuple[str, ...]) -> bool:
    """Whether a word says little by itself, or a phrase is of such words and numbers alone.

    >>> [says_little(keys) for keys in (("week",), ("half", "past", "five"), ("half", "moon"), ("毎日", "毎日"), ("20", "世紀"))]
    [True, True, False, True, False]
    """
    return all(key in COMMON or key.isdecimal() for key in keys)
