/** A leaf that stands on (x, y) and is so high, as the path of its blade and of its vein. */
export function leaf(x: number, y: number, height: number): { blade: string; vein: string } {
  const at = (dx: number, dy: number) => `${(x + (dx * height) / 96).toFixed(1)} ${(y + (dy * height) / 96).toFixed(1)}`;
  return {
    blade: `M${at(0, 0)}C${at(-38.3, -25)} ${at(-30.2, -78.7)} ${at(9.3, -96)}C${at(40.6, -59.5)} ${at(29, -19.2)} ${at(0, 0)}Z`,
    vein: `M${at(0, -6)}C${at(-2.9, -33.6)} ${at(0, -57.6)} ${at(5.8, -74.9)}`,
  };
}

/** Heights are squeezed so that small ones can be seen. */
export const squeezed = (value: number, most: number) => (value <= 0 || most <= 0 ? 0 : (value / most) ** 0.28);
