// @ts-check
// How the inspector's panel looks. It stands in a shadow root, so that no style of a page reaches it.

export const STYLE = `
  .panel {
    --paper: #fff; --ink: #1c1d22; --soft: #5b606d; --line: #d9dce3; --ground: #f4f5f8; --accent: #2f5fc4; --bad: #b3261e;
    color-scheme: light;
    position: fixed; inset: auto 0.75rem 0.75rem auto; z-index: 2147483100;
    box-sizing: border-box; display: flex; flex-direction: column;
    inline-size: min(34rem, calc(100vw - 1.5rem)); block-size: min(26rem, calc(100dvh - 1.5rem));
    border: 1px solid var(--line); border-radius: 0.75rem; background: var(--paper); color: var(--ink);
    font: 0.8125rem/1.45 system-ui, sans-serif; box-shadow: 0 0.5rem 2rem rgb(0 0 0 / 25%); overflow: hidden;
  }
  .panel *, .panel *::before { box-sizing: border-box; }
  .panel[hidden], .panel [hidden] { display: none; }
  header { display: flex; align-items: center; gap: 0.5rem; padding: 0.5rem 0.75rem; border-block-end: 1px solid var(--line); }
  h2 { flex: 1; margin: 0; font-size: 0.9375rem; }
  button, select {
    min-block-size: 1.75rem; padding: 0.125rem 0.625rem; border: 1px solid var(--line); border-radius: 0.375rem;
    background: var(--paper); color: inherit; font: inherit; cursor: pointer;
  }
  button:hover { background: var(--ground); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; padding: 0.5rem 0.75rem; background: var(--ground); }
  .controls button:hover { background: var(--line); }
  .latency { flex: 1 1 14rem; display: flex; align-items: center; gap: 0.5rem; }
  .latency span { flex: none; }
  .latency input { flex: 1; min-inline-size: 4rem; accent-color: var(--accent); }
  .latency output { inline-size: 4rem; text-align: end; font-variant-numeric: tabular-nums; }
  .said { margin: 0; padding: 0 0.75rem; color: var(--soft); background: var(--ground); }
  .said:not(:empty) { padding-block-end: 0.5rem; }
  .tabs { display: flex; gap: 0.25rem; padding: 0.25rem 0.75rem 0; border-block-end: 1px solid var(--line); }
  .tabs button { border: 0; border-block-end: 2px solid transparent; border-radius: 0; }
  .tabs [aria-selected="true"] { border-color: var(--accent); font-weight: 600; }
  .page { flex: 1; min-block-size: 0; padding: 0.5rem 0.75rem; overflow: auto; }
  .page:focus-visible { outline-offset: -2px; }
  .empty, caption, .facts { margin: 0 0 0.5rem; color: var(--soft); text-align: start; }
  table { inline-size: 100%; border-collapse: collapse; }
  th, td { padding: 0.1875rem 0.5rem 0.1875rem 0; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; }
  th { font-weight: 600; }
  th:nth-child(n + 2):nth-child(-n + 4), td:nth-child(n + 2):nth-child(-n + 4) {
    text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums;
  }
  td:first-child { min-inline-size: 5.5rem; overflow-wrap: anywhere; }
  td:last-child { overflow-wrap: anywhere; }
  .error td { color: var(--bad); }
  .views { margin-block-end: 0.5rem; }
  .tree p, .tree summary { margin: 0; padding-block: 0.125rem; overflow-wrap: anywhere; }
  .tree p { padding-inline-start: 1rem; }
  .tree details details, .tree details p { margin-inline-start: 1rem; }
  .tree summary { cursor: pointer; }
  code { margin-inline-end: 0.75rem; color: var(--accent); font: 0.8125rem/1.45 ui-monospace, monospace; }
  @media (prefers-color-scheme: dark) {
    .panel {
      --paper: #1d1f25; --ink: #eceef2; --soft: #a9aebb; --line: #3b3f4a; --ground: #272a32; --accent: #8fb2ff; --bad: #ffb4ab;
      color-scheme: dark;
    }
  }
  @media (max-width: 30rem) {
    .panel { inset: auto 0 0; inline-size: 100vw; block-size: min(24rem, 70dvh); border-radius: 0.75rem 0.75rem 0 0; }
    .latency { flex-basis: 100%; }
    .controls button { flex: 1; }
    th, td { padding-inline-end: 0.375rem; }
  }
`;
