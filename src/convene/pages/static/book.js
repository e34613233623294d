/* What script adds to the public booking pages; without it everything works, with one press more here and there.
   The visitor's zone is known at once, choosing a zone needs no button, a form cannot be sent twice, a page that waits
   for somebody shows the answer by itself, the page in a frame tells its height, and on phones the second step begins
   at its heading. */
document.documentElement.classList.add("has-script");

const zoneForm = document.querySelector(".zone-form");
if (zoneForm) zoneForm.querySelector("select").addEventListener("change", () => zoneForm.requestSubmit());

const page = document.querySelector("[data-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (page && !("chosen" in page.dataset) && own && own !== page.dataset.zone) {
  const address = new URL(location.href);
  address.searchParams.set("tzid", own);
  location.replace(address);
}

// Another number of meetings: their dates are shown, and what was typed so far stays.
const howOften = document.querySelector("[data-how-often]");
if (howOften) {
  howOften.addEventListener("submit", () => {
    for (const [name, value] of new FormData(document.querySelector("form[data-once]"))) {
      if (howOften.elements.namedItem(name) || name === "listed" || name.startsWith("on_")) continue;
      howOften.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  });
  howOften.querySelector("select").addEventListener("change", () => howOften.requestSubmit());
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
}

const invalid = document.querySelector("[aria-invalid]");
const times = document.querySelector(".picker.day-chosen #times-head");
if (invalid) invalid.focus();
else if (times && matchMedia("(max-width: 40rem)").matches) times.focus();

const empty = document.querySelector("[data-empty]");
if (empty) fetch(empty.dataset.empty, { method: "POST", body: new URLSearchParams({ which: "displayed" }) }).catch(() => {});

/* A page that waits names how things stand; once they stand otherwise it is opened anew. */
const waits = document.querySelector("[data-refresh]");
if (waits) {
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(location.href);
      const text = answer.ok ? await answer.text() : "";
      if (text && !text.includes(`data-refresh="${waits.dataset.refresh}"`)) location.reload();
    } catch {
      /* The next look may succeed. */
    }
  };
  setInterval(look, 15000);
  document.addEventListener("visibilitychange", look);
}

const embedded = document.querySelector(".embedded[data-origins]");
if (embedded && parent !== window) {
  const tell = () => {
    for (const origin of embedded.dataset.origins.split(" ")) {
      parent.postMessage({ type: "convene:height", height: Math.ceil(embedded.getBoundingClientRect().height) }, origin);
    }
  };
  new ResizeObserver(tell).observe(embedded);
}
