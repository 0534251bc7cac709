/** Where the words of a net stand: d3-force, run to its end at once, from places that are always the same. */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from 'd3-force';
import type { NetOf } from './diary.svelte';

export interface Placed extends SimulationNodeDatum {
  word: string;
  days: number;
  steps: number;
  x: number;
  y: number;
}

/** How wide a word is set, about, in pixels. */
export const wide = (word: string, size: number) =>
  [...word].reduce((sum, letter) => sum + (letter > '\u2e7f' ? size : size * 0.55), 0);

export const sizeOf = (node: { steps: number }) => (node.steps === 0 ? 19 : node.steps === 1 ? 15 : 13);

export function placed(net: NetOf, width: number, height: number): Placed[] {
  const nodes: Placed[] = net.nodes.map((node, i) => {
    const angle = i * 2.39996, far = i && (node.steps + 0.4 * (i % 3)) * Math.min(width, height) * 0.16;
    return { ...node, x: width / 2 + far * Math.cos(angle), y: height / 2 + far * Math.sin(angle) };
  });
  const strongest = Math.max(...net.edges.map((edge) => edge.strength), 1);
  const links = net.edges.map((edge) => ({ source: edge.one, target: edge.other, force: Math.sqrt(edge.strength / strongest) }));
  const room = Math.sqrt((width * height) / Math.max(4, nodes.length));
  const simulation = forceSimulation(nodes)
    .randomSource(() => 0.5)
    .force('link', forceLink<Placed, { source: string; target: string; force: number }>(links).id((node) => node.word).distance((link) => room * (1.05 - 0.45 * link.force)).strength((link) => 0.15 + 0.5 * link.force))
    .force('charge', forceManyBody().strength(-room * 3.2))
    .force('x', forceX(width / 2).strength(0.05 * Math.min(2, height / width)))
    .force('y', forceY(height / 2).strength(0.09 * Math.min(2, width / height)))
    .force('room', forceCollide<Placed>((node) => Math.max(20, wide(node.word, sizeOf(node)) * 0.62)))
    .stop();
  simulation.tick(260);
  fill(nodes, width, height);
  return nodes;
}

const EDGE = { left: 26, right: 70, top: 22, bottom: 26 };

/** Spread them over all the room there is. */
function fill(nodes: Placed[], width: number, height: number): void {
  for (const [axis, low, high] of [['x', EDGE.left, width - EDGE.right], ['y', EDGE.top, height - EDGE.bottom]] as const) {
    const least = Math.min(...nodes.map((node) => node[axis])), most = Math.max(...nodes.map((node) => node[axis]));
    for (const node of nodes) node[axis] = most - least < 1 ? (low + high) / 2 : low + ((node[axis] - least) / (most - least)) * (high - low);
  }
}

export interface Label {
  x: number;
  y: number;
  anchor: 'start' | 'end' | 'middle';
}
interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Where the name of each word stands: beside, over or under its dot, where the least is in its way. */
export function labels(nodes: Placed[], radius: (node: Placed) => number, edges: { one: string; other: string }[], width: number): Label[] {
  const at = new Map(nodes.map((node) => [node.word, node]));
  const taken: Box[] = nodes.map((node) => around(node.x, node.y, radius(node)));
  const lines = edges.flatMap(({ one, other }) => {
    const a = at.get(one)!, b = at.get(other)!;
    return [0.15, 0.3, 0.45, 0.6, 0.75, 0.88].map((t) => ({ x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }));
  });
  return nodes.map((node) => {
    const size = sizeOf(node), long = wide(node.word, size), r = radius(node);
    const ways: Label[] = [
      { x: node.x + r + 4, y: node.y + size * 0.35, anchor: 'start' },
      { x: node.x - r - 4, y: node.y + size * 0.35, anchor: 'end' },
      { x: node.x, y: node.y + r + size, anchor: 'middle' },
      { x: node.x, y: node.y - r - 5, anchor: 'middle' },
    ];
    const cost = (label: Label, i: number) => {
      const box = boxOf(label, long, size);
      const out = Math.max(0, -box.left) + Math.max(0, box.right - width);
      const over = taken.filter((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom).length;
      const crossed = lines.filter((point) => point.x > box.left - 2 && point.x < box.right + 2 && point.y > box.top && point.y < box.bottom).length;
      return out * 2 + over * 8 + crossed * 2 + i * 0.3;
    };
    const best = ways.map((label, i) => ({ label, cost: cost(label, i) })).reduce((a, b) => (b.cost < a.cost ? b : a)).label;
    taken.push(boxOf(best, long, size));
    return best;
  });
}

const around = (x: number, y: number, r: number): Box => ({ left: x - r, right: x + r, top: y - r, bottom: y + r });

function boxOf(label: Label, long: number, size: number): Box {
  const left = label.anchor === 'start' ? label.x : label.anchor === 'end' ? label.x - long : label.x - long / 2;
  return { left, right: left + long, top: label.y - size, bottom: label.y + size * 0.25 };
}
