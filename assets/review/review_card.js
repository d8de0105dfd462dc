// One photo enlarged, with its card: where it came from, what was found on it, how it was marked.

const LARGEST_ZOOM = 3;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

class Card {
  // onKey(event) gets what is typed; onDelete(id) is told when the photo is gone; onClose() when the grid is back.
  constructor(dialog, { onKey, onDelete, onClose }) {
    this.dialog = dialog;
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
    const side = element("aside", {}, close, title, this.state, this.facts, this.foot);
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

  paint(photo) {
    if (photo.id !== this.id) return;
    this.state.textContent = `${photo.label} · ${photo.status}`;
    this.state.dataset.label = photo.label;
    this.state.dataset.status = photo.status;
  }

  async fill(id) {
    let card;
    try {
      const answer = await fetch(`/photos/${id}/card`);
      card = await answer.json();
    } catch {
      card = { facts: [["Card", "The server does not answer."]], faces: [], history: [] };
    }
    if (id !== this.id) return;
    for (const [name, text, link] of card.facts) {
      // The server sends a link only where the address is http or https.
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
    const ask = element("button", { type: "button", textContent: "Delete everywhere …" });
    const sure = element("button", { type: "button", className: "danger", textContent: "Delete" });
    const no = element("button", { type: "button", textContent: "Keep it" });
    const question = element("p", { textContent: consequence });
    const confirm = element("div", { className: "confirm", hidden: true }, question, sure, no);
    confirm.setAttribute("role", "group");
    ask.onclick = () => {
      confirm.hidden = false;
      ask.hidden = true;
      no.focus();
    };
    no.onclick = () => {
      confirm.hidden = true;
      ask.hidden = false;
      ask.focus();
    };
    sure.onclick = async () => {
      sure.disabled = true;
      try {
        const answer = await post("/photos/delete", { ids: [id] });
        if (answer.error) throw new Error(answer.error);
        this.onDelete(id, answer);
      } catch (error) {
        question.textContent = `Not deleted: ${error.message}`;
        sure.disabled = false;
      }
    };
    return element("div", {}, ask, confirm);
  }
}

function photoName(photo) {
  return `${photo.label} photo ${photo.name}`;
}
