/** What settings are called, and what they mean. English meanings come with the settings from the server. */
import { call } from '../../lib/errors';
import { count, decimal } from '../../lib/format';
import { locale } from '../../lib/locale.svelte';

/** In Japanese: the name, and what it means. */
const JA: Record<string, [string, string?]> = {
  seed: ['乱数の種', 'すべての乱数のもと。同じ種なら同じ結果になります'],
  encoding: ['文字コード', 'auto は自動。cp932、euc_jp なども書けます'],
  line_ends: ['改行', 'keep：そのまま、space：空白として読む'],
  tokenizer: ['トークン', 'characters：一文字ずつ、byte-pairs：よく出る文字のまとまり'],
  vocabulary: ['語彙の数', '覚えるバイト対トークンの数'],
  byte_fallback: ['バイトで読む', '256のバイトも覚え、見たことのない文字も読めるようにする'],
  split: ['学ぶ割合', '文章のうち学ぶのに使う割合。残りは検証に取っておきます'],
  hidden: ['中間層', '中間層のユニット数。0 は幅の 8/3 ほど'],
  context: ['文脈の長さ', 'いちどに見る文字数'],
  width: ['幅', '各層のユニット数'],
  layers: ['層', '重ねる層の数'],
  heads: ['ヘッド', '注意のヘッドの数'],
  key_value_heads: ['キーと値のヘッド', '0 は問い合わせのヘッドと同じ数'],
  dropout: ['ドロップアウト', '訓練のとき、でたらめに休ませるユニットの割合'],
  tied: ['重みの共有', '埋め込みと出力でひとつの行列を使う'],
  qk_norm: ['QK 正規化', 'クエリーとキーを正規化する'],
  rope_base: ['RoPE の底', '0 は文脈の長さの 1.5 倍'],
  engine: ['計算のしかた', 'torch：PyTorch、scratch：NumPy ですべて手書き'],
  steps: ['ステップ数', '重みを直す回数'],
  minutes: ['分', 'ステップ数のかわりに、かける時間'],
  batch: ['バッチ', 'いちどに読む窓の数'],
  accumulation: ['勾配の蓄積', '一歩のまえに足し合わせるバッチの数'],
  optimizer: ['最適化', 'muon：内側の行列は Muon、ほかは AdamW'],
  learning_rate: ['学習率', 'AdamW の学習率'],
  matrix_rate: ['行列の学習率', 'Muon の学習率'],
  beta1: ['β1', 'AdamW が勾配を覚えている長さ'],
  beta2: ['β2', 'AdamW が勾配の二乗を覚えている長さ'],
  momentum: ['モメンタム', 'Muon が勾配を覚えている長さ'],
  weight_decay: ['重み減衰', '行列をゼロへ引く強さ'],
  warmup: ['ウォームアップ', '学習率を上げていくステップ数'],
  decay: ['下げる割合', '学習率を下げていく、終わりの割合'],
  final_rate: ['終わりの学習率', 'もとの学習率に対する割合'],
  clip: ['勾配の上限', 'これより長い勾配は切りつめる。0 は無制限'],
  ema: ['重みの移動平均', '0 は使わない'],
  evaluate_every: ['検証の間隔', '検証のあいだのステップ数。0 はぜんぶで十回'],
  evaluate_tokens: ['検証の長さ', 'これより長い検証文は、とびとびに読む'],
  patience: ['がまん', 'この回数よくならなければやめる。0 はやめない'],
  sample_tokens: ['ためし書きの長さ', '検証のたびに書かせる長さ。0 は書かせない'],
  sample_prompt: ['ためし書きの書き出し', 'ためし書きのはじめのことば'],
  keep: ['残す数', 'いちばん良いもののほかに残すチェックポイントの数'],
  save_seconds: ['保存の間隔', 'チェックポイントのあいだの秒数'],
  precision: ['精度', 'auto は、ここで速いほうを測って選ぶ'],
  compile: ['コンパイル', 'はじめは遅く、あとは速い'],
  device: ['装置', '訓練するところ'],
  threads: ['スレッド', '0 は torch にまかせる'],
  problems: ['問題', 'all：すべて、addition：たし算ひき算、brackets：かっこ'],
  work: ['途中式', 'steps：下の桁から途中式も、answer：途中式なし、plain：答えだけ上の桁から'],
  digits: ['桁', 'いちばん長い数の桁数'],
  depth: ['かっこの深さ', 'いちばん深いかっこ'],
  letters: ['バッチの文字数', 'ひとつのバッチのおよその文字数'],
  rise: ['慣らし', '問題がだんだん大きくなるステップの割合'],
  shift: ['位のずらし', '桁の場所をでたらめにずらす最大の数'],
  examinations: ['試験の回数', '学ぶあいだに試験をする回数'],
  examined: ['試験の問題数', '試験ごとに出す、種類ごとの問題の数'],
  reverse: ['逆順', '問いをうしろから読む'],
  peeky: ['のぞき見', '符号化した問いを、復号器のすべての時刻に見せる'],
  attention: ['注意機構', '復号器が問いのすべての文字をふりかえる'],
  embedding: ['埋め込み', '一文字ごとの数の個数'],
  heldout: ['取り置き', '終わりに試す、見せていない問題の数'],
  evaluations: ['検証の回数', '学ぶあいだに試す回数'],
  kind: ['モデルの種類'],
  parameters: ['重みの数'],
};
const SECTIONS = {
  en: { '': 'Seed', text: 'The text', model: 'The model', training: 'The training', task: 'The task' },
  ja: { '': '乱数', text: '文章', model: 'モデル', training: '訓練', task: '課題' },
};

/** `training.learning_rate` or `learning_rate`: what it is called. */
export function nameOf(name: string): string {
  const last = name.split('.').at(-1)!;
  return (locale.language === 'ja' && JA[last]?.[0]) || last.replaceAll('_', ' ');
}
call((name) => JA[name]?.[0]);
export const meaningOf = (name: string, help: string) => (locale.language === 'ja' && JA[name]?.[1]) || help;
export const sectionOf = (name: string) => (SECTIONS[locale.language] as Record<string, string>)[name] ?? name;

/** A value of a setting, as it is read. */
export function valueOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return locale.language === 'ja' ? (value ? 'する' : 'しない') : value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) < 0.001 ? value.toExponential() : decimal(value, Math.min(6, (String(value).split('.')[1] ?? '').length));
}
