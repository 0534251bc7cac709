/** What the server says to a question that changes as one plays; the last one asked counts. */
export class Asked<T> {
  found = $state.raw<T>();
  problem = $state.raw<unknown>();
  busy = $state(false);
  #ask: AbortController | undefined;

  /** Ask, after a breath, and keep what was found until the next answer is there. For use in `$effect`. */
  ask(question: (signal: AbortSignal) => Promise<T>, wait = 200): () => void {
    const own = (this.#ask = new AbortController());
    this.busy = true;
    const timer = setTimeout(() => {
      question(own.signal).then(
        (found) => own === this.#ask && ((this.found = found), (this.problem = undefined), (this.busy = false)),
        (error) => own === this.#ask && !own.signal.aborted && ((this.problem = error), (this.busy = false)),
      );
    }, wait);
    return () => {
      clearTimeout(timer);
      own.abort();
    };
  }
}
