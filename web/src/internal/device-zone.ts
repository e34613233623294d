/** The zone that this device is set to, by itself: the button needs no more of time than this. */

const MINUTE = 60_000;
let device = { tzid: "", askedAt: -Infinity };

/** The zone that this device is set to; asked again after a minute, because people travel and asking is slow. */
export function deviceZone(): string {
  const now = performance.now();
  if (now - device.askedAt > MINUTE) {
    device = { tzid: new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", askedAt: now };
  }
  return device.tzid;
}
