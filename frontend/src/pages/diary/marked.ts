/** A text cut at places, so that these can be marked. Places are counted in code points, as the server counts them. */
export interface Part {
  text: string;
  marked: boolean;
}

export function parts(text: string, places: [number, number][]): Part[] {
  const letters = [...text];
  const found: Part[] = [];
  let at = 0;
  for (const [start, end] of [...places].sort((a, b) => a[0] - b[0])) {
    if (start < at) continue;
    if (start > at) found.push({ text: letters.slice(at, start).join(''), marked: false });
    found.push({ text: letters.slice(start, end).join(''), marked: true });
    at = end;
  }
  if (at < letters.length) found.push({ text: letters.slice(at).join(''), marked: false });
  return found;
}
