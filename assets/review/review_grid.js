// The review grid: thumbnails marked by mouse, arrow keys and letters.
//
// data: { page, photos: [{ id, name, label, status, notes, cluster }], counts }. While `page` stays the same, the cells
// keep their focus, selection and marks; only notes and clusters are updated.

const MARKS = {
  h: { label: "happy", status: "kept" },
  s: { label: "sad", status: "kept" },
  k: { status: "kept" },
  r: { status: "rejected" },
  x: { status: "rejected" },
};
// What has the focus when the user has chosen nothing: the page, or the part of it that scrolls.
const PAGE_ITSELF = "[data-testid=stMain], [data-testid=stApp], [data-testid=stAppViewContainer]";
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const grids = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const grid = grids.get(parentElement) ?? new Grid(parentElement);
  grids.set(parentElement, grid);
  grid.listen();
  grid.draw(data);
  return () => grid.leave();
}

class Grid {
  constructor(parent) {
    this.root = parent.querySelector(".grid");
    this.said = parent.querySelector(".said");
    this.counted = parent.querySelector(".counted");
    this.saved = parent.querySelector(".saved");
    this.photos = [];
    this.cells = [];
    this.selected = new Set();
    this.outbox = new Outbox(
      (response) => this.update(response),
      (count) => this.showDelay(count),
    );
    this.card = new Card(parent.querySelector("dialog"), {
      onKey: (event) => this.onKey(event),
      onPress: (key) => this.press(key),
      onDelete: (id, response) => this.remove(id, response),
      onClose: () => this.focus(this.current),
    });
    for (const button of parent.querySelectorAll("[data-key]")) {
      button.onpointerdown = (event) => event.preventDefault(); // the grid keeps the focus
      button.onclick = () => this.press(button.dataset.key);
    }
    this.root.onkeydown = (event) => this.onKey(event);
    this.root.onpointerdown = (event) => this.onPointerDown(event);
    this.root.onpointerover = (event) => this.onPointerOver(event);
    this.root.ondblclick = (event) => this.cellAt(event) >= 0 && this.enlarge(this.cellAt(event));
    this.onVisible = () => {
      if (document.visibilityState === "visible") this.outbox.ask(this.ids());
    };
    this.onOnline = () => this.outbox.send();
    this.onLooseKey = (event) => this.pressLoose(event);
    this.deliverEarlier();
  }

  // Adding a listener again changes nothing.
  listen() {
    document.addEventListener("visibilitychange", this.onVisible);
    window.addEventListener("online", this.onOnline);
    // Before Streamlit, for which R is a shortcut.
    document.addEventListener("keydown", this.onLooseKey, true);
  }

  // A letter that no field or button has the focus for is meant for the grid, so that nothing need be clicked first.
  pressLoose(event) {
    const focused = document.activeElement;
    if (focused && focused !== document.body && !focused.matches(PAGE_ITSELF)) return;
    if (/^[a-z[\]]$/i.test(event.key) && !event.ctrlKey && !event.metaKey && this.root.isConnected) this.onKey(event);
  }

  async deliverEarlier() {
    try {
      if (await this.outbox.deliverEarlier()) this.outbox.ask(this.ids());
    } catch {
      // The marks stay in the browser, and the next visit retries.
    }
  }

  leave() {
    document.removeEventListener("visibilitychange", this.onVisible);
    window.removeEventListener("online", this.onOnline);
    document.removeEventListener("keydown", this.onLooseKey, true);
  }

  draw(data) {
    if (this.page === data.page) return this.updateNotes(data.photos);
    this.page = data.page;
    this.photos = data.photos.map((photo) => ({ ...photo }));
    this.cells = this.photos.map((photo, index) => this.buildCell(photo, index));
    this.root.replaceChildren(...this.cells);
    this.root.hidden = !this.cells.length;
    this.select(new Set());
    this.current = this.anchor = 0;
    if (this.cells.length) this.cells[0].tabIndex = 0;
    this.showCounts(data.counts);
  }

  // The script ran again for the same page: its notes are newer, but its labels may be older than the marks made here.
  updateNotes(photos) {
    const updated = new Map(photos.map((photo) => [photo.id, photo]));
    this.photos.forEach((photo, index) => {
      const { notes, cluster } = updated.get(photo.id) ?? photo;
      Object.assign(photo, { notes, cluster });
      this.paint(photo, this.cells[index]);
    });
  }

