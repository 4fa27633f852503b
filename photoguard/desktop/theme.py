"""One look, the report's: its colours, its icons, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from ..outcome import Status
from ..photo import Kind


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role, as `#rrggbb`."""

    name: str
    page: str
    sheet: str
    well: str
    text: str
    quiet: str
    line: str
    accent: str
    on_accent: str
    status: dict[Status, str]
    tint: dict[Status, str]


LIGHT = Theme(
    name="light",
    page="#f5f6f7",
    sheet="#ffffff",
    well="#eceef0",
    text="#1a1e22",
    quiet="#566069",
    line="#dce0e4",
    accent="#0a5ca8",
    on_accent="#ffffff",
    status={
        Status.RELEASED: "#14663a",
        Status.REVIEW: "#855000",
        Status.BLOCKED: "#b0241c",
        Status.FAILED: "#4d5761",
    },
    tint={
        Status.RELEASED: "#e3f3e9",
        Status.REVIEW: "#fcefd6",
        Status.BLOCKED: "#fbe8e6",
        Status.FAILED: "#e9ecef",
    },
)
DARK = Theme(
    name="dark",
    page="#131619",
    sheet="#1c2024",
    well="#272c31",
    text="#eceff1",
    quiet="#a9b2bb",
    line="#353b41",
    accent="#82bcf5",
    on_accent="#101418",
    status={
        Status.RELEASED: "#83d6a5",
        Status.REVIEW: "#f3c168",
        Status.BLOCKED: "#ffa198",
        Status.FAILED: "#bac3cb",
    },
    tint={
        Status.RELEASED: "#17321f",
        Status.REVIEW: "#3a2c11",
        Status.BLOCKED: "#44201d",
        Status.FAILED: "#2b3137",
    },
)

KIND_COLOUR = {
    Kind.FACE: "#e69f00",
    Kind.TATTOO: "#cc79a7",
    Kind.TEXT: "#56b4e9",
    Kind.CODE: "#00b383",
    Kind.BACKGROUND: "#f0e442",
    Kind.DRAWN: "#e8672c",
}
KIND_DASHES: dict[Kind, list[float]] = {
    Kind.FACE: [],
    Kind.TATTOO: [6, 2],
    Kind.TEXT: [3, 1.5],
    Kind.CODE: [5, 1.5, 1, 1.5],
    Kind.BACKGROUND: [1, 1.5],
    Kind.DRAWN: [6, 1.5, 1, 1.5, 1, 1.5],
}
"""Kinds are told apart by dashes as well (in widths of the line): colour is never the only sign."""
HALO = "#14181c"
BAR = 12
"""Width of a scroll bar, in pixels."""

_SHAPES = {
    Status.RELEASED: '<circle cx="10" cy="10" r="8.2"/><path d="M6 10.4l2.7 2.7L14 7.6"/>',
    Status.REVIEW: '<path d="M1.5 10S4.6 4.2 10 4.2 18.5 10 18.5 10 15.4 15.8 10 15.8 1.5 10 1.5 10z"/>'
    '<circle cx="10" cy="10" r="2.6"/>',
    Status.BLOCKED: '<circle cx="10" cy="10" r="8.2"/><path d="M4.3 4.3l11.4 11.4"/>',
    Status.FAILED: '<path d="M10 2.2L18.6 17.3H1.4z"/><path d="M10 7.8v4.4M10 14.4v.3"/>',
}


_ACTIONS = {
    "select": '<path d="M4.5 3l11 7-5 1-2.6 4.8z"/>',
    "box": '<rect x="3" y="5" width="14" height="10"/>',
    "freehand": '<path d="M4 12.5C2.5 7 8 3 11.5 4.6s6.5 4.2 4.2 8-10.2 5.4-11.7-.1z"/>',
    "keep": '<path d="M1.5 10S4.6 4.2 10 4.2 18.5 10 18.5 10 15.4 15.8 10 15.8 1.5 10 1.5 10z"/>'
    '<circle cx="10" cy="10" r="2.6"/>',
    "delete": '<path d="M3.5 5.5h13M8 5.5V3.4h4v2.1M5.4 5.5l.8 11.3h7.6l.8-11.3"/>',
    "undo": '<path d="M7 3.5L3 7.5l4 4M3.4 7.5h8.4a4.6 4.6 0 0 1 0 9.2H7.5"/>',
    "redo": '<path d="M13 3.5l4 4-4 4M16.6 7.5H8.2a4.6 4.6 0 0 0 0 9.2h4.3"/>',
    "left": '<path d="M3.2 4.2v4.4h4.4M3.8 8.4A7 7 0 1 1 3.4 12"/>',
    "right": '<path d="M16.8 4.2v4.4h-4.4M16.2 8.4A7 7 0 1 0 16.6 12"/>',
    "flip": '<path d="M10 2.5v15M7 5.5v9H2.2zM13 5.5v9h4.8z"/>',
}


def status_pixmap(status: Status, colour: str, side: int) -> QPixmap:
    """A status's icon, `side` pixels wide and high."""
    return _drawn(_SHAPES[status], colour, side)


