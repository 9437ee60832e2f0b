// @ts-check
// What stands for a value while the fixed text around it is parsed.

// A character that HTML forbids, so that no template contains it.
export const MARK = "\uFDD0";
const PLACEHOLDER = /\uFDD0(\d+)\uFDD0/;
const ALL_PLACEHOLDERS = /\uFDD0(\d+)\uFDD0/g;

/** @param {number} slot */
export const placeholder = (slot) => MARK + slot + MARK;

/** @param {string} text */
export const hasPlaceholder = (text) => PLACEHOLDER.test(text);

/** The slots whose placeholders stand in a text. @param {string} text */
export const slotsIn = (text) => [...text.matchAll(ALL_PLACEHOLDERS)].map(([, slot]) => +slot);

/** The fixed parts of a text. @param {string} text */
export const piecesOf = (text) => text.split(/\uFDD0\d+\uFDD0/);
