/** `<settings-members>`: who belongs to the organisation, what they may do, and who was invited. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { zoneCity } from "../../internal/time.ts";
import { avatar } from "../../styles/shared.ts";
import type { Role } from "../model.ts";
import type { Account, Invitation } from "../platform.ts";
import "../ui/confirm.ts";
import type { ConfirmDialog } from "../ui/confirm.ts";
import "../ui/copy.ts";
import { Fetched } from "../ui/fetched.ts";
import { avatar as avatarOf, failure, reason } from "../ui/parts.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

const ROLES: { role: Role; label: string; hint: string }[] = [
  { role: "owner", label: "Owner", hint: "everything" },
  { role: "admin", label: "Administrator", hint: "people, keys, webhooks, audit" },
  { role: "member", label: "Member", hint: "chat, book, own calendars" },
  { role: "guest", label: "Guest", hint: "chat and book, without calendars of their own" },
];

export class SettingsMembers extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(
    avatar,
    css`
      .search {
        max-inline-size: 20rem;
      }
      .role {
        inline-size: auto;
        min-block-size: var(--cv-target-small);
        padding-block: 0;
      }
      form {
        display: grid;
        gap: var(--cv-space-4);
      }
    `,
  );

  readonly #members = new Fetched(this, () => this.api.get<{ members: Account[] }>("/api/members"));
  readonly #invitations = new Fetched(this, () => this.api.get<{ invitations: Invitation[] }>("/api/invitations"));
  @state() private filter = "";
  @state() private made: Invitation | null = null;
  @state() private busy = "";
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("cv-dialog") private dialog!: DialogElement;
  @query("confirm-dialog") private confirm!: ConfirmDialog;

  async #suspend(account: Account): Promise<void> {
    const isSure =
      account.suspended ||
      (await this.confirm.ask({
        heading: `Suspend ${account.name}?`,
        text: "They are signed out everywhere and cannot be booked until you restore them. Nothing is deleted.",
        action: "Suspend",
      }));
    if (isSure) await this.#change(account, { suspended: !account.suspended });
  }

  async #change(account: Account, change: { role?: Role; suspended?: boolean }, select?: HTMLSelectElement): Promise<void> {
    this.busy = account.sub;
    try {
      const changed = await this.api.patch<Account>(`/api/members/${encodeURIComponent(account.sub)}`, change);
      const members = (this.#members.value?.members ?? []).map((one) => (one.sub === changed.sub ? changed : one));
      this.#members.set({ members });
      this.say(`${account.name} is ${changed.suspended ? "suspended" : roleLabel(changed.role).toLowerCase()} now.`);
    } catch (error) {
      if (select !== undefined) select.value = account.role;
      this.say(`Nothing was changed. ${reason(error)}`, "assertive");
    } finally {
      this.busy = "";
    }
  }

  #openInvite(): void {
    this.made = null;
    this.problem = null;
    this.errors = {};
    this.dialog.show();
  }

  async #invite(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy !== "") return;
    const { name = "", email = "", role = "member" } = formValues(event.target as HTMLFormElement);
    this.busy = "invite";
    this.problem = null;
    this.errors = {};
    try {
      this.made = await this.api.post<Invitation>("/api/invitations", { name: name.trim(), email: email.trim(), role });
      void this.#invitations.reload();
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = "";
    }
  }

  async #revoke(invitation: Invitation): Promise<void> {
    try {
      await this.api.delete(`/api/invitations/${encodeURIComponent(invitation.invitation_id)}`);
      this.say(`The invitation of ${invitation.name || invitation.email} is withdrawn.`);
    } catch (error) {
      this.say(`The invitation is still open. ${reason(error)}`, "assertive");
    }
    void this.#invitations.reload();
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <div class="search">
            <label class="visually-hidden" for="filter">Find people</label>
            <input
              id="filter"
              class="input"
              type="search"
              placeholder="Find people"
              .value=${this.filter}
              @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
            />
          </div>
          <button class="button primary" type="button" @click=${this.#openInvite}>${icon("plus")}Invite</button>
        </div>
        ${this.#members.render("People", ({ members }) => this.#list(members))}
      </section>
      <section class="panel">
        <h2>Open invitations</h2>
        ${this.#invitations.render("Invitations", ({ invitations }) =>
          invitations.length === 0
            ? html`<p class="muted">Nobody is invited at the moment.</p>`
            : html`<ul class="rows">
                ${invitations.map((invitation) => this.#invitation(invitation))}
              </ul>`,
        )}
      </section>
      ${this.#dialog()}
      <confirm-dialog></confirm-dialog>
    `;
  }

  #list(members: Account[]) {
    const query = this.filter.trim().toLocaleLowerCase();
    const shown = members.filter((one) => `${one.name} ${one.email} ${one.title}`.toLocaleLowerCase().includes(query));
    if (shown.length === 0) return html`<p class="muted">Nobody of that name.</p>`;
    return html`<ul class="rows">
      ${shown.map((account) => this.#row(account))}
    </ul>`;
  }

  #row(account: Account) {
    const isMe = account.sub === this.session.account?.sub;
    return html`<li class="row-line">
      ${avatarOf(account)}
      <div class="grow">
        <p class="name">${account.name}${isMe ? " (you)" : ""} ${account.suspended ? html`<span class="chip warning">Suspended</span>` : nothing}</p>
        <p class="small muted">${[account.title, account.email, zoneCity(account.tzid)].filter(Boolean).join(" · ")}</p>
      </div>
      <label class="visually-hidden" for="role-${account.sub}">Role of ${account.name}</label>
      <select
        id="role-${account.sub}"
        class="input role"
        ?disabled=${this.busy === account.sub}
        @change=${(event: Event) => {
          const select = event.target as HTMLSelectElement;
          void this.#change(account, { role: select.value as Role }, select);
        }}
      >
        ${ROLES.map(({ role, label }) => html`<option value=${role} ?selected=${role === account.role}>${label}</option>`)}
      </select>
      ${isMe
        ? nothing
        : html`<button
            class="button small"
            type="button"
            aria-label="${account.suspended ? "Restore" : "Suspend"} ${account.name}"
            @click=${() => this.#suspend(account)}
          >
            ${account.suspended ? "Restore" : "Suspend"}
          </button>`}
    </li>`;
  }

  #invitation(invitation: Invitation) {
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${invitation.name || invitation.email}</p>
        <p class="small muted">
          ${invitation.email} · ${roleLabel(invitation.role)} · until ${this.at(invitation.expires_at)}
        </p>
      </div>
      <button
        class="button small"
        type="button"
        aria-label="Withdraw the invitation of ${invitation.name || invitation.email}"
        @click=${() => this.#revoke(invitation)}
      >
        Withdraw
      </button>
    </li>`;
  }

  #dialog() {
    return html`<cv-dialog size="small" heading="Invite somebody" @cv-close=${() => (this.made = null)}>
      ${this.made === null ? this.#form() : this.#invited(this.made)}
    </cv-dialog>`;
  }

  #form() {
    return html`<form @submit=${this.#invite} novalidate>
      ${this.problem === null ? nothing : failure("Nobody was invited.", this.problem)}
      ${textField({ name: "name", label: "Name", required: true, error: this.errors["name"] })}
      ${textField({ name: "email", label: "E-mail", type: "email", required: true, error: this.errors["email"] })}
      <div class="field">
        <label for="role">Role</label>
        <select id="role" name="role" class="input">
          ${ROLES.filter(({ role }) => role !== "owner").map(
            ({ role, label, hint }) => html`<option value=${role} ?selected=${role === "member"}>${label}: ${hint}</option>`,
          )}
        </select>
      </div>
      ${submitButton("Make the invitation", this.busy === "invite")}
    </form>`;
  }

  #invited(invitation: Invitation) {
    return html`<div class="secret">
      <p>Send this link to <strong>${invitation.email}</strong>. It is shown only now and works once, until ${this.at(invitation.expires_at)}.</p>
      <div class="secret-value"><code>${invitation.url}</code><copy-button .value=${invitation.url ?? ""}></copy-button></div>
    </div>`;
  }
}

function roleLabel(role: Role): string {
  return ROLES.find((one) => one.role === role)?.label ?? role;
}
define("settings-members", SettingsMembers);
