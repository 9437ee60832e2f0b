// @ts-check
// Elements of the inspector.

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {Partial<HTMLElementTagNameMap[Name]>} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export const element = (name, properties = {}) => Object.assign(document.createElement(name), properties);

/** @param {string} name @param {() => void} pressed */
export const button = (name, pressed) => element("button", { type: "button", textContent: name, onclick: pressed });
