/** `<connect-switcher>`: type a few letters of a person or channel and go there (Ctrl+K). */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { avatar, field } from "../../styles/shared.ts";
import { conversationTitle } from "../titles.ts";
import { appIcon } from "../ui/icons.ts";
import { avatar as avatarOf, failure } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import type { Connect } from "./connect.ts";

interface Target {
  key: string;
  label: string;
  hint: string;
  sub: string | null;
  conversationId: string | null;
}

const SHOWN = 30;

export class SwitcherElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    avatar,
    field,
    parts,
    css`
      .search {
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        padding-block: var(--cv-space-1) var(--cv-space-2);
        background: var(--cv-surface-raised);
      }
      /* Results come and go without moving the dialog. */
      #results {
        min-block-size: min(18rem, 45dvh);
      }
      [role="option"] {
        display: flex;
        align-items: center;
        gap: var(--cv-space-3);
        min-block-size: 2.75rem;
        padding: var(--cv-space-1) var(--cv-space-2);
        border-radius: var(--cv-radius-sm);
        cursor: pointer;
      }
      [role="option"][aria-selected="true"] {
        background: var(--cv-accent-soft);
        outline: 1px solid var(--cv-accent);
        outline-offset: -1px;
      }
      .label {
        flex: 1;
        min-inline-size: 0;
      }
      .hint {
        text-align: end;
      }
      .mark {
        display: grid;
        place-items: center;
        inline-size: 2rem;
        color: var(--cv-ink-muted);
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  /** Called with the conversation that was chosen. */
  @property({ attribute: false }) choose: (conversationId: string) => void = () => undefined;
  @state() private kind: "all" | "people" = "all";
  @state() private query = "";
  @state() private active = 0;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;
  @query("input") private input!: HTMLInputElement;

  show(kind: "all" | "people"): void {
    this.kind = kind;
    this.query = "";
    this.active = 0;
    this.problem = null;
    this.dialog.show();
  }

  get #targets(): Target[] {
    const { store } = this.connect;
    const collator = new Intl.Collator(this.language, { sensitivity: "base" });
    const people: Target[] = [...store.people.values()]
      .filter((person) => !person.is_me)
      .sort((a, b) => collator.compare(a.name, b.name))
      .map((person) => ({ key: person.sub, label: person.name, hint: person.title, sub: person.sub, conversationId: null }));
    const channels: Target[] = [...store.conversations.values()]
      .filter((conversation) => conversation.kind === "channel")
      .sort((a, b) => collator.compare(a.name, b.name))
      .map((conversation) => ({
        key: conversation.conversation_id,
        label: conversationTitle(store, conversation),
        hint: conversation.topic,
        sub: null,
        conversationId: conversation.conversation_id,
      }));
    const all = this.kind === "people" ? people : [...people, ...channels];
    const words = plain(this.query).split(/\s+/u).filter(Boolean);
    const found = all.filter((target) => {
      const text = plain(`${target.label} ${target.hint}`);
      return words.every((word) => text.includes(word));
    });
    const first = words[0] ?? "";
    const rank = (target: Target): number => (plain(target.label).startsWith(first) ? 0 : 1);
    return found.sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
  }

  async #go(target: Target | undefined): Promise<void> {
    if (target === undefined) return;
    this.problem = null;
    try {
      const id = target.conversationId ?? (await this.connect.directMessage(target.sub!));
      this.dialog.close();
      this.choose(id);
    } catch (error) {
      this.problem = error;
    }
  }

  #keydown(event: KeyboardEvent): void {
    const targets = this.#targets;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && targets.length > 0) {
      event.preventDefault();
      this.active = (this.active + step + targets.length) % targets.length;
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
      );
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      void this.#go(targets[this.active]);
    }
  }

  protected override render() {
    const heading = this.kind === "people" ? "New message" : "Go to";
    const label = this.kind === "people" ? "To whom?" : "Person or channel";
    return html`<cv-dialog size="small" .heading=${heading} .initialFocus=${() => this.input}>
      <div class="search">
        <input
          class="input"
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck="false"
          aria-label=${label}
          placeholder=${label}
          aria-expanded="true"
          aria-controls="results"
          aria-autocomplete="list"
          aria-activedescendant=${`option-${this.active}`}
          .value=${this.query}
          @input=${(event: Event) => {
            this.query = (event.target as HTMLInputElement).value;
            this.active = 0;
          }}
          @keydown=${this.#keydown}
        />
      </div>
      ${this.problem === null ? nothing : failure("The conversation could not be opened.", this.problem)} ${this.#results()}
    </cv-dialog>`;
  }

  #results() {
    const targets = this.#targets;
    if (targets.length === 0) return html`<p class="muted" id="results" role="listbox">Nobody and nothing of that name.</p>`;
    return html`<div id="results" role="listbox" aria-label="Results">
      ${targets.map(
        (target, index) =>
          html`<div
            id="option-${index}"
            role="option"
            aria-selected=${index === this.active}
            @click=${() => this.#go(target)}
          >
            ${target.sub === null
              ? html`<span class="mark">${appIcon("hash")}</span>`
              : avatarOf({ sub: target.sub, name: target.label })}
            <span class="label"><bdi>${target.label}</bdi></span>
            <span class="hint">${target.hint}</span>
            ${index === this.active ? icon("chevronRight") : nothing}
          </div>`,
      )}
    </div>`;
  }
}

/** Lower case and without accents: "zoe" finds "Zoë". */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
define("connect-switcher", SwitcherElement);
