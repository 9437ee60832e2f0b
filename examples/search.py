"""Ten thousand products, searched while one types: no handler, only attributes that are bound."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from limelight import LiveApp, LiveView, Request

QUALITIES = (
    *("Amber", "Blue", "Bright", "Calm", "Copper", "Dark", "Folding", "Golden", "Green", "Heavy"),
    *("Light", "Long", "Mild", "Pale", "Quiet", "Red", "Round", "Short", "Small", "Wide"),
)
MATERIALS = (
    *("birch", "brass", "canvas", "ceramic", "cork", "cotton", "felt", "glass", "iron", "leather"),
    *("linen", "marble", "oak", "paper", "pine", "silk", "steel", "stone", "wicker", "wool"),
)
THINGS = (
    *("basket", "bench", "blanket", "bowl", "box", "bracket", "candle", "chair", "clock", "cup"),
    *("frame", "hook", "jar", "kettle", "lamp", "mirror", "plate", "pot", "rug", "shelf"),
    *("stool", "table", "tray", "vase", "wallet"),
)
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Product:
    """One row of the catalogue."""

    id: int
    name: str
    price: int
    is_in_stock: bool


class Piece(NamedTuple):
    """A part of a name; one that was looked for is marked."""

    text: str
    is_hit: bool


CATALOGUE = tuple(
    Product(number, " ".join(words), 5 + number * 37 % 295, number % 3 != 0)
    for number, words in enumerate(itertools.product(QUALITIES, MATERIALS, THINGS), start=1)
)


def find(query: str, most: int, *, in_stock: bool) -> list[Product]:
    """Return the products whose name has a word that begins with each of these."""
    patterns = [re.compile(rf"\b{re.escape(word)}", re.IGNORECASE) for word in query.split()]
    return [
        product
        for product in CATALOGUE
        if product.price <= most
        and (product.is_in_stock or not in_stock)
        and all(pattern.search(product.name) for pattern in patterns)
    ]


def pieces_of(name: str, query: str) -> list[Piece]:
    """Cut a name where it was hit."""
    words = "|".join(re.escape(word) for word in query.split())
    if not words:
        return [Piece(name, False)]
    parts = re.split(rf"(\b(?:{words}))", name, flags=re.IGNORECASE)
    return [Piece(text, number % 2 == 1) for number, text in enumerate(parts) if text]


class Search(LiveView):
    query: str
    most: int
    in_stock: bool
    template = """
    <link rel="stylesheet" href="/static/search.css">
    <section class="search">
      <h1>Catalogue</h1>
      <search class="search-form">
        <label class="search-query">Search {{ "{:,}".format(size) }} products
          <input type="search" dj-model.debounce-120="query" placeholder="red lin lamp" autocomplete="off">
        </label>
        <label>Up to {{ most }} €
          <input type="range" min="5" max="300" step="5" dj-model.number="most">
        </label>
        <label><input type="checkbox" dj-model="in_stock"> In stock</label>
      </search>
      <p role="status">{{ "{:,}".format(count) }} found{{ ", the first " ~ shown if count > shown }}</p>
      <table>
        <thead><tr><th>Product</th><th>Price</th><th>Stock</th></tr></thead>
        <tbody>
          {% for product, pieces in rows %}
          <tr>
            <td>{% for piece in pieces %}{% if piece.is_hit %}<mark>{{ piece.text }}</mark>
              {%- else %}{{ piece.text }}{% endif %}{% endfor %}</td>
            <td>{{ product.price }} €</td>
            <td>{{ "in stock" if product.is_in_stock else "sold out" }}</td>
          </tr>
          {% endfor %}
        </tbody>
      </table>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.query = ""
        self.most = 300
        self.in_stock = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = find(self.query, self.most, in_stock=self.in_stock)
        rows = [(product, pieces_of(product.name, self.query)) for product in found[:SHOWN]]
        return super().get_context_data(
            rows=rows, count=len(found), shown=SHOWN, size=len(CATALOGUE), **kwargs
        )


app = LiveApp(__name__)
app.live("/", Search)
