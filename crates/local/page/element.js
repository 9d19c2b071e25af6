// Elements: made with nothing that could be taken for markup, changed, focused.

/** `element('p', { class: 'hint' }, 'text', otherElement)`. A value of true is an attribute without one, false is none. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(attribute, '');
    else if (value !== false && value !== undefined) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** Sets a text, unless it is there already: a screen reader would read it again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows an error or a notice, and takes away the other. An error comes into view. */
export function say({ error = '', notice = '' }) {
  setText(document.getElementById('notice'), notice);
  const shown = document.getElementById('error');
  // Emptied first, so that the same error is read out again.
  shown.textContent = '';
  shown.textContent = error;
  if (error) shown.scrollIntoView({ block: 'nearest' });
}

/** Gives something the focus. The page's error comes into view, if there is one, or else what has the focus. */
export function focus(node) {
  node.focus({ preventScroll: true });
  const error = document.getElementById('error');
  (error.textContent ? error : node).scrollIntoView({ block: 'nearest' });
}
