/** Line icons, drawn on a 24 px grid for these elements. Decorative: the words beside them carry the meaning. */
import { type TemplateResult, svg } from "lit";
import { calendar, drawing } from "./icon-frame.ts";

const paths = {
  calendar,
  check: svg`<path d="m5 12.5 4.6 4.6L19 7.6"/>`,
  checkCircle: svg`<circle cx="12" cy="12" r="8.8"/><path d="m8.2 12.3 2.6 2.6 5-5.2"/>`,
  chevronDown: svg`<path d="m6 9.5 6 6 6-6"/>`,
  chevronRight: svg`<path d="m9.5 6 6 6-6 6"/>`,
  chevronLeft: svg`<path d="m14.5 6-6 6 6 6"/>`,
  clock: svg`<circle cx="12" cy="12" r="8.8"/><path d="M12 7v5.2l3.2 2"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  copy: svg`<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 5.5v-.2A1.8 1.8 0 0 0 13.7 3.5H5.3a1.8 1.8 0 0 0-1.8 1.8v8.4a1.8 1.8 0 0 0 1.8 1.8h.2"/>`,
  cross: svg`<circle cx="12" cy="12" r="8.8"/><path d="m9 9 6 6m0-6-6 6"/>`,
  globe: svg`<circle cx="12" cy="12" r="8.8"/><path d="M3.2 12h17.6M12 3.2c2.6 2.7 3.7 5.6 3.7 8.8s-1.1 6.1-3.7 8.8c-2.6-2.7-3.7-5.6-3.7-8.8s1.1-6.1 3.7-8.8Z"/>`,
  info: svg`<circle cx="12" cy="12" r="8.8"/><path d="M12 11v5.2M12 7.8v.1"/>`,
  more: svg`<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>`,
  moved: svg`<path d="M4 8.5h13.5L14 5M20 15.5H6.5L10 19"/>`,
  offline: svg`<path d="M4 4l16 16M8.6 14.6a5 5 0 0 1 5-1.2M5.2 11.2a9.8 9.8 0 0 1 3.7-2.2M13 8.3a9.8 9.8 0 0 1 5.8 2.9M12 18.6v.1"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  search: svg`<circle cx="10.8" cy="10.8" r="6.3"/><path d="m15.6 15.6 4.6 4.6"/>`,
  sync: svg`<path d="M19.8 9.5A8.2 8.2 0 0 0 5 8.2L3.8 9.8M4.2 14.5A8.2 8.2 0 0 0 19 15.8l1.2-1.6M3.8 5v4.8h4.8M20.2 19v-4.8h-4.8"/>`,
  trash: svg`<path d="M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5l.9 13h9.2l.9-13"/>`,
  video: svg`<rect x="2.8" y="6" width="12.4" height="12" rx="2.8"/><path d="m15.2 11 6-3.4v8.8l-6-3.4"/>`,
  warning: svg`<path d="M12 4 2.8 19.8h18.4L12 4Z"/><path d="M12 10v4.4M12 17.2v.1"/>`,
};

export type IconName = keyof typeof paths;

/** An icon; arrows that point along the text mirror in right-to-left pages. */
export function icon(name: IconName): TemplateResult {
  return drawing(paths[name], name === "chevronLeft" || name === "chevronRight");
}
