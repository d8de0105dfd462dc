// One photo enlarged, with its card: its source, what was detected on it, and its marks.

const LARGEST_ZOOM = 3;
const CARD_KEYS = [
  ["ArrowLeft", "‹", "Previous photo"],
  ["h", "Happy", "Happy (H)"],
  ["s", "Sad", "Sad (S)"],
  ["k", "Keep", "Keep (K)"],
  ["r", "Reject", "Reject (R)"],
  ["u", "Undo", "Undo (U)"],
  ["ArrowRight", "›", "Next photo"],
];

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

class Card {
  // onKey(event) is called for each key, onPress(key) for each button that stands for a key, onDelete(id, response) when
  // the photo is deleted, onClose() when the card closes.
  constructor(dialog, { onKey, onPress, onDelete, onClose }) {
    this.dialog = dialog;
    this.onPress = onPress;
    this.onDelete = onDelete;
    dialog.onkeydown = (event) => {
      if (event.target.closest("a, button") && (event.key === " " || event.key === "Enter")) return;
      onKey(event);
    };
    dialog.onclose = onClose;
    dialog.onclick = (event) => event.target === dialog && dialog.close();
  }

  get open() {
    return this.dialog.open;
  }

  close() {
    this.dialog.close();
  }

  show(photo) {
    this.id = photo.id;
    const image = element("img", { src: `/photos/${photo.id}/large`, alt: photoName(photo), className: "large" });
    this.boxes = element("div", { className: "boxes", ariaHidden: "true" });
    this.facts = element("dl");
    this.state = element("p", { className: "state", ariaLive: "polite" });
    this.foot = element("div", { className: "foot" });
    const close = element("button", { type: "button", className: "close", textContent: "✕", title: "Close (Esc)" });
    close.setAttribute("aria-label", "Close");
    close.onclick = () => this.dialog.close();
    const title = element("h2", { textContent: photo.name });
    const side = element("aside", {}, close, title, this.state, this.marks(), this.facts, this.foot);
    const picture = element("div", { className: "picture" }, image, this.boxes);
    const frame = element("div", { className: "frame" }, picture);
    image.onload = () => {
      picture.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
      picture.style.maxWidth = `${image.naturalWidth * LARGEST_ZOOM}px`;
    };
    this.dialog.replaceChildren(frame, side);
    this.paint(photo);
    if (!this.open) this.dialog.showModal();
    this.dialog.focus();
    this.fill(photo.id);
  }

  // The keys as buttons: a phone has none.
  marks() {
    const row = element("div", { className: "marks" });
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Marks for this photo");
    for (const [key, text, title] of CARD_KEYS) {
      const button = element("button", { type: "button", textContent: text, title });
      button.dataset.key = key;
      button.setAttribute("aria-label", title);
      button.onclick = () => this.onPress(key);
      row.append(button);
    }
    return row;
  }

  paint(photo) {
    if (photo.id !== this.id) return;
    this.state.textContent = `${photo.label} · ${photo.status}`;
    this.state.dataset.label = photo.label;
    this.state.dataset.status = photo.status;
  }

  async fill(id) {
    let card;
    try {
      const response = await fetch(`/photos/${id}/card`);
      card = await response.json();
    } catch {
      card = { facts: [["Card", "The server did not respond."]], faces: [], history: [] };
    }
    if (id !== this.id) return;
    for (const [name, text, link] of card.facts) {
      // The server sends a link only if the address is http or https.
      const value = link
        ? element("a", { href: link, target: "_blank", rel: "noopener noreferrer", textContent: text })
        : text;
      this.facts.append(element("dt", { textContent: name }), element("dd", {}, value));
    }
    for (const [left, top, width, height] of card.faces) {
      const box = element("span");
      box.style.cssText = `left:${left * 100}%;top:${top * 100}%;width:${width * 100}%;height:${height * 100}%`;
      this.boxes.append(box);
    }
    if (card.history.length) {
      const lines = card.history.map((line) => element("li", { textContent: line }));
      this.foot.append(element("div", {}, element("h3", { textContent: "Marks" }), element("ul", {}, ...lines)));
    }
    if (card.delete) this.foot.append(this.deletion(id, card.delete));
  }

  deletion(id, consequence) {
    const open = element("button", { type: "button", textContent: "Delete everywhere …" });
    const confirm = element("button", { type: "button", className: "danger", textContent: "Delete" });
    const cancel = element("button", { type: "button", textContent: "Keep it" });
    const question = element("p", { textContent: consequence });
    const group = element("div", { className: "confirm", hidden: true }, question, confirm, cancel);
    group.setAttribute("role", "group");
    open.onclick = () => {
      group.hidden = false;
      open.hidden = true;
      cancel.focus();
    };
    cancel.onclick = () => {
      group.hidden = true;
      open.hidden = false;
      open.focus();
    };
    confirm.onclick = async () => {
      confirm.disabled = true;
      try {
        const response = await post("/photos/delete", { ids: [id] });
        if (response.error) throw new Error(response.error);
        this.onDelete(id, response);
      } catch (error) {
        question.textContent = `Not deleted: ${error.message}`;
        confirm.disabled = false;
      }
    };
    return element("div", {}, open, group);
  }
}

function photoName(photo) {
  return `${photo.label} photo ${photo.name}`;
}
