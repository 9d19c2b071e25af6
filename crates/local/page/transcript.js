// The words and keys of a call, as the page shows them.

import { element } from './element.js';
import { LANGUAGES } from './languages.js';
import { parts } from './speech.js';

const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur'];

/** A line of a call's transcript, as an element. */
export function shownLine({ says, hears }, language) {
  if (says === undefined) return element('p', { class: 'hears' }, `You pressed ${hears}`);
  const dir = RIGHT_TO_LEFT.includes(language.split('-')[0]) ? 'rtl' : 'ltr';
  const shown = parts(says).flatMap(({ text, isSlow }) => [isSlow ? element('strong', {}, text) : text, ...digits(text, language)]);
  return element('p', { class: 'says', lang: language, dir }, ...shown);
}

/** The digits that a text has as words, for people who can't read these. */
function digits(text, language) {
  const words = LANGUAGES[language] ?? [];
  const said = text.split(/[\s,.،।]+/).map((word) => words.indexOf(word));
  const shown = said.filter((digit) => digit >= 0).join(', ');
  return shown ? [element('small', { class: 'digits', dir: 'ltr' }, shown)] : [];
}

/** The language tag of a call as browsers write it: for Mandarin, voices have another tag. */
export function languageOf(call) {
  return (call.attributes.Language ?? 'en-US').replace(/^cmn\b/, 'zh');
}

/** Its name in English. */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag);
  } catch {
    // A flow's attribute may be anything.
    return tag;
  }
}
