// The review grid: thumbnails that are marked by click, arrow keys and letters, without a server round trip each.
//
// data: { photos: [{ id, name, label, status, image }], page: string }
// state "marks": { visit, marks: [{ id, field, value }] }, every mark of this visit, oldest first. Python applies those
// it has not seen yet, so a message that is lost or late loses nothing.

const KEYS = {
  k: ["status", "kept"],
  r: ["status", "rejected"],
  x: ["status", "rejected"],
  h: ["label", "happy"],
  s: ["label", "sad"],
};
const SEND_AFTER_MS = 120;

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".grid");
  // Python draws the page again after each message; the cells are built once and keep focus and marks.
  if (root.dataset.page === data.page) return;
  root.dataset.page = data.page;
  root.replaceChildren();

  const visit = crypto.randomUUID();
  const marks = [];
  let timer = 0;
  const cells = data.photos.map((photo, index) => buildCell({ ...photo }, index));
  root.append(...cells);
  if (cells.length) cells[0].tabIndex = 0;

  let sent = 0;

  function send() {
    clearTimeout(timer);
    if (sent < marks.length) setStateValue("marks", { visit, marks });
    sent = marks.length;
  }

  // Before a click elsewhere takes effect: a message sent while Streamlit changes the page would undo the change.
  root.onfocusout = (event) => {
    if (!root.contains(event.relatedTarget)) send();
  };

  function mark(photo, cell, field, value) {
    if (photo[field] === value) return;
    photo[field] = value;
    marks.push({ id: photo.id, field, value });
    paint(photo, cell);
    clearTimeout(timer);
    timer = setTimeout(send, SEND_AFTER_MS);
  }

  function buildCell(photo, index) {
    const cell = document.createElement("div");
    cell.className = "cell";
    cell.setAttribute("role", "option");
    cell.tabIndex = -1;
    const image = document.createElement("img");
    image.src = photo.image;
    image.loading = "lazy";
    image.draggable = false;
    const badge = document.createElement("span");
    badge.className = "badge";
    const actions = document.createElement("div");
    actions.className = "actions";
    for (const [text, title, field, value] of [
      ["✓", "keep (K)", "status", "kept"],
      ["✕", "reject (R)", "status", "rejected"],
      ["⇄", "other label (H or S)", "label", null],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = title;
      button.tabIndex = -1;
      button.setAttribute("aria-label", `${title}: ${photo.name}`);
      button.onclick = () => {
        focusCell(index);
        mark(photo, cell, field, value ?? (photo.label === "happy" ? "sad" : "happy"));
      };
      actions.append(button);
    }
    cell.append(image, badge, actions);
    cell.onclick = (event) => {
      if (!(event.target instanceof HTMLButtonElement)) focusCell(index);
    };
    cell.onkeydown = (event) => onKey(event, photo, cell, index);
    paint(photo, cell);
    return cell;
  }

  function paint(photo, cell) {
    cell.dataset.status = photo.status;
    cell.dataset.label = photo.label;
    cell.setAttribute("aria-label", `${photo.name}, ${photo.label}, ${photo.status}`);
    cell.querySelector("img").alt = `${photo.label} photo ${photo.name}`;
    cell.querySelector(".badge").textContent = photo.status === "new" ? photo.label : `${photo.label} · ${photo.status}`;
  }

  function focusCell(index) {
    const next = cells[Math.max(0, Math.min(cells.length - 1, index))];
    for (const cell of cells) cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  function columns() {
    const top = cells[0].offsetTop;
    const other = cells.findIndex((cell) => cell.offsetTop !== top);
    return other < 0 ? cells.length : other;
  }

  function onKey(event, photo, cell, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      ?? (event.key === "ArrowDown" ? columns() : event.key === "ArrowUp" ? -columns() : 0);
    const action = KEYS[event.key.toLowerCase()];
    if (!step && !action) return;
    event.preventDefault();
    event.stopPropagation();
    if (action) mark(photo, cell, ...action);
    focusCell(index + (step || 1));
  }
}
