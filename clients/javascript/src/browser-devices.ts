// The keys of a browser, in IndexedDB.

import { createKey, type Device, deviceOf, type DeviceStore } from './device.js';

const DATABASE = 'cognito-voice-otp';
const STORE = 'devices';

/** The keys of this browser, or nothing where it can keep none: without HTTPS, or on a server. */
export function browserDevices(): DeviceStore | undefined {
  // Some browsers throw at the mere name, if the user blocks storage.
  try {
    return globalThis.indexedDB && globalThis.crypto?.subtle ? new BrowserDevices() : undefined;
  } catch {
    return undefined;
  }
}

type Row = { publicKey: string; privateKey: CryptoKey };

class BrowserDevices implements DeviceStore {
  async find(name: string): Promise<Device | undefined> {
    const row = await this.#within<Row | undefined>('readonly', (rows, done) => {
      const found = rows.get(name);
      found.onsuccess = () => done(found.result);
    });
    return row && deviceOf(row);
  }

  async create(name: string): Promise<Device> {
    const made = await createKey();
    // In one transaction, for another tab may have made one in the meantime.
    const row = await this.#within<Row>('readwrite', (rows, done) => {
      const found = rows.get(name);
      found.onsuccess = () => {
        done(found.result ?? made);
        if (found.result) return;
        try {
          rows.add(made, name);
        } catch {
          // A private window may keep no keys.
          rows.transaction.abort();
        }
      };
    });
    return deviceOf(row);
  }

  /** Resolves once the transaction has ended well, to what was given to `done`. */
  async #within<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore, done: (result: T) => void) => void): Promise<T> {
    const database = await open();
    try {
      return await new Promise<T>((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
        work(transaction.objectStore(STORE), (result) => (transaction.oncomplete = () => resolve(result)));
      });
    } finally {
      database.close();
    }
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
