"""Which examples there are, in groups, and how each is presented."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from markupsafe import Markup

from examples import (
    article,
    chat_room,
    chat_tokens,
    claim_wizard,
    clock,
    counter,
    crash,
    document,
    expenses,
    feed,
    inbox,
    kanban,
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
from limelight import LiveView


@dataclass(frozen=True, slots=True)
class Example:
    """One example as the index and its own page present it."""

    view: type[LiveView]
    title: str
    #: The file in `docs/guides` that tells more.
    guide: str
    sentence: str
    features: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of its module."""
        return self.view.__module__.rpartition(".")[2]

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def source(self) -> Markup:
        return source_code.source_of(sys.modules[self.view.__module__])


@dataclass(frozen=True, slots=True)
class Group:
    """Examples that answer the same kind of question."""

    title: str
    sentence: str
    examples: tuple[Example, ...]


GROUPS = (
    Group(
        "First steps",
        "A state, a template, a handler: and what happens when one fails.",
        (
            Example(
                counter.Counter,
                "Counter",
                "browser",
                "The smallest page that is alive: a click changes a number on the server.",
                ("Events", "Typed values", "Fine patches"),
            ),
            Example(
                todo.Todo,
                "To-do list",
                "templates",
                "A list that is added to, ticked off, edited in place and filtered by the address.",
                ("Keyed rows", "Forms", "Keyboard", "Address"),
            ),
            Example(
                clock.Clock,
                "Clock",
                "browser",
                "A page that changes by itself, in every tab at the same moment.",
                ("Ticks", "Selects", "SVG"),
            ),
            Example(
                crash.Crash,
                "Crash",
                "actors",
                "A view with a bug: the turn that fails is undone, and the page goes on.",
                ("Supervision", "Rollback", "Kept input"),
            ),
        ),
    ),
    Group(
        "Data",
        "Lists without an end, rows of a database, charts, and searching while one types.",
        (
            Example(
                search.Search,
                "Product search",
                "model-binding",
                "Ten thousand products, searched while one types, without a single handler.",
                ("Model binding", "Debounce", "Fine patches"),
            ),
            Example(
                feed.Feed,
                "Endless feed",
                "streams",
                "A hundred thousand posts that scroll both ways, of which the server holds none.",
                ("Streams", "Endless scrolling", "Live inserts"),
            ),
            Example(
                orders.Orders,
                "Order board",
                "notification",
                "A board in PostgreSQL that follows every change, whichever program makes it.",
                ("Notifications", "Database", "Triggers"),
            ),
            Example(
                react_island.ReactIsland,
                "React island",
                "react",
                "A React chart that keeps what was chosen in it while the view feeds it new values.",
                ("React", "Server rendering", "Hydration"),
            ),
        ),
    ),
    Group(
        "People",
        "Who is there, who may come in, and what they write.",
        (
            Example(
                document.Document,
                "Shared document",
                "presence",
                "A document whose readers see each other come, go and point at things.",
                ("Presence", "Live cursors", "Two browsers"),
            ),
            Example(
                members.Members,
                "Members only",
                "login-required",
                "A page behind a login, a part of it behind a permission, and a logout that reaches all tabs.",
                ("Login", "Permission", "Nested views"),
            ),
            Example(
                chat_tokens.Chat,
                "Streamed answer",
                "streaming",
                "An answer that arrives word by word, and stops at once when it is asked to.",
                ("Streaming", "Background work", "Cancellation"),
            ),
        ),
    ),
    Group(
        "Forms",
        "Checked while they are filled in, led through in steps, with their files, and kept.",
        (
            Example(
                signup.Signup,
                "Sign-up form",
                "form",
                "A form that is checked while it is filled in; a slow service says whether a name is free.",
                ("Forms", "Live validation", "Accessible errors"),
            ),
            Example(
                claim_wizard.ClaimWizard,
                "Claim wizard",
                "wizard",
                "A claim in four steps: each has its address, and one is only there for cars.",
                ("Wizard", "Address", "Conditional step"),
            ),
            Example(
                profile.Profile,
                "Profile pictures",
                "upload",
                "Pictures that are dropped, previewed and paused, and that go on after a lost connection.",
                ("Uploads", "Drag and drop", "Resume"),
            ),
            Example(
                article.ArticleEditor,
                "Article editor",
                "draft-mode",
                "An editor whose draft is still there after the browser was closed.",
                ("Drafts", "Model binding", "Local storage"),
            ),
        ),
    ),
    Group(
        "Pages",
        "Slow work, notices, the title and the icon, and tabs that stay as they were left.",
        (
            Example(
                report.Report,
                "Slow report",
                "background-work",
                "Slow work in the background, with its progress, a failure, and a button that cancels it.",
                ("Background work", "Progress", "Cancel"),
            ),
            Example(
                notices.Notices,
                "Notices",
                "flash",
                "Messages that come and go, wait while they are read, and follow to the next page.",
                ("Flash", "Live region", "Navigation"),
            ),
            Example(
                inbox.Inbox,
                "Inbox",
                "page-metadata",
                "The title of the tab and the badge on its icon count what is unread.",
                ("Page metadata", "Favicon badge", "Keyed rows"),
            ),
            Example(
                tabs.Tabs,
                "Tabs",
                "activity",
                "Tabs that are as they were left: typed text, scrolling, and a counter that goes on playing.",
                ("Activity regions", "Hooks", "Waiting events"),
            ),
        ),
    ),
    Group(
        "Applications",
        "Several behaviours on one page, as in an application of yours.",
        (
            Example(
                chat_room.ChatRoom,
                "Chat room",
                "presence",
                "Rooms to talk in: who is there, who types, and an assistant whom all see answering.",
                ("Presence", "Streaming", "Broadcasts", "Saved state"),
            ),
            Example(
                kanban.Kanban,
                "Kanban board",
                "live-cursor",
                "Cards that several people move at once, by keyboard or pointer, and see each other do it.",
                ("Live cursors", "Notifications", "Drafts", "Keyboard"),
            ),
            Example(
                expenses.Expenses,
                "Expenses",
                "upload",
                "A claim behind a login: three steps, receipts on their way meanwhile, kept over a reload.",
                ("Login", "Wizard", "Uploads", "Drafts", "Flash"),
            ),
        ),
    ),
)

#: All of them, in the order of the index.
EXAMPLES = tuple(example for group in GROUPS for example in group.examples)
