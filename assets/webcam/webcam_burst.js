// Records photos from the camera for as long as a button is held: by mouse, finger, Space or Enter.
//
// data: { mostFrames, sidePx }. The trigger `frames` is a list of JPEG data URLs.

const FRAME_MS = 250;
const QUALITY = 0.9;
const bursts = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const burst = bursts.get(parentElement) ?? new Burst(parentElement);
  bursts.set(parentElement, burst);
  burst.open(data, (frames) => setTriggerValue("frames", frames));
  return () => burst.close();
}

class Burst {
  constructor(parent) {
    this.video = parent.querySelector("video");
    this.button = parent.querySelector("button");
    this.status = parent.querySelector("[role=status]");
    this.frames = [];
    this.button.onpointerdown = (event) => event.button === 0 && this.record();
    for (const end of ["pointerup", "pointerleave", "pointercancel", "blur"]) {
      this.button.addEventListener(end, () => this.end());
    }
    this.button.oncontextmenu = (event) => event.preventDefault(); // a long press of a finger
    this.button.onkeydown = (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.record();
    };
    this.button.onkeyup = () => this.end();
  }

  async open({ mostFrames, sidePx }, send) {
    Object.assign(this, { mostFrames, sidePx, send });
    if (this.isOpen) return;
    this.isOpen = true;
    if (!navigator.mediaDevices) {
      this.status.textContent = "The browser gives the camera only to pages on this machine or over https.";
      return;
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      if (!this.isOpen) return stream.getTracks().forEach((track) => track.stop());
      this.video.srcObject = stream;
      this.video.onloadeddata = () => {
        this.button.disabled = false;
        this.status.textContent = "";
      };
    } catch (error) {
      this.status.textContent = `The camera cannot be used: ${error.message}.`;
    }
  }

  close() {
    this.isOpen = false;
    clearInterval(this.timer);
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
    this.button.disabled = true;
  }

  record() {
    if (this.button.disabled || this.isRecording) return;
    this.isRecording = true;
    this.frames = [];
    this.button.dataset.recording = true;
    this.shoot();
    this.timer = setInterval(() => this.shoot(), FRAME_MS);
  }

  shoot() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, this.sidePx / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    this.frames.push(canvas.toDataURL("image/jpeg", QUALITY));
    this.status.textContent = `${this.frames.length} photo${this.frames.length > 1 ? "s" : ""}`;
    if (this.frames.length >= this.mostFrames) this.end();
  }

  end() {
    if (!this.isRecording) return;
    this.isRecording = false;
    clearInterval(this.timer);
    this.button.dataset.recording = false;
    this.send(this.frames);
  }
}
