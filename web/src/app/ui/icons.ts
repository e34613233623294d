/** Icons that only the app needs, on the same 24 px grid as the elements' own. */
import { type TemplateResult, html, svg } from "lit";

const paths = {
  arrowDown: svg`<path d="M12 5v14M6 13l6 6 6-6"/>`,
  arrowLeft: svg`<path d="M19 12H5M11 6l-6 6 6 6"/>`,
  bell: svg`<path d="M6 10a6 6 0 0 1 12 0c0 5 2 6.5 2 6.5H4S6 15 6 10ZM10 19.5a2.2 2.2 0 0 0 4 0"/>`,
  calendarPlus: svg`<path d="M20.5 11V8a3 3 0 0 0-3-3h-11a3 3 0 0 0-3 3v9.5a3 3 0 0 0 3 3H11M3.5 10h17M8 2.8V6M16 2.8V6M17.5 14.5v6M14.5 17.5h6"/>`,
  calendarShare: svg`<path d="M20.5 10V8a3 3 0 0 0-3-3h-11a3 3 0 0 0-3 3v9.5a3 3 0 0 0 3 3H10M3.5 10h17M8 2.8V6M16 2.8V6M13.5 20.5c0-3 1.8-4.8 6.5-4.8M17.2 12.6l3.1 3.1-3.1 3.1"/>`,
  compose: svg`<path d="M19.5 12.5V17a2.5 2.5 0 0 1-2.5 2.5H7A2.5 2.5 0 0 1 4.5 17V7A2.5 2.5 0 0 1 7 4.5h4.5M10 14l.6-2.8 7.6-7.6 2.2 2.2-7.6 7.6L10 14Z"/>`,
  door: svg`<path d="M6 20.5v-15A1.5 1.5 0 0 1 7.5 4h9A1.5 1.5 0 0 1 18 5.5v15M3.5 20.5h17M14.5 12v1.2"/>`,
  edit: svg`<path d="m4.5 19.5 1-4.5L16.2 4.3l3.5 3.5L9 18.5l-4.5 1ZM13.8 6.7l3.5 3.5"/>`,
  hash: svg`<path d="M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h15.5M4 15h15.5"/>`,
  key: svg`<circle cx="8" cy="14.5" r="4.2"/><path d="m11.2 11.6 8.3-8.1M16 7l3 3"/>`,
  list: svg`<path d="M8.5 6.5h11M8.5 12h11M8.5 17.5h11M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01"/>`,
  mail: svg`<rect x="3.2" y="5.5" width="17.6" height="13" rx="2.5"/><path d="m4 7 8 6 8-6"/>`,
  message: svg`<path d="M4 6.8A2.8 2.8 0 0 1 6.8 4h10.4A2.8 2.8 0 0 1 20 6.8v7.4a2.8 2.8 0 0 1-2.8 2.8H11l-4.5 3.5V17A2.7 2.7 0 0 1 4 14.2Z"/>`,
  phone: svg`<path d="M5 4.5h3.6l1.6 4.2-2.2 1.5a11 11 0 0 0 5.8 5.8l1.5-2.2 4.2 1.6V19a1.8 1.8 0 0 1-2 1.8C10.6 20 4 13.4 3.2 6.5a1.8 1.8 0 0 1 1.8-2Z"/>`,
  plug: svg`<path d="M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4"/>`,
  pulse: svg`<path d="M3 12.5h4l2.5-7 4.5 13 2.5-6H21"/>`,
  send: svg`<path d="M4.5 12 4 4.8 20.5 12 4 19.2 4.5 12Zm0 0H12"/>`,
  settings: svg`<circle cx="12" cy="12" r="3"/><path d="M12 3v2.6M12 18.4V21M3 12h2.6M18.4 12H21M5.6 5.6l1.9 1.9M16.5 16.5l1.9 1.9M18.4 5.6l-1.9 1.9M7.5 16.5l-1.9 1.9"/>`,
  shield: svg`<path d="M12 3.2 5 6v5.4c0 4.4 2.9 7.6 7 9.4 4.1-1.8 7-5 7-9.4V6l-7-2.8Z"/><path d="m9 12 2.2 2.2L15.2 10"/>`,
  sides: svg`<rect x="3.5" y="4.5" width="7" height="15" rx="2"/><rect x="13.5" y="4.5" width="7" height="15" rx="2"/>`,
  signOut: svg`<path d="M14 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h7M10.5 12h9.5M16.5 8.5 20 12l-3.5 3.5"/>`,
  user: svg`<circle cx="12" cy="8.2" r="3.9"/><path d="M4.5 20c.7-4 3.6-6 7.5-6s6.8 2 7.5 6"/>`,
  users: svg`<circle cx="9" cy="8.5" r="3.5"/><path d="M2.8 19.5c.6-3.6 2.9-5.5 6.2-5.5s5.6 1.9 6.2 5.5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.7c1.7.8 2.8 2.4 3.2 4.8"/>`,
  webhook: svg`<circle cx="12" cy="6.8" r="3.3"/><circle cx="5.8" cy="17" r="3"/><circle cx="18.2" cy="17" r="3"/><path d="m10.5 9.7-3.3 4.8M13.5 9.7l3.3 4.8M8.8 17h6.4"/>`,
};

export type AppIconName = keyof typeof paths;

/** An icon of the app; arrows that point along the text mirror in right-to-left pages. */
export function appIcon(name: AppIconName): TemplateResult {
  const mirror = name === "arrowLeft" || name === "send" || name === "signOut" ? " mirror" : "";
  return html`<svg class="icon${mirror}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths[name]}</svg>`;
}
