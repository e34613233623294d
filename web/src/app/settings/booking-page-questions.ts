/** `<booking-page-questions>`: what a page asks its guests besides name and address. `value` is what was set up. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field } from "../../styles/shared.ts";
import { fieldError, textField } from "../ui/text-field.ts";
import { areaField, selectField } from "./booking-page-fields.ts";
import type { PageQuestion, QuestionKind } from "./booking-pages.types.ts";

const KINDS: readonly (readonly [QuestionKind, string])[] = [
  ["text", "A line"],
  ["long_text", "Several lines"],
  ["choice", "One of several"],
  ["yes_no", "A box to tick"],
];
const MOST = 10;

export class BookingPageQuestions extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    css`
      :host {
        display: grid;
        gap: var(--cv-space-3);
        margin-block-start: var(--cv-space-3);
      }
      .input,
      .button,
      .check input {
        scroll-margin-block-end: 6rem;
      }
      ol {
        display: grid;
        gap: var(--cv-space-4);
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        gap: var(--cv-space-3);
        padding: var(--cv-space-3);
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr));
        gap: var(--cv-space-3);
      }
      .ends {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--cv-space-2);
      }
      .add {
        justify-self: start;
      }
    `,
  );

  @property({ attribute: false }) given: PageQuestion[] = [];
  @property() error: string | undefined;
  @state() private questions: PageQuestion[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.questions = this.given.map((question) => ({ ...question }));
  }

  /** The questions as they are typed; those without words are left out. */
  get value(): PageQuestion[] {
    const text = (id: string): string => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value ?? "";
    return this.questions
      .map((question, number) => ({
        ...question,
        label: text(`label-${number}`).trim(),
        choices: question.kind === "choice" ? text(`choices-${number}`).split("\n").map((line) => line.trim()).filter(Boolean) : [],
      }))
      .filter((question) => question.label !== "");
  }

  #add(): void {
    this.questions = [...this.#typed(), { label: "", kind: "text", is_required: false, choices: [] }];
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#label-${this.questions.length - 1}`)?.focus());
  }

  #remove(number: number): void {
    this.questions = this.#typed().filter((_, at) => at !== number);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".add")?.focus());
  }

  #change(number: number, change: Partial<PageQuestion>): void {
    this.questions = this.#typed().map((question, at) => (at === number ? { ...question, ...change } : question));
  }

  /** All of them with what stands in their controls, also those without words yet. */
  #typed(): PageQuestion[] {
    return this.questions.map((question, number) => ({
      ...question,
      label: this.renderRoot.querySelector<HTMLInputElement>(`#label-${number}`)?.value ?? question.label,
      choices: this.renderRoot.querySelector<HTMLTextAreaElement>(`#choices-${number}`)?.value.split("\n") ?? question.choices,
    }));
  }

  protected override render() {
    return html`<ol>
        ${this.questions.map((question, number) => this.#question(question, number))}
      </ol>
      ${fieldError("questions", this.error)}
      ${this.questions.length < MOST
        ? html`<button class="button small add" type="button" @click=${this.#add}>${icon("plus")}Add a question</button>`
        : nothing}`;
  }

  #question(question: PageQuestion, number: number) {
    return html`<li aria-label="Question ${number + 1}">
      <div class="pair">
        ${textField({ name: `label-${number}`, label: "Question", maxLength: 200, placeholder: "What is it about?", value: question.label })}
        ${selectField({
          name: `kind-${number}`,
          label: "Answered with",
          value: question.kind,
          choices: KINDS,
          onChange: (value) => this.#change(number, { kind: value as QuestionKind }),
        })}
      </div>
      ${question.kind === "choice"
        ? areaField({ name: `choices-${number}`, label: "Choices, one per line", value: question.choices.join("\n"), maxLength: 4000 })
        : nothing}
      <div class="ends">
        <label class="check">
          <input
            type="checkbox"
            .checked=${question.is_required}
            @change=${(event: Event) => this.#change(number, { is_required: (event.target as HTMLInputElement).checked })}
          />Must be answered
        </label>
        <button class="button small" type="button" aria-label="Remove question ${number + 1}" @click=${() => this.#remove(number)}>Remove</button>
      </div>
    </li>`;
  }
}
define("booking-page-questions", BookingPageQuestions);
