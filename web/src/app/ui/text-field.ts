/** A labelled control with its hint and its error, wired for assistive tools. */
import { type TemplateResult, html, nothing } from "lit";
import { icon } from "../../internal/icons.ts";

export interface TextFieldOptions {
  name: string;
  label: string;
  value?: string;
  type?: "text" | "email" | "password" | "tel" | "url";
  autocomplete?: string;
  hint?: string;
  error?: string;
  required?: boolean;
  placeholder?: string;
  maxLength?: number;
  onInput?: (value: string) => void;
}

/** What is typed stays through renders: the value is set again only when another one is given. */
export function textField(options: TextFieldOptions): TemplateResult {
  const { name, label, value = "", type = "text", hint, error, onInput } = options;
  const described = [hint ? `${name}-hint` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${name}>${label}</label>
    <input
      class="input"
      id=${name}
      name=${name}
      type=${type}
      autocomplete=${(options.autocomplete ?? "off") as AutoFill}
      placeholder=${options.placeholder ?? nothing}
      maxlength=${options.maxLength ?? nothing}
      spellcheck=${type === "text" ? nothing : "false"}
      ?required=${options.required ?? false}
      aria-invalid=${error ? "true" : nothing}
      aria-describedby=${described || nothing}
      .value=${value}
      @input=${(event: Event) => onInput?.((event.target as HTMLInputElement).value)}
    />
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing} ${fieldError(name, error)}
  </div>`;
}

export function fieldError(name: string, error: string | undefined): TemplateResult | typeof nothing {
  if (!error) return nothing;
  return html`<p class="field-error" id="${name}-error">${icon("warning")}<span>${error}</span></p>`;
}

/** The values of a form's named controls, as text. */
export function formValues(form: HTMLFormElement): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") values[name] = value;
  return values;
}

/** Focuses the first control that is marked wrong. */
export function focusFirstInvalid(root: ParentNode): void {
  root.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
}

/** A button that says it is busy without changing its width. */
export function submitButton(label: string, busy: boolean, look = "primary"): TemplateResult {
  return html`<button class="button ${look}" type="submit" aria-busy=${busy ? "true" : "false"} aria-disabled=${busy ? "true" : nothing}>
    ${busy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}<span>${label}</span>
  </button>`;
}
