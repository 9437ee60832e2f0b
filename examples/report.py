"""A report that takes its time: the page stays quick, shows how far it is, and can call it off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YEARS = (2023, 2024, 2025)
SECONDS_A_MONTH = 0.25


@dataclass(frozen=True, slots=True)
class Row:
    """What a month has brought."""

    month: str
    sales: int


def ask_slow_archive(year: int, number: int) -> Row:
    """Stands for a query that blocks its thread for a while."""
    if year == min(YEARS) and number == 6:
        raise ConnectionError(f"The archive of {year} ends in {MONTHS[number - 1]}.")
    # Blocks on purpose: the page shows that only this thread waits.
    time.sleep(SECONDS_A_MONTH)
    return Row(MONTHS[number], 40 + (year * 31 + number * number * 17) % 160)


class Report(LiveView):
    template = """
    <link rel="stylesheet" href="/static/report.css">
    {% flash %}
    <section class="report">
      <h1>Sales report</h1>
      <form dj-submit="build">
        <label>Year
          <select name="year" {% if is_building %}disabled{% endif %}>
            {% for one in years %}
            <option {% if one == year %}selected{% endif %}>{{ one }}</option>
            {% endfor %}
          </select>
        </label>
        {% if is_building %}
        <button type="button" class="danger" dj-click="cancel">Cancel</button>
        {% else %}
        <button>Build</button>
        {% endif %}
      </form>
      {% if is_building %}
      <p class="report-progress">
        <progress max="12" value="{{ done }}" aria-label="Months asked for"></progress>
        <span role="status">{{ done }} of 12 months</span>
      </p>
      {% elif rows %}
      <table>
        <caption>{{ year }}: {{ total }} sold</caption>
        <thead><tr><th>Month</th><th>Sold</th><th aria-hidden="true"></th></tr></thead>
        <tbody>
          {% for row in rows %}
          <tr>
            <th scope="row">{{ row.month }}</th><td>{{ row.sales }}</td>
            <td><meter max="200" value="{{ row.sales }}" aria-hidden="true"></meter></td>
          </tr>
          {% endfor %}
        </tbody>
      </table>
      {% else %}
      <p><small>Each year takes some seconds. The archive of 2023 is damaged: see what a failure
      looks like. Meanwhile the page does what you want.</small></p>
      {% endif %}
      <footer><button class="quiet" dj-click="count">Clicked {{ clicks }} times</button></footer>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.year = max(YEARS)
        self.rows: tuple[Row, ...] = ()
        self.is_building = False
        self.done = self.clicks = 0

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        total = sum(row.sales for row in self.rows)
        return super().get_context_data(years=YEARS, total=total, **kwargs)

    @event_handler()
    def build(self, year: int = max(YEARS)) -> None:
        self.year, self.rows, self.done = year, (), 0
        self.is_building = True
        self.start_async(self._build, name="report")

    def _build(self) -> None:
        # A `def` runs in a thread, on a copy of the view: what it binds is taken over at its end.
        rows = []
        for number in range(12):
            rows.append(ask_slow_archive(self.year, number))
            # Shown at once. Raises here if the report was cancelled.
            self.report_progress(done=number + 1)
        self.rows = tuple(rows)
        self.is_building = False

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
        if error is None:
            self.put_flash("success", f"The report of {self.year} is ready.")
        else:
            self.is_building = False
            self.put_flash("error", str(error))

    @event_handler()
    def cancel(self) -> None:
        if self.cancel_async("report"):
            self.is_building = False
            self.put_flash("info", "The report was cancelled.")

    @event_handler()
    def count(self) -> None:
        self.clicks += 1


app = LiveApp(__name__)
app.live("/", Report)
