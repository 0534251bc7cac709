/** Activations, value and slope of each, as `mebuki.scratch.activations` has them, and three more. */
export interface Activation {
  name: string;
  tex: string;
  slopeTex: string;
  numpy: string;
  /** Lowest and highest slope there is, and who brought it. */
  from: string;
  value: (x: number) => number;
  slope: (x: number) => number;
}

const sigmoid = (x: number) => 0.5 * Math.tanh(0.5 * x) + 0.5;
const C = Math.sqrt(2 / Math.PI);
const inner = (x: number) => Math.tanh(C * (x + 0.044715 * x ** 3));

export const ACTIVATIONS = {
  sigmoid: {
    name: 'sigmoid', from: 'Verhulst 1838',
    tex: String.raw`\sigma(x)=\frac{1}{1+e^{-x}}`, slopeTex: String.raw`\sigma'(x)=\sigma(x)\,\bigl(1-\sigma(x)\bigr)`,
    numpy: 'y = 1 / (1 + np.exp(-x))',
    value: sigmoid, slope: (x) => sigmoid(x) * (1 - sigmoid(x)),
  },
  tanh: {
    name: 'tanh', from: '',
    tex: String.raw`\tanh x=\frac{e^{x}-e^{-x}}{e^{x}+e^{-x}}`, slopeTex: String.raw`\tanh' x=1-\tanh^2 x`,
    numpy: 'y = np.tanh(x)',
    value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2,
  },
  relu: {
    name: 'ReLU', from: 'Nair & Hinton 2010',
    tex: String.raw`\mathrm{ReLU}(x)=\max(x,0)`, slopeTex: String.raw`\mathrm{ReLU}'(x)=\begin{cases}1&x>0\\0&x\le 0\end{cases}`,
    numpy: 'y = np.maximum(x, 0)',
    value: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0),
  },
  leaky: {
    name: 'leaky ReLU', from: 'Maas et al. 2013',
    tex: String.raw`f(x)=\max(x,\;0.1\,x)`, slopeTex: String.raw`f'(x)=\begin{cases}1&x>0\\0.1&x\le 0\end{cases}`,
    numpy: 'y = np.where(x > 0, x, 0.1 * x)',
    value: (x) => (x > 0 ? x : 0.1 * x), slope: (x) => (x > 0 ? 1 : 0.1),
  },
  elu: {
    name: 'ELU', from: 'Clevert et al. 2016',
    tex: String.raw`f(x)=\begin{cases}x&x>0\\e^{x}-1&x\le 0\end{cases}`, slopeTex: String.raw`f'(x)=\begin{cases}1&x>0\\e^{x}&x\le 0\end{cases}`,
    numpy: 'y = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))',
    value: (x) => (x > 0 ? x : Math.expm1(x)), slope: (x) => (x > 0 ? 1 : Math.exp(x)),
  },
  gelu: {
    name: 'GELU', from: 'Hendrycks & Gimpel 2016',
    tex: String.raw`\tfrac{x}{2}\,(1+\tanh u),\;\; u=\sqrt{\tfrac{2}{\pi}}\,(x+0.044715\,x^3)`,
    slopeTex: String.raw`\tfrac12(1+\tanh u)+\tfrac{x}{2}\,(1-\tanh^2 u)\,u'`,
    numpy: 'y = x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))',
    value: (x) => 0.5 * x * (1 + inner(x)),
    slope: (x) => 0.5 * (1 + inner(x)) + 0.5 * x * (1 - inner(x) ** 2) * C * (1 + 3 * 0.044715 * x * x),
  },
  silu: {
    name: 'SiLU', from: 'Elfwing et al. 2018',
    tex: String.raw`\mathrm{SiLU}(x)=x\,\sigma(x)`, slopeTex: String.raw`\mathrm{SiLU}'(x)=\sigma(x)+x\,\sigma(x)\,\bigl(1-\sigma(x)\bigr)`,
    numpy: 'y = x / (1 + np.exp(-x))',
    value: (x) => x * sigmoid(x), slope: (x) => sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
  },
  softplus: {
    name: 'softplus', from: 'Dugas et al. 2001',
    tex: String.raw`f(x)=\ln(1+e^{x})`, slopeTex: String.raw`f'(x)=\sigma(x)`,
    numpy: 'y = np.logaddexp(0, x)',
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), slope: sigmoid,
  },
} satisfies Record<string, Activation>;

export type Name = keyof typeof ACTIVATIONS;
export const NAMES = Object.keys(ACTIVATIONS) as Name[];

/** Where the slope is at most `least` in size, as intervals of [low, high]. */
export function still(name: Name, low: number, high: number, least = 0.05): [number, number][] {
  const { slope } = ACTIVATIONS[name], found: [number, number][] = [];
  const N = 400;
  for (let i = 0; i < N; i++) {
    const x = low + ((i + 0.5) * (high - low)) / N;
    if (Math.abs(slope(x)) > least) continue;
    const from = low + (i * (high - low)) / N, to = from + (high - low) / N, last = found.at(-1);
    if (last && Math.abs(last[1] - from) < 1e-9) last[1] = to;
    else found.push([from, to]);
  }
  return found.filter(([from, to]) => to - from > (high - low) / 100);
}
