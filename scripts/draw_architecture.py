"""Draw docs/architecture.svg from the imports of the code: ``python -m scripts.draw_architecture``.

tests/test_imports.py reads the imports through this file too.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

CHECKOUT = Path(__file__).resolve().parents[1]
FIGURE = CHECKOUT / "docs" / "architecture.svg"
TOPS = ("emotion_core", "pages")
# Two rows of the figure are no packages: the files that everything imports, and the files that start everything.
GROUND = (
    *("accounts", "disk_space", "documents", "errors", "files", "formatting", "images", "jobs", "permissions"),
    *("sandbox", "settings", "terminal"),
)
ENTRIES = ("__main__", "command_line", "guided", "notebook", "starter_measures", "starter_training")
ROWS = (
    *("pages", "entries", "maintenance", "teaching", "prediction", "evaluation"),
    *("training", "network", "collect", "dataset", "ground"),
)

MARGIN_PX, NAME_PX, COLUMN_GAP_PX, BOX_GAP_PX, BOX_PX, PADDING_PX, ROW_GAP_PX = 12, 100, 34, 5, 22, 10, 8
ARROW_PX = 5
CHARACTER_PX = 6.6  # mean width of a character of 12-pixel sans-serif text, with some to spare


class Import(NamedTuple):
    """One name that a file imports.

    Attributes:
        module: the file or package it comes from, for instance ``emotion_core.training.store``.
        name: what is imported from it; None where it is the module itself.
    """

    module: str
    name: str | None


@cache
def modules() -> dict[str, Path]:
    """Return the file of each module of the library and the pages; a package stands for its ``__init__``."""
    files = {}
    for top in TOPS:
        for path in sorted((CHECKOUT / top).rglob("*.py")):
            parts = path.relative_to(CHECKOUT).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


def is_package(module: str) -> bool:
    """Whether a module is a package, whose ``__init__`` is its face."""
    return module in modules() and modules()[module].name == "__init__.py"


def package_of(module: str) -> str:
    """Return the folder that a module is in; a package is its own."""
    return module if is_package(module) else module.rpartition(".")[0]


@cache
def face_of(package: str) -> frozenset[str]:
    """Return the names that the ``__init__`` of a package imports from elsewhere, which it shows to others."""
    tree = ast.parse(modules()[package].read_text(encoding="utf8"))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return frozenset(alias.asname or alias.name for node in statements for alias in node.names)


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """Return what a module imports of the library and the pages, inside functions too.

    ``from package import name`` is a file of that package where there is one and the face shows no such name.
    """
    imports: list[Import] = []
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            imports += [Import(alias.name, None) for alias in node.names if alias.name.partition(".")[0] in TOPS]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in TOPS:
            imports += [_import_from(str(node.module), alias.name) for alias in node.names]
    return tuple(imports)


def _import_from(module: str, name: str) -> Import:
    file = f"{module}.{name}"
    is_shown = is_package(module) and name in face_of(module)
    return Import(file, None) if file in modules() and not is_shown else Import(module, name)


@cache
def room_of(module: str) -> str:
    """Return the box of the figure that a module is in: a room of a package, or one of the files beside the rooms.

    >>> room_of("emotion_core.training.launchers.ray.actor"), room_of("emotion_core.training.control")
    ('emotion_core.training.launchers', 'emotion_core.training.control')
    >>> room_of("emotion_core.command_line.runs"), room_of("pages.study.train")
    ('emotion_core.command_line', 'pages.study')
    """
    parts = module.split(".")
    package = ".".join(parts[:2])
    has_rooms = any(is_package(other) and other.startswith(f"{package}.") for other in modules())
    return ".".join(parts[: 3 if has_rooms else 2])


def row_of(room: str) -> str:
    """Return the row of the figure that a room is in.

    >>> row_of("emotion_core.training.store"), row_of("emotion_core.errors"), row_of("pages.study")
    ('training', 'ground', 'pages')
    """
    top, _, rest = room.partition(".")
    name = rest.partition(".")[0]
    return "pages" if top == "pages" else "ground" if name in GROUND else "entries" if name in ENTRIES else name


def is_face(room: str) -> bool:
    """Whether a room is only the face of a package that has rooms: it holds names, no code."""
    return room in TOPS or any(room_of(module).startswith(f"{room}.") for module in modules())


def room_imports() -> dict[str, set[str]]:
    """Return what each room imports: rooms, and faces of packages; what a face imports is left out."""
    graph: dict[str, set[str]] = {}
    for module in modules():
        room = room_of(module)
        if not is_face(room):
            graph.setdefault(room, set()).update({room_of(target) for target, _ in imports_of(module)} - {room})
    return graph


def row_imports() -> dict[str, set[str]]:
    """Return the rows that each row of the figure imports, itself left out."""
    rows: dict[str, set[str]] = {row: set() for row in ROWS}
    for room, targets in room_imports().items():
        rows[row_of(room)] |= {row_of(target) for target in targets if target not in TOPS} - {row_of(room)}
    return rows


def levels_of(graph: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return how many imports lie under each room, one under the other: 0 for one that imports none of the others."""

    @cache
    def level(room: str) -> int:
        return max((1 + level(target) for target in graph[room]), default=0)

    return {room: level(room) for room in graph}


