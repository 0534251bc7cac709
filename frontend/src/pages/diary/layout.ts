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
  for (const node of nodes) {
    const side = wide(node.word, sizeOf(node));
    node.x = Math.min(width - side - 22, Math.max(14, node.x));
    node.y = Math.min(height - 18, Math.max(22, node.y));
  }
  return nodes;
}
