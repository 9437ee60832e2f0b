// @ts-check
// The names of keys in attributes such as `dj-keydown.enter`.

/** @type {Record<string, string>} */
const ALIASES = { " ": "space", escape: "esc", delete: "del" };

/**
 * Return all names by which an attribute may ask for this key.
 *
 * @param {string | undefined} key as in KeyboardEvent.key; browsers that fill in a form leave it out
 * @returns {string[]}
 */
export function keyNames(key) {
  if (!key) return [];
  const name = key.toLowerCase();
  const alias = name.startsWith("arrow") ? name.slice(5) : ALIASES[name];
  return alias ? [name, alias] : [name];
}

/**
 * The attributes that this key answers to: the plain one and those with a filter.
 *
 * @param {string} attribute @param {string | undefined} key @returns {string[]}
 */
export function keyAttributes(attribute, key) {
  const filtered = keyNames(key).map((name) => `${attribute}.${name}`);
  return key ? [attribute, ...filtered] : [];
}
