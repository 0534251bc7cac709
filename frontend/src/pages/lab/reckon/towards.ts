/** The next point in a direction: near, and not far off the way; the same one where there is none. */
export function towards(points: [number, number][], from: number, [dx, dy]: [number, number]): number {
  const [x, y] = points[from]!;
  let best = from, least = Infinity;
  points.forEach(([px, py], i) => {
    const along = (px - x) * dx + (py - y) * dy, beside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (i === from || along <= 0 || beside > 2 * along) return;
    const cost = along + 2 * beside;
    if (cost < least) (least = cost), (best = i);
  });
  return best;
}
