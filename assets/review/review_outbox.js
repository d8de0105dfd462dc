// Marks on their way: they stay in the browser until the server has said that they are on disk.
//
// Each visit numbers its marks. The server passes over the numbers it has seen, so a mark may be sent twice and counts
// once: after a lost answer, from another tab, or when the page is opened again after a crash.

const STORED_AS = "emotion-review-outbox:";
const RETRY_MS = 1500;
const KEEPALIVE_CHARACTERS = 60000; // browsers refuse to outlive the tab with more

async function post(path, body) {
  const text = JSON.stringify(body);
  const keepalive = text.length < KEEPALIVE_CHARACTERS;
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: text, keepalive });
  if (!answer.ok && answer.status !== 422) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

class Outbox {
  // onAnswer(answer) after each delivery; onDelay(count) while marks cannot be delivered.
  constructor(onAnswer, onDelay) {
    this.visit = Date.now().toString(36) + Math.random().toString(36).slice(2);
    this.marks = [];
    this.asked = [];
    this.last = 0;
    this.busy = false;
    Object.assign(this, { onAnswer, onDelay });
  }

  // Marks that an earlier visit could not deliver, because its tab or the server was gone; returns whether any.
  async deliverEarlier() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(STORED_AS) && key !== STORED_AS + this.visit);
    for (const key of keys) {
      const marks = stored(key);
      if (marks.length) await post("/photos/marks", { visit: key.slice(STORED_AS.length), marks });
      localStorage.removeItem(key);
    }
    return keys.length > 0;
  }

  add(mark, ask = []) {
    this.marks.push({ number: ++this.last, ...mark });
    this.keep();
    this.ask(ask);
  }

  // What the server holds of these photos, which other tabs and undo change.
  ask(ids) {
    if (ids.length) this.asked = ids;
    this.send();
  }

  holds(id) {
    return this.marks.some((mark) => mark.ids?.includes(id));
  }

  async send() {
    if (this.busy || (!this.marks.length && !this.asked.length)) return;
    clearTimeout(this.timer);
    this.busy = true;
    const [marks, ask] = [[...this.marks], this.asked];
    try {
      const answer = await post("/photos/marks", { visit: this.visit, marks, ask });
      this.marks = this.marks.filter((mark) => mark.number > (answer.seen ?? Infinity));
      if (this.asked === ask) this.asked = [];
      this.onAnswer(answer);
    } catch {
      for (const mark of marks) mark.tried = true;
      this.timer = setTimeout(() => this.send(), RETRY_MS);
      this.onDelay(this.marks.length);
      return;
    } finally {
      this.keep();
      this.busy = false;
    }
    this.send();
  }

  keep() {
    try {
      if (this.marks.length) localStorage.setItem(STORED_AS + this.visit, JSON.stringify(this.marks));
      else localStorage.removeItem(STORED_AS + this.visit);
    } catch {
      // Without storage (private window, quota) marks still wait in this tab.
    }
  }
}
