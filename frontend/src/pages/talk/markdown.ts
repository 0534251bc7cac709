import DOMPurify from 'dompurify';
import { Marked, type TokenizerAndRendererExtension } from 'marked';
import { set } from './math';

/** Formulas are cut out before Markdown sees them; `$5` is none, and one that has no end yet is left as it is. */
const formula = (name: string, start: RegExp, whole: RegExp): TokenizerAndRendererExtension => ({
  name,
  level: 'inline',
  start: (text) => {
    const at = text.search(start);
    return at < 0 ? undefined : at;
  },
  tokenizer: (text) => {
    const found = whole.exec(text);
    return found ? { type: name, raw: found[0], text: found[1] ?? found[2] ?? '' } : undefined;
  },
  renderer: (token) => set(token.text as string, { display: name === 'shown' }),
});

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const marked = new Marked(
  { gfm: true, breaks: true },
  {
    extensions: [
      formula('shown', /\$\$|\\\[/, /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])/),
      formula('within', /\$|\\\(/, /^(?:\$(?![\s$])([^$\n]+?)(?<!\s)\$(?!\d)|\\\(([\s\S]+?)\\\))/),
    ],
    renderer: {
      html: ({ text }) => escape(text), // what a model writes is never markup
      image: ({ text, href }) => escape(`${text} (${href})`), // nothing is fetched
      link({ tokens, href }) {
        return `${this.parser.parseInline(tokens)} (${escape(href)})`;
      },
    },
  },
);

/** Markdown with formulas as safe HTML. */
export const render = (text: string): string =>
  DOMPurify.sanitize(marked.parse(text, { async: false }), {
    USE_PROFILES: { html: true, mathMl: true, svg: true },
    ADD_TAGS: ['semantics', 'annotation'],
    ADD_ATTR: ['encoding'],
    FORBID_TAGS: ['img', 'image', 'use', 'a', 'form', 'input', 'button', 'style', 'video', 'audio', 'iframe'],
    FORBID_ATTR: ['href', 'src', 'srcset', 'xlink:href', 'id', 'name'],
  });
