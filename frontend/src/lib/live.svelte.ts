/** What the server tells without being asked: one stream for the whole tab, closed while nobody sees it. */
type Listener = (state: never) => void;

const listeners = new Map<string, Set<Listener>>();
let source: EventSource | undefined;
let asked = '';
let changing = false;

/** Whether the server answers; pages show a line when it does not. */
export const connection = $state({ lost: false });

/** Be told of a topic's state, now and whenever it changes; the answer ends it. For use in `$effect`. */
export function listen<T>(topic: string, told: (state: T) => void): () => void {
  const set = listeners.get(topic) ?? new Set();
  listeners.set(topic, set.add(told as Listener));
  change();
  return () => {
    set.delete(told as Listener);
    if (!set.size) listeners.delete(topic);
    change();
  };
}

function change(): void {
  if (changing) return;
  changing = true;
  queueMicrotask(() => {
    changing = false;
    open();
  });
}

function open(again = false): void {
  const wanted = document.hidden ? '' : [...listeners.keys()].sort().join(',');
  if (wanted === asked && !again) return;
  asked = wanted;
  source?.close();
  source = undefined;
  if (!wanted) return;
  const own = (source = new EventSource(`/api/events?topics=${encodeURIComponent(wanted)}`));
  own.onopen = () => (connection.lost = false);
  own.onerror = () => {
    if (source !== own) return;
    connection.lost = true;
    if (own.readyState === EventSource.CLOSED) setTimeout(() => source === own && open(true), 1500);
  };
  for (const topic of listeners.keys())
    own.addEventListener(topic, (event) => {
      const state = JSON.parse((event as MessageEvent<string>).data) as never;
      for (const told of listeners.get(topic) ?? []) told(state);
    });
}

document.addEventListener('visibilitychange', () => open());
