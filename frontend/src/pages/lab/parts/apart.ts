import { forceCollide, forceSimulation, forceX, forceY } from 'd3-force';

/** Places moved apart until none covers another, each as near to its own as it can be. */
export function apart(places: [number, number][], radii: number[]): [number, number][] {
  const nodes = places.map(([x, y]) => ({ x, y, home: [x, y] as const }));
  forceSimulation(nodes)
    .force('x', forceX<(typeof nodes)[number]>((node) => node.home[0]).strength(0.3))
    .force('y', forceY<(typeof nodes)[number]>((node) => node.home[1]).strength(0.3))
    .force('apart', forceCollide<(typeof nodes)[number]>((_, i) => radii[i]!).strength(1))
    .stop()
    .tick(60);
  return nodes.map(({ x, y }) => [x, y]);
}
