// A sign-in as a state machine. It is a store as React's `useSyncExternalStore` and others take them.

import { browserDevices } from './browser-devices.js';
import { Challenge, say, type TrustDevice } from './challenge.js';
import type { CognitoClient, Metadata, Parameters, Step } from './client.js';
import { type Device, deviceId, deviceName, type DeviceStore, signedText } from './device.js';
import { digitsOf } from './digits.js';
import { canRetry, type Failure, failureOf, failureOfStep, type Sent } from './failure.js';
import { savedSignIn, type SessionStorage } from './saved.js';
import { type Sentences, sentences as english } from './sentences.js';
import { isPending, type State } from './state.js';
import { within } from './time.js';

/** For the storage of keys. Some browsers never answer when it is damaged. */
const PATIENCE_MS = 2000;

export interface SignInOptions<Session> {
  /** One of the adapters, or your own. */
  client: CognitoClient<Session>;
  userPoolId: string;
  clientId: string;
  /** The language of the call, as in `de` or `pt-BR`. Else it is that of the user's `locale`, or of the number's country. */
  language?: string | (() => string | undefined);
  /** Where the keys of trusted devices are: IndexedDB unless you say otherwise. `false` trusts no device. */
  devices?: DeviceStore | false;
  /** What keeps a sign-in over a reload: `sessionStorage` unless you say otherwise. `false` keeps none. */
  storage?: SessionStorage | false;
  /** What is said to the user. English unless you say otherwise. */
  sentences?: Sentences;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Its functions can be taken out of it. Each ignores what does not fit the state. None rejects: see the state. */
export interface SignIn<Session> {
  getState(): State<Session>;
  /** Calls the listener after each change. Gives what ends that. */
  subscribe(listener: () => void): () => void;
  /** Begins a sign-in. Without a password only where the pool needs none (`call-only`). Resolves when there is an answer. */
  start(username: string, password?: string): Promise<State<Session>>;
  /** Sends a code, as it was typed, pasted or dictated. */
  submit(text: string): Promise<State<Session>>;
  /** Asks for another call, unless `canCallAgain` says no: that would cost an attempt. */
  callAgain(): Promise<State<Session>>;
  /** What the tick box says. This device is trusted once a right code is sent with it. */
  trustDevice(wanted: boolean): void;
  /** Gives the sign-in up. What is under way is ignored, but its phone may still ring, and the library may store its tokens. */
  cancel(): void;
  /** Goes on with the sign-in that was going on before the page was reloaded. Gives whether there is one. */
  resume(): boolean;
}

export function createSignIn<Session>(options: SignInOptions<Session>): SignIn<Session> {
  const { client, userPoolId, clientId, sentences = english, now = Date.now } = options;
  const devices = options.devices === false ? undefined : (options.devices ?? browserDevices());
  const saved = savedSignIn(options.storage, clientId);
  const listeners = new Set<() => void>();

  let state: State<Session> = { step: 'idle' };
  let sent: Sent = 'password';
  /** Which sign-in it is. One that was given up may still get an answer, which is ignored. */
  let run = 0;
  /** The client's latest answer, or what will be it. */
  let answered: Promise<unknown> = Promise.resolve();
  let username = '';
  let latest: { parameters: Parameters; receivedAt: number } | undefined;
  let device: Device | undefined;
  let making: Promise<Device> | undefined;
  /** After a reload, the challenge is there before the device. */
  let finding: Promise<void> | undefined;
  /** The device's id, if the device was there before this sign-in. */
  let id: string | undefined;
  let canTrust = false;
  let trust = false;
  /** The code of which the user was told that it has expired. */
  let expired: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function start(name: string, password?: string) {
    if (isPending(state)) return state;
    begin(name.trim());
    set({ step: 'starting', notice: sentences.checkingPassword() });
    return proceed('password', async (goesOn) => {
      await goesOn(findDevice());
      const step = await goesOn(
        ask(() => client.start(username, password, { ...language(), ...(id && { trustedDevice: id }) })),
      );
      if (!isDeviceRound(step)) return step;
      sent = 'device';
      const signature = await goesOn(proof(step.parameters));
      // If it is refused, this calls the user.
      return ask(() => client.answer(signature, language()));
    });
  }

  async function submit(text: string) {
    if (state.step !== 'code') return state;
    const { challenge } = state;
    const code = digitsOf(text);
    // It would cost an attempt, and can't be right.
    if (!code || (challenge.codeLength && code.length !== challenge.codeLength)) {
      set({ step: 'code', challenge, error: sentences.noCode(challenge.codeLength) });
      return state;
    }
    set({ step: 'checking', challenge, notice: sentences.checkingCode() });
    return proceed('code', async (goesOn) => {
      const metadata = await goesOn(enrolment());
      return ask(() => client.answer(code, metadata));
    });
  }

  async function callAgain() {
    if (state.step !== 'code' || !state.challenge.canCallAgain(now())) return state;
    set({ step: 'calling', challenge: state.challenge, notice: sentences.askingForCall() });
    // An answer must not be empty. This one isn't looked at.
    return proceed('call again', () => ask(() => client.answer('call again', { callAgain: 'true', ...language() })));
  }

  function trustDevice(wanted: boolean) {
    if (state.step !== 'code' || !state.challenge.trustDevice) return;
    trust = wanted;
    draw();
    save();
    // Some browsers read a storage that they don't write. Then there is no tick box.
    if (wanted) void enrolment();
  }

  function cancel() {
    begin('');
    set({ step: 'idle' });
  }

  function resume() {
    const found = state.step === 'idle' && client.restore ? saved.read(now()) : undefined;
    if (!found) return false;
    const mine = begin(found.username);
    try {
      client.restore?.(found.client);
    } catch {
      return false;
    }
    latest = { parameters: found.parameters, receivedAt: found.receivedAt };
    trust = found.trust;
    save();
    finding = findDevice().then(() => {
      if (mine === run) draw();
    });
    set({ step: 'code', challenge: view(latest) });
    return true;
  }

  /** Makes a request, and shows what comes of it. What `goesOn` waits for ends the request if the sign-in was given up. */
  async function proceed(what: Sent, request: (goesOn: <T>(wait: Promise<T>) => Promise<T>) => Promise<Step<Session>>) {
    const mine = run;
    const goesOn = async <T>(wait: Promise<T>) => {
      const result = await wait;
      if (mine !== run) throw new Error('The sign-in was given up');
      return result;
    };
    const before = latest && view(latest);
    sent = what;
    // A challenge can be answered once.
    saved.clear();
    let step: Step<Session>;
    try {
      step = await goesOn(request(goesOn));
    } catch (error) {
      if (mine === run) showError(error, before);
      return state;
    }
    if (step.kind === 'challenge') receive(step.parameters, before);
    else if (step.kind === 'other') fail(failureOfStep(step.name, sentences));
    else finish({ step: 'signed-in', session: step.session, by: sent === 'device' ? 'device' : 'call' });
    return state;
  }

  /** Asks the client, once it has answered what a sign-in asked that was given up: it has one session, for both. */
  async function ask(request: () => Promise<Step<Session>>): Promise<Step<Session>> {
    const mine = run;
    await answered;
    if (mine !== run) throw new Error('The sign-in was given up');
    const answer = request();
    answered = answer.catch(() => {});
    return answer;
  }

  function receive(parameters: Parameters, before: Challenge | undefined) {
    latest = { parameters, receivedAt: now() };
    const challenge = view(latest);
    save();
    if (before && challenge.secondsLeft(now()) === 0) expired = challenge.expiry;
    set({ step: 'code', challenge, ...say(challenge, before, sent, now(), sentences) });
  }

  function showError(error: unknown, before: Challenge | undefined) {
    const failure = failureOf(error, sent, before?.callAgainIn(now()), sentences);
    if (!before || !canRetry(failure)) return fail(failure);
    save();
    set({ step: 'code', challenge: before, error: failure.sentence });
  }

  function fail(failure: Failure) {
    finish({ step: 'failed', failure });
  }

  function finish(end: State<Session>) {
    latest = undefined;
    set(end);
  }

  /** Forgets the sign-in before. */
  function begin(name: string): number {
    saved.clear();
    username = name;
    latest = device = making = finding = id = expired = undefined;
    canTrust = trust = false;
    return ++run;
  }

  function save() {
    const own = client.save?.();
    if (latest && own !== undefined) saved.write({ username, ...latest, trust, client: own });
  }

  /** Trusting is a convenience: nobody waits long for it, and nobody is kept from signing in. */
  async function findDevice() {
    const mine = run;
    try {
      const found = await within(PATIENCE_MS, devices?.find(deviceName(userPoolId, username)));
      const itsId = found && (await deviceId(found));
      if (mine === run) [device, id, canTrust] = [found, itsId, devices !== undefined];
    } catch {
      // The user is called.
    }
  }

  async function proof({ nonce = '', USERNAME = username }: Parameters): Promise<string> {
    if (!device || !id) return 'no device';
    const text = signedText({ nonce, userPoolId, clientId, username: USERNAME, deviceId: id });
    return device.sign(text).catch(() => 'no signature');
  }

  /** What to send with a code: the public key, if the user wants this device to be trusted. */
  async function enrolment(): Promise<Metadata> {
    if (!devices || !trust) return {};
    const mine = run;
    if (finding) await finding;
    if (mine !== run || !canTrust) return {};
    try {
      const made = device ?? (await within(PATIENCE_MS, (making ??= devices.create(deviceName(userPoolId, username)))));
      if (mine === run) device = made;
      return { rememberDevice: made.publicKey };
    } catch {
      if (mine === run) {
        canTrust = false;
        draw();
      }
      return {};
    }
  }

  function language(): Metadata {
    const wanted = typeof options.language === 'function' ? options.language() : options.language;
    return wanted ? { language: wanted } : {};
  }

  function view({ parameters, receivedAt }: { parameters: Parameters; receivedAt: number }): Challenge {
    return new Challenge(parameters, receivedAt, sentences, trustOf(parameters));
  }

  function trustOf({ deviceDays }: Parameters): TrustDevice | undefined {
    const days = Number(deviceDays);
    return canTrust && days > 0 ? { days, label: sentences.trustDevice(days), wanted: trust } : undefined;
  }

  /** Shows the same with another tick box. */
  function draw() {
    if (latest && 'challenge' in state) set({ ...state, challenge: view(latest) });
  }

  function set(next: State<Session>) {
    state = next;
    watchExpiry();
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        // The page's mistake, which the page's own handlers get.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Says once when a code has expired. */
  function watchExpiry() {
    clearTimeout(timer);
    if (state.step !== 'code' || state.challenge.expiry === expired) return;
    const { challenge } = state;
    timer = setTimeout(
      () => {
        if (challenge.secondsLeft(now()) > 0) return watchExpiry();
        expired = challenge.expiry;
        set({ step: 'code', challenge, error: sentences.expired(challenge.callsLeft) });
      },
      challenge.secondsLeft(now()) * 1000,
    );
    // Node would wait for it.
    (timer as { unref?: () => void }).unref?.();
  }

  return {
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start,
    submit,
    callAgain,
    trustDevice,
    cancel,
    resume,
  };
}

function isDeviceRound<Session>(step: Step<Session>): step is Extract<Step<Session>, { kind: 'challenge' }> {
  return step.kind === 'challenge' && step.parameters.delivery === 'DEVICE';
}
