// The player of the tabs example: a counter that lives in the browser alone.

window.limelight.hooks.Player = {
  mounted() {
    this.number = 0;
    const [output, button] = this.el.children;
    button.addEventListener("click", () => {
      const isPlaying = this.timer !== undefined;
      clearInterval(this.timer);
      this.timer = isPlaying ? undefined : setInterval(() => this.beat(output), 500);
      button.textContent = isPlaying ? "Play" : "Pause";
      button.setAttribute("aria-pressed", String(!isPlaying));
    });
  },

  beat(output) {
    output.textContent = String(++this.number);
    this.pushEvent("beat", { number: this.number });
  },

  destroyed() {
    clearInterval(this.timer);
  },
};
