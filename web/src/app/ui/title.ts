/** The document's title: what is on show, then the product; unread messages are counted in front. */

let page = "";
let unread = 0;

export function setTitle(title: string): void {
  page = title;
  write();
}

export function setUnreadInTitle(count: number): void {
  unread = count;
  write();
}

function write(): void {
  const title = page === "" ? "Convene" : `${page} · Convene`;
  document.title = unread > 0 ? `(${unread}) ${title}` : title;
}