def action_icon(name: str, theme: Theme) -> QIcon:
    """The icon of something that can be done; paler where it can't be done now."""
    icon = QIcon(_drawn(_ACTIONS[name], theme.text, 48))
    icon.addPixmap(_drawn(_ACTIONS[name], theme.quiet, 48), QIcon.Mode.Disabled)
    return icon


def _drawn(shape: str, colour: str, side: int) -> QPixmap:
    key, kept = f"icon-{shape}-{colour}-{side}", QPixmap()
    # Qt's own cache ends with Qt; pictures that outlive it crash the program.
    if QPixmapCache.find(key, kept):
        return kept
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="{colour}"'
        f' stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">{shape}</svg>'
    )
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    QPixmapCache.insert(key, pixmap)
    return pixmap


def status_icon(status: Status, theme: Theme) -> QIcon:
    """A status's icon in its colour."""
    return QIcon(status_pixmap(status, theme.status[status], 48))


def icon_file(name: str) -> str:
    """The path of an icon that is drawn from a file."""
    return Path(__file__).with_name("icons").joinpath(f"{name}.svg").as_posix()


def palette(theme: Theme) -> QPalette:
    """The theme for what Qt draws itself."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.page,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.sheet,
        QPalette.ColorRole.AlternateBase: theme.well,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.quiet,
        QPalette.ColorRole.Button: theme.sheet,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.sheet,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.ButtonText, QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.quiet))
    return made


def stylesheet(theme: Theme) -> str:
    """The theme for widgets; names in `#...` are object names."""
    return f"""
    QWidget {{ color: {theme.text}; }}
    QMainWindow, QDialog {{ background: {theme.page}; }}
    QPushButton, QComboBox {{ background: {theme.sheet}; border: 1px solid {theme.line}; border-radius: 6px;
        padding: 6px 14px; min-height: 20px; }}
    QPushButton:hover, QComboBox:hover {{ border-color: {theme.accent}; }}
    QPushButton:focus, QComboBox:focus, QToolButton:focus {{ border: 2px solid {theme.accent}; padding: 5px 13px; }}
    QPushButton:checked {{ background: {theme.well}; border: 2px solid {theme.accent}; padding: 5px 13px; }}
    QPushButton#primary:disabled {{ color: {theme.quiet}; background: {theme.well}; border-color: {theme.line}; }}
    QPushButton#primary:focus {{ border: 2px solid {theme.text}; }}
    QLineEdit {{ background: {theme.sheet}; border: 1px solid {theme.line}; border-radius: 6px; padding: 6px 9px;
        min-height: 20px; selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
    QLineEdit:focus {{ border: 2px solid {theme.accent}; padding: 5px 8px; }}
    QCheckBox {{ spacing: 9px; padding: 3px; border: 2px solid transparent; border-radius: 5px; }}
    QCheckBox:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator {{ width: 18px; height: 18px; border: 1.5px solid {theme.quiet}; border-radius: 4px;
        background: {theme.sheet}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
        image: url("{icon_file(f"tick-{theme.name}")}"); }}
    QPushButton:disabled {{ color: {theme.quiet}; background: {theme.page}; }}
    QPushButton#primary {{ background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
        font-weight: 600; }}
    QComboBox::drop-down {{ border: 0; width: 26px; }}
    QComboBox::down-arrow {{ image: url("{icon_file(f"chevron-{theme.name}")}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {theme.sheet}; border: 1px solid {theme.line}; outline: 0; }}
    QListView {{ background: {theme.sheet}; border: 1px solid {theme.line}; border-radius: 8px; outline: 0; }}
    QListView:focus {{ border: 2px solid {theme.accent}; }}
    QScrollArea {{ background: transparent; border: 0; }}
    QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QProgressBar {{ background: {theme.well}; border: 0; border-radius: 4px; height: 8px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 4px; }}
    QLabel#quiet {{ color: {theme.quiet}; }}
    QFrame#drop {{ background: {theme.sheet}; border: 2px dashed {theme.line}; border-radius: 8px; }}
    QFrame#drop[over="true"] {{ border-color: {theme.accent}; }}
    QLabel#heading {{ font-weight: 650; }}
    QFrame#card {{ background: {theme.sheet}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QScrollBar {{ background: transparent; border: 0; margin: 0; }}
    QScrollBar:vertical {{ width: {BAR}px; }}
    QScrollBar:horizontal {{ height: {BAR}px; }}
    QScrollBar::handle {{ background: {theme.line}; border: 2px solid transparent; border-radius: 5px;
        margin: 2px; min-height: 30px; min-width: 30px; }}
    QScrollBar::handle:hover {{ background: {theme.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
        border: 0; width: 0; height: 0; }}
    QLabel#fault {{ color: {theme.status[Status.BLOCKED]}; font-weight: 600; }}
    QListWidget::item {{ padding: 4px 0; /* what is added sideways is forgotten where lines are broken */ }}
    QListWidget::item:selected {{ background: {theme.well}; color: {theme.text};
        border: 1px solid {theme.accent}; }}
    QSplitter::handle {{ background: transparent; }}
    QToolTip {{ background: {theme.sheet}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
    """
