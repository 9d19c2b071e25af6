// The functions' events and answers, live.

import { element } from './element.js';

const MOST = 50;

/** Fills the panel while it is open. */
export function watchTriggers(panel) {
  const list = panel.querySelector('ol');
  const none = panel.querySelector('#no-triggers');
  let events;
  panel.addEventListener('toggle', () => {
    events?.close();
    events = undefined;
    if (!panel.open) return;
    events = new EventSource('/local/triggers');
    // Each connection begins with the last ones, also a reconnection.
    events.addEventListener('open', () => {
      list.replaceChildren();
      none.hidden = false;
    });
    events.addEventListener('trigger', ({ data }) => {
      none.hidden = true;
      list.prepend(entry(JSON.parse(data)));
      while (list.children.length > MOST) list.lastElementChild.remove();
    });
  });
}

function entry({ at, function: name, milliseconds, event, answer, error, fault }) {
  const time = element('time', { datetime: at }, new Date(at).toLocaleTimeString());
  const outcome = element('span', { class: error ? 'outcome over' : 'outcome' }, error ? error.errorMessage : gist(answer, event));
  return element(
    'li',
    {},
    element('p', { class: 'trigger' }, element('strong', {}, name), outcome),
    time,
    element('span', { class: 'took' }, `${milliseconds} ms`),
    fault ? element('p', { class: 'advice' }, `${fault.cause}: ${fault.advice}`) : '',
    collapsed('Event', event),
    error ? collapsed('Error', error) : collapsed('Answer', answer?.response ?? answer),
    fault ? collapsed('Log', fault) : '',
  );
}

/** The answer in a few words. */
function gist(answer, event) {
  const source = event.triggerSource?.match(/^CustomSMSSender_(.*)/)?.[1];
  if (source) return `a code of Cognito's, ${source}`;
  if (answer?.Result) return answer.Result === 'code' ? 'the code, to be spoken' : 'no code';
  const { challengeName, issueTokens, failAuthentication, answerCorrect, publicChallengeParameters, claimsOverrideDetails } =
    answer?.response ?? {};
  if (issueTokens) return 'issue tokens';
  if (failAuthentication) return 'refuse';
  if (challengeName) return `next: ${challengeName}`;
  if (answerCorrect !== undefined && answerCorrect !== null) {
    const what = event.request.privateChallengeParameters?.device ? 'signature' : 'code';
    return answerCorrect ? `the ${what} is right` : `not the ${what}`;
  }
  if (publicChallengeParameters?.delivery === 'DEVICE') return "a challenge for a trusted device's signature";
  if (publicChallengeParameters) return `a challenge for ${publicChallengeParameters.destination}`;
  if (claimsOverrideDetails !== undefined) return 'tokens may be issued';
  return 'answered';
}

function collapsed(title, json) {
  const text = JSON.stringify(json, undefined, 2) ?? '';
  return element('details', {}, element('summary', {}, title), element('pre', { tabindex: '0' }, text));
}
