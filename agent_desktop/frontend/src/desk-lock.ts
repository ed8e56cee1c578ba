/** One desk an agent in one browser: a Web Lock decides which window may be the phone. */

export interface LockEvents {
  gained: () => void;
  lost: () => void;
}

export class DeskLock {
  #name: string;
  #events: LockEvents;
  held = false;

  constructor(agent: string, events: LockEvents) {
    this.#name = `hotline-desk-${agent}`;
    this.#events = events;
  }

  /** Take the lock if it is free. */
  async tryTake(): Promise<boolean> {
    if (!navigator.locks) return this.#mark();
    return new Promise((resolve) => {
      void navigator.locks
        .request(this.#name, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock ? this.#keep() : undefined;
        })
        .catch(() => this.#lose());
    });
  }

  /** Take it from the other window. */
  steal(): void {
    if (!navigator.locks) return;
    void navigator.locks.request(this.#name, { steal: true }, () => this.#keep()).catch(() => this.#lose());
  }

  #keep(): Promise<never> {
    this.#mark();
    return new Promise<never>(() => {});
  }

  #mark(): true {
    this.held = true;
    this.#events.gained();
    return true;
  }

  #lose(): void {
    if (!this.held) return;
    this.held = false;
    this.#events.lost();
  }
}
