// Marks on their way to the server: they stay in the browser until the server has confirmed that they are on disk.
//
// Each visit numbers its marks. The server skips numbers it has applied, so a mark that is sent twice counts once: after
// a lost response, from another tab, or when the page is opened again after a crash.

const STORED_AS = "emotion-review-outbox:";
const RETRY_MS = 1500;
const KEEPALIVE_CHARACTERS = 60000; // browsers refuse larger requests that outlive the tab

async function post(path, body) {
  const text = JSON.stringify(body);
  const keepalive = text.length < KEEPALIVE_CHARACTERS;
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: text, keepalive });
  // A malformed request would fail again, so 422 is reported instead of retried.
  if (!response.ok && response.status !== 422) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

class Outbox {
  // onResponse(response) is called after each delivery, onDelay(count) while marks cannot be delivered.
  constructor(onResponse, onDelay) {
    this.visit = Date.now().toString(36) + Math.random().toString(36).slice(2);
    this.marks = [];
    this.asked = [];
    this.last = 0;
    this.busy = false;
    Object.assign(this, { onResponse, onDelay });
  }

  // Delivers marks that an earlier visit could not, because its tab was closed or the server stopped; returns whether
  // there were any.
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

  // Asks for the label and status of these photos, which undo and other tabs may change.
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
      const response = await post("/photos/marks", { visit: this.visit, marks, ask });
      this.marks = this.marks.filter((mark) => mark.number > (response.seen ?? Infinity));
      if (this.asked === ask) this.asked = [];
      this.onResponse(response);
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
      // Without storage (private window, quota) the marks wait in this tab only.
    }
  }
}
