// Moments are milliseconds since 1970, as `Date.now()` gives them.

/** Whole seconds until a moment. Never less than there are. */
export function secondsUntil(moment: number, now: number): number {
  return Math.max(0, Math.ceil((moment - now) / 1000));
}

/** Seconds as a clock shows them: `4:05`. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** What a promise resolves to. Rejects if that takes longer. */
export async function within<T>(limitMs: number, promise: Promise<T> | T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error('That took too long')), limitMs)),
  );
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
