/** `<connect-channels>`: the dialog to browse, join and create channels. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import type { ChannelSummary } from "../model.ts";
import { appIcon } from "../ui/icons.ts";
import { empty, failure, skeletons } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import type { Connect } from "./connect.ts";

export class ChannelsElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    skeleton,
    parts,
    page,
    css`
      form {
        display: grid;
        gap: var(--cv-space-4);
      }
      .create {
        inline-size: 100%;
        margin-block-end: var(--cv-space-4);
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) choose: (conversationId: string) => void = () => undefined;
  @state() private tab: "browse" | "create" = "browse";
  @state() private channels: ChannelSummary[] | null = null;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @state() private busy = "";
  @query("cv-dialog") private dialog!: DialogElement;

  show(tab: "browse" | "create"): void {
    this.tab = tab;
    this.channels = null;
    this.problem = null;
    this.errors = {};
    this.dialog.show();
    void this.#load();
  }

  async #load(): Promise<void> {
    this.problem = null;
    try {
      this.channels = await this.connect.channels();
    } catch (error) {
      this.problem = error;
    }
  }

  async #open(channel: ChannelSummary): Promise<void> {
    this.busy = channel.conversation_id;
    this.problem = null;
    try {
      if (!channel.is_member) await this.connect.joinChannel(channel.conversation_id);
      this.dialog.close();
      this.choose(channel.conversation_id);
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = "";
    }
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy !== "") return;
    const { name = "", topic = "" } = formValues(event.target as HTMLFormElement);
    this.busy = "create";
    this.problem = null;
    this.errors = {};
    try {
      const id = await this.connect.createChannel(name.trim().replace(/^#/u, ""), topic.trim());
      this.dialog.close();
      this.choose(id);
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = "";
    }
  }

  protected override render() {
    return html`<cv-dialog size="small" heading=${this.tab === "create" ? "Create a channel" : "Channels"}>
      ${this.tab === "create" ? this.#form() : this.#browse()}
    </cv-dialog>`;
  }

  #browse() {
    return html`
      <button class="button create" type="button" @click=${() => (this.tab = "create")}>Create a channel</button>
      ${this.problem === null ? nothing : failure("That did not work.", this.problem, () => void this.#load())}
      ${this.channels === null
        ? this.problem === null
          ? skeletons(3, "row", "Loading channels")
          : nothing
        : this.channels.length === 0
          ? empty(appIcon("hash"), "No channels yet", "A channel is a conversation that anyone here may join.")
          : html`<ul class="rows">
              ${this.channels.map((channel) => this.#row(channel))}
            </ul>`}
    `;
  }

  #row(channel: ChannelSummary) {
    const people = channel.member_count === 1 ? "1 member" : `${channel.member_count} members`;
    return html`<li class="row-line">
      <div class="grow">
        <p class="name"># ${channel.name}</p>
        <p class="small muted">${people}${channel.topic ? ` · ${channel.topic}` : ""}</p>
      </div>
      <button
        class="button small"
        type="button"
        aria-busy=${this.busy === channel.conversation_id}
        aria-label="${channel.is_member ? "Open" : "Join"} ${channel.name}"
        @click=${() => this.#open(channel)}
      >
        ${channel.is_member ? "Open" : "Join"}
      </button>
    </li>`;
  }

  #form() {
    return html`<form @submit=${this.#create}>
      ${this.problem === null ? nothing : failure("The channel was not created.", this.problem)}
      ${textField({ name: "name", label: "Name", required: true, maxLength: 80, placeholder: "launch", error: this.errors["name"] })}
      ${textField({ name: "topic", label: "What is it about? (optional)", maxLength: 200, error: this.errors["topic"] })}
      ${submitButton("Create channel", this.busy === "create")}
    </form>`;
  }
}
define("connect-channels", ChannelsElement);
