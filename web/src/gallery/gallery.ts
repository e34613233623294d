/** `/elements`: every booking element live, with its attributes, its looks and its languages to try. */
import { html, nothing, render } from "lit";
import { contrast, readableOn } from "./contrast.ts";
import { examples } from "./examples.ts";
import "./stage.element.ts";

const LANGUAGES = { "": "The page’s", de: "Deutsch", fr: "Français", es: "Español", nl: "Nederlands", en: "English" };

interface Looks {
  scheme: "" | "light" | "dark";
  accent: string;
  radius: number | null;
  language: string;
  direction: "ltr" | "rtl";
}

const looks: Looks = { scheme: "", accent: "", radius: null, language: "", direction: "ltr" };
const root = document.documentElement;

function change(changes: Partial<Looks>): void {
  Object.assign(looks, changes);
  if (looks.scheme) root.dataset["theme"] = looks.scheme;
  else delete root.dataset["theme"];
  set("--convene-accent", looks.accent);
  set("--convene-on-accent", looks.accent && readableOn(looks.accent));
  set("--convene-radius", looks.radius === null ? "" : `${looks.radius}px`);
  draw();
}

function set(name: string, value: string): void {
  if (value) root.style.setProperty(name, value);
  else root.style.removeProperty(name);
}

const valueOf = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

const looksBar = () => html`<fieldset class="looks">
  <legend>Try your looks</legend>
  <label>Accent<input type="color" .value=${looks.accent || "#0f6a5d"} @input=${(event: Event) => change({ accent: valueOf(event) })} /></label>
  <label
    >Radius<input type="range" min="0" max="20" .value=${String(looks.radius ?? 10)} @input=${(event: Event) => change({ radius: Number(valueOf(event)) })}
  /></label>
  <label
    >Colours<select @change=${(event: Event) => change({ scheme: valueOf(event) as Looks["scheme"] })}>
      <option value="">The device’s</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select></label
  >
  <label
    >Language<select @change=${(event: Event) => change({ language: valueOf(event) })}>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code || nothing}>${name}</option>`)}
    </select></label
  >
  <label
    >Direction<select @change=${(event: Event) => change({ direction: valueOf(event) as Looks["direction"] })}>
      <option value="ltr">Left to right</option>
      <option value="rtl">Right to left</option>
    </select></label
  >
  <p class="contrast" role="status">${looks.accent ? verdict(looks.accent) : nothing}</p>
</fieldset>`;

/** Whether the chosen accent can be read, said rather than silently mended. */
function verdict(accent: string): string {
  const words = contrast(accent, readableOn(accent)).toFixed(1);
  const line = contrast(accent, root.dataset["theme"] === "dark" ? "#182120" : "#ffffff");
  const warning = line < 4.5 ? ` On the surface it has only ${line.toFixed(1)} : 1; 4.5 is needed.` : "";
  return `Words on the accent: ${words} : 1.${warning}`;
}

function draw(): void {
  render(
    html`<main id="top">
      <div class="intro">
        <h1>Booking elements</h1>
        <p>
          Web components for any page of any framework: one script, of which a page loads no more than it shows. What you see
          here is live; its controls are its attributes.
        </p>
        <p class="made-up">
          <strong>The people and the times are made up.</strong> They live in this page, through an example
          <code>api</code> object; nothing is booked, and nobody needs to sign in.
        </p>
        <p><code>${'<script type="module" src="'}${location.origin}${'/elements.js"></script>'}</code></p>
      </div>
      ${looksBar()}
      ${examples.map(
        (example) => html`<gallery-stage
          id=${example.tag}
          .example=${example}
          .spoken=${looks.language}
          .direct=${looks.direction}
        ></gallery-stage>`,
      )}
    </main>`,
    document.body,
  );
}

draw();