  buildCell(photo, index) {
    const image = element("img", { src: `/photos/${photo.id}/thumbnail`, draggable: false, decoding: "async" });
    const actions = element("div", { className: "actions", ariaHidden: "true" });
    for (const [text, title, marks] of [
      ["✓", "keep (K)", () => MARKS.k],
      ["✕", "reject (R)", () => MARKS.r],
      ["⇄", "other label (H or S)", () => (photo.label === "happy" ? MARKS.s : MARKS.h)],
    ]) {
      const button = element("button", { type: "button", textContent: text, title, tabIndex: -1 });
      button.onclick = () => this.mark(this.touched(index), marks());
      actions.append(button);
    }
    const cell = element("div", { className: "cell", tabIndex: -1 });
    cell.setAttribute("role", "option");
    cell.append(image, element("span", { className: "notes" }), element("span", { className: "badge" }), actions);
    cell.dataset.index = index;
    this.paint(photo, cell);
    return cell;
  }

  paint(photo, cell) {
    cell.dataset.status = photo.status;
    cell.dataset.label = photo.label;
    const notes = photo.notes.length ? `, ${photo.notes.join(", ")}` : "";
    cell.setAttribute("aria-label", `${photo.label}, ${photo.status}, ${photo.name}${notes}`);
    cell.querySelector("img").alt = photoName(photo);
    cell.querySelector(".notes").textContent = photo.notes.join(" · ");
    const badge = { kept: "✓ ", rejected: "✕ " }[photo.status] ?? "";
    cell.querySelector(".badge").textContent = badge + photo.label;
    if (this.card?.open) this.card.paint(photo);
  }

  // Focus and selection

  cellAt(event) {
    const cell = event.target.closest?.(".cell");
    return cell && !event.target.closest("button") ? Number(cell.dataset.index) : -1;
  }

  onPointerDown(event) {
    const index = this.cellAt(event);
    if (index < 0 || event.button) return;
    event.preventDefault(); // no drag of the picture, no text selection
    if (event.ctrlKey || event.metaKey) {
      const chosen = this.selected.size ? this.selected : new Set([this.current]);
      this.select(chosen.has(index) ? without(chosen, index) : new Set([...chosen, index]));
      this.anchor = index;
      this.focus(index);
    } else {
      this.move(index, event.shiftKey);
    }
  }

  onPointerOver(event) {
    const index = this.cellAt(event);
    if (index >= 0 && event.buttons === 1 && event.pointerType === "mouse" && !event.ctrlKey) this.move(index, true);
  }

  move(index, extend) {
    const next = Math.max(0, Math.min(this.cells.length - 1, index));
    if (!extend) this.anchor = next;
    this.select(range(this.anchor, next));
    this.focus(next);
    if (this.card.open && this.card.id !== this.photos[next].id) this.card.show(this.photos[next]);
  }

  select(indices) {
    for (const index of this.selected) this.cells[index]?.setAttribute("aria-selected", "false");
    this.selected = indices;
    for (const index of indices) this.cells[index].setAttribute("aria-selected", "true");
    this.root.dataset.many = indices.size > 1;
  }

  focus(index) {
    if (!this.cells.length) return;
    this.cells[this.current].tabIndex = -1;
    this.current = index;
    this.cells[index].tabIndex = 0;
    if (!this.card.open) this.cells[index].focus({ preventScroll: false });
  }

  touched(index) {
    if (this.selected.has(index)) return [...this.selected];
    this.move(index, false);
    return [index];
  }

  selectAll() {
    this.anchor = 0;
    this.select(range(0, this.cells.length - 1));
    this.say(`${this.cells.length} photos selected`);
    return true;
  }

  ids() {
    return this.photos.map((photo) => photo.id);
  }

  chosen() {
    return this.selected.size ? [...this.selected] : [this.current];
  }

  columns() {
    const top = this.cells[0].offsetTop;
    const other = this.cells.findIndex((cell) => cell.offsetTop !== top);
    return other < 0 ? this.cells.length : other;
  }

