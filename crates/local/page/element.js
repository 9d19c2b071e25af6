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

/** Gives something the focus. The page's error comes into view, if there is one, or else what has the focus. */
export function focus(node) {
  node.focus({ preventScroll: true });
  const error = document.getElementById('error');
  (error.textContent ? error : node).scrollIntoView({ block: 'nearest' });
}
