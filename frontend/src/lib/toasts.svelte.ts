/** Short notices at the lower left, each with at most one way back. */
export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

export const toasts = $state<Toast[]>([]);
let next = 1;

export function toast(text: string, action?: Toast['action']): void {
  toasts.push({ id: next++, text, action });
  if (toasts.length > 3) toasts.shift();
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((one) => one.id === id);
  if (at >= 0) toasts.splice(at, 1);
}