  onKey(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || (control && !["z", "a"].includes(key))) return;
    if (this.press(control ? `Control+${key}` : key, event.shiftKey)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  // Returns whether the key was handled.
  press(key, extend = false) {
    if (!this.cells.length && key !== "u") return false;
    if (MARKS[key]) return this.mark(this.chosen(), MARKS[key]);
    if (key === "u" || key === "Control+z") return this.undo();
    if (key === "b") return this.keepBest();
    if (key === "Control+a") return this.selectAll();
    if (key === " " || key === "Enter") return this.enlarge(this.current);
    if (key === "[" || key === "]") return this.seekNew(key === "]" ? 1 : -1);
    const target = this.target(key);
    if (target === undefined) return false;
    this.move(target, extend && !this.card.open);
    return true;
  }

  target(key) {
    const columns = this.columns();
    const rows = Math.max(1, Math.floor(window.innerHeight / this.cells[0].offsetHeight) - 2);
    const jumps = { ArrowDown: columns, ArrowUp: -columns, PageDown: rows * columns, PageUp: -rows * columns };
    const step = { ...STEPS, ...(this.card.open ? {} : jumps) }[key];
    if (key === "Home") return 0;
    if (key === "End") return this.cells.length - 1;
    return step === undefined ? undefined : this.current + step;
  }

  seekNew(step) {
    for (let index = this.current + step; index >= 0 && index < this.photos.length; index += step) {
      if (this.photos[index].status !== "new") continue;
      this.move(index, false);
      return true;
    }
    this.say("No photo to review in that direction on this page.");
    return true;
  }

  enlarge(index) {
    if (this.card.open) {
      this.card.close();
    } else {
      this.focus(index);
      this.card.show(this.photos[index]);
    }
    return true;
  }

  // Marks

  mark(indices, marks) {
    const changing = indices.filter((index) => !matches(this.photos[index], marks));
    if (changing.length) {
      this.outbox.add({ ids: changing.map((index) => this.photos[index].id), ...marks });
      for (const index of changing) this.repaint(index, marks);
      this.showSaving();
    }
    const word = marks.label ?? marks.status;
    this.say(indices.length > 1 ? `${indices.length} photos: ${word}` : `${this.photos[indices[0]].name}: ${word}`);
    if (indices.length === 1) this.move(indices[0] + 1, false);
    return true;
  }

  repaint(index, state) {
    const photo = this.photos[index];
    const before = { label: photo.label, status: photo.status };
    Object.assign(photo, state);
    this.count(before, -1);
    this.count(photo, 1);
    this.paint(photo, this.cells[index]);
  }

  count({ label, status }, step) {
    this.counts[label][status] += step;
    this.showCounts(this.counts);
  }

  undo() {
    this.outbox.add({ undo: true }, this.ids());
    return true;
  }

  keepBest() {
    const { id, cluster } = this.photos[this.current];
    if (cluster) this.outbox.add({ best: id }, this.ids());
    else this.say("This photo has no near copies.");
    return true;
  }

  // Shows a response of the server: states of the photos asked for, counts, and a message.
  update({ states = {}, counts, said, error }) {
    this.photos.forEach((photo, index) => {
      const state = states[photo.id];
      if (!state || this.outbox.holds(photo.id)) return;
      Object.assign(photo, state);
      this.paint(photo, this.cells[index]);
    });
    if (counts && !this.outbox.marks.length) this.showCounts(counts);
    if (!this.outbox.marks.length) this.saved.textContent = "saved";
    if (said || error) this.say(error ?? said);
    this.saved.dataset.trouble = Boolean(error);
  }

  remove(id, { counts }) {
    const index = this.photos.findIndex((photo) => photo.id === id);
    this.card.close();
    this.photos.splice(index, 1);
    this.cells.splice(index, 1)[0].remove();
    this.cells.forEach((cell, number) => (cell.dataset.index = number));
    this.select(new Set());
    this.current = this.anchor = Math.max(0, Math.min(index, this.cells.length - 1));
    this.focus(this.current);
    this.showCounts(counts);
    this.say("Deleted everywhere.");
  }

  // Messages to the user

  say(text) {
    this.said.textContent = text;
  }

  showSaving() {
    this.saved.textContent = "saving …";
  }

  showDelay(count) {
    this.saved.dataset.trouble = true;
    this.saved.textContent = count
      ? `${count} mark${count > 1 ? "s" : ""} not saved yet: no connection. They are kept in this browser and saved when the server responds.`
      : "no connection";
  }

  showCounts(counts) {
    this.counts = counts;
    const { happy, sad } = counts;
    const rejected = happy.rejected + sad.rejected;
    const fresh = happy.new + sad.new;
    const usable = [happy.new + happy.kept, sad.new + sad.kept];
    const total = usable[0] + usable[1] + rejected;
    const written = [...usable, rejected, fresh, total - fresh, total].map((count) => count.toLocaleString("en"));
    this.counted.replaceChildren(
      element("span", {
        textContent: `${written[0]} happy · ${written[1]} sad · ${written[2]} rejected · ${written[3]} to review`,
      }),
      element("progress", { value: total - fresh, max: total || 1, ariaHidden: "true" }),
      element("span", { className: "quiet", textContent: `${written[4]} of ${written[5]} reviewed` }),
    );
  }
}

function range(first, last) {
  const [low, high] = first < last ? [first, last] : [last, first];
  return new Set(Array.from({ length: high - low + 1 }, (_, step) => low + step));
}

function without(set, value) {
  return new Set([...set].filter((other) => other !== value));
}

function matches(photo, marks) {
  return Object.entries(marks).every(([field, value]) => photo[field] === value);
}
