/** A line below a meeting: somebody's calendar says something else about it, and where to decide. */
import { type TemplateResult, html } from "lit";
import { icon } from "../../internal/icons.ts";
import type { Conflict } from "../platform.ts";
import { settingsPath } from "../router.ts";
import { hint, type Look } from "../settings/conflict-words.ts";

export function conflictNotice(conflict: Conflict, look: Look): TemplateResult {
  return html`<div class="notice warning" role="note">
    ${icon("warning")}
    <p class="notice-text">${hint(conflict, look)}</p>
    <a class="button small" href=${settingsPath("conflicts")}>See both versions</a>
  </div>`;
}
