import { count } from '../../lib/format';
import { dictionary } from '../../lib/locale.svelte';

/** What is said where a word may leave this computer. */
export const x = dictionary({
  en: {
    title: (word: string) => `“${word}” outside`,
    off: 'in an encyclopedia: only if you allow it',
    may: (word: string, host: string) => `May the word “${word}” be sent to ${host}?`,
    sent: 'Sent', sentIs: (word: string) => `“${word}”, and nothing else: no entry, no name, no cookie.`,
    to: 'To', toIs: (receiver: string, open: boolean, proxy: boolean) => `${receiver}, by ${open ? 'http, which all on the way can read' : 'https'}${proxy ? ', through the proxy that this computer names' : ''}.`,
    seen: 'Seen there', seenIs: 'The word, that Mebuki asks, and the address of your network, as of every visitor.',
    kept: 'Kept', keptIs: 'The answer, with the diary: the next look needs no network.',
    once: 'Send it, this once', always: (receiver: string) => `Allow ${receiver} for every word I look up so`, send: 'Look it up', asking: (host: string) => `Asking ${host} …`,
    ambiguous: 'Several things are called so.', noPage: (word: string) => `No page is called “${word}”; these hold the word.`, nothing: (word: string) => `Nothing is known there of “${word}”.`,
    inside: (n: number) => (n === 1 ? 'One of its neighbours lives in your diary' : `${count(n)} of its neighbours live in your diary`), noneInside: 'None of its neighbours lives in your diary yet.',
    days: (n: number, first: string) => (n === 1 ? first : `${count(n)} days, the first: ${first}`), outside: (n: number) => `${count(n)} others`, comma: ', ',
    when: (day: string, wikipedia: boolean) => `Looked up on ${day}${wikipedia ? ' in Wikipedia, CC BY-SA' : ''}.`, links: 'The links lead out of this computer.', unkept: 'It could not be kept for the next time.',
    fresh: 'Ask again', other: 'Another encyclopedia', forbid: 'Allow nothing any more, and take the answers away', forbidden: 'Nothing is sent any more, and the answers are gone.',
  },
  ja: {
    title: (word: string) => `外の世界の「${word}」`,
    off: '百科事典で調べます。ゆるしたときだけ',
    may: (word: string, host: string) => `「${word}」ということばを、${host} へ送ってもよいですか。`,
    sent: '送るもの', sentIs: (word: string) => `「${word}」だけ。日記も、名前も、クッキーも送りません。`,
    to: '送り先', toIs: (receiver: string, open: boolean, proxy: boolean) => `${receiver}${open ? '（http なので、とちゅうの人にも読めます）' : '（https）'}${proxy ? '。この端末に決めてあるプロキシを通ります' : ''}`,
    seen: '相手に見えるもの', seenIs: 'そのことば、芽吹きがきいたこと、あなたのネットワークのアドレス。これはどのサイトでも同じです。',
    kept: '残すもの', keptIs: '返事を日記といっしょに残します。つぎに見るときは、送りません。',
    once: '今回だけ送る', always: (receiver: string) => `これから調べることばも、${receiver} へ送ってよい`, send: '調べる', asking: (host: string) => `${host} にきいています …`,
    ambiguous: 'この名前のものは、いくつもあります。', noPage: (word: string) => `「${word}」というページはありません。このことばをふくむページです。`, nothing: (word: string) => `「${word}」については、何も見つかりません。`,
    inside: (n: number) => `となりのことばのうち、日記にいるもの　${count(n)}`, noneInside: 'となりのことばは、まだ日記にはいません。',
    days: (n: number, first: string) => (n === 1 ? first : `${count(n)}日、はじめは${first}`), outside: (n: number) => `ほかのことば　${count(n)}`, comma: '、',
    when: (day: string, wikipedia: boolean) => `${day}に調べました${wikipedia ? '（Wikipedia、CC BY-SA）' : ''}。`, links: 'リンクは、この端末の外へ出ます。', unkept: '残せなかったので、つぎもききにいきます。',
    fresh: 'もういちどきく', other: 'ほかの百科事典', forbid: 'ゆるすのをやめ、返事も消す', forbidden: 'もう何も送りません。返事も消しました。',
  },
});
