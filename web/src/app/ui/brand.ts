/** The product's mark beside its name. */
import { type TemplateResult, html } from "lit";

export function brand(name = "Convene"): TemplateResult {
  return html`<span class="brand">
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f6a5d" />
      <path d="M20.5 10.2a7.6 7.6 0 1 0 0 11.6" fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round" />
      <circle cx="21.6" cy="16" r="2.6" fill="#ffd166" />
    </svg>
    <span>${name}</span>
  </span>`;
}
