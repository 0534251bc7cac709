/** Eight curves that are told apart by colour and by dash. */
export const COLOURS = [1, 2, 3, 4, 5, 6, 1, 2].map((n) => `var(--series-${n})`);
export const DASHES = ['none', '7 4', '2 4', '10 3 2 3', '5 2', '1 3', '12 4', '3 2'];
