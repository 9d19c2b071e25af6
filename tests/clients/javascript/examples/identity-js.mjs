import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

let pool;

/** The ids are outputs of the stack; for the local stack, pass what it serves at /local/config. */
export function configure({ userPoolId, clientId, endpoint }) {
  pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint });
}

/** `askForCode` gets what the page shows, and resolves to the code, or to nothing if the user wants another call. */
export async function signIn(username, password, askForCode) {
  const user = new CognitoUser({ Username: username, Pool: pool });
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  const details = new AuthenticationDetails({ Username: username, Password: password });

  let step = await next((callbacks) => user.authenticateUser(details, callbacks));
  while (step.challenge) {
    const code = await askForCode(step.challenge);
    step = await next((callbacks) => {
      if (code) user.sendCustomChallengeAnswer(code, callbacks);
      // An answer must not be empty. This one isn't looked at.
      else user.sendCustomChallengeAnswer('call again', callbacks, { callAgain: 'true' });
    });
  }
  return step.session.getIdToken().getJwtToken();
}

function next(request) {
  return new Promise((resolve, reject) => {
    request({
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      customChallenge: (challenge) => resolve({ challenge }),
    });
  });
}
