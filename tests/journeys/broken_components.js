// What no server may be stopped by: an endless loop, and a component that takes all memory.

globalThis.limelight = {
  render(name, props) {
    if (JSON.parse(props).label === "a") for (;;);
    const all = [];
    for (;;) all.push(new Array(1_000).fill(name));
  },
};
