/** Contrast of two colours (WCAG 2.2, relative luminance). */

/** From 1 to 21, of two colours as `#rrggbb`. */
export function contrast(first: string, second: string): number {
  const [light, dark] = [luminance(first), luminance(second)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** White or nearly black, whichever is read better on this colour. */
export function readableOn(colour: string): string {
  return contrast(colour, "#ffffff") >= contrast(colour, "#101615") ? "#ffffff" : "#101615";
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
