"""All examples on one site: an index, and each example beside its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from examples import (
    article,
    chat_tokens,
    claim_wizard,
    clock,
    counter,
    crash,
    document,
    feed,
    inbox,
    members,
    notices,
    orders,
    profile,
    react_island,
    report,
    search,
    signup,
    source_code,
    tabs,
    todo,
)
from limelight import LiveApp, LiveView


@dataclass(frozen=True, slots=True)
class Example:
    """One example as the index and its own page present it."""

    path: str
    view: type[LiveView]
    sentence: str
    features: tuple[str, ...]
    source: Markup

    @property
    def title(self) -> str:
        return self.view.__name__


EXAMPLES = (
    Example(
        "/counter",
        counter.Counter,
        "The smallest page that is alive: a click changes a number on the server.",
        ("Events", "Typed values", "Fine patches"),
        source_code.source_of(counter),
    ),
    Example(
        "/todo",
        todo.Todo,
        "A list that is added to, ticked off, edited in place and filtered by the address.",
        ("Keyed rows", "Forms", "Keyboard", "Address"),
        source_code.source_of(todo),
    ),
    Example(
        "/clock",
        clock.Clock,
        "A page that changes by itself, in every tab at the same moment.",
        ("Ticks", "Selects", "SVG"),
        source_code.source_of(clock),
    ),
    Example(
        "/crash",
        crash.Crash,
        "A view with a bug: the turn that fails is undone, and the page goes on.",
        ("Supervision", "Rollback", "Kept input"),
        source_code.source_of(crash),
    ),
    Example(
        "/report",
        report.Report,
        "Slow work in the background, with its progress, a failure, and a button that cancels it.",
        ("Background work", "Progress", "Cancel"),
        source_code.source_of(report),
    ),
    Example(
        "/notices",
        notices.Notices,
        "Messages that come and go, wait while they are read, and follow to the next page.",
        ("Flash", "Live region", "Navigation"),
        source_code.source_of(notices),
    ),
    Example(
        "/inbox",
        inbox.Inbox,
        "The title of the tab and the badge on its icon count what is unread.",
        ("Page metadata", "Favicon badge", "Keyed rows"),
        source_code.source_of(inbox),
    ),
    Example(
        "/members",
        members.Members,
        "A page behind a login, a part of it behind a permission, and a logout that reaches all tabs.",
        ("Login", "Permission", "Nested views"),
        source_code.source_of(members),
    ),
    Example(
        "/chat_tokens",
        chat_tokens.Chat,
        "An answer that arrives word by word, and stops at once when it is asked to.",
        ("Streaming", "Background work", "Cancellation"),
        source_code.source_of(chat_tokens),
    ),
    Example(
        "/feed",
        feed.Feed,
        "A hundred thousand posts that scroll both ways, of which the server holds none.",
        ("Streams", "Endless scrolling", "Live inserts"),
        source_code.source_of(feed),
    ),
    Example(
        "/orders",
        orders.Orders,
        "A board in PostgreSQL that follows every change, whichever program makes it.",
        ("Notifications", "Database", "Triggers"),
        source_code.source_of(orders),
    ),
    Example(
        "/document",
        document.Document,
        "A document whose readers see each other come, go and point at things.",
        ("Presence", "Live cursors", "Two browsers"),
        source_code.source_of(document),
    ),
    Example(
        "/signup",
        signup.Signup,
        "A form that is checked while it is filled in; a slow service says whether a name is free.",
        ("Forms", "Live validation", "Accessible errors"),
        source_code.source_of(signup),
    ),
    Example(
        "/claim_wizard",
        claim_wizard.ClaimWizard,
        "A claim in four steps: each has its address, and one is only there for cars.",
        ("Wizard", "Address", "Conditional step"),
        source_code.source_of(claim_wizard),
    ),
    Example(
        "/search",
        search.Search,
        "Ten thousand products, searched while one types, without a single handler.",
        ("Model binding", "Debounce", "Fine patches"),
        source_code.source_of(search),
    ),
    Example(
        "/profile",
        profile.Profile,
        "Pictures that are dropped, previewed and paused, and that go on after a lost connection.",
        ("Uploads", "Drag and drop", "Resume"),
        source_code.source_of(profile),
    ),
    Example(
        "/article",
        article.ArticleEditor,
        "An editor whose draft is still there after the browser was closed.",
        ("Drafts", "Model binding", "Local storage"),
        source_code.source_of(article),
    ),
    Example(
        "/tabs",
        tabs.Tabs,
        "Tabs that are as they were left: typed text, scrolling, and a counter that goes on playing.",
        ("Activity regions", "Hooks", "Waiting events"),
        source_code.source_of(tabs),
    ),
    Example(
        "/react_island",
        react_island.ReactIsland,
        "A React chart that keeps what was chosen in it while the view feeds it new values.",
        ("React", "Server rendering", "Hydration"),
        source_code.source_of(react_island),
    ),
)


class Index(LiveView):
    """The first page: one card for each example."""

    template_name = "gallery/index.html"
    layout = "gallery/layout.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(examples=EXAMPLES, **kwargs)


def in_gallery(example: Example) -> type[LiveView]:
    """Return the example's view, unchanged but for the layout around it."""
    return type(example.title, (example.view,), {"layout": "gallery/example.html"})


app = LiveApp(__name__)
app.jinja_env.globals["examples"] = {example.title: example for example in EXAMPLES}
app.live("/", Index)
app.register_blueprint(profile.pictures)
for one in EXAMPLES:
    if one.view is not orders.Orders:
        app.live(one.path, in_gallery(one))
orders.install(app, "/orders", type("Orders", (orders.Orders,), {"layout": "gallery/example.html"}))
members.install(app, type("Members", (members.Lounge,), {"layout": "gallery/example.html"}))
