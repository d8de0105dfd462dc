// Tells that work has ended by a notification of the browser, where the user has allowed it and looks at another tab.
//
// data: { message, id, underWay }. Each id is told once in this tab.

const TOLD = "emotion-told";

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  // Browsers have no notifications for pages of other machines without https.
  const canAsk = "Notification" in window && window.isSecureContext;
  button.hidden = !(canAsk && data.underWay && Notification.permission === "default");
  button.onclick = async () => {
    await Notification.requestPermission();
    button.hidden = true;
  };
  if (!data.message || sessionStorage.getItem(TOLD) === data.id) return;
  sessionStorage.setItem(TOLD, data.id);
  if (!canAsk || Notification.permission !== "granted" || !document.hidden) return;
  const notification = new Notification("Emotion Classifier", { body: data.message, tag: data.id });
  notification.onclick = () => window.focus();
}
