// Cognito's API, as far as it takes no sign-in.

import { failureOf } from './vendor/cognito-voice-otp.js';

/** What this page says of errors. The texts of the others are for people already. */
const SENTENCES = {
  CodeMismatchException: 'That was not the code.',
  ExpiredCodeException: 'The code has expired. Ask for another one.',
  LimitExceededException: 'There were too many requests. Try again in an hour.',
  UsernameExistsException: 'This user name is taken. Choose another one.',
};

export class CognitoError extends Error {
  constructor(name, message) {
    super(SENTENCES[name] ?? message);
    this.name = name;
  }
}

/** Does an operation, and resolves to Cognito's answer. */
export async function cognito(operation, request) {
  const response = await fetch('/', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(request),
  });
  const answer = await response.json();
  if (!response.ok) throw new CognitoError(answer.__type, answer.message);
  return answer;
}

/** What to say of an error. */
export function sentenceOf(error) {
  return error instanceof CognitoError ? error.message : failureOf(error).sentence;
}