def without_shortcuts(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the graph without the edges that a longer path says already."""

    @cache
    def below(room: str) -> frozenset[str]:
        return frozenset(graph[room]).union(*(below(target) for target in graph[room]))

    return {
        room: {target for target in targets if not any(target in below(other) for other in targets - {target})}
        for room, targets in graph.items()
    }


class Row(NamedTuple):
    """One row of the figure, laid out from x = 0 and y = 0.

    Attributes:
        boxes: left and top of each room, in pixels.
        edges: a room and one that it imports.
        width: in pixels.
        height: in pixels.
    """

    boxes: dict[str, tuple[float, float]]
    edges: list[tuple[str, str]]
    width: float
    height: float


def box_width_px(room: str) -> float:
    """Return how wide the box of a room is, in pixels."""
    return len(title_of(room)) * CHARACTER_PX + 16


def title_of(room: str) -> str:
    """Return what stands in the box of a room: its own name."""
    return room.rpartition(".")[2]


def row_layout(row: str) -> Row:
    """Return the rooms of a row in columns: each room stands to the right of all that it imports."""
    graph = room_imports()
    rooms = sorted(room for room in graph if row_of(room) == row and room not in TOPS)
    inner = {room: graph[room] & set(rooms) for room in rooms}
    levels = levels_of(inner)
    columns = [[room for room in rooms if levels[room] == level] for level in range(max(levels.values()) + 1)]
    height = max(len(column) for column in columns) * (BOX_PX + BOX_GAP_PX) - BOX_GAP_PX
    boxes, left = {}, 0.0
    for column in columns:
        top = (height - len(column) * (BOX_PX + BOX_GAP_PX) + BOX_GAP_PX) / 2
        for number, room in enumerate(column):
            boxes[room] = (left, top + number * (BOX_PX + BOX_GAP_PX))
        left += max(map(box_width_px, column)) + COLUMN_GAP_PX
    edges = [(room, target) for room, targets in without_shortcuts(inner).items() for target in sorted(targets)]
    return Row(boxes, edges, left - COLUMN_GAP_PX, height)


def figure() -> str:
    """Return the figure as SVG: a row for each package, each above what it imports."""
    rows = {row: row_layout(row) for row in ROWS}
    imported = row_imports()
    rooms_left = MARGIN_PX + NAME_PX
    width = rooms_left + max(row.width for row in rows.values()) + 2 * PADDING_PX
    parts, top = [], float(MARGIN_PX)
    for name, row in rows.items():
        below = ", ".join(other for other in ROWS if other in imported[name] and other != "ground")
        height = row.height + 2 * PADDING_PX + (18 if below else 0)
        parts.append(
            f'<rect class="row" x="{MARGIN_PX}" y="{top:g}" width="{width - MARGIN_PX:g}" height="{height:g}"/>'
        )
        parts.append(_text(name, MARGIN_PX + PADDING_PX, top + PADDING_PX + 17, "name"))
        if below:
            parts.append(_text(f"imports {below}", MARGIN_PX + PADDING_PX, top + height - 9, "note"))
        parts += _row_parts(row, rooms_left, top + PADDING_PX)
        top += height + ROW_GAP_PX
    caption = (
        "Drawn from the imports. A row imports only rows below it; in a row, a room imports only rooms to its left."
    )
    parts.append(_text(caption, MARGIN_PX, top + 12, "note"))
    return _HEAD.format(width=f"{width + MARGIN_PX:g}", height=f"{top + 28:g}") + "\n".join(parts) + "\n</svg>\n"


def _row_parts(row: Row, left: float, top: float) -> list[str]:
    parts = [_edge(row, room, target, left, top) for room, target in row.edges]
    for room, (x, y) in row.boxes.items():
        size = f'width="{box_width_px(room):g}" height="{BOX_PX}" rx="4"'
        parts.append(f'<rect class="room" x="{left + x:g}" y="{top + y:g}" {size}/>')
        parts.append(_text(title_of(room), left + x + box_width_px(room) / 2, top + y + BOX_PX / 2 + 4, "title"))
    return parts


def _edge(row: Row, room: str, target: str, left: float, top: float) -> str:
    """Return a curve from the left side of a room to the right side of one that it imports."""
    (room_x, room_y), (target_x, target_y) = row.boxes[room], row.boxes[target]
    start_x, start_y = left + room_x, top + room_y + BOX_PX / 2
    end_x, end_y = left + target_x + box_width_px(target) + ARROW_PX, top + target_y + BOX_PX / 2
    bend_px = (start_x - end_x) / 2
    first, second = f"{start_x - bend_px:g},{start_y:g}", f"{end_x + bend_px:g},{end_y:g}"
    curve = f"M{start_x:g},{start_y:g} C{first} {second} {end_x:g},{end_y:g}"
    return f'<path class="edge" d="{curve}" marker-end="url(#arrow)"/>'


def _text(text: str, x: float, y: float, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" \
role="img" aria-label="The packages of the project and their rooms, each above what it imports">
<style>
text {{ font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1c2430; }}
.name {{ font-weight: 650; font-size: 13px; }}
.note {{ fill: #57606a; font-size: 11px; }}
.title {{ text-anchor: middle; }}
.row {{ fill: #f3f5f8; stroke: #d9dfe7; rx: 6px; }}
.room {{ fill: #ffffff; stroke: #0b63b0; }}
.edge {{ fill: none; stroke: #8b97a5; }}
</style>
<defs><marker id="arrow" viewBox="0 0 6 6" refX="1" refY="3" markerWidth="6" markerHeight="6" orient="auto">\
<path d="M0,0 L6,3 L0,6 z" fill="#8b97a5"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figure, or with ``--check`` return 1 where the file is not what it would be."""
    parser = argparse.ArgumentParser(description="Draw docs/architecture.svg from the imports of the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the file is out of date")
    if not parser.parse_args(arguments).check:
        FIGURE.write_text(figure(), encoding="utf8")
    elif FIGURE.read_text(encoding="utf8") != figure():
        print("docs/architecture.svg is out of date. Run: python -m scripts.draw_architecture", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
