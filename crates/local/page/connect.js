// The local stack's calls to one number.

/** Takes the calls to a number for this page, and reports each change of one. `close` releases the number. */
export class Line {
  #events;
  #settle;
  /** Another one in each page. */
  #page = String(Math.random()).slice(2);

  constructor(number, { onCall, onState }) {
    this.#events = new EventSource(`/local/phone?number=${encodeURIComponent(number)}&page=${this.#page}`);
    this.#events.addEventListener('call', ({ data }) => onCall(JSON.parse(data)));
    /** Resolves once calls are taken, or can't be: the stack does not answer, or the line was closed. */
    this.ready = new Promise((resolve) => (this.#settle = resolve));
    this.#events.addEventListener('open', () => onState(true));
    this.#events.addEventListener('error', () => onState(false));
    for (const event of ['open', 'error']) this.#events.addEventListener(event, this.#settle);
  }

  answer(call) {
    return order(call, 'answer', { page: this.#page });
  }

  /** Whether a call is to be spoken here: it was answered here, or on no page that is still there. */
  speaks({ answeredBy }) {
    return answeredBy === null || answeredBy === this.#page;
  }

  close() {
    this.#events.close();
    this.#settle();
  }
}

export const decline = (call) => order(call, 'decline');
export const hangUp = (call) => order(call, 'hang-up');
export const press = (call, keys) => order(call, 'keys', { keys });
export const heard = (call, lines) => order(call, 'heard', { lines });

/** The call may have ended by then: the events report its state. */
async function order({ contactId }, what, body = {}) {
  try {
    await fetch(`/local/calls/${contactId}/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    // The events report that the stack does not answer.
  }
}
