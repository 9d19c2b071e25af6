// What the state machine asks of a library that talks to Cognito. Each adapter is one of these.

export type Metadata = Record<string, string>;

/** A challenge's public parameters, as Cognito sends them. */
export type Parameters = Record<string, string>;

/** What Cognito wants next. `name` is the library's own name of a step. */
export type Step<Session> =
  { kind: 'challenge'; parameters: Parameters } | { kind: 'signed-in'; session: Session } | { kind: 'other'; name: string };

export interface CognitoClient<Session> {
  /** Begins a sign-in, by SRP if there is a password. The metadata goes with the proof of the password. */
  start(username: string, password: string | undefined, metadata: Metadata): Promise<Step<Session>>;
  /** Answers the latest challenge. */
  answer(text: string, metadata: Metadata): Promise<Step<Session>>;
  /** What `restore` needs to answer the latest challenge after a reload. */
  save?(): string | undefined;
  restore?(text: string): void;
}
