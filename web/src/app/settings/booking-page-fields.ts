/** Controls of the booking page form that the other forms have no need of: numbers, choices, longer texts. */
import { type TemplateResult, html, nothing } from "lit";
import { fieldError } from "../ui/text-field.ts";

interface Options {
  name: string;
  label: string;
  hint?: string;
  error?: string | undefined;
}

function described({ name, hint, error }: Options): string | typeof nothing {
  return [hint ? `${name}-hint` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ") || nothing;
}

function frame(options: Options, control: TemplateResult): TemplateResult {
  const { name, label, hint, error } = options;
  return html`<div class="field">
    <label for=${name}>${label}</label>
    ${control} ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing} ${fieldError(name, error)}
  </div>`;
}

export function numberField(options: Options & { value: number | null; min: number; max: number; placeholder?: string }): TemplateResult {
  return frame(
    options,
    html`<input
      class="input"
      id=${options.name}
      name=${options.name}
      type="number"
      inputmode="numeric"
      min=${options.min}
      max=${options.max}
      placeholder=${options.placeholder ?? nothing}
      aria-invalid=${options.error ? "true" : nothing}
      aria-describedby=${described(options)}
      .value=${options.value === null ? "" : String(options.value)}
    />`,
  );
}

export function selectField(
  options: Options & { value: string; choices: readonly (readonly [string, string])[]; onChange?: (value: string) => void },
): TemplateResult {
  return frame(
    options,
    html`<select
      class="input"
      id=${options.name}
      name=${options.name}
      aria-invalid=${options.error ? "true" : nothing}
      aria-describedby=${described(options)}
      @change=${(event: Event) => options.onChange?.((event.target as HTMLSelectElement).value)}
    >
      ${options.choices.map(([value, label]) => html`<option value=${value} ?selected=${value === options.value}>${label}</option>`)}
    </select>`,
  );
}

export function areaField(options: Options & { value: string; maxLength: number; rows?: number }): TemplateResult {
  return frame(
    options,
    html`<textarea
      class="input"
      id=${options.name}
      name=${options.name}
      rows=${options.rows ?? 3}
      maxlength=${options.maxLength}
      aria-invalid=${options.error ? "true" : nothing}
      aria-describedby=${described(options)}
      .value=${options.value}
    ></textarea>`,
  );
}
